"""What a line test measures, against made signals whose truth is known."""

import numpy as np
import pytest
from numpy.typing import NDArray

from dsp.g711 import alaw_decode, alaw_encode
from dsp.levels import RATE_HZ, amplitude, power, to_int16
from dsp.line_test import digits_in, echo_of, quiet, steady_tone, tone_is_on
from dsp.tones import Segment, keys, render, silence

DIAL = 450.0


def sine(hz: float, level_dbm0: float, seconds: float) -> NDArray[np.float64]:
    return amplitude(level_dbm0) * np.sin(2 * np.pi * hz * np.arange(round(seconds * RATE_HZ)) / RATE_HZ)


def noise(level_dbm0: float, seconds: float, seed: int = 1) -> NDArray[np.float64]:
    """White, 0 to 4 kHz."""
    return np.sqrt(power(level_dbm0)) * np.random.default_rng(seed).standard_normal(round(seconds * RATE_HZ))


@pytest.mark.parametrize("level", [-65.0, -50.0, -40.0])
def test_noise_is_measured_in_the_voice_band(level: float) -> None:
    """3100 of 4000 Hz hold 1.1 dB less."""
    assert quiet(noise(level, 1.0)).noise_dbm0 == pytest.approx(level - 1.1, abs=0.4)


def test_hum_is_told_by_frequency_and_is_no_noise() -> None:
    made = sine(49.9, -35, 1.0) + sine(99.8, -48, 1.0) + sine(149.7, -41, 1.0) + noise(-70, 1.0)
    found = quiet(to_int16(made))
    assert found.hum_dbm0 == pytest.approx((-35, -48, -41), abs=0.3)
    assert found.noise_dbm0 < -65


def test_a_line_that_is_cut_is_silence_not_minus_infinity() -> None:
    assert quiet(np.zeros(RATE_HZ, np.int16)).noise_dbm0 == -99


@pytest.mark.parametrize(("hz", "level"), [(450.0, -13.0), (425.0, -20.0), (463.7, -30.0)])
def test_a_dial_tone_is_measured_whatever_its_frequency(hz: float, level: float) -> None:
    made = np.concatenate([np.zeros(4000), sine(hz, level, 1.2)]) + noise(-50, 1.7)
    found = steady_tone(to_int16(made))
    assert found is not None
    assert found.onset == pytest.approx(4000, abs=40)
    assert found.hz == pytest.approx(hz, abs=0.1)
    assert found.level_dbm0 == pytest.approx(level, abs=0.2)
    assert found.on_share > 0.98


@pytest.mark.parametrize(("on_ms", "off_ms", "share"), [(400, 40, 0.91), (350, 350, 0.5)])
def test_a_broken_tone_tells_by_how_much_of_it_is_on(on_ms: int, off_ms: int, share: float) -> None:
    """Special dial tone and busy tone."""
    cycle = [Segment(on_ms * 8, ((450, -10.0),)), silence(off_ms)]
    found = steady_tone(render(cycle * 4)[: -off_ms * 8 + 8])
    assert found is not None
    assert found.on_share == pytest.approx(share, abs=0.08)
    assert found.hz == pytest.approx(450, abs=1.0)


@pytest.mark.parametrize(
    "made",
    [
        noise(-30, 0.3),
        np.zeros(2400),
        sine(450, -50, 0.3),
        sine(440, -13, 0.3) + sine(480, -13, 0.3),
        sine(2000, -10, 0.3),
    ],
    ids=["noise", "silence", "too faint", "two tones", "too high"],
)
def test_what_is_no_dial_tone_is_none(made: NDArray[np.float64]) -> None:
    assert not tone_is_on(to_int16(made))
    assert steady_tone(to_int16(made)) is None


def test_less_than_200_ms_tell_nothing() -> None:
    assert not tone_is_on(to_int16(sine(450, -13, 0.19)))


def line_echo(
    loss_db: float, delay: int, *, tone_dbm0: float | None = None
) -> tuple[NDArray[np.int16], NDArray[np.int16]]:
    """A digit after 100 ms as it is sent, and as a line gives it back: weaker, later, inverted, A-law, noise."""
    sent = np.concatenate([np.zeros(800, np.int16), render(keys("5", on_ms=80, off_ms=500))])
    heard = np.zeros(sent.size)
    heard[delay:] = -(10 ** (-loss_db / 20)) * sent[: sent.size - delay]
    heard += noise(-55, sent.size / RATE_HZ)
    if tone_dbm0 is not None:
        heard[:1100] += sine(DIAL, tone_dbm0, 1100 / RATE_HZ)  # until the exchange has understood
    return sent, alaw_decode(alaw_encode(to_int16(heard)))


@pytest.mark.parametrize(
    ("loss", "delay", "tone"), [(14.0, 16, None), (6.0, 0, -13.0), (22.0, 176, -13.0), (30.0, 1600, None)]
)
def test_our_own_digit_is_found_in_what_comes_back(loss: float, delay: int, tone: float | None) -> None:
    sent, heard = line_echo(loss, delay, tone_dbm0=tone)
    found = echo_of(sent, heard, "5", dial_hz=DIAL)
    assert found is not None
    assert found.delay == pytest.approx(delay, abs=1)
    assert found.loss_db == pytest.approx(loss, abs=0.5)
    assert found.hz == pytest.approx((770, 1336), abs=2.0)
    assert found.twist_sent_db == pytest.approx(2, abs=0.1)
    assert found.twist_db == pytest.approx(2, abs=1.0)


def test_where_nothing_was_sent_there_is_no_echo() -> None:
    nothing = np.zeros(4000, np.int16)
    assert echo_of(nothing, nothing, "5", dial_hz=DIAL) is None


def test_the_detectors_read_the_digit_that_comes_back_and_nothing_else() -> None:
    _, heard = line_echo(14, 16)
    assert digits_in(heard, dial_hz=DIAL) == "5"
    assert not digits_in(to_int16(noise(-30, 0.3)), dial_hz=DIAL)
