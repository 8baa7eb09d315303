"""What docs/boards-sip.md shows works."""

import re
from pathlib import Path

import pytest

from cti_core.settings_reader import load
from drivers.base import Capability
from drivers.sip.board import SipBoard

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "docs" / "boards-sip.md").read_text(encoding="utf-8")


def test_the_example_configuration_makes_a_board_of_eight_lines() -> None:
    settings = load(ROOT / "config" / "sip.toml")
    board = SipBoard.from_settings({**settings.board.settings, "lines": settings.board.lines})
    assert [port.user for port in board.plan.ports] == [f"line{number}" for number in range(1, 9)]
    assert all(Capability.EN_BLOC in port.capabilities for port in board.ports)


def test_a_trunk_needs_no_guard_time() -> None:
    for name in ("sip.toml", "sip-test.toml"):
        assert {line.plan.guard_s for line in load(ROOT / "config" / name).lines} == {0}


def test_every_setting_in_the_guide_is_one() -> None:
    with pytest.raises(ValueError, match="unknown") as told:
        SipBoard.from_settings({"nonsense": 1, "line_1": {"nonsense": 1}})
    table = GUIDE.partition("| key |")[2].partition("\n\n")[0]
    keys = {
        key.partition(".")[2] or key
        for row in table.splitlines()
        for key in re.findall(r"`([\w.]+)`", row.split("|")[1])
    }
    assert {key for key in keys if key not in str(told.value)} == set()
    assert len(keys) > 15


def test_the_example_of_an_agents_telephone_fits_the_example_of_a_gateway(tmp_path: Path) -> None:
    (block,) = [text for text in re.findall(r"```toml\n(.*?)```", GUIDE, re.DOTALL) if "[[extensions]]" in text]
    (tmp_path / "phone-801").write_text("secret", encoding="utf-8")
    block = block.replace("/etc/hospital-cti", str(tmp_path))
    text = (ROOT / "config" / "sip.toml").read_text(encoding="utf-8")
    whole = text.partition("[[agents]]")[0] + block
    (tmp_path / "sip.toml").write_text(
        whole.replace('folder = "ivr"', f'folder = "{ROOT / "config" / "ivr"}"'), "utf-8"
    )
    settings = load(tmp_path / "sip.toml")
    board = SipBoard.from_settings({**settings.board.settings, "lines": len(settings.owners)})
    assert [owner for owner, port in zip(settings.owners, board.plan.ports, strict=True) if port.phone] == ["801"]
