"""Two telephones back to back: how the exchange joins a line that calls with the line that it calls."""

from collections.abc import Callable
from typing import Final

from simulator.telephone import CallerState, Frame


class JunctionEnd:
    """A telephone without a person: what it hears the other end says, in the same tick."""

    def __init__(self, number: str, on_state: Callable[[CallerState, int], None]) -> None:
        self.number = number
        self.other: JunctionEnd | None = None
        self._on_state: Final = on_state
        self._heard: Frame | None = None

    def speak(self, _at: int, /) -> Frame | None:
        if self.other is None:
            return None
        frame, self.other._heard = self.other._heard, None  # noqa: SLF001  # of the same class
        return frame

    def hear(self, frame: Frame, _at: int, /) -> None:
        self._heard = frame

    def on_line_state(self, state: CallerState, at: int, /) -> None:
        self._on_state(state, at)


def junction(
    near: tuple[str, Callable[[CallerState, int], None]], far: tuple[str, Callable[[CallerState, int], None]]
) -> tuple[JunctionEnd, JunctionEnd]:
    """Both ends, each with its number and who is told of its state."""
    ends = JunctionEnd(*near), JunctionEnd(*far)
    ends[0].other, ends[1].other = ends[1], ends[0]
    return ends
