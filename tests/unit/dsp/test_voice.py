"""Who talks when, and whether a person or a machine answered."""

import numpy as np
import pytest

from dsp.goertzel import Bank
from dsp.levels import power, samples
from dsp.voice import AnsweredBy, VoiceActivity, VoiceOff, VoiceOn

Found = list[VoiceOn | VoiceOff | AnsweredBy]


def line(*stretches: tuple[int, float], noise_dbm0: float = -60.0) -> np.ndarray:
    """(ms, dBm0) by turns of noise-like speech on top of line noise."""
    rng = np.random.default_rng(4)
    speech = np.concatenate([rng.normal(0, np.sqrt(power(level)), samples(ms)) for ms, level in stretches])
    return (speech + rng.normal(0, np.sqrt(power(noise_dbm0)), speech.size)).astype(np.int16)


def follow(wave: np.ndarray, *, answered: bool = False) -> Found:
    bank, voice, found = Bank(1, (450.0,)), VoiceActivity(1), []
    if answered:
        voice.expect_answer(0)
    for at in range(0, wave.size - 159, 160):
        bank.hear(wave[None, at : at + 160])
        found += voice.hear(bank)
    return found


@pytest.mark.parametrize(("noise", "speech"), [(-60, -30), (-45, -25), (-70, -40)])
def test_a_burst_of_speech_is_told_with_its_times(noise: float, speech: float) -> None:
    on, off = follow(line((1500, -99), (1000, speech), (1000, -99), noise_dbm0=noise))
    assert isinstance(on, VoiceOn)
    assert isinstance(off, VoiceOff)
    assert abs(off.start - samples(1500)) <= samples(20)
    assert abs(off.end - samples(2500)) <= samples(20)


def test_pauses_between_words_do_not_end_a_burst() -> None:
    assert len(follow(line((500, -99), *[(300, -20), (200, -99)] * 4, (500, -99)))) == 2


def test_a_line_that_becomes_noisier_is_not_talking_for_ever() -> None:
    wave = line((1000, -99), (8000, -42), (200, -99), noise_dbm0=-60)
    assert isinstance(follow(wave)[-1], VoiceOff)


def test_a_short_word_and_a_wait_is_a_person() -> None:
    found = follow(line((600, -99), (500, -20), (1500, -99)), answered=True)
    assert [(d.who) for d in found if isinstance(d, AnsweredBy)] == ["person"]


def test_a_long_greeting_is_a_machine_and_told_once() -> None:
    found = follow(line((600, -99), (5000, -20), (1500, -99)), answered=True)
    assert [d.who for d in found if isinstance(d, AnsweredBy)] == ["machine"]


def test_nobody_is_judged_who_was_not_asked_about() -> None:
    assert not [d for d in follow(line((600, -99), (500, -20), (1500, -99))) if isinstance(d, AnsweredBy)]
