"""A tone is learnt from a line: what a generator sang comes out as its plan."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from typer import Typer
from typer.testing import CliRunner

from cti_core.cli.teach import teach_tone
from dsp import wav
from dsp.detections import ToneOn
from dsp.ears import Ears
from dsp.levels import samples
from dsp.plan import parse_plan
from dsp.teach import NotATone, teach
from dsp.tones import Generator, Segment, progress, render
from dsp_hearing import CHINA, hear, noisy, spoken


@pytest.mark.parametrize("name", ["dial", "special_dial", "busy", "congestion", "vacant", "toll_notice"])
def test_each_tone_of_the_plan_is_learnt_from_ten_seconds_with_noise(name: str) -> None:
    wave = Generator(progress(CHINA.tone(name), level_dbm0=-15)).pull(80_000)[1234:]
    taught = teach(noisy(wave, -35))
    assert taught.frequencies_hz == (450.0,)
    assert taught.level_dbm0 == pytest.approx(-15, abs=1)
    assert len(taught.cadence_ms) == len(CHINA.tone(name).cadence_ms)
    assert sorted(taught.cadence_ms) == pytest.approx(sorted(CHINA.tone(name).cadence_ms), abs=10)


def bursts(ms: int, seconds: float, *, lead_ms: int = 0, level: float = -20.0, hz: float = 450.0) -> np.ndarray:
    parts = [Segment(samples(ms), ((hz, level),)), Segment(samples(ms))] * round(1 + seconds * 500 / ms)
    return render(parts)[samples(lead_ms) :][: samples(seconds * 1000)]


@pytest.mark.parametrize("ms", [350, 500, 700, 200])
@pytest.mark.parametrize(
    ("lead_ms", "level", "noise", "hz"), [(0, -10, -60, 450), (123, -30, -45, 425), (690, -20, -33, 475)]
)
def test_busy_tones_of_china_and_of_pbxs_are_learnt_from_ten_seconds(
    ms: int, lead_ms: int, level: float, noise: float, hz: float
) -> None:
    """Boards.md R3: 350/350, 500/500, 700/700 and 200/200, from any point of the cycle."""
    taught = teach(noisy(bursts(ms, 10, lead_ms=lead_ms, level=level, hz=hz), noise))
    assert taught.cadence_ms == pytest.approx((ms, ms), abs=10)
    assert taught.frequencies_hz == pytest.approx((hz,), abs=1)
    assert taught.level_dbm0 == pytest.approx(level, abs=1)
    assert taught.cycles >= 6


@pytest.mark.parametrize("ms", [350, 500, 700, 200])
@pytest.mark.parametrize("speed", [0.9, 1.1])
def test_what_was_taught_is_heard_as_busy_beside_the_plan_s_other_tones(ms: int, speed: float) -> None:
    taught = parse_plan(teach(noisy(bursts(ms, 10, lead_ms=77), -45)).as_toml("busy"), "taught.toml").tone("busy")
    plan = replace(CHINA, tones=(taught, *(spec for spec in CHINA.tones if spec.name != "busy")))
    found = hear(noisy(bursts(round(ms * speed), 5, lead_ms=50), -45), Ears(1, plan))
    assert [d.tone for d in found if isinstance(d, ToneOn)] == ["busy"]
    ringing = Generator(progress(CHINA.tone("ringback"))).pull(80_000)
    assert [d.tone for d in hear(ringing, Ears(1, plan)) if isinstance(d, ToneOn)] == ["ringback"]


def test_a_foreign_dual_tone_becomes_a_table_that_the_plan_reads() -> None:
    both = ((440.0, -19.0), (480.0, -19.0))
    wave = render([part for _ in range(3) for part in (Segment(16_000, both), Segment(16_000))])
    plan = parse_plan(teach(wave).as_toml("ringback"), "taught.toml")
    assert plan.tone("ringback").frequencies_hz == (440.0, 480.0)
    assert plan.tone("ringback").cadence_ms == pytest.approx((2000, 2000), abs=20)  # they beat at 40 Hz


@pytest.mark.parametrize(
    ("wave", "words"),
    [
        (np.zeros(8000, np.int16), "at least 2 s"),
        (np.zeros(40_000, np.int16), "no pure tone"),
        (np.random.default_rng(1).normal(0, 1000, 40_000).astype(np.int16), "no pure tone"),
    ],
)
def test_what_is_no_tone_is_refused_in_words(wave: np.ndarray, words: str) -> None:
    with pytest.raises(NotATone, match=words):
        teach(wave)


def test_bursts_without_a_cycle_are_refused_with_what_was_heard() -> None:
    sines = ((450.0, -10.0),)
    lengths = [2000, 3000, 4500, 1200, 6000, 800, 9000, 5200, 3300]
    wave = render([Segment(n, sines if i % 2 == 0 else ()) for i, n in enumerate(lengths)])
    with pytest.raises(NotATone, match="no cycle repeats"):
        teach(wave)


APP = Typer()
APP.command()(teach_tone)


@pytest.mark.parametrize("ms", [350, 500, 700, 200])
def test_the_command_prints_a_table_that_a_plan_takes(tmp_path: Path, ms: int) -> None:
    file = tmp_path / "line.wav"
    file.write_bytes(wav.encode(noisy(bursts(ms, 10, lead_ms=77), -45)))
    done = CliRunner().invoke(APP, [str(file)])
    assert done.exit_code == 0
    assert parse_plan(done.stdout, "taught.toml").tone("busy").cadence_ms == pytest.approx((ms, ms), abs=10)


def test_the_command_refuses_speech_in_words(tmp_path: Path) -> None:
    file = tmp_path / "line.wav"
    file.write_bytes(wav.encode(spoken(3000, -20)))
    done = CliRunner().invoke(APP, [str(file)])
    assert done.exit_code != 0
    assert "tone" in done.output or "cycle" in done.output
