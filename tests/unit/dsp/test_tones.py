"""Generators sing the right frequencies at the right level, without steps, and saturate."""

from itertools import islice

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsp.levels import amplitude, dbm0, samples
from dsp.plan import ToneSpec
from dsp.tones import FREQUENCIES_HZ, Generator, Segment, keys, progress, render, silence

BUSY = ToneSpec(
    name="busy",
    title="",
    frequencies_hz=(450.0,),
    cadence_ms=(350, 350),
    level_dbm0=-10.0,
    tolerance_hz=25.0,
    cadence_tolerance=0.15,
    bursts_min=0,
    listen=True,
)


def level(wave: np.ndarray) -> float:
    return dbm0(float((wave.astype(float) ** 2).mean()))


def test_a_full_scale_sine_is_3_14_dbm0() -> None:
    assert amplitude(3.14) == pytest.approx(32768)
    assert level(render([Segment(8000, ((1000.0, -10.0),))])) == pytest.approx(-10.0, abs=0.01)


@pytest.mark.parametrize("key", sorted(FREQUENCIES_HZ))
def test_a_key_is_its_two_tones_high_2_db_above_low(key: str) -> None:
    wave = render(keys(key, on_ms=1000, off_ms=0)).astype(float)
    spectrum = np.abs(np.fft.rfft(wave)) * 2 / wave.size  # 1 Hz a bin
    low, high = FREQUENCIES_HZ[key]
    assert set(np.argsort(spectrum)[-2:]) == {low, high}
    assert 20 * np.log10(spectrum[high] / spectrum[low]) == pytest.approx(2.0, abs=0.01)


@given(st.lists(st.integers(1, 400), min_size=1, max_size=8))
def test_pulling_in_pieces_gives_what_pulling_whole_gives(pieces: list[int]) -> None:
    whole = Generator(progress(BUSY)).pull(sum(pieces))
    generator = Generator(progress(BUSY))
    assert (np.concatenate([generator.pull(n) for n in pieces]) == whole).all()


def test_two_loud_tones_saturate_and_never_wrap() -> None:
    """Where the sum is beyond full scale, the wave stands at full scale, on the right side."""
    wave = render([Segment(800, ((697.0, 3.0), (1209.0, 3.0)))]).astype(float)
    n = np.arange(800)
    ideal = amplitude(3.0) * sum(np.sin(2 * np.pi * hz * n / 8000) for hz in (697.0, 1209.0))
    assert np.abs(wave - np.clip(ideal, -32768, 32767)).max() <= 1


def test_a_busy_tone_keeps_its_cadence_for_ever() -> None:
    half = samples(350)
    envelope = np.abs(Generator(progress(BUSY)).pull(6 * half)).reshape(6, half).max(axis=1)
    assert (envelope > 0).tolist() == [True, False] * 3


def test_a_finished_generator_is_silent_and_says_so() -> None:
    generator = Generator([Segment(10, ((450.0, -10.0),)), silence(1)])
    assert generator.pull(160).any()
    assert generator.done
    assert not generator.pull(160).any()


def test_the_phase_goes_on_from_one_segment_into_its_equal() -> None:
    sines = ((450.0, -10.0),)
    split = render(islice([Segment(37, sines), Segment(123, sines)], 2))
    assert (split == render([Segment(160, sines)])).all()
