"""Settings of what is wired to the board's ports: lines, how they are supervised, telephones of the house."""

from pathlib import Path
from textwrap import dedent

import pytest

from cti_core.call_control.events import Tone
from cti_core.faults import ConfigError
from cti_core.settings import MonitorSettings, Settings
from cti_core.settings_lines import lone_signs
from cti_core.settings_reader import parse


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "ivr").mkdir()
    return tmp_path


def read(folder: Path, text: str) -> Settings:
    return parse(dedent(text), folder / "cti.toml")


def faults(folder: Path, text: str) -> list[tuple[int, str, str]]:
    with pytest.raises(ConfigError) as told:
        read(folder, text)
    return [(fault.line, fault.key, fault.message) for fault in told.value.faults]


def test_a_line_of_its_own_differs_only_in_what_it_says(folder: Path) -> None:
    settings = read(
        folder,
        """
        [supervision]
        answer_on_ring = 1
        hang_up_tones = ["busy"]
        loop_drop_ms = 0
        [[lines]]
        line = 3
        label = "药房"
        polarity = true
        loop_drop_ms = 400
        """,
    )
    third, fourth = settings.lines[2], settings.lines[3]
    assert (third.label, third.loop_drop_ms, third.plan.polarity_clears) == ("药房", 400, True)
    assert third.plan.loop_drop_clears
    assert third.plan.hang_up_tones == frozenset({Tone.BUSY})
    assert third.plan.answer_on_ring == 1
    assert (fourth.label, fourth.plan.loop_drop_clears, fourth.plan.polarity_clears) == ("4", False, False)


def test_telephones_follow_the_lines_unless_their_port_is_named(folder: Path) -> None:
    text = """
        [board]
        lines = 2
        [[extensions]]
        extension = "801"
        [[extensions]]
        extension = "802"
        port = 2
        [[agents]]
        agent = "1001"
        extension = "802"
        """
    settings = read(folder, text)
    assert settings.owners == (1, "802", 2, "801")
    assert [(phone.extension, phone.agent) for phone in settings.extensions] == [("801", None), ("802", "1001")]
    assert settings.agents[0].plan.device == "X802"


def test_telephones_that_cannot_be_are_blamed(folder: Path) -> None:
    text = """
        [board]
        lines = 2
        [[extensions]]
        extension = "801"
        port = 1
        [[extensions]]
        extension = "801"
        [[extensions]]
        extension = "803"
        port = 1
        [[extensions]]
        extension = "804"
        port = 9
        [[agents]]
        agent = "1001"
        extension = "801"
        [[agents]]
        agent = "1002"
        extension = "801"
        [[agents]]
        agent = "1003"
        extension = "999"
        """
    assert [(key, message) for _, key, message in faults(folder, text)] == [
        ("extensions[1].extension", 'telephone "801" stands here twice'),
        ("extensions[2].port", "port 1 has a telephone already"),
        ("extensions[3].port", "must lie between 1 and 6, not 9"),
        ("agents[1].extension", 'telephone "801" is another agent\'s already'),
        ("agents[2].extension", 'there is no telephone "999" in [[extensions]]'),
    ]


def test_how_calls_of_ours_go_out_is_said_for_all_lines_or_for_one(folder: Path) -> None:
    text = """
        [supervision]
        prefix = "9,"
        silence_s = 600
        [[lines]]
        line = 2
        outgoing = false
        dial = "pulse"
        polarity_answers = true
        silence_s = 0
        """
    first, second = (line.plan for line in read(folder, text).lines[:2])
    assert (first.prefix, first.outgoing, first.pulse, first.polarity_answers) == ("9,", True, False, False)
    assert (second.prefix, second.outgoing, second.pulse, second.polarity_answers) == ("9,", False, True, True)
    assert (first.silence_clears_s, Tone.SILENCE in first.hang_up_tones) == (600, True)
    assert (second.silence_clears_s, Tone.SILENCE in second.hang_up_tones) == (0, False)


def test_a_line_with_one_sign_of_hang_up_alone_is_told_and_no_fault(folder: Path) -> None:
    """Maximum duration is always there besides; two signs are silent, whichever they are."""
    settings = read(
        folder,
        """
        [supervision]
        loop_drop_ms = 0
        [[lines]]
        line = 2
        loop_drop_ms = 300
        [[lines]]
        line = 4
        silence_s = 600
        [[lines]]
        line = 5
        hang_up_tones = []
        polarity = true
        [[lines]]
        line = 6
        hang_up_tones = []
        silence_s = 600
        """,
    )
    assert lone_signs(read(folder, "").lines) == []
    assert [sentence.partition(" tells")[0] for sentence in lone_signs(settings.lines)] == [
        "on lines 1, 3, 7, 8 tones alone",
        "on line 5 polarity alone",
        "on line 6 silence alone",
    ]


def test_gains_flash_and_the_voltage_of_a_line_in_use_are_set_per_line_within_limits(folder: Path) -> None:
    text = """
        [supervision]
        rx_db = 3
        [[lines]]
        line = 2
        rx_db = -1.5
        tx_db = 2
        in_use_v = 0
        flash_ms = 100
        """
    first, second = read(folder, text).lines[:2]
    assert (first.rx_db, first.tx_db, first.in_use_v, first.flash_ms) == (3, 0, 15, 400)
    assert (second.rx_db, second.tx_db, second.in_use_v, second.flash_ms) == (-1.5, 2, 0, 100)
    wrong = """
        [supervision]
        rx_db = 12.5
        flash_ms = 80
        """
    assert [(key, message) for _, key, message in faults(folder, wrong)] == [
        ("supervision.rx_db", "must lie between -12 and 12, not 12.5"),
        ("supervision.flash_ms", "must lie between 90 and 1000, not 80"),
    ]


def test_how_much_trouble_of_the_board_is_an_alarm_may_be_set(folder: Path) -> None:
    settings = read(
        folder,
        """
        onhook_evidence = true
        [monitor]
        slips = 100
        """,
    )
    assert (settings.monitor, settings.onhook_evidence) == (MonitorSettings(slips=100), True)
    assert (read(folder, "").monitor, read(folder, "").onhook_evidence) == (MonitorSettings(), False)
    text = "[monitor]\nunderuns = 3\nlate_ticks = -1"
    assert [key for _, key, _ in faults(folder, text)] == ["monitor.underuns", "monitor.late_ticks"]
