"""A line on which nothing is heard for too long is told, once, until there was a sound again."""

from collections.abc import Iterable

import numpy as np
import pytest

from dsp.detections import Silence
from dsp.goertzel import Bank
from dsp.levels import samples
from dsp.silence import SilenceClock
from dsp.tones import Segment, render, silence
from dsp_hearing import noisy, spoken

QUIET = np.zeros(8000, np.int16)


def told_at(
    wave: np.ndarray, seconds: float = 0.5, sent: np.ndarray | None = None, *, again: bool = False
) -> list[float]:
    """Seconds at which the silence was told."""
    bank, clock, told = Bank(1, (0.0,)), SilenceClock(1), []
    clock.arm(0, seconds, 0)
    for at in range(0, wave.size - 159, 160):
        bank.hear(wave[None, at : at + 160])
        for found in clock.hear(bank, 0, None if sent is None else sent[None, at : at + 160]):
            assert found == Silence(row=0, seconds=seconds)
            told.append(bank.now / 8000)
        if again and at == 8000:
            clock.reset([0], bank.now)
    return told


@pytest.mark.parametrize("noise", [-70, -50, -45])
def test_it_is_told_once_when_its_time_has_come(noise: float) -> None:
    assert told_at(noisy(np.tile(QUIET, 2), noise)) == [0.5]


def test_a_voice_begins_the_time_anew_and_after_it_silence_is_told_again() -> None:
    wave = np.concatenate([QUIET, spoken(400, -30), QUIET])
    assert told_at(noisy(wave, -60)) == pytest.approx([0.5, 1.9], abs=0.05)


def test_a_tone_is_a_sound() -> None:
    assert told_at(render([silence(300), Segment(4000, ((450.0, -30.0),)), silence(600)])) == pytest.approx(
        [1.3], abs=0.03
    )


@pytest.mark.parametrize(
    "wave",
    [
        np.where(np.arange(8000) % 1600 == 0, 20_000, 0).astype(np.int16),
        np.full(8000, 700, np.int16),
        render([Segment(8000, ((50.0, -46.0), (150.0, -49.0)))]),
    ],
    ids=["clicks", "direct current", "hum"],
)
def test_what_a_dead_line_has_is_no_sound(wave: np.ndarray) -> None:
    assert told_at(noisy(wave, -65)) == [0.5]


def test_a_line_that_became_noisier_is_silent_soon() -> None:
    wave = np.concatenate([noisy(QUIET, -60), noisy(np.tile(QUIET, 3), -41)])
    assert told_at(wave, 1.0) == pytest.approx([1.0, 3.7], abs=0.1)


def test_what_goes_on_loud_and_even_is_a_modem_and_no_noise() -> None:
    assert told_at(noisy(np.zeros(64_000), -20)) == []


def test_what_the_canceller_leaves_of_our_prompt_is_no_sound() -> None:
    prompt = spoken(800, 2)
    left = (prompt / 10**0.9).astype(np.int16)
    assert told_at(left, sent=prompt) == [0.5]
    assert told_at(left) == []


def test_a_new_call_begins_the_time_anew() -> None:
    assert told_at(np.tile(QUIET, 2), 1.2, again=True) == []
    assert told_at(np.tile(QUIET, 2), 0.8, again=True) == pytest.approx([0.8, 1.82])


def hear(clock: SilenceClock, bank: Bank, ticks: int) -> Iterable[Silence]:
    for _ in range(ticks):
        bank.hear(np.zeros((bank.lines, 160), np.int16))
        yield from clock.hear(bank, 0)


def test_nothing_is_told_of_rows_that_are_not_armed_or_no_longer() -> None:
    bank, clock = Bank(3, (0.0,)), SilenceClock(3)
    clock.arm(1, 0.1, 0)
    clock.arm(2, 0.2, 0)
    clock.arm(2, 0.0, 0)
    clock.reset([0, 1, 2], 0)
    assert list(hear(clock, bank, samples(1000) // 160)) == [Silence(row=1, seconds=0.1)]
