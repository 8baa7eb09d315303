"""The called half: requests of others (RFC 3261 §8.2, §9.2, §12.2.2, §13.3, §14.2, §15.1.2).

Requests that are refused leave nothing behind, so a flood of them costs its own answers and no memory.
"""

from collections.abc import Callable
from ipaddress import IPv4Address
from typing import Final

from drivers.sip.core import MIN_SE_S, Core, session_interval, watch_session
from drivers.sip.dialog import ALLOW, called, caller, dialog_of_invite, same_dialog
from drivers.sip.digest import Gate
from drivers.sip.message import Address, Headers, Malformed, Request, name_addr, uri
from drivers.sip.sdp import Media, NotAcceptable, agreed, read
from drivers.sip.states import (
    Calling,
    CallOffered,
    CallRefused,
    Idle,
    KeyByInfo,
    Keys,
    Lifted,
    MediaSet,
    Offered,
    OfferWithdrawn,
    Talking,
)

KEYS: Final = "0123456789*#ABCD"  # in the order of RFC 4733's event codes
KNOWN_EXTENSIONS: Final = frozenset({"timer"})


class Server:
    """Answers requests. `gate` asks strangers for a telephone's password; `give_way` cancels a call of ours."""

    def __init__(self, core: Core, gate: Gate, give_way: Callable[[int, float], None]) -> None:
        self._core: Final = core
        self._gate: Final = gate
        self._give_way: Final = give_way
        plan = core.plan
        own = [address for port in plan.ports for address in (port.registrar, port.gateway) if address]
        self._friends: Final = frozenset(IPv4Address(host) for host, _ in own)
        self.refused = 0
        self.bound: Final[dict[int, Address]] = {}  # where our telephones are, by port; the registrar's

    def request(self, request: Request, source: Address, now: float) -> None:
        match request.method:
            case "INVITE":
                self._invite(request, source, now)
            case "ACK":
                self._ack(request, now)
            case "CANCEL":
                self._cancel(request, source, now)
            case "OPTIONS":
                self._core.reply(request, source, 200, (("allow", ALLOW), ("accept", "application/sdp")))
            case "BYE" | "UPDATE" | "INFO":
                self._within(request, source, now)
            case "REFER":
                self._core.reply(request, source, 603)  # who is connected to whom is the house's decision
            case _:
                self._core.reply(request, source, 405, (("allow", ALLOW),))

    def trusts(self, source: Address) -> bool:
        host = IPv4Address(source[0])
        return host in self._friends or any(host in peers for peers in self._core.plan.peers)

    # --- INVITE -----------------------------------------------------------------------------------------------------

    def _invite(self, request: Request, source: Address, now: float) -> None:
        core = self._core
        port = core.port_of(request.call_id)
        if port is not None:
            self._invite_again(port, request, source, now)
        elif request.call_id in core.recent:
            if (final := core.finals.get(request.call_id)) is not None:
                core.send(final.data, final.to)
        elif request.to_tag:
            core.reply(request, source, 481)
        elif (fault := self._fault(request)) is not None:
            self._refuse(request, source, *fault)
        else:
            self._admit(request, source, now)

    def _invite_again(self, port: int, request: Request, source: Address, now: float) -> None:
        core = self._core
        state = core.states[port]
        match state:
            case Offered() if request.branch == state.invite.branch:
                core.reply(request, source, 180, (core.contact(port),))
            case Talking() if same_dialog(state.dialog, request):
                self._within(request, source, now)
            case Talking() if not request.to_tag and (final := core.finals.get(request.call_id)) is not None:
                core.send(final.data, final.to)
            case _:
                core.reply(request, source, 481 if request.to_tag else 486)

    def _fault(self, request: Request) -> tuple[int, Headers] | None:
        """What is wrong with a call before it is one."""
        if request.first("max-forwards").strip() == "0":
            return 483, ()
        unknown = [word for word in request.all("require") if word.lower() not in KNOWN_EXTENSIONS]
        if unknown:
            return 420, (("unsupported", ", ".join(unknown)),)
        if request.body and request.first("content-type").partition(";")[0].strip().lower() != "application/sdp":
            return 415, (("accept", "application/sdp"),)
        if not request.from_tag or not request.first("contact"):
            return 400, ()
        seconds, _ = session_interval(request)
        if 0 < seconds < MIN_SE_S:
            return 422, (("min-se", str(MIN_SE_S)),)
        return None

    def _admit(self, request: Request, source: Address, now: float) -> None:
        core = self._core
        port = self._own_telephone(request, source)
        if port is not None:
            if not self.trusts(source) and not self.proven(request, source, port, now):
                return
        elif not self.trusts(source):
            self._refuse(request, source, 403)
            return
        else:
            found = self._free_port(called(request))
            if not isinstance(found, int):
                self._refuse(request, source, found[0])
                return
            port = found
        if not self._takes(port):
            self._refuse(request, source, 486)
            return
        try:
            streams = read(request.body) if request.body else ()
            place, media = agreed(streams, core.laws, events=core.events) if streams else (0, None)
            dialog = dialog_of_invite(request, source, core.tag(request))
        except NotAcceptable:
            self._refuse(request, source, 488)
            return
        offered = Offered(dialog=dialog, invite=request, source=source, streams=streams, place=place, media=media)
        if isinstance(core.states[port], Calling):
            self._give_way(port, now)
            core.facts.append(CallRefused(port, 491))
        core.reserved.discard(port)
        core.states[port] = offered
        if core.plan.ports[port].phone:
            core.facts.append(Lifted(port, called(request)))
            self.answer(port, now)
        else:
            number, name, absence = caller(request)
            core.facts.append(CallOffered(port=port, number=number, name=name, absence=absence))
            core.reply(request, source, 180, (core.contact(port),))

    def _takes(self, port: int) -> bool:
        """Glare: who calls in on a trunk goes before a call of ours that nobody has answered yet (boards.md R7)."""
        state = self._core.states[port]
        return isinstance(state, Idle) or (isinstance(state, Calling) and not self._core.plan.ports[port].phone)

    def _own_telephone(self, request: Request, source: Address) -> int | None:
        """The port whose telephone says it is calling; From of a gateway is a caller's number, whatever it looks like."""
        try:
            user = uri(name_addr(request.first("from")).uri).user
        except Malformed:
            return None
        named = next((p.port for p in self._core.plan.ports if p.phone and p.user == user), None)
        if named is None or (self.trusts(source) and self.bound.get(named) != source):
            return None
        return named

    def _free_port(self, user: str) -> int | tuple[int]:
        """The port of this user, else the free one that has rested longest, seized ones last; or why not."""
        core = self._core
        named = [plan.port for plan in core.plan.ports if plan.user and plan.user == user and not plan.phone]
        if named:
            return named[0]
        open_ = [plan.port for plan in core.plan.ports if not plan.user and not plan.phone]
        if not open_:
            return (404,)
        free = [
            (port in core.reserved, state.since, port) for port in open_ if isinstance(state := core.states[port], Idle)
        ]
        return min(free)[2] if free else (486,)

    def proven(self, request: Request, source: Address, port: int, now: float) -> bool:
        """Whether the request carries the password of this port's telephone; if not, it is asked for."""
        account = self._core.account(port)
        if account is None:
            self._refuse(request, source, 403)
            return False
        header = request.first("authorization")
        verdict = self._gate.admits(header, account, request.method, now) if header else False
        if verdict:
            return True
        if header and verdict is False:
            self.refused += 1
        challenge = self._gate.challenge(now, stale=verdict is None)
        self._core.reply(request, source, 401, (("www-authenticate", challenge),))
        return False

    def _refuse(self, request: Request, source: Address, status: int, extra: Headers = ()) -> None:
        self.refused += 1
        self._core.reply(request, source, status, extra)

    # --- answering --------------------------------------------------------------------------------------------------

    def answer(self, port: int, now: float) -> None:
        """200 OK to the call that is offered; nothing without one."""
        core = self._core
        state = core.states[port]
        if not isinstance(state, Offered):
            return
        talking = Talking(dialog=state.dialog, media=state.media, streams=state.streams, place=state.place)
        talking.allows_update = "UPDATE" in {word.upper() for word in state.invite.all("allow")}
        extra = (*core.common(port), *self._session_headers(state.invite, talking, now))
        body = core.offer(port) if state.media is None else core.answer(port, talking, state.media)
        core.states[port] = talking
        described = (*extra, ("content-type", "application/sdp"))
        core.final(state.invite, state.source, 200, now, extra=described, body=body)
        if state.media is not None:
            core.facts.append(MediaSet(port, state.media, fresh=True))

    def refuse(self, port: int, now: float) -> None:
        """603 to the call that is offered."""
        core = self._core
        state = core.states[port]
        if isinstance(state, Offered):
            core.idle(port, now)
            core.final(state.invite, state.source, 603, now)

    def _session_headers(self, request: Request, talking: Talking, now: float) -> Headers:
        """RFC 4028 §9: only if the other side knows session timers; it refreshes unless it wants us to."""
        seconds, refresher = session_interval(request)
        knows = seconds > 0 or "timer" in {word.lower() for word in request.all("supported")}
        if not knows:
            return ()
        seconds = seconds or self._core.plan.session_s
        we_refresh = refresher == "uas"
        watch_session(talking, seconds, now, we_refresh=we_refresh)
        header = ("session-expires", f"{seconds};refresher={'uas' if we_refresh else 'uac'}")
        return header, ("require", "timer")

    # --- in a call --------------------------------------------------------------------------------------------------

    def _ack(self, request: Request, now: float) -> None:
        core = self._core
        core.finals.pop(request.call_id, None)
        port = core.port_of(request.call_id)
        if port is None or not isinstance(state := core.states[port], Talking):
            return
        fresh = state.media is None
        if not (fresh or request.body):
            return
        try:  # the answer to our offer
            _, media = agreed(read(request.body), core.laws, events=core.events)
        except (Malformed, NotAcceptable):
            core.bye(state.dialog, now, core.account(port))
            core.cleared(port, now, "no usable answer in ACK")
            return
        if media != state.media:
            state.media = media
            core.facts.append(MediaSet(port, media, fresh=fresh))

    def _cancel(self, request: Request, source: Address, now: float) -> None:
        core = self._core
        port = core.port_of(request.call_id)
        state = core.states[port] if port is not None else None
        if port is None or not isinstance(state, Offered) or request.branch != state.invite.branch:
            core.reply(request, source, 200 if isinstance(state, Talking) else 481)
            return
        core.reply(request, source, 200)
        core.idle(port, now)
        core.final(state.invite, state.source, 487, now)
        core.facts.append(OfferWithdrawn(port))

    def _within(self, request: Request, source: Address, now: float) -> None:
        """A request in a dialog: its tags must fit, its number must rise (RFC 3261 §12.2.2)."""
        core = self._core
        port = core.port_of(request.call_id)
        state = core.states[port] if port is not None else None
        if port is None or state is None or isinstance(state, Idle | Calling) or not same_dialog(state.dialog, request):
            core.reply(request, source, 481)
            return
        number, _ = request.cseq
        dialog = state.dialog
        if number == dialog.remote_cseq and dialog.last_answer:
            core.send(dialog.last_answer, source)
            return
        if number <= dialog.remote_cseq:
            core.reply(request, source, 500)
            return
        if request.method == "BYE":
            core.reply(request, source, 200)
            if isinstance(state, Offered):
                core.final(state.invite, state.source, 487, now)
            core.finals.pop(request.call_id, None)
            core.cleared(port, now, "BYE")
            return
        dialog.remote_cseq = number
        dialog.source = source
        if isinstance(state, Offered):
            dialog.last_answer = core.reply(request, source, 491 if request.method == "INVITE" else 200)
        elif request.method == "INFO":
            dialog.last_answer = core.reply(request, source, 200)
            self._key(port, request)
        else:
            self._renegotiate(port, state, request, source, now)

    def _key(self, port: int, request: Request) -> None:
        if self._core.plan.keys is not Keys.INFO:
            return
        text = request.body[:200].decode(errors="replace")
        found = {
            name.strip().lower(): value.strip()
            for name, _, value in (line.partition("=") for line in text.splitlines())
        }
        digit = found.get("signal", text.strip()).upper()
        length = found.get("duration", "")
        if len(digit) == 1 and digit in KEYS:
            ms = int(length) if length.isascii() and length.isdecimal() and len(length) < 6 else 160
            self._core.facts.append(KeyByInfo(port, digit, ms))

    def _renegotiate(self, port: int, state: Talking, request: Request, source: Address, now: float) -> None:
        """re-INVITE and UPDATE: hold, another address, a session kept alive. What we cannot do leaves all as it was."""
        core = self._core
        is_invite = request.method == "INVITE"
        if is_invite and request.call_id in core.finals:
            state.dialog.last_answer = core.reply(request, source, 491)
            return
        try:
            seconds, _ = session_interval(request)
            media, body = self._new_media(port, state, request)
        except NotAcceptable:
            state.dialog.last_answer = core.reply(request, source, 488)
            return
        if 0 < seconds < MIN_SE_S:
            state.dialog.last_answer = core.reply(request, source, 422, (("min-se", str(MIN_SE_S)),))
            return
        extra = (*core.common(port), *self._session_headers(request, state, now))
        if body:
            extra = (*extra, ("content-type", "application/sdp"))
        if is_invite:
            core.final(request, source, 200, now, extra=extra, body=body)
            state.dialog.last_answer = core.finals[request.call_id].data
        else:
            state.dialog.last_answer = core.reply(request, source, 200, extra, body)
        if media is not None and media != state.media:
            state.media = media
            core.facts.append(MediaSet(port, media, fresh=False))

    def _new_media(self, port: int, state: Talking, request: Request) -> tuple[Media | None, bytes]:
        core = self._core
        if not request.body:
            return None, core.offer(port, state.version) if request.method == "INVITE" else b""
        streams = read(request.body)
        place, media = agreed(streams, core.laws, events=core.events)
        state.streams, state.place = streams, place
        state.version += 1
        return media, core.answer(port, state, media)
