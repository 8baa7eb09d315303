"""What must not pass for a far end that has hung up (boards.md R2): whatever a caller may hear or say while the call goes on."""

from collections.abc import Iterator, Sequence
from itertools import cycle, islice

import numpy as np
import pytest

from dsp.detections import ToneOn
from dsp.ears import Ears
from dsp.levels import amplitude, samples
from dsp.tones import Segment, render, silence
from dsp_hearing import CHINA, hear, noisy, spoken

Notes = Sequence[tuple[float, float]]  # (Hz, ms), 0 Hz is a rest
A4, A4_SHARP, C5, E5 = 440.0, 466.2, 523.3, 659.3

HURRIED = [(A4, 350), (0, 350)] * 8
MELODIES: dict[str, Notes] = {
    "a march on one note": HURRIED,
    "eighth notes": [(A4, 175), (A4_SHARP, 175), (A4, 350), (0, 175), (A4, 350), (C5, 350), (A4, 350), (E5, 350)] * 2,
    "a waltz": [(C5, 350), (A4, 350), (A4, 350), (0, 350), (A4, 350), (E5, 350)] * 3,
}


def played(notes: Notes, partials: Sequence[float], dying_ms: float = 1e9) -> np.ndarray:
    """At -15 dBm0. `partials`: strength of each harmonic; a note dies away as a plucked string does."""
    parts = []
    for hz, ms in notes:
        n = np.arange(samples(ms))
        wave = sum(a * np.sin(2 * np.pi * k * hz * n / 8000) for k, a in enumerate(partials, 1) if k * hz < 3400)
        parts.append(amplitude(-15) * np.exp(-n / samples(dying_ms)) * (wave if hz else 0 * n))
    return np.concatenate(parts).astype(np.int16)


def tones(wave: np.ndarray) -> list[str]:
    return [d.tone for d in hear(wave, tail_ms=1000) if isinstance(d, ToneOn)]


def busy(level: float = -20, seconds: float = 4.0, times: tuple[int, int] = (350, 350)) -> np.ndarray:
    on, off = times
    parts = cycle([Segment(samples(on), ((450.0, level),)), silence(off)])
    return render(islice(parts, 60))[: samples(seconds * 1000)]


@pytest.mark.parametrize("melody", MELODIES)
@pytest.mark.parametrize(
    ("partials", "dying_ms"),
    [((1, 0.6, 0.3, 0.2), 1e9), ((1, 0.5), 250), ((1,), 150), ((1, 0, 0.8, 0, 0.5), 1e9)],
    ids=["strings", "piano", "music box", "reeds"],
)
def test_music_on_hold_is_no_busy_tone(melody: str, partials: Sequence[float], dying_ms: float) -> None:
    assert tones(noisy(played(MELODIES[melody], partials, dying_ms), -55)) == []


@pytest.mark.parametrize("melody", ["eighth notes", "a waltz"])
def test_a_chip_that_plays_pure_tones_is_none_either(melody: str) -> None:
    assert tones(noisy(played(MELODIES[melody], (1,)), -55)) == []


def test_a_chip_that_beats_one_pure_note_at_busy_s_pace_passes_for_it() -> None:
    """440 Hz, 350 ms by turns, even and pure, is within the standard's busy tone: nothing tells them apart."""
    assert tones(noisy(played(HURRIED, (1,)), -55)) == ["busy"]


@pytest.mark.parametrize("seed", range(4))
def test_speech_is_none(seed: int) -> None:
    talk = [
        part for turn in range(4) for part in (spoken(350, -15, seed * 10 + turn), np.zeros(samples(350), np.int16))
    ]
    assert tones(noisy(np.concatenate(talk * 2), -55)) == []


@pytest.mark.parametrize("hz", [425.0, 440.0, 450.0])
@pytest.mark.parametrize("cadence", [(200, 9800), (500, 4500), (80, 120, 80, 4720), (1000, 4000)])
def test_beeps_of_a_pbx_that_holds_are_none(hz: float, cadence: Sequence[int]) -> None:
    parts = [Segment(samples(ms), ((hz, -20.0),) if at % 2 == 0 else ()) for at, ms in enumerate(cadence)]
    assert "busy" not in tones(noisy(render(parts * 3), -55))
    assert "congestion" not in tones(noisy(render(parts * 3), -55))


@pytest.mark.parametrize("name", ["ringback", "call_waiting", "toll_notice", "special_dial", "vacant"])
def test_other_tones_of_the_exchange_are_none(name: str) -> None:
    spec = CHINA.tone(name)
    parts = [Segment(samples(ms), ((450.0, -20.0),) if at % 2 == 0 else ()) for at, ms in enumerate(spec.cadence_ms)]
    assert tones(noisy(render((parts * 40)[: 2 + 16 * (len(parts) > 2) + 4]), -45)) == [name]


@pytest.mark.parametrize("who", ["over the bursts", "in the pauses"])
def test_a_busy_tone_behind_somebody_who_talks_on_is_another_party_s(who: str) -> None:
    """A conference of the far end: one of its parties has gone, and the tone is heard until the others drop him."""
    wave = busy(-20).astype(float)
    talk = np.concatenate([spoken(700, -17, seed) for seed in range(6)])[: wave.size].astype(float)
    silent = np.arange(wave.size) % 5600 < 2800 if who == "in the pauses" else np.zeros(wave.size, np.bool_)
    assert tones(noisy(wave + np.where(silent, 0, talk), -60)) == []


def test_one_that_talked_before_the_tone_hides_it_not() -> None:
    assert tones(noisy(np.concatenate([spoken(1500, -15), busy(-20)]), -55)) == ["busy"]


def conference(loss_db: float, lead_s: float, late: int) -> Iterator[ToneOn]:
    """Our own side of it: the busy tone of one line goes out to another, whose hybrid gives it back."""
    before = spoken(round(lead_s * 1000), -15, 4) if lead_s else np.zeros(0, np.int16)
    sent = np.concatenate([before, busy(-10, 6.0)])
    sent = sent[: sent.size // 160 * 160]
    path = np.concatenate([np.zeros(late), [0.8, 0.5, -0.3]]) * 10 ** (-loss_db / 20)
    heard = noisy(np.convolve(sent.astype(float), path)[: sent.size], -60)
    ears = Ears(1, CHINA)
    for at in range(0, sent.size, 160):
        for found in ears.hear(heard[None, at : at + 160], sent[None, at : at + 160]):
            if isinstance(found, ToneOn):
                yield found


@pytest.mark.parametrize("loss_db", [20.0, 10.0, 6.0])
@pytest.mark.parametrize("lead_s", [0.0, 2.0], ids=["cold", "warm"])
@pytest.mark.parametrize("late", [8, 60, 250])
def test_another_line_s_busy_tone_that_comes_back_from_this_one_is_not_this_one_s(
    loss_db: float, lead_s: float, late: int
) -> None:
    assert list(conference(loss_db, lead_s, late)) == []
