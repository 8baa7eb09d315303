"""Scripted outbound calls on the ports of a board, with real tones through real ears: performs what `outgoing` decides."""

from collections import deque
from collections.abc import Callable, Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from drivers.base import TICK_SAMPLES, Board, Hook, LoopClosed, LoopOpen, Polarity, RingOn, Signal, Tick
from dsp.detections import Detection, ToneOn, VoiceOff, VoiceOn
from dsp.ears import Ears
from dsp.levels import RATE_HZ
from dsp.tones import Generator, keys
from simulator import outgoing
from simulator.outgoing import Action, Ended, Event, Noticed, Report, Script, ToneHeard


def disc(digits: str) -> Iterator[Hook]:
    """The loop in each tick: ten pulses a second, 60 ms open and 40 ms closed, and 600 ms after each digit."""
    for digit in digits:
        for _ in range(int(digit) or 10):
            yield from (Hook.ON,) * 3 + (Hook.OFF,) * 2
        yield from (Hook.OFF,) * 30


class _Call:
    """A script under way."""

    def __init__(self, script: Script) -> None:
        self.script: Final = script
        self.state: outgoing.State
        self.reports: Final[list[Report]] = []
        self.keys: Generator | None = None
        self.loop: deque[Hook] = deque()  # tick by tick, while a disc runs back


class OutgoingDesk:
    """Places calls and follows them tick by tick; ports without a call cost nothing but their share of the ears."""

    def __init__(self, board: Board, ears: Ears) -> None:
        ports = len(board.ports)
        self.ears: Final = ears
        self.now = 0
        self._board: Final = board
        self._calls: Final[dict[int, _Call]] = {}
        self._sent: NDArray[np.int16] = np.zeros((ports, TICK_SAMPLES), np.int16)

    def place(self, port: int, script: Script) -> None:
        """Seize the port now. What was known of an earlier call on it is forgotten."""
        self._calls[port] = call = _Call(script)
        self.ears.reset([port])
        self.ears.arm(port, voice=True)
        call.state, actions = outgoing.begin(script, self.now)
        self._perform(port, call, actions)

    def reports(self, port: int) -> list[Report]:
        """What was heard, and when, of the newest call on this port."""
        return list(self._calls[port].reports)

    def outcome(self, port: int) -> outgoing.Outcome | None:
        """None: it is still under way."""
        state = self._calls[port].state
        return state.outcome if isinstance(state, Ended) else None

    async def run(self, until_s: float, between: Callable[[int], None] | None = None) -> None:
        """Open the board and hear so long, or until every call has ended; `between` is told each tick's sample."""
        async with self._board.open() as ticks:
            async for tick in ticks:
                self.hear(tick)
                if between is not None:
                    between(tick.at)
                self._board.speak(self.speak())
                over = self._calls and all(isinstance(call.state, Ended) for call in self._calls.values())
                if over or tick.at >= until_s * RATE_HZ:
                    return

    def hear(self, tick: Tick) -> None:
        """The next 20 ms."""
        self.now = tick.at
        found = self.ears.hear(tick.heard, self._sent)
        for port, event in (*self._facts(tick.signals), *self._heard(found)):
            self._happen(port, event)
        for port, call in self._calls.items():
            if call.keys is not None and call.keys.done:
                call.keys = None
                self._happen(port, Noticed.SENT)
            if call.loop:
                self._board.hook(port, call.loop.popleft())
                if not call.loop:
                    self._happen(port, Noticed.SENT)
            if (due := outgoing.deadline(call.state)) is not None and due <= self.now:
                self._happen(port, Noticed.EXPIRED)

    def speak(self) -> NDArray[np.int16]:
        """(ports, 160) for the board."""
        self._sent = np.zeros_like(self._sent)
        for port, call in self._calls.items():
            if call.keys is not None:
                self._sent[port] = call.keys.pull()
        return self._sent

    # --- what is heard --------------------------------------------------------------------------------------------

    @staticmethod
    def _facts(signals: tuple[Signal, ...]) -> Iterator[tuple[int, Event]]:
        for signal in signals:
            match signal:
                case Polarity(port, _, reversed_):
                    yield port, Noticed.REVERSED if reversed_ else Noticed.TURNED_BACK
                case LoopOpen(port, _):
                    yield port, Noticed.LOOP_OPEN
                case LoopClosed(port, _, _):
                    yield port, Noticed.LOOP_CLOSED
                case RingOn(port, _):
                    yield port, Noticed.RING
                case _:
                    pass

    @staticmethod
    def _heard(found: list[Detection]) -> Iterator[tuple[int, Event]]:
        for detection in found:
            match detection:
                case ToneOn(row=port, tone=tone):
                    yield port, ToneHeard(tone)
                case VoiceOn(row=port):
                    yield port, Noticed.VOICE
                case VoiceOff(row=port):
                    yield port, Noticed.VOICE_ENDED
                case _:
                    pass

    # --- what is done ---------------------------------------------------------------------------------------------

    def _happen(self, port: int, event: Event) -> None:
        call = self._calls.get(port)
        if call is not None:
            call.state, actions = outgoing.step(call.state, event, self.now, call.script)
            self._perform(port, call, actions)

    def _perform(self, port: int, call: _Call, actions: list[Action]) -> None:
        for action in actions:
            match action:
                case outgoing.Seize():
                    self._board.hook(port, Hook.OFF)
                case outgoing.Send(digits, pulse=True):
                    call.loop.extend(disc(digits))
                case outgoing.Send(digits):
                    call.keys = Generator(keys(digits))
                case outgoing.HangUp():
                    call.keys = None
                    call.loop.clear()
                    self.ears.arm(port, voice=False)
                    self._board.hook(port, Hook.ON)
                case Report():
                    call.reports.append(action)
