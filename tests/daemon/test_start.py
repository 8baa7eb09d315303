"""A start that cannot be: everything that is wrong at once, in words, with the place where it is mended; exit code 1."""

import socket
from pathlib import Path

import pytest

from cti_core.daemon.start import running
from cti_core.faults import ConfigError
from cti_core.settings_reader import load
from daemon.node import MENU, change
from daemon.process import cti, served


def told(stderr: str, *parts: str) -> str:
    """The one line of stderr that holds all parts."""
    lines = [line for line in stderr.splitlines() if all(part in line for part in parts)]
    assert len(lines) == 1, stderr
    return lines[0]


def line_of(text: str, words: str) -> int:
    """1-based, of the first line that holds the words."""
    return next(number for number, line in enumerate(text.splitlines(), 1) if words in line)


async def refused(file: Path) -> str:
    """What a start in this process says against itself."""
    with pytest.raises(ConfigError) as wrong:
        async with running(load(file)):
            raise AssertionError("it started")
    return str(wrong.value)


async def test_a_port_that_is_taken_is_named(file: Path, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        code, out, wrong = await cti("serve", "--config", file, "--port", str(port), "--data-dir", tmp_path / "d")
    assert (code, out) == (1, "")
    assert told(wrong, "api.port", f"port {port} is in use").startswith(f"{file}:")
    assert "Traceback" not in wrong


async def test_a_data_folder_that_cannot_be_written_is_named_with_every_folder_in_it(
    file: Path, tmp_path: Path
) -> None:
    """Below a file nothing can be made, whoever runs it."""
    (tmp_path / "plain").write_text("a file")
    code, out, wrong = await cti("serve", "--config", file, "--port", "0", "--data-dir", tmp_path / "plain" / "data")
    assert (code, out) == (1, "")
    for key in ("data_dir", "recordings_dir", "store.journal_dir"):
        told(wrong, f":{key}:", "cannot be written to", "Not a directory")
    assert "Traceback" not in wrong


async def test_a_data_folder_on_a_disk_that_takes_nothing_is_named(file: Path) -> None:
    """/proc refuses even root."""
    change(file, ('data_dir = "data"', 'data_dir = "/proc/cti"'))
    assert "/proc/cti cannot be written to" in told(await refused(file), ":data_dir:")


async def test_broken_settings_and_a_broken_menu_are_told_together(file: Path, tmp_path: Path) -> None:
    """Each fault as file:line:key, those of the settings and those of the menu."""
    text = change(file, ("port = 0", 'port = "eight"'), ("grace_s = 0.5", "grace = 1"))
    menu = tmp_path / "ivr" / "main.yaml"
    change(menu, ("next: welcome", "next: nowhere"), ("queue: service", "queue: servise"))
    change(tmp_path / "ivr" / "prompts.yaml", ("hours.open:\n  zh:", "hours.open:\n  ch:"))
    for verb in ("serve", "check"):
        code, out, wrong = await cti(verb, "--config", file)
        assert (code, out) == (1, ""), out
        told(wrong, f"{file}:{line_of(text, 'port =')}:api.port: must be a whole number")
        told(wrong, f"{file}:{line_of(text, 'grace =')}:desk.grace: is not a setting", 'did you mean "grace_s"')
        told(wrong, f"{menu}:{line_of(MENU, 'again:')}:nodes.again.next:", '"nowhere"')
        told(wrong, f"{menu}:{line_of(MENU, 'to_agent:')}:nodes.to_agent.queue:", '"servise" (did you mean "service"?)')
        told(wrong, "prompts.yaml:", ":hours.open.ch:")
        assert "Traceback" not in wrong


async def test_text_that_is_no_toml_is_named_with_its_line(file: Path) -> None:
    change(file, ('node = "n1"', "node ="))
    code, _, wrong = await cti("serve", "--config", file)
    assert code == 1
    assert wrong.startswith(f"{file}:2: ")


async def test_a_board_nobody_installed_is_named_with_those_there_are(file: Path) -> None:
    change(file, ("[board]\n", '[board]\nname = "wooden"\n'))
    assert "simulated" in told(await refused(file), ":board.name:", 'no board "wooden"')


async def test_a_board_is_told_what_it_cannot_be_line_by_line(file: Path) -> None:
    text = change(file, ("loop_drop_ms = 400", "loop_drop_ms = 99999\nnoise = 1"))
    wrong = await refused(file)
    told(wrong, f":{line_of(text, 'loop_drop_ms')}:board.settings.loop_drop_ms:", "99999")
    told(wrong, f":{line_of(text, 'noise = 1')}:board.settings.noise:", "unknown")


async def test_a_menu_with_a_queue_that_is_not_there_does_not_start(file: Path, tmp_path: Path) -> None:
    change(tmp_path / "ivr" / "main.yaml", ("queue: service", "queue: cardiology"))
    told(await refused(file), "main.yaml:", "nodes.to_agent.queue: there is no queue", '"cardiology"')


async def test_a_second_daemon_on_the_same_data_is_refused_and_harms_nothing(file: Path, tmp_path: Path) -> None:
    """On another port too: it would settle the calls of the one that runs as cut."""
    async with served(file, tmp_path / "d") as daemon, daemon.client() as op:
        async with daemon.phone(1):
            call = (await op.until("call.established"))["callId"]
            code, out, wrong = await cti("serve", "--config", file, "--port", "0", "--data-dir", tmp_path / "d")
            assert (code, out) == (1, "")
            assert "another daemon runs here" in told(wrong, ":store.journal_dir:")
            assert (await daemon.get(f"/api/v1/calls/{call}"))["state"] != "cleared"
        assert (await op.until("call.cleared", callId=call))["cause"] == "normalClearing"
        assert (tmp_path / "d" / "daemon.json").exists()
    assert daemon.child.returncode == 0
    assert not (tmp_path / "d" / "daemon.json").exists(), "a stopped daemon takes its address with it"
