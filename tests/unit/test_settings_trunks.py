"""Settings of trunks of China No.1: which lines they are, what is so on all of them, what on one; and their board."""

from pathlib import Path
from textwrap import dedent

import pytest

from cti_core.call_control.cas_states import CasPlan
from cti_core.call_control.line_states import LinePlan
from cti_core.call_control.privacy import PhoneNumber
from cti_core.call_control.register import Ka, LengthPlan
from cti_core.daemon.boards import board_of
from cti_core.faults import ConfigError
from cti_core.settings import Settings
from cti_core.settings_lines import lone_signs
from cti_core.settings_reader import load
from drivers.base import PortKind
from simulator.board import SimulatedBoard


def read(folder: Path, text: str) -> Settings:
    (folder / "ivr").mkdir(exist_ok=True)
    file = folder / "cti.toml"
    file.write_text(dedent(text), encoding="utf-8")
    return load(file)


def faults(folder: Path, text: str) -> list[tuple[str, str]]:
    with pytest.raises(ConfigError) as told:
        board_of(read(folder, text))
    return [(fault.key, fault.message) for fault in told.value.faults]


def plan_of(settings: Settings, line: int) -> CasPlan:
    plan = settings.lines[line - 1].plan
    assert isinstance(plan, CasPlan)
    return plan


MIXED = """
    [board]
    lines = 4
    [board.settings]
    time_slots = 2
    [supervision]
    in_use_v = 20
    [china1]
    lines = "3-4"
    digits = 7
    digits_by_prefix = { "120" = 3, "0" = 0 }
    number = "62265000"
    category = 8
    [[lines]]
    line = 4
    label = "中继 2"
    caller_number = false
    outgoing = false
    rx_db = -3
    """


def test_trunks_are_as_their_table_says_then_as_their_own(tmp_path: Path) -> None:
    settings = read(tmp_path, MIXED)
    assert [type(line.plan) for line in settings.lines] == [LinePlan, LinePlan, CasPlan, CasPlan]
    third, fourth = plan_of(settings, 3), plan_of(settings, 4)
    assert third.line == 3
    assert third.incoming.lengths == LengthPlan((("", 7), ("120", 3), ("0", 0)))
    assert third.incoming.ask_caller_after == 0
    assert (third.number, third.category, third.outgoing) == (PhoneNumber("62265000"), Ka.PRIORITY_PERIODIC, True)
    assert fourth.incoming.lengths == third.incoming.lengths
    assert (fourth.incoming.ask_caller_after, fourth.outgoing) == (None, False)
    assert (settings.lines[3].label, settings.lines[3].rx_db, settings.lines[3].in_use_v) == ("中继 2", -3.0, 0.0)
    assert settings.switch_plan("s").lines[2] == third


def test_the_simulated_board_makes_the_last_lines_time_slots(tmp_path: Path) -> None:
    board = board_of(read(tmp_path, MIXED))
    assert [port.kind for port in board.ports] == [PortKind.FXO] * 2 + [PortKind.E1_CAS] * 2


def test_a_house_may_have_nothing_but_trunks(tmp_path: Path) -> None:
    text = '[board]\nlines = 30\n[board.settings]\ntime_slots = 30\n[china1]\nlines = "1-30"\n'
    board = board_of(read(tmp_path, text))
    assert isinstance(board, SimulatedBoard)
    assert len(board.time_slots) == 30


def test_a_number_of_unknown_length_has_no_plan(tmp_path: Path) -> None:
    text = '[china1]\nlines = "8"\ndigits = 0\n'
    assert plan_of(read(tmp_path, text), 8).incoming.lengths == LengthPlan()


def test_a_line_may_be_made_a_trunk_by_itself_or_kept_a_loop(tmp_path: Path) -> None:
    text = """
        [china1]
        lines = "7,8"
        [[lines]]
        line = 6
        signalling = "china1"
        digits = 4
        [[lines]]
        line = 8
        signalling = "loop"
        polarity = true
        """
    settings = read(tmp_path, text)
    kinds = [type(line.plan) is CasPlan for line in settings.lines]
    assert kinds == [False] * 5 + [True, True, False]
    assert plan_of(settings, 6).incoming.lengths == LengthPlan((("", 4),))


def test_what_supervises_a_loop_is_no_setting_of_a_trunk(tmp_path: Path) -> None:
    text = '[[lines]]\nline = 8\nsignalling = "china1"\npolarity = true\n'
    assert faults(tmp_path, text) == [("lines[0].polarity", "is not a setting")]


@pytest.mark.parametrize(
    ("said", "key", "word"),
    [
        ('lines = "7-9"', "china1.lines", "there is no line 9: board.lines is 8"),
        ('lines = "7 8"', "china1.lines", "must look like"),
        ('digits_by_prefix = { "12x" = 3 }', "china1.digits_by_prefix.12x", "must be the first digits of a number"),
        ('digits_by_prefix = { "120" = 2 }', "china1.digits_by_prefix.120", "3 to 24, or 0: no such number"),
        ("category = 4", "china1.category", "must be one of 1, 2, 3, 5, 8, 10, 13, not 4"),
        ('number = "6226-5000"', "china1.number", "must look like"),
        ("digit = 8", "china1.digit", "digits"),
    ],
)
def test_a_wrong_value_is_blamed_by_its_key(tmp_path: Path, said: str, key: str, word: str) -> None:
    ((told, message),) = faults(tmp_path, f"[china1]\n{said}\n")
    assert told == key
    assert word in message


def test_a_trunk_needs_a_time_slot_and_a_time_slot_a_trunk(tmp_path: Path) -> None:
    text = '[board]\nlines = 3\n[board.settings]\ntime_slots = 1\n[china1]\nlines = "2"\n'
    assert faults(tmp_path, text) == [
        ("lines", 'line 2 is on port 2, which is no time slot: signalling = "loop"'),
        ("lines", 'line 3 is on port 3, a time slot: signalling = "china1", or china1.lines'),
    ]


def test_no_warning_is_told_about_the_signs_of_a_trunk(tmp_path: Path) -> None:
    """Its clear forward is certain."""
    assert lone_signs(read(tmp_path, MIXED).lines[2:]) == []
