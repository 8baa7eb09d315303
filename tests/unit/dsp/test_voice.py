"""Who talks when, what is no voice, and whether a person or a machine answered."""

from itertools import cycle

import numpy as np
import pytest

from dsp.detections import AnsweredBy, Spoken, VoiceOff, VoiceOn
from dsp.goertzel import Bank
from dsp.levels import amplitude, samples
from dsp.tones import Segment, keys, render, silence
from dsp.voice import VoiceActivity
from dsp_hearing import noisy, spoken


def line(*stretches: tuple[int, float], noise_dbm0: float = -60.0) -> np.ndarray:
    """(ms, dBm0) of a voice by turns, on top of line noise."""
    speech = np.concatenate([spoken(ms, level, seed) for seed, (ms, level) in enumerate(stretches)])
    return noisy(speech, noise_dbm0)


def follow(wave: np.ndarray, *, answered: bool = False, pitches: tuple[tuple[float, ...], ...] = ()) -> list[Spoken]:
    bank, voice, found = Bank(1, (450.0,)), VoiceActivity(1, pitches), []
    voice.arm(0, on=True)
    if answered:
        voice.expect_answer(0)
    for at in range(0, wave.size - 159, 160):
        bank.hear(wave[None, at : at + 160])
        found += voice.hear(bank)
    return found


@pytest.mark.parametrize(("noise", "speech"), [(-65, -5), (-45, -30), (-60, -36)])
def test_a_burst_of_speech_is_told_with_its_times(noise: float, speech: float) -> None:
    on, off = follow(line((700, -99), (1000, speech), (700, -99), noise_dbm0=noise))
    assert isinstance(on, VoiceOn)
    assert isinstance(off, VoiceOff)
    assert abs(off.start - samples(700)) <= samples(60)
    assert abs(off.end - samples(1700)) <= samples(60)


@pytest.mark.parametrize("seed", range(4))
def test_a_voice_is_told_within_200_ms(seed: int) -> None:
    wave = noisy(np.concatenate([np.zeros(2000, np.int16), spoken(200, -25, seed)]), -50)
    assert [type(found) for found in follow(wave)] == [VoiceOn]


def test_pauses_between_words_do_not_end_a_burst() -> None:
    assert len(follow(line((300, -99), *[(300, -20), (200, -99)] * 4, (500, -99)))) == 2


def tone(hz: float, level: float, on_ms: int = 350, off_ms: int = 350, seconds: float = 2.0) -> np.ndarray:
    parts = cycle([Segment(samples(on_ms), ((hz, level),)), silence(off_ms)])
    return render([next(parts) for _ in range(1 + int(seconds * 2000 / (on_ms + off_ms)))])


@pytest.mark.parametrize("hz", [425, 450, 475, 925, 1062, 1138, 2085, 2115])
@pytest.mark.parametrize(("level", "noise"), [(0, -65), (-20, -30), (-40, -50)])
def test_no_tone_of_an_exchange_or_a_fax_is_a_voice_however_off_and_noisy(
    hz: float, level: float, noise: float
) -> None:
    assert follow(noisy(tone(hz, level), noise)) == []


@pytest.mark.parametrize("times", [(100, 100), (400, 40), (1000, 500)])
def test_neither_gates_nor_clipping_make_a_voice_of_it(times: tuple[int, int]) -> None:
    clipped = np.clip(4 * tone(450, 0, *times).astype(int), -32768, 32767).astype(np.int16)
    assert follow(noisy(clipped, -60)) == []


def test_an_answering_modem_s_phase_reversals_and_modulation_are_no_voice() -> None:
    n = np.arange(16_000)
    reversed_each_450_ms = amplitude(-12) * np.sin(2 * np.pi * 2100 * n / 8000) * np.where(n // 3600 % 2, -1, 1)
    wave = reversed_each_450_ms * (1 + 0.2 * np.sin(2 * np.pi * 15 * n / 8000))
    assert follow(noisy(wave, -45)) == []


@pytest.mark.parametrize("level", [-60, -40, -20])
def test_noise_is_no_voice_when_it_begins_neither(level: float) -> None:
    assert follow(np.concatenate([np.zeros(4000, np.int16), noisy(np.zeros(24_000), level)])) == []


@pytest.mark.parametrize("level", [-45, -30, -20])
def test_hum_is_no_voice(level: float) -> None:
    assert follow(noisy(render([Segment(16_000, ((50.0, level), (150.0, level - 3)))]), -60)) == []


@pytest.mark.parametrize("on_ms", [40, 70, 500])
@pytest.mark.parametrize(("level", "noise"), [(-9, -60), (-20, -30)])
def test_keys_are_no_voice(on_ms: int, level: float, noise: float) -> None:
    wave = render(keys("0123456789*#ABCD", on_ms=on_ms, off_ms=40, low_dbm0=level, high_dbm0=level + 2))
    assert follow(noisy(wave[:24_000], noise)) == []


def test_clicks_of_a_relay_are_no_voice() -> None:
    wave = np.zeros(16_000)
    for at in range(2000, 16_000, 1600):
        wave[[at, at + 43, at + 90]] = 20_000, 15_000, 9_000
    assert follow(noisy(wave, -60)) == []


def test_a_plan_s_tones_of_two_frequencies_are_no_voice_where_they_are_known() -> None:
    wave = noisy(render([Segment(8000, ((350.0, -13.0), (440.0, -13.0)))]), -50)
    assert follow(wave, pitches=((350.0, 440.0),)) == []
    assert [type(found) for found in follow(wave)] == [VoiceOn]


def test_rows_that_are_not_armed_are_not_listened_to() -> None:
    wave = np.stack([line((500, -20))] * 2)
    bank, voice, found = Bank(2, (450.0,)), VoiceActivity(2), []
    voice.arm(1, on=True)
    for at in range(0, wave.shape[1] - 159, 160):
        bank.hear(wave[:, at : at + 160])
        found += voice.hear(bank)
    assert [d.row for d in found] == [1]
    voice.arm(1, on=False)
    bank.hear(wave[:, 800:960])
    assert voice.hear(bank) == []


def test_a_short_word_and_a_wait_is_a_person() -> None:
    found = follow(line((300, -99), (500, -20), (1200, -99)), answered=True)
    assert [d.who for d in found if isinstance(d, AnsweredBy)] == ["person"]


def test_a_long_greeting_is_a_machine_and_told_once() -> None:
    found = follow(line((300, -99), (3200, -20), (900, -99)), answered=True)
    assert [d.who for d in found if isinstance(d, AnsweredBy)] == ["machine"]


def test_nobody_is_judged_who_was_not_asked_about() -> None:
    assert not [d for d in follow(line((300, -99), (500, -20), (1200, -99))) if isinstance(d, AnsweredBy)]


def test_a_voice_below_the_floor_is_another_line_s() -> None:
    assert follow(line((800, -50), noise_dbm0=-70)) == []


def echoed(sent: np.ndarray, heard: np.ndarray) -> list[Spoken]:
    """Told on a line on which we send this and hear that."""
    bank, voice, found = Bank(1, (450.0,)), VoiceActivity(1), []
    voice.arm(0, on=True)
    for at in range(0, heard.size - 159, 160):
        bank.hear(heard[None, at : at + 160])
        found += voice.hear(bank, sent[None, at : at + 160])
    return found


def test_our_own_voice_that_comes_back_is_nobody_s() -> None:
    """6 dB down and 40 ms late, before any canceller has learned."""
    ours = np.concatenate([spoken(1500, -16, 1), np.zeros(4000, np.int16)])
    back = noisy(np.concatenate([np.zeros(320, np.int16), ours[:-320] // 2]).astype(np.int16), -60)
    assert echoed(np.zeros_like(ours), back)
    assert echoed(ours, back) == []


def test_who_speaks_in_a_pause_of_ours_is_heard() -> None:
    ours = np.concatenate([spoken(1000, -16, 1), np.zeros(samples(1500), np.int16)])
    theirs = np.concatenate([np.zeros(samples(1300), np.int16), spoken(600, -25, 2), np.zeros(samples(600), np.int16)])
    heard = noisy((ours // 5 + theirs).astype(np.int16), -60)
    (on,) = [told for told in echoed(ours, heard) if isinstance(told, VoiceOn)]
    assert abs(on.start - samples(1300)) <= samples(60)
