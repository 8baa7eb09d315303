"""A tone is learnt from a line: what a generator sang comes out as its plan."""

import numpy as np
import pytest

from dsp.plan import parse_plan
from dsp.teach import NotATone, teach
from dsp.tones import Generator, Segment, progress, render
from dsp_hearing import CHINA, noisy


@pytest.mark.parametrize("name", ["dial", "special_dial", "busy", "congestion", "vacant", "toll_notice"])
def test_each_tone_of_the_plan_is_learnt_from_ten_seconds_with_noise(name: str) -> None:
    wave = Generator(progress(CHINA.tone(name), level_dbm0=-15)).pull(80_000)[1234:]
    taught = teach(noisy(wave, -35))
    assert taught.frequencies_hz == (450.0,)
    assert taught.level_dbm0 == pytest.approx(-15, abs=1)
    assert len(taught.cadence_ms) == len(CHINA.tone(name).cadence_ms)
    assert sorted(taught.cadence_ms) == pytest.approx(sorted(CHINA.tone(name).cadence_ms), abs=10)


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
