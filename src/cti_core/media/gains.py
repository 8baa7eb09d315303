"""Sets what the settings say of each line's gain, as often as the board may have forgotten it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from cti_core.call_control.ids import LineId, PortOwner
from cti_core.media.mind import Alarm
from drivers.base import Board, Unsupported


@dataclass(frozen=True, slots=True, kw_only=True)
class LineGain:
    """In dB, positive is louder."""

    rx_db: float = 0.0
    tx_db: float = 0.0


class Gains:
    """A line whose gain was not set by anybody is left as the board has it. What a port cannot is told once, as an alarm."""

    def __init__(
        self,
        board: Board,
        owners: Sequence[PortOwner],
        wanted: Mapping[LineId, LineGain],
        on_alarm: Callable[[Alarm], None],
    ) -> None:
        self._board = board
        self._on_alarm = on_alarm
        self._wanted: Final = {
            port: (line, gain)
            for port, line in enumerate(owners)
            if isinstance(line, int) and (gain := wanted.get(line, LineGain())) != LineGain()
        }
        self._refused: Final[set[int]] = set()

    def set_all(self) -> None:
        """The board was opened."""
        for port in self._wanted:
            self.set(port)

    def set(self, port: int) -> None:
        """The port is there, for the first time or again."""
        if port not in self._wanted or port in self._refused:
            return
        line, gain = self._wanted[port]
        try:
            self._board.gain(port, rx_db=gain.rx_db, tx_db=gain.tx_db)
        except Unsupported as why:
            self._refused.add(port)
            self._on_alarm(Alarm(kind="gainRefused", text=f"rx_db and tx_db have no effect: {why}", line=line))
