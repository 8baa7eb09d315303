"""What the settings say of a line's gain stands, whatever becomes of the board."""

import asyncio
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from cti_core.call_control.ids import LineId
from cti_core.media.gains import Gains, LineGain
from cti_core.media.mind import Alarm
from cti_core.media.pump import Pump
from drivers.base import BoardLost, LineFault, LineOk, Unsupported
from unit.media.fakes import LINES, Step, TapeBoard, house, tick, ticks

L1, L2 = LINES
LOUDER = LineGain(rx_db=3, tx_db=-1.5)


class GainBoard(TapeBoard):
    """Notes the gains it is given; one port may have none."""

    def __init__(self, *tapes: Iterable[Step], refuses: int | None = None) -> None:
        super().__init__(*tapes)
        self.given: list[tuple[int, float, float]] = []
        self.asked = 0
        self._refuses = refuses

    def gain(self, port: int, *, rx_db: float, tx_db: float) -> None:
        self.asked += 1
        if port == self._refuses:
            raise Unsupported(f"port {port} has no gain to set")
        self.given.append((port, rx_db, tx_db))


async def run(folder: Path, board: GainBoard, gains: dict[LineId, LineGain]) -> list[Alarm]:
    alarms: list[Alarm] = []
    async with asyncio.TaskGroup() as group:
        room = replace(house(folder, group, board).room, gains=gains)
        await Pump(room, on_hops=lambda _: None, on_alarm=alarms.append, real_time=False, back_off_s=(0.02,)).run()
    return alarms


async def test_gains_are_set_when_the_board_opens_and_when_it_opens_again(tmp_path: Path) -> None:
    board = GainBoard([tick(160), BoardLost("gone")], ticks(2))
    await run(tmp_path, board, {L2: LOUDER})
    assert board.given == [(1, 3, -1.5)] * 2


async def test_a_port_that_comes_back_alone_gets_its_own_again(tmp_path: Path) -> None:
    """Its channel was opened anew, and knows nothing."""
    board = GainBoard([tick(160, LineFault(1, 10, "removed"), LineFault(0, 10, "removed")), tick(320, LineOk(1, 200))])
    await run(tmp_path, board, {L1: LOUDER, L2: LineGain(tx_db=2)})
    assert board.given == [(0, 3, -1.5), (1, 0, 2), (1, 0, 2)]


async def test_a_board_without_gains_is_told_once_in_words_and_calls_go_on(tmp_path: Path) -> None:
    board = GainBoard([tick(160), tick(320, LineOk(0, 200)), BoardLost("gone")], ticks(3), refuses=0)
    alarms = await run(tmp_path, board, {L1: LOUDER, L2: LOUDER})
    assert [(alarm.line, alarm.text) for alarm in alarms if alarm.kind == "gainRefused"] == [
        (L1, "rx_db and tx_db have no effect: port 0 has no gain to set")
    ]
    assert board.given == [(1, 3, -1.5)] * 2
    assert len(board.spoken) == 5


def test_a_line_of_which_nothing_is_said_stays_as_the_board_has_it() -> None:
    board = GainBoard()
    gains = Gains(board, LINES, {L1: LineGain()}, lambda _: None)
    gains.set_all()
    gains.set(1)
    assert not board.asked
