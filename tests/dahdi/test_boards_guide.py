"""What docs/boards.md shows works."""

import re
from pathlib import Path

import numpy as np
import pytest

from cti_core.daemon.boards import board_of
from cti_core.settings_reader import load, parse
from drivers.base import TICK_SAMPLES, BoardLost, PortKind, Unsupported
from drivers.dahdi.board import DahdiBoard

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "docs" / "boards.md").read_text(encoding="utf-8")


def test_the_example_configuration_makes_a_board_of_eight_lines() -> None:
    settings = load(ROOT / "config" / "dahdi.toml")
    board = DahdiBoard.from_settings({**settings.board.settings, "lines": settings.board.lines})
    assert len(board.ports) == len(settings.lines) == 8


def test_the_example_with_telephones_makes_a_board_with_them() -> None:
    """Its commented lines work when the hash is taken away."""
    file = ROOT / "config" / "dahdi.toml"
    text = file.read_text(encoding="utf-8")
    text = re.sub(r"^# (?=\[\[extensions|extension|echo_canceller)", "", text, flags=re.MULTILINE)
    settings = parse(text.replace("9-12", "9"), file)
    board = board_of(settings)
    assert [info.kind for info in board.ports] == [PortKind.FXO] * 8 + [PortKind.FXS]
    assert settings.agents[0].plan.extension == "801"


def test_every_setting_in_the_guide_is_one() -> None:
    block = next(text for text in re.findall(r"```toml\n(.*?)```", GUIDE, re.DOTALL) if 'name = "dahdi"' in text)
    keys = set(re.findall(r"^(?:# )?(\w+) = ", block.partition("[board.settings]")[2], re.MULTILINE))
    with pytest.raises(ValueError, match="unknown") as told:
        DahdiBoard.from_settings({"nonsense": 1})
    assert all(key in str(told.value) for key in keys)


async def test_the_driver_of_your_own_hears_its_own_voice_and_keeps_the_doors_promises() -> None:
    (source,) = re.findall(r"```python\n(.*?)```", GUIDE, re.DOTALL)
    names: dict[str, object] = {"__name__": "loop"}
    exec(compile(source, "boards.md", "exec"), names)
    board = names["LoopBoard"].from_settings({"lines": 1})  # type: ignore[attr-defined]
    frame = np.full((1, TICK_SAMPLES), 7, np.int16)
    async with board.open() as ticks:
        first = await anext(ticks)
        board.speak(frame)
        board.speak(frame)
        second = await anext(ticks)
        assert second.at - first.at == TICK_SAMPLES
        np.testing.assert_array_equal(second.heard, frame)
        assert board.health().frames_dropped == 1
        with pytest.raises(Unsupported):
            board.dial(0, "114")
        with pytest.raises(BoardLost):
            async with board.open():
                pass
