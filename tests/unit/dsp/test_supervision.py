"""What the ears tell of a call of ours: ringback, its end, who speaks; and of a far end that has gone in silence."""

import numpy as np
import pytest

from dsp.detections import Detection, Silence, ToneOff, ToneOn, VoiceOff, VoiceOn
from dsp.ears import Ears
from dsp.levels import samples
from dsp.tones import Segment, render, silence
from dsp_hearing import CHINA, hear, noisy, spoken

BURST = Segment(8000, ((450.0, -15.0),))


def ears(**armed: bool | float) -> Ears:
    made = Ears(1, CHINA)
    made.arm(0, **armed)  # type: ignore[arg-type]
    return made


def timed(wave: np.ndarray, listening: Ears) -> list[tuple[float, Detection]]:
    return [
        (listening.now / 8000, found)
        for at in range(0, wave.size - 159, 160)
        for found in listening.hear(wave[None, at : at + 160])
    ]


def words(found: list[tuple[float, Detection]]) -> list[str]:
    return [f"{type(d).__name__} {d.tone}" if isinstance(d, ToneOn | ToneOff) else type(d).__name__ for _, d in found]


def ringing(bursts: int, pause_ms: float) -> np.ndarray:
    """The last pause is cut to this."""
    parts = [part for _ in range(bursts) for part in (BURST, silence(4000))]
    return render([*parts[:-1], silence(pause_ms)])


@pytest.mark.parametrize("seed", range(3))
def test_who_answers_in_the_pause_ends_the_ringback_at_once(seed: int) -> None:
    wave = np.concatenate([ringing(2, 1700), spoken(600, -20, seed), np.zeros(4000, np.int16)])
    found = timed(noisy(wave, -55), ears(voice=True))
    assert words(found) == ["ToneOn ringback", "ToneOff ringback", "VoiceOn", "VoiceOff"]
    (_, (ended, off), (heard, on), _) = found
    assert ended == heard
    assert isinstance(on, VoiceOn)
    assert isinstance(off, ToneOff)
    assert on.start == pytest.approx(samples(7700), abs=samples(60))
    assert heard - 7.7 <= 0.2
    assert off.end == pytest.approx(samples(6000), abs=samples(20))


def test_who_answers_in_the_burst_ends_it_too() -> None:
    wave = np.concatenate([ringing(2, 4000), render([BURST])[:3000], spoken(1500, -20, 2)])
    assert words(timed(noisy(wave, -55), ears(voice=True))) == ["ToneOn ringback", "ToneOff ringback", "VoiceOn"]


@pytest.mark.parametrize("speed", [0.9, 1.0, 1.1])
def test_without_a_voice_ringback_ends_when_its_next_burst_is_overdue(speed: float) -> None:
    parts = [part for _ in range(2) for part in (Segment(samples(1000 * speed), BURST.sines), silence(4000 * speed))]
    wave = render([*parts[:-1], silence(6000)])
    found = timed(noisy(wave, -55), ears(voice=True))
    assert words(found) == ["ToneOn ringback", "ToneOff ringback"]
    ((_, _), (ended, off)) = found
    assert isinstance(off, ToneOff)
    assert ended - off.end / 8000 == pytest.approx(4.63, abs=0.03)


def test_a_burst_that_is_cut_short_ends_it_when_it_should_have_been_over() -> None:
    wave = np.concatenate([ringing(2, 4000), render([BURST])[:3000], np.zeros(16_000, np.int16)])
    found = timed(noisy(wave, -55), ears(voice=True))
    assert words(found) == ["ToneOn ringback", "ToneOff ringback"]
    assert found[1][0] == pytest.approx(10 + 1.17, abs=0.04)


def test_ringback_that_goes_on_after_a_voice_is_told_again() -> None:
    wave = np.concatenate([ringing(2, 1000), spoken(500, -20), np.zeros(20_000, np.int16), ringing(1, 1000)])
    said = words(timed(noisy(wave, -55), ears(voice=True)))
    assert said == ["ToneOn ringback", "ToneOff ringback", "VoiceOn", "VoiceOff", "ToneOn ringback"]


def test_unarmed_rows_tell_neither_voices_nor_silence() -> None:
    assert hear(noisy(np.concatenate([spoken(800, -20), np.zeros(8000, np.int16)]), -55), Ears(1, CHINA)) == []


def test_a_new_call_forgets_who_spoke_and_is_listened_to_as_before() -> None:
    listening = ears(voice=True, silence_s=0.5)
    assert words(timed(spoken(400, -20), listening)) == ["VoiceOn"]
    listening.reset([0])
    found = timed(np.concatenate([spoken(400, -20), np.zeros(8000, np.int16)]), listening)
    assert words(found) == ["VoiceOn", "VoiceOff", "Silence"]


def test_silence_is_told_once_and_can_be_switched_off() -> None:
    listening = ears(silence_s=0.5)
    assert [type(d) for _, d in timed(np.zeros(16_000, np.int16), listening)] == [Silence]
    assert [type(d) for _, d in timed(spoken(300, -20), listening)] == []
    listening.arm(0, silence_s=0.0)
    assert timed(np.zeros(16_000, np.int16), listening) == []


def test_our_keys_that_come_back_from_the_line_are_no_voice() -> None:
    sent = render([part for _ in range(8) for part in (Segment(640, ((770.0, -9.0), (1336.0, -7.0))), silence(70))])
    back = np.convolve(sent.astype(float), np.concatenate([np.zeros(30), [0.3, 0.2, -0.1]]))[: sent.size]
    listening, wave = ears(voice=True), noisy(back, -60)
    found = [
        d
        for at in range(0, sent.size - 159, 160)
        for d in listening.hear(wave[None, at : at + 160], sent[None, at : at + 160])
    ]
    assert found == []


def test_a_voice_is_dated_to_when_it_began() -> None:
    found = timed(
        noisy(np.concatenate([np.zeros(4000, np.int16), spoken(500, -20, 1), np.zeros(4000, np.int16)]), -55),
        ears(voice=True),
    )
    spans = [(d.start, d.end) for _, d in found if isinstance(d, VoiceOff)]
    assert spans == [(pytest.approx(4000, abs=480), pytest.approx(8000, abs=480))]
