"""A board that does not fit what the settings hang on it is told so before anything starts."""

from pathlib import Path
from textwrap import dedent

import pytest

from cti_core.daemon.boards import board_of, echo_delay_ticks, en_bloc_lines, flashing_lines
from cti_core.faults import ConfigError
from cti_core.settings import Settings
from cti_core.settings_reader import load
from drivers.base import PortKind


def settings(folder: Path, text: str) -> Settings:
    (folder / "ivr").mkdir(exist_ok=True)
    file = folder / "cti.toml"
    file.write_text(dedent(text), encoding="utf-8")
    return load(file)


def refusal(folder: Path, text: str) -> list[str]:
    with pytest.raises(ConfigError) as told:
        board_of(settings(folder, text))
    return [f"{fault.key}: {fault.message}" for fault in told.value.faults]


def test_the_simulated_board_builds_the_telephones_that_are_asked_for(tmp_path: Path) -> None:
    text = """
        [board]
        lines = 2
        [[extensions]]
        extension = "801"
        """
    wanted = settings(tmp_path, text)
    board = board_of(wanted)
    assert [port.kind for port in board.ports] == [PortKind.FXO, PortKind.FXO, PortKind.FXS]
    assert en_bloc_lines(board, wanted.owners) == flashing_lines(board, wanted.owners) == ()
    assert echo_delay_ticks(board) == (0, 0, 0)


def test_a_telephone_on_a_port_to_the_exchange_and_a_line_on_a_port_for_telephones_are_refused(tmp_path: Path) -> None:
    text = """
        [board]
        lines = 2
        [[extensions]]
        extension = "801"
        port = 1
        """
    assert refusal(tmp_path, text) == [
        'extensions: "801" is on port 1, which goes to the exchange: give it a telephone\'s port',
        "lines: line 2 is on port 3, which is for telephones: name it in [[extensions]]",
    ]


def test_another_number_of_ports_than_lines_and_telephones_is_refused(tmp_path: Path) -> None:
    text = """
        [board]
        name = "dahdi"
        lines = 2
        [board.settings]
        channels = "1-2"
        """
    wanted = settings(tmp_path, text)
    board = board_of(wanted)
    assert board.name == "dahdi"
    assert [line.flash_ms for line in wanted.switch_plan("s1", (), flashing_lines(board, wanted.owners)).lines] == [
        400,
        400,
    ]
    more = text + '\n        [[extensions]]\n        extension = "801"\n'
    assert refusal(tmp_path, more) == ["board.settings.channels: 2 channels are named for 3 lines"]


def test_a_board_that_nobody_installed_is_refused_with_those_that_are(tmp_path: Path) -> None:
    (told,) = refusal(tmp_path, '[board]\nname = "dahdy"')
    assert told.startswith('board.name: no board "dahdy" is installed; there are [')
    assert "'simulated'" in told


def test_sip_lines_take_a_number_en_bloc(tmp_path: Path) -> None:
    text = """
        [board]
        name = "sip"
        lines = 2
        [board.settings]
        peers = ["127.0.0.1"]
        """
    wanted = settings(tmp_path, text)
    board = board_of(wanted)
    assert en_bloc_lines(board, wanted.owners) == (1, 2)
    assert all(line.en_bloc for line in wanted.switch_plan("s1", (1, 2)).lines)
