"""`cti decode`: what stands in a WAV file, as JSON for the grader and as lines for people."""

import json
from pathlib import Path

import numpy as np
import pytest
from typer import Typer
from typer.testing import CliRunner, Result

from cti_core.cli.decode import decode_command
from dsp import wav
from dsp.decode import decode_file
from dsp.senders import calling_fax, dtmf_caller_id, mfc
from dsp.tones import Generator, Segment, keys, progress, render, silence
from dsp_hearing import CHINA

APP = Typer()
APP.command()(decode_command)


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(APP, [str(a) for a in arguments])


def file_of(tmp_path: Path, sound: np.ndarray, name: str = "x.wav") -> Path:
    path = tmp_path / name
    path.write_bytes(wav.encode(sound))
    return path


def test_keys_stand_in_the_json_with_their_times(tmp_path: Path) -> None:
    path = file_of(tmp_path, render([silence(200), *keys("5#", on_ms=50, off_ms=50)]))
    done = run("--json", path)
    assert done.exit_code == 0
    assert json.loads(done.stdout) == {
        "file": "x.wav",
        "events": [
            {"kind": "dtmf", "digit": "5", "start_ms": 200, "end_ms": 250},
            {"kind": "dtmf", "digit": "#", "start_ms": 300, "end_ms": 350},
        ],
    }


def test_people_get_a_line_an_event_in_order_of_time(tmp_path: Path) -> None:
    busy = Generator(progress(CHINA.tone("busy"))).pull(24000)
    path = file_of(tmp_path, np.concatenate([busy, render([silence(900), *keys("7")])]))
    lines = run(path).stdout.splitlines()
    assert [line.split()[2:5] for line in lines] == [["tone", "tone", "busy"], ["dtmf", "digit", "7"]]


def test_refused_candidates_are_explained(tmp_path: Path) -> None:
    path = file_of(
        tmp_path, render([silence(100), Segment(800, ((697 * 1.04, -10.0), (1209 * 1.04, -10.0))), silence(100)])
    )
    assert run(path).stdout == ""
    assert "no digit      1: off frequency" in run("--explain", path).stdout


def test_register_signals_are_heard_only_when_asked_for(tmp_path: Path) -> None:
    path = file_of(tmp_path, render([silence(100), mfc("forward", 10, 90), silence(90)]))
    assert decode_file(path, CHINA)["events"] == []
    (event,) = decode_file(path, CHINA, mfc="forward")["events"]
    assert (event["kind"], event["signal"]) == ("mfc.forward", 10)


def test_a_dtmf_caller_id_comes_beside_its_digits(tmp_path: Path) -> None:
    events = decode_file(file_of(tmp_path, render(dtmf_caller_id("57123456"))), CHINA)["events"]
    assert "".join(str(e["digit"]) for e in events if e["kind"] == "dtmf") == "D57123456C"
    assert [e["number"] for e in events if e["kind"] == "callerId"] == ["57123456"]


def test_a_calling_fax_is_one_event(tmp_path: Path) -> None:
    events = decode_file(file_of(tmp_path, Generator(calling_fax()).pull(60_000)), CHINA)["events"]
    assert events == [{"kind": "fax", "fax": "CNG", "start_ms": 0}]


def test_what_we_sent_is_taken_out_of_what_we_hear(tmp_path: Path) -> None:
    sent = np.random.default_rng(2).normal(0, 3000, 24_000).astype(np.int16)
    heard = np.roll(sent, 30) // 2
    pressed = render([silence(1500), *keys("159", on_ms=80, off_ms=200, low_dbm0=-20, high_dbm0=-20)])
    heard[: pressed.size] += pressed
    line, prompt = file_of(tmp_path, heard), file_of(tmp_path, sent, "prompt.wav")
    digits = [e["digit"] for e in decode_file(line, CHINA, reference=prompt)["events"] if e["kind"] == "dtmf"]
    assert digits == ["1", "5", "9"]
    assert len(decode_file(line, CHINA)["events"]) < 3


@pytest.mark.parametrize(
    ("arguments", "words"),
    [(["nowhere.wav"], "nowhere.wav"), (["--tones", "xx"], "xx.toml"), (["--reference", "gone.wav"], "gone.wav")],
)
def test_what_is_missing_is_said_in_words(tmp_path: Path, arguments: list[str], words: str) -> None:
    path = file_of(tmp_path, render(keys("1")))
    done = run(*arguments, *([] if arguments == ["nowhere.wav"] else [path]))
    assert done.exit_code == 1
    assert words in done.stderr
    assert done.stderr.startswith("cti decode: ")


def test_a_picture_is_drawn_when_asked_for(tmp_path: Path) -> None:
    path = file_of(tmp_path, render(keys("12")))
    assert run("--plot", tmp_path / "x.png", path).exit_code == 0
    assert (tmp_path / "x.png").read_bytes().startswith(b"\x89PNG")
