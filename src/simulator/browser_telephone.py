"""A telephone whose mouth, ear and keys are a browser's: the simulated line's side of `/phone/ws`."""

from collections.abc import Callable
from typing import Final

from cti_core.call_control.clock import Instant
from cti_core.call_control.ids import AgentId
from cti_core.media.legs import AudioLeg
from dsp.g711 import alaw_encode
from dsp.levels import SILENCE_DBM0, TICK_SAMPLES, dbm0
from simulator.line_model import LineModel
from simulator.telephone import CallerState, Frame, Handset


class Meter:
    """Level of what passed since it was read last."""

    def __init__(self) -> None:
        self._squares = 0.0
        self._samples = 0

    def add(self, frame: Frame | None) -> None:
        """(160,), or None for silence."""
        self._samples += TICK_SAMPLES
        if frame is not None:
            wave = frame.astype(float)
            self._squares += float(wave @ wave)

    def read(self) -> float:
        """dBm0."""
        level = dbm0(self._squares / self._samples) if self._samples else SILENCE_DBM0
        self._squares, self._samples = 0.0, 0
        return level


class BrowserTelephone(Handset):
    """`leg` is the socket's end: frames in through its jitter buffer, frames out through its short queue."""

    def __init__(self, model: LineModel, name: str, number: str, wake: Callable[[], None]) -> None:
        super().__init__(model, number)
        self.leg: Final = AudioLeg(AgentId(name), wake)  # no agent's, but a leg all the same
        self.sent: Final = Meter()
        self.received: Final = Meter()

    def speak(self, at: int, /) -> Frame | None:
        spoken = self.leg.pull()  # goes on while a key sounds, so that no delay is left behind
        key = super().speak(at)
        frame = spoken if key is None else key
        self.sent.add(frame)
        return frame

    def hear(self, frame: Frame, at: int, /) -> None:
        super().hear(frame, at)
        self.received.add(frame)
        self.leg.send(Instant(at), alaw_encode(frame).tobytes())

    def on_line_state(self, state: CallerState, at: int, /) -> None:
        super().on_line_state(state, at)
        if state is CallerState.IDLE:
            self.leg.out.clear()
