"""The calling half: our calls, and our requests within any call (RFC 3261 §8.1, §9.1, §13.2, §15.1.1)."""

from typing import Final

from drivers.sip.core import Core, session_interval, watch_session
from drivers.sip.dialog import Dialog
from drivers.sip.message import Address, Malformed, Request, Response, name_addr
from drivers.sip.sdp import Media, NotAcceptable, agreed, read
from drivers.sip.states import (
    Calling,
    CallRefused,
    FarEndAnswers,
    FarEndRings,
    Idle,
    MediaSet,
    Talking,
)


class Client:
    """Asks others."""

    def __init__(self, core: Core) -> None:
        self._core: Final = core

    def call(self, port: int, target: str, to: Address, now: float) -> None:
        """INVITE from an idle port; `target` is a SIP address."""
        core = self._core
        assert isinstance(core.states[port], Idle)
        plan = core.plan.ports[port]
        user = plan.user or "line" + str(port + 1)
        dialog = Dialog(
            call_id=f"{core.ids()}@{core.local[0]}",
            local=f"<sip:{user}@{plan.domain_or_host or core.local[0]}>;tag={core.ids()}",
            remote=f"<{target}>",
            target=target,
            routes=(),
            source=to,
            cseq=0,
        )
        extra = (
            *core.common(port),
            ("session-expires", f"{core.plan.session_s};refresher=uac"),
            ("content-type", "application/sdp"),
        )
        invite = dialog.request("INVITE", core.via(), extra, core.offer(port))
        calling = Calling(dialog=dialog, invite=invite, to=to)
        core.states[port] = calling

        def again(proven: Request) -> bool:
            calling.invite = proven
            calling.proceeding = False
            return not calling.cancelled

        def answered(response: Response | None, at: float) -> None:
            self._invite_answered(port, calling, response, at)

        core.ask(dialog, invite, to, now, answered, account=plan.account, again=again)

    def hang_up(self, port: int, now: float) -> None:
        """CANCEL or BYE, as the call stands; nothing on an idle port."""
        core = self._core
        match state := core.states[port]:
            case Talking():
                core.finals.pop(state.dialog.call_id, None)
                core.bye(state.dialog, now, core.account(port))
                core.idle(port, now)
            case Calling():
                state.cancelled = True
                if state.proceeding:
                    self._cancel(state, now)
                core.idle(port, now)
            case _:
                pass

    def _cancel(self, state: Calling, now: float) -> None:
        """Same branch, same number (RFC 3261 §9.1)."""
        invite = state.invite
        kept = [(n, v) for n, v in invite.headers if n in {"via", "from", "to", "call-id", "max-forwards", "route"}]
        number, _ = invite.cseq
        request = Request(method="CANCEL", uri=invite.uri, headers=(*kept, ("cseq", f"{number} CANCEL")))
        self._core.transactions.give_up_soon(invite, now)
        self._core.transactions.ask(request, state.to, now, lambda _, __: None)

    def _invite_answered(self, port: int, calling: Calling, response: Response | None, now: float) -> None:
        core = self._core
        ours = core.states[port] is calling
        if response is None or response.status >= 300:
            if response is None and calling.proceeding and not calling.cancelled:
                self._cancel(calling, now)  # RFC 3261 §16.8: it has rung for too long
            if ours:
                core.idle(port, now)
                core.facts.append(CallRefused(port, response.status if response else 0))
        elif response.status < 200:
            self._proceeds(port, calling, response, now, ours=ours)
        else:
            self._accepted(port, calling, response, now, ours=ours)

    def _proceeds(self, port: int, calling: Calling, response: Response, now: float, *, ours: bool) -> None:
        if calling.cancelled and not calling.proceeding:
            self._cancel(calling, now)
        calling.proceeding = True
        if not ours:
            return
        if response.status == 180:
            self._core.facts.append(FarEndRings(port))
        media = self._described(response)
        if media is not None and media != calling.media:
            self._core.facts.append(MediaSet(port, media, fresh=calling.media is None, early=True))
            calling.media = media

    def _described(self, response: Response) -> Media | None:
        """What an answer before the answer lets us hear; nothing that we cannot speak is an error yet."""
        try:
            return agreed(read(response.body), self._core.laws, events=self._core.events)[1] if response.body else None
        except (Malformed, NotAcceptable):
            return None

    def _accepted(self, port: int, calling: Calling, response: Response, now: float, *, ours: bool) -> None:
        core = self._core
        dialog = calling.dialog
        dialog.remote = response.first("to")
        dialog.routes = tuple(reversed(response.all("record-route")))
        if (contact := response.first("contact")) and (target := _target(contact)):
            dialog.target = target
        number, _ = calling.invite.cseq
        ack = dialog.request("ACK", core.via(), cseq=number).to_bytes()
        core.send(ack, dialog.hop)
        if not ours:  # nobody wants it any more
            core.bye(dialog, now, core.account(port))
            return
        media = self._described(response)
        if not response.body:
            media = calling.media  # some gateways describe themselves once only, while it rings
        if media is None:
            core.bye(dialog, now, core.account(port))
            core.idle(port, now)
            core.facts.append(CallRefused(port, 488))
            return
        talking = Talking(dialog=dialog, media=media, ack=ack)
        talking.allows_update = "UPDATE" in {word.upper() for word in response.all("allow")}
        try:
            seconds, refresher = session_interval(response)
        except Malformed:
            seconds, refresher = 0, ""
        if seconds:
            watch_session(talking, seconds, now, we_refresh=refresher != "uas")
        core.states[port] = talking
        core.facts.append(FarEndAnswers(port))
        core.facts.append(MediaSet(port, media, fresh=calling.media is None))

    def heard_again(self, response: Response) -> None:
        """A 200 to an INVITE that came again: our ACK was lost."""
        port = self._core.port_of(response.call_id)
        if port is None or response.cseq[1] != "INVITE" or not 200 <= response.status < 300:
            return
        state = self._core.states[port]
        if isinstance(state, Talking) and state.ack:
            self._core.send(state.ack, state.dialog.hop)

    # --- session timers ---------------------------------------------------------------------------------------------

    def expire(self, now: float) -> None:
        for port, state in enumerate(self._core.states):
            if isinstance(state, Talking) and state.session_s and now >= state.session_due:
                if state.we_refresh:
                    self._refresh(port, state, now)
                else:
                    self._core.bye(state.dialog, now, self._core.account(port))
                    self._core.cleared(port, now, "session expired")

    def _refresh(self, port: int, state: Talking, now: float) -> None:
        """UPDATE, or re-INVITE with the description that stands, to those who do not know UPDATE."""
        core = self._core
        state.session_due = now + state.session_s / 2
        role = "uac"  # in this request the refresher is the one that asks
        extra = (*core.common(port), ("session-expires", f"{state.session_s};refresher={role}"))
        method, body = "UPDATE", b""
        if not state.allows_update and state.media is not None:
            method, body = "INVITE", core.offer(port, state.version)
            extra = (*extra, ("content-type", "application/sdp"))
        request = state.dialog.request(method, core.via(), extra, body)
        number, _ = request.cseq

        def answered(response: Response | None, at: float) -> None:
            self._refreshed(port, state, response, at, number)

        core.ask(state.dialog, request, state.dialog.hop, now, answered, account=core.account(port))

    def _refreshed(self, port: int, state: Talking, response: Response | None, now: float, number: int) -> None:
        core = self._core
        if response is not None and response.status < 200:
            return
        if response is not None and response.cseq[1] == "INVITE" and response.status < 300:
            state.ack = state.dialog.request("ACK", core.via(), cseq=number).to_bytes()
            core.send(state.ack, state.dialog.hop)
        if core.states[port] is not state:
            return
        if response is None or response.status in {408, 481}:  # RFC 4028 §10
            core.bye(state.dialog, now, core.account(port))
            core.cleared(port, now, "the session could not be refreshed")


def _target(contact: str) -> str:
    try:
        return name_addr(contact).uri
    except Malformed:
        return ""
