"""Keys and flashes in a talk reach the board, each board in its own way."""

import asyncio
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from cti_core.call_control.events import DialFinished, RingHeard
from cti_core.call_control.in_talk import FlashLine, SendDigits
from cti_core.call_control.privacy import Keys
from cti_core.media.tones import digits
from drivers.base import Capability, DialDone, Operations, PortInfo, PortKind, RingOn, Unsupported
from unit.media.fakes import LINES, House, Step, TapeBoard, ToldSwitch, house, tick, ticks

L1, L2 = LINES
TWELVE = SendDigits(L2, Keys("12"))


class Telling(TapeBoard, Operations):
    """Tells keys beside the sound, where the far end agreed to it."""

    def __init__(self, *tapes: Iterable[Step], agreed: bool) -> None:
        super().__init__(*tapes)
        self.ports = tuple(PortInfo(port, PortKind.FXO, Capability.EN_BLOC) for port in range(len(LINES)))
        self.dialled: list[tuple[int, str]] = []
        self._agreed = agreed

    def dial(self, port: int, digits: str, *, pulse: bool = False) -> None:
        assert not pulse
        if not self._agreed:
            raise Unsupported("send them as audio")
        self.dialled.append((port, digits))


class Flashing(TapeBoard):
    def __init__(self, *tapes: Iterable[Step]) -> None:
        super().__init__(*tapes)
        self.flashes: list[tuple[int, int]] = []

    def flash(self, port: int, length_ms: int) -> None:
        self.flashes.append((port, length_ms))


async def run(folder: Path, board: TapeBoard, switch: ToldSwitch) -> House:
    async with asyncio.TaskGroup() as group:
        it = house(folder, group, board, switch)
        await it.pump.run()
    return it


def sent(board: TapeBoard) -> np.ndarray[tuple[int, ...], np.dtype[np.int16]]:
    """What line 2 was sent."""
    return np.concatenate([frame[1] for frame in board.spoken])


async def test_keys_are_sound_on_a_line_of_copper(tmp_path: Path) -> None:
    it = await run(
        tmp_path, TapeBoard([tick(160, RingOn(1, 1)), *ticks(30, first=320)]), ToldSwitch(RingHeard=(TWELVE,))
    )
    tones = digits("12")
    assert np.array_equal(sent(it.board)[: tones.size], tones)
    assert isinstance(it.switch, ToldSwitch)
    assert it.switch.events == [RingHeard(L2), DialFinished(L2)]


async def test_where_the_far_end_agreed_to_it_the_board_tells_them(tmp_path: Path) -> None:
    board = Telling([tick(160, RingOn(1, 1)), tick(320), tick(480, DialDone(1, 400))], agreed=True)
    it = await run(tmp_path, board, ToldSwitch(RingHeard=(TWELVE,)))
    assert board.dialled == [(1, "12")]
    assert not sent(board).any()
    assert isinstance(it.switch, ToldSwitch)
    assert it.switch.events == [RingHeard(L2), DialFinished(L2)]


async def test_where_it_did_not_they_are_sound_as_well(tmp_path: Path) -> None:
    board = Telling([tick(160, RingOn(1, 1)), *ticks(30, first=320)], agreed=False)
    it = await run(tmp_path, board, ToldSwitch(RingHeard=(TWELVE,)))
    assert sent(board).any()
    assert it.alarms == []


async def test_a_flash_is_as_long_as_its_line_wants(tmp_path: Path) -> None:
    board = Flashing([tick(160, RingOn(1, 1))])
    await run(tmp_path, board, ToldSwitch(RingHeard=(FlashLine(L2, 600),)))
    assert board.flashes == [(1, 600)]
