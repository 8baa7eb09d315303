"""Two registers (China No.1) on two rows of a board, a call between them: called and caller's number over the copper.

The machines are `cti_core.call_control.register_outgoing` and `register_incoming`; here are their mouths and ears. A row's
ears hear register signals from `begin` until its register has ended, and nothing else meanwhile.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from cti_core.call_control import register as words
from cti_core.call_control import register_incoming as incoming
from cti_core.call_control import register_outgoing as outgoing
from cti_core.call_control.clock import Instant
from cti_core.call_control.notes import DeadlinePassed, Disregarded
from cti_core.call_control.register import Address, Ended, Result
from cti_core.call_control.register_outgoing import OutgoingCall
from cti_core.call_control.register_reading import IncomingPlan
from dsp.detections import Detection, MfcOff, MfcOn
from dsp.ears import Ears
from dsp.levels import RATE_HZ, TICK_SAMPLES, samples
from dsp.senders import mfc_sines
from dsp.tones import FOREVER, Generator, Segment

FORWARD: Final = "forward"
BACKWARD: Final = "backward"


@dataclass(frozen=True, slots=True)
class Said:
    """A line of the ladder: who did what, and when."""

    at: int  # samples
    outgoing: bool  # else the incoming register
    what: str


class _Mouth:
    """Speaks one register signal, or none."""

    def __init__(self, direction: str) -> None:
        self._direction: Final = direction
        self._sound = Generator([])

    def say(self, signal: int, length: int = FOREVER) -> None:
        self._sound = Generator([Segment(length, mfc_sines(self._direction, signal))])

    def hush(self) -> None:
        self._sound = Generator([])

    def pull(self) -> NDArray[np.int16]:
        return self._sound.pull(TICK_SAMPLES)


class RegisterEnd(Protocol):
    """One register on one row."""

    row: int

    @property
    def ended(self) -> Ended | None: ...

    def begin(self, now: int) -> None:
        """The trunk is seized: arm the ears of the row."""
        ...

    def hear(self, found: Sequence[Detection], now: int) -> None: ...

    def release(self, now: int) -> None:
        """The trunk was released, by either side."""
        ...

    def speak(self) -> NDArray[np.int16]:
        """(160,)."""
        ...


class _End:
    def __init__(self, row: int, ears: Ears, hears: str, speaks: str, ladder: list[Said]) -> None:
        self.row: Final = row
        self.ladder: Final = ladder
        self.mouth: Final = _Mouth(speaks)
        self._ears: Final = ears
        self._hears: Final = hears

    def arm(self) -> None:
        self._ears.arm(self.row, dtmf=False, progress=False, mfc=self._hears)

    def disarm(self) -> None:
        """Speech follows: register signals in it would be false."""
        self._ears.arm(self.row, dtmf=True, progress=True, mfc="off")

    def mine(self, found: Sequence[Detection]) -> list[MfcOn | MfcOff]:
        return [d for d in found if isinstance(d, MfcOn | MfcOff) and d.row == self.row and d.direction == self._hears]

    def speak(self) -> NDArray[np.int16]:
        return self.mouth.pull()

    def tell(self, now: int, what: str) -> None:
        self.ladder.append(Said(now, self._hears == BACKWARD, what))


class OutgoingEnd(_End):
    """Calls: forward signals out, backward signals in."""

    def __init__(self, row: int, ears: Ears, call: OutgoingCall, ladder: list[Said] | None = None) -> None:
        super().__init__(row, ears, BACKWARD, FORWARD, [] if ladder is None else ladder)
        self.state: outgoing.State | None = None
        self._call: Final = call

    @property
    def ended(self) -> Ended | None:
        return self.state if isinstance(self.state, Ended) else None

    def begin(self, now: int) -> None:
        self.arm()
        self.state, outs = outgoing.begin(self._call, Instant(now))
        self._perform(outs, now)

    def hear(self, found: Sequence[Detection], now: int) -> None:
        for heard in self.mine(found):
            on = isinstance(heard, MfcOn)
            self._step(words.BackwardOn(words.Backward(heard.signal)) if on else words.BackwardOff(), now)
        while self.state is not None and (due := outgoing.deadline(self.state)) is not None and due <= now:
            self._step(DeadlinePassed(), now)

    def release(self, now: int) -> None:
        self._step(words.LineReleased(), now)

    def _step(self, event: outgoing.Event, now: int) -> None:
        if self.state is not None:
            self.state, outs = outgoing.step(self.state, event, Instant(now), self._call)
            self._perform(outs, now)

    def _perform(self, outs: Sequence[words.Out], now: int) -> None:
        for out in outs:
            match out:
                case words.SendForward(signal):
                    self.tell(now, f"I-{signal}")
                    self.mouth.say(signal)
                case words.StopForward():
                    self.mouth.hush()
                case words.RegisterDone(result):
                    self.disarm()
                    self.tell(now, f"done: {result}")
                case words.RegisterFailed(why):
                    self.disarm()
                    self.tell(now, f"failed: {why}")
                case (
                    words.SendBackward()
                    | words.StopBackward()
                    | words.PulseBackward()
                    | words.AddressComplete()
                    | Disregarded()
                ):
                    pass


class IncomingEnd(_End):
    """Is called: backward signals out, forward signals in. Says `result` of whoever is called."""

    def __init__(
        self,
        row: int,
        ears: Ears,
        plan: IncomingPlan,
        result: Result = Result.FREE,
        *,
        ladder: list[Said] | None = None,
    ) -> None:
        super().__init__(row, ears, FORWARD, BACKWARD, [] if ladder is None else ladder)
        self.state: incoming.State | None = None
        self.address: Address | None = None
        self._plan: Final = plan
        self._result: Final = result
        self._decide = False
        self._said: words.Backward | None = None

    @property
    def ended(self) -> Ended | None:
        return self.state if isinstance(self.state, Ended) else None

    def begin(self, now: int) -> None:
        self.arm()
        self.state = incoming.begin(Instant(now))

    def hear(self, found: Sequence[Detection], now: int) -> None:
        for heard in self.mine(found):
            on = isinstance(heard, MfcOn)
            self._step(words.ForwardOn(words.Forward(heard.signal)) if on else words.ForwardOff(), now)
        while self.state is not None and (due := incoming.deadline(self.state)) is not None and due <= now:
            self._step(DeadlinePassed(), now)

    def release(self, now: int) -> None:
        self._step(words.LineReleased(), now)

    def _step(self, event: incoming.Event, now: int) -> None:
        if self.state is None:
            return
        self.state, outs = incoming.step(self.state, event, Instant(now), self._plan)
        self._perform(outs, now)
        if self._decide:
            self._decide = False
            self._step(words.Decide(self._result), now)

    def _perform(self, outs: Sequence[words.Out], now: int) -> None:
        for out in outs:
            match out:
                case words.SendBackward(signal):
                    self.tell(now, f"{self._group()}{signal}")
                    self.mouth.say(signal)
                    self._said = signal
                case words.PulseBackward(signal, length_s):
                    self.tell(now, f"{self._group()}{signal} pulse")
                    self.mouth.say(signal, samples(1000 * length_s))
                    self._said = signal
                case words.StopBackward():
                    self.mouth.hush()
                case words.AddressComplete(address):
                    self.address = address
                    self._decide = True
                case words.RegisterDone(result):
                    self.disarm()
                    self.tell(now, f"done: {result}")
                case words.RegisterFailed(why):
                    self.disarm()
                    self.tell(now, f"failed: {why}")
                case words.SendForward() | words.StopForward() | Disregarded():
                    pass

    def _group(self) -> str:
        return "B" if self._said == words.A3 else "A"


class RegisterLink:
    """Registers on a board's rows, tick by tick; any number of calls at once."""

    def __init__(self, rows: int, ears: Ears, ends: Sequence[RegisterEnd]) -> None:
        self.ends: Final = tuple(ends)
        self._ears: Final = ears
        self._sent: NDArray[np.int16] = np.zeros((rows, TICK_SAMPLES), np.int16)

    def begin(self, now: int) -> None:
        for end in self.ends:
            end.begin(now)

    def hear(self, heard: NDArray[np.int16], now: int) -> list[Detection]:
        """(rows, 160): the next 20 ms, up to sample `now`; what was found in them."""
        found = self._ears.hear(heard, self._sent)
        for end in self.ends:
            end.hear(found, now)
        return found

    def speak(self) -> NDArray[np.int16]:
        """(rows, 160) for the board."""
        self._sent = np.zeros_like(self._sent)
        for end in self.ends:
            self._sent[end.row] = end.speak()
        return self._sent

    @property
    def ended(self) -> bool:
        return all(end.ended is not None for end in self.ends)


def draw(ladder: Sequence[Said]) -> str:
    """Seconds since the first line; the outgoing register left, the incoming one right."""
    first = ladder[0].at if ladder else 0
    return "\n".join(f"{(said.at - first) / RATE_HZ:6.2f}  {_arrow(said)}" for said in ladder)


def _arrow(said: Said) -> str:
    left = "" if said.outgoing else " " * 6
    if ":" in said.what:
        return f"{left}{said.what}"
    return f"{said.what:<5}-->" if said.outgoing else f"{left}<-- {said.what}"
