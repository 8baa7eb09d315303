"""The ports of an open board: what the agent says becomes the door's facts, what is heard and spoken becomes RTP.

A call that comes while the house has yet to put down the one before it, or its own that had to give way, rings as soon as
that is done. One that comes while the house is off hook and nobody there is connected at once, as on any pair of wires.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Final, assert_never

import numpy as np
from numpy.typing import NDArray

from drivers.base import (
    RATE_HZ,
    TICK_SAMPLES,
    DialDone,
    DtmfBy,
    DtmfDown,
    DtmfUp,
    FarEndAnswered,
    FarEndCleared,
    Hook,
    HookChanged,
    HookFlash,
    LineFault,
    LineOk,
    LineState,
    Signal,
    ToneRead,
    Unsupported,
)
from drivers.sip import states
from drivers.sip.agent import Agent
from drivers.sip.message import Address
from drivers.sip.ringing import RINGBACK, Bell, is_burst
from drivers.sip.rtp import FLASH, KEYS, KeyDown, KeyUp, Packet, Sender, read
from drivers.sip.sdp import Law
from drivers.sip.sockets import Sockets
from drivers.sip.states import Keys, Plan
from drivers.sip.stream import Stream
from dsp import g711

BUSY: Final = frozenset({486, 600, 603})
VACANT: Final = frozenset({404, 484, 604})
REST_S: Final = 5  # assumed: alarms are looked at each second
HOLD_FLASH_MS: Final = 500  # assumed: in the middle of what any exchange takes for a flash
KEY_TICKS: Final = 5  # 100 ms on, 100 ms of rest: what every gateway understands
TICKS_PER_S: Final = RATE_HZ // TICK_SAMPLES
KEPT_ON_DIALLING: Final = "0123456789*#ABCD"

_ENCODE: Final = {Law.PCMA: g711.alaw_encode, Law.PCMU: g711.ulaw_encode}


@dataclass(slots=True)
class _Port:
    """What the door has been told of a port, and its call."""

    bell: Bell | None = None
    owes_hook: bool = False  # the far end is gone, the house has not put down yet
    early: bool = False  # heard before the answer
    off_hook: bool = False
    dialling: bool = False  # keys of `dial` are on their way
    keys_by_board: bool = True
    quiet: str = ""  # nothing is heard of the far end any more
    quiet_until: int = 0  # samples; 0: the call still runs


class Lines:
    """One opening of the board. `random` gives 31 bits."""

    def __init__(self, plan: Plan, agent: Agent, sockets: Sockets, random: Callable[[], int]) -> None:
        self._plan: Final = plan
        self._agent: Final = agent
        self._sockets: Final = sockets
        self._random: Final = random
        self._ports: Final = [_Port(keys_by_board=plan.keys is not Keys.INBAND) for _ in plan.ports]
        self._talking: Final[dict[int, Stream]] = {}
        self._ringing: Final[set[int]] = set()
        self._far_rings: Final[dict[int, int]] = {}  # since when, in samples
        self._later: Final[list[Callable[[int], Signal]]] = []  # facts of commands, told with the next tick
        self._kept: Final[list[states.Fact]] = []
        self._quiet_ticks: Final = round(plan.rtp_timeout_s * TICKS_PER_S)
        self.faults: Final[dict[int, str]] = {}
        self.frames_lost = 0
        self.clock_slips = 0

    @property
    def busy(self) -> bool:
        """Goodbyes are still unanswered."""
        return self._agent.busy > 0

    # --- commands ---------------------------------------------------------------------------------------------------

    def hook(self, port: int, position: Hook, now: float) -> None:
        known = self._ports[port]
        was_off, known.off_hook = known.off_hook, position is Hook.OFF
        if position is Hook.OFF:
            if self._agent.offered(port):
                if (
                    known.bell is None or known.bell.told
                ):  # else the house does not know yet: the next tick tells, and answers
                    self._answer(port, now)
            elif self._agent.idle(port) and not self._plan.ports[port].phone:
                self._agent.reserved.add(port)
        else:
            self._agent.reserved.discard(port)
            known.owes_hook = False
            if not (was_off and self._agent.offered(port)):  # what rings has nothing to do with the call put down
                if self._plan.ports[port].phone and port in self._talking:
                    self._later.append(lambda at: HookChanged(port, at, Hook.ON))
                self._agent.hang_up(port, now)
                self._call_over(port)
        self._flush()

    def _answer(self, port: int, now: float) -> None:
        self._sockets.forget(port)  # not later: after a standstill the first key may be waiting there
        self._agent.answer(port, now)
        self._media_at_once()
        self._ring_over(port)

    def ring(self, port: int, now: float, *, on: bool) -> None:
        if on and self._agent.idle(port):
            self._sockets.forget(port)
            self._agent.call(port, "", now)  # a telephone that is away is a fault already
        elif not on and port not in self._talking:
            self._agent.hang_up(port, now)
        self._flush()

    def dial(self, port: int, digits: str, now: float) -> None:
        """See `SipBoard.dial`. Raises Unsupported."""
        if self._agent.idle(port):
            if why := self._agent.call(port, digits.replace(",", ""), now):  # a comma waits for tones; here are none
                raise Unsupported(why)
            self._sockets.forget(port)
            self._agent.reserved.discard(port)
            self._later.append(lambda at: DialDone(port, at))
            self._flush()
        elif self._agent.offered(port):  # somebody was quicker
            self._ports[port].owes_hook = True
            self._later.append(lambda at: ToneRead(port, at, "congestion"))
        else:
            self._press(port, digits)

    def _press(self, port: int, digits: str) -> None:
        stream = self._talking.get(port)
        if stream is None or stream.media.event_payload is None or not all(digit in KEYS for digit in digits):
            raise Unsupported(f"port {port} has no call that takes these keys by RFC 4733: send them as audio")
        for digit in digits:
            stream.sender.press(KEYS.index(digit), KEY_TICKS, KEY_TICKS)
        self._ports[port].dialling = True

    def look(self, port: int) -> LineState:
        known = self._ports[port]
        off = port in self._talking if self._plan.ports[port].phone else known.off_hook
        return LineState(
            port=port,
            hook=Hook.OFF if off else Hook.ON,
            ringing=port in self._ringing,
            battery=port not in self.faults,
            fault=self.faults.get(port, ""),
        )

    def leave(self, now: float) -> None:
        self._agent.leave(now)
        self._talking.clear()
        self._flush()

    # --- signalling -------------------------------------------------------------------------------------------------

    def signals(self, at: int, told: list[Signal]) -> None:
        """What the agent heard since the last tick, as facts of the door."""
        now = at / RATE_HZ
        for data, source in self._sockets.signals():
            self._agent.receive(data, source, now)
        self._agent.expire(now)
        facts = self._kept + self._agent.take_facts()
        self._kept.clear()
        for fact in facts:
            self._fact(fact, at, told)
        self._reach(at, told)  # first: a line that is back may ring
        for port in sorted(self._ringing):
            self._ring(port, at, told)
        self._flush()

    def _flush(self) -> None:
        for data, to in self._agent.take_outbox():
            self._sockets.send(data, to)

    def _fact(self, fact: states.Fact, at: int, told: list[Signal]) -> None:
        port = fact.port
        known = self._ports[port]
        phone = self._plan.ports[port].phone
        match fact:
            case states.CallOffered():
                known.bell = Bell(fact)
                self._ringing.add(port)
            case states.OfferWithdrawn():
                self._gone(port, at, told)
            case states.FarEndRings():
                if not phone and port not in self._far_rings:
                    self._far_rings[port] = at
                    told.append(ToneRead(port, at, "ringback"))
            case states.FarEndAnswers():
                told.append(HookChanged(port, at, Hook.OFF) if phone else FarEndAnswered(port, at))
            case states.CallRefused(status=status):
                self._call_over(port)
                known.owes_hook = known.off_hook
                if not phone:
                    tone = "busy" if status in BUSY else "vacant" if status in VACANT else "congestion"
                    told.append(ToneRead(port, at, tone))
            case states.Lifted():
                self._sockets.forget(port)
                told.append(HookChanged(port, at, Hook.OFF))
                for digit in fact.dialled[:32].upper():
                    if digit in KEPT_ON_DIALLING:
                        told += [DtmfDown(port, at, digit), DtmfUp(port, at, digit, 100)]
            case states.MediaSet():
                told += [change(at) for change in self._media(fact)]
            case states.FarEndCleared():
                self._gone(port, at, told)
            case states.KeyByInfo():
                told += [DtmfDown(port, at, fact.digit), DtmfUp(port, at, fact.digit, fact.length_ms)]
            case _:
                assert_never(fact)

    def _gone(self, port: int, at: int, told: list[Signal]) -> None:
        """The far end ended the call; a house that is just answering must hear of it too, lest it talks to nobody."""
        known = self._ports[port]
        known.owes_hook |= known.off_hook
        unknown = known.bell is not None and not known.bell.told
        told += known.bell.stop(at) if known.bell else []
        self._call_over(port)
        if self._plan.ports[port].phone:
            told.append(HookChanged(port, at, Hook.ON))
        elif not unknown:
            told.append(FarEndCleared(port, at))

    def _media_at_once(self) -> None:
        """Audio that comes before the next tick is heard; the rest of what the agent has to tell can wait for it."""
        for fact in self._agent.take_facts():
            if isinstance(fact, states.MediaSet):
                self._later.extend(self._media(fact))
            else:
                self._kept.append(fact)

    def _media(self, fact: states.MediaSet) -> list[Callable[[int], Signal]]:
        """Begin or change a call's audio. What it means: another ear for keys; a telephone's hold is its flash."""
        port = fact.port
        known = self._ports[port]
        known.early = fact.early
        if not fact.early:
            self._far_rings.pop(port, None)
        changes: list[Callable[[int], Signal]] = []
        stream = self._talking.get(port)
        if stream is None or fact.fresh:
            source = self._agent.source(port)
            sender = Sender(self._random(), self._random() % 0x8000, self._random())
            self._talking[port] = Stream(fact.media, source[0] if source else "", sender)
        else:
            if stream.media.sending is not fact.media.sending and self._plan.ports[port].phone:
                changes.append(partial(HookFlash, port, length_ms=HOLD_FLASH_MS))
            stream.change(fact.media)
        agreed = fact.media.event_payload is not None
        by_board = agreed if self._plan.keys is Keys.AUTO else self._plan.keys is not Keys.INBAND
        if by_board != known.keys_by_board:
            known.keys_by_board = by_board
            changes.append(partial(DtmfBy, port, board=by_board))
        return changes

    def _ring(self, port: int, at: int, told: list[Signal]) -> None:
        known = self._ports[port]
        if known.bell is None or (known.owes_hook and not known.bell.told):
            return
        told += known.bell.step(at)
        if known.off_hook:
            self._answer(port, at / RATE_HZ)

    def _ring_over(self, port: int) -> None:
        self._ports[port].bell = None
        self._ringing.discard(port)

    def _call_over(self, port: int) -> None:
        self._ring_over(port)
        known = self._ports[port]
        known.dialling = known.early = False
        self._far_rings.pop(port, None)
        if (stream := self._talking.pop(port, None)) is not None:
            self.frames_lost += stream.lost + stream.jitter.dropped
            self.clock_slips += stream.jitter.slips

    def _reach(self, at: int, told: list[Signal]) -> None:
        """A registrar or telephone that is away takes its port out of service, but no call that runs."""
        away = {port: why for port, why in self._agent.away().items() if self._agent.idle(port) or port in self.faults}
        away |= {port: known.quiet for port, known in enumerate(self._ports) if known.quiet and self._rests(port, at)}
        for port in sorted(self.faults.keys() - away.keys()):
            del self.faults[port]
            told.append(LineOk(port, at))
        told += [LineFault(port, at, away[port]) for port in sorted(away.keys() - self.faults.keys())]
        self.faults.update(away)

    def _rests(self, port: int, at: int) -> bool:
        """A port whose call went dead is left alone for a while, so that somebody sees why, or until the next call."""
        known = self._ports[port]
        if port in self._talking:
            return True
        known.quiet_until = known.quiet_until or at + REST_S * RATE_HZ
        if at >= known.quiet_until or self._agent.offered(port):
            known.quiet, known.quiet_until = "", 0
        return bool(known.quiet)

    # --- audio ------------------------------------------------------------------------------------------------------

    def hear(self, at: int, heard: NDArray[np.int16], told: list[Signal]) -> None:
        """Fill (ports, 160) with what came, tell keys and silence."""
        told += [fact(at) for fact in self._later]
        self._later.clear()
        arrived: dict[int, list[Packet]] = {port: [] for port in self._talking}
        for port, data, source in self._sockets.packets():
            self._sort(port, data, source, arrived)
        for port, stream in self._talking.items():
            for key in stream.hear(arrived[port]):
                self._key(port, key, at, told)
            heard[port] = stream.pull()
            known = self._ports[port]
            quiet = stream.silent_ticks >= self._quiet_ticks > 0 and stream.media.receiving and not known.early
            if quiet and not known.quiet:
                host, number = stream.remote
                known.quiet = f"nothing was heard from {host}:{number} for {self._plan.rtp_timeout_s:g} s"
            elif known.quiet and not quiet:
                known.quiet = ""
        for port, since in self._far_rings.items():
            early = self._talking.get(port)
            if is_burst(since, at) and not (early and early.packets):
                heard[port] = RINGBACK  # as on any line, unless the far end makes it heard itself

    def _sort(self, port: int, data: bytes, source: Address, arrived: dict[int, list[Packet]]) -> None:
        stream = self._talking.get(port)
        if stream is not None and stream.admits(source) and (packet := read(data)) is not None:
            arrived[port].append(packet)

    def _key(self, port: int, key: KeyDown | KeyUp, at: int, told: list[Signal]) -> None:
        if key.code == FLASH:
            if isinstance(key, KeyUp) and self._plan.ports[port].phone:
                told.append(HookFlash(port, at, key.length_ms))
        elif self._ports[port].keys_by_board:
            digit = KEYS[key.code]
            told.append(
                DtmfDown(port, at, digit) if isinstance(key, KeyDown) else DtmfUp(port, at, digit, key.length_ms)
            )

    def speak(self, frames: NDArray[np.int16]) -> None:
        """(ports, 160): one packet for each call that may hear us."""
        by_law: dict[Law, list[int]] = {}
        for port, stream in self._talking.items():
            if not stream.media.sending:
                stream.sender.skip()
            elif stream.sender.pressing and stream.media.event_payload is not None:
                for packet in stream.sender.event(stream.media.event_payload):
                    self._sockets.send_rtp(port, packet, stream.remote)
                self._pressed(port, stream)
            else:
                by_law.setdefault(stream.media.law, []).append(port)
        for law, ports in by_law.items():
            codes = _ENCODE[law](frames[ports]).tobytes()
            for place, port in enumerate(ports):
                stream = self._talking[port]
                payload = codes[place * TICK_SAMPLES : (place + 1) * TICK_SAMPLES]
                self._sockets.send_rtp(port, stream.sender.audio(law.value, payload), stream.remote)

    def _pressed(self, port: int, stream: Stream) -> None:
        known = self._ports[port]
        if known.dialling and not stream.sender.pressing:
            known.dialling = False
            self._later.append(lambda at: DialDone(port, at))

    def skip(self, ticks: int) -> None:
        """So many ticks were lost."""
        for stream in self._talking.values():
            stream.sender.skip(ticks)
