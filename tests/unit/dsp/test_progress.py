"""Call-progress tones out of audio: the national plan, off frequency, off cadence, faint, noisy, from mid-cycle."""

from itertools import cycle, islice

import numpy as np
import pytest

from dsp.detections import Detection, FaxTone, ToneOff, ToneOn
from dsp.ears import Ears
from dsp.levels import amplitude, samples
from dsp.tones import Segment, keys, render, silence
from dsp_hearing import CHINA, digits, hear, noisy

SECONDS = {"ringback": 8.0, "call_waiting": 6.0}


def tone(
    name: str, *, hz_off: float = 0, level: float = -10, speed: float = 1.0, seconds: float | None = None
) -> np.ndarray:
    spec = CHINA.tone(name)
    sines = tuple((hz + hz_off, level) for hz in spec.frequencies_hz)
    length = samples((seconds or SECONDS.get(name, 4.0)) * 1000)
    if not spec.cadence_ms:
        return render([Segment(length, sines)])
    count = 2 + int(length / samples(min(spec.cadence_ms)))
    parts = (Segment(samples(ms * speed), sines if i % 2 == 0 else ()) for i, ms in enumerate(cycle(spec.cadence_ms)))
    return render(islice(parts, count))[:length]


def names(found: list[Detection]) -> list[str]:
    return [d.tone for d in found if isinstance(d, ToneOn)]


TONES = [spec.name for spec in CHINA.tones if spec.listen]


@pytest.mark.parametrize("name", TONES)
def test_each_tone_of_the_plan_is_heard_once_and_dated_back(name: str) -> None:
    found = hear([silence(137), *[Segment(1)]], Ears(1, CHINA)) + hear(
        np.concatenate([np.zeros(1100, np.int16), tone(name)])
    )
    assert names(found) == [name]
    (on,) = (d for d in found if isinstance(d, ToneOn))
    assert abs(on.start - 1100) <= samples(20)


@pytest.mark.parametrize("name", TONES)
@pytest.mark.parametrize(("hz_off", "speed", "level"), [(25, 1.1, -30), (-25, 0.9, -40)])
def test_off_frequency_off_cadence_and_faint_it_is_still_the_tone(
    name: str, hz_off: float, speed: float, level: float
) -> None:
    assert names(hear(tone(name, hz_off=hz_off, speed=speed, level=level))) == [name]


@pytest.mark.parametrize("name", TONES)
def test_noise_10_db_below_hides_no_tone(name: str) -> None:
    assert names(hear(noisy(tone(name, level=-20), -30))) == [name]


@pytest.mark.parametrize("late_ms", range(0, 700, 90))
def test_busy_from_any_point_of_its_cycle_is_told_within_three_cycles(late_ms: int) -> None:
    wave, ears = tone("busy", seconds=5.0)[samples(late_ms) :], Ears(1, CHINA)
    for at in range(0, wave.size - 159, 160):
        if found := ears.hear(wave[None, at : at + 160]):
            break
    assert names(found) == ["busy"]
    assert ears.now <= samples(3 * 700)


def test_busy_that_stops_is_over_within_a_second() -> None:
    found = hear(tone("busy", seconds=3.5), tail_ms=1000)
    assert isinstance(found[-1], ToneOff)
    assert abs(found[-1].end - samples(3150)) <= samples(20)


@pytest.mark.parametrize("hz", [350.0, 400.0, 500.0, 550.0, 1000.0])
def test_other_pitches_are_no_tone_of_the_plan(hz: float) -> None:
    bursts = [part for _ in range(6) for part in (Segment(2800, ((hz, -10.0),)), Segment(2800))]
    assert hear(bursts) == []


def test_two_tones_at_once_are_not_450_hz() -> None:
    both = ((450.0, -10.0), (620.0, -10.0))
    assert hear([part for _ in range(6) for part in (Segment(2800, both), Segment(2800))]) == []


def test_digits_dialled_over_dial_tone_do_not_make_it_begin_again() -> None:
    wave = tone("dial", seconds=4.0)
    dialled = render([silence(2000), *keys("13800", on_ms=80, off_ms=80)])
    wave[: dialled.size] += dialled
    found = hear(wave)
    assert digits(found) == "13800"
    assert names(found) == ["dial"]


@pytest.mark.parametrize("lost", range(10, 40, 7))
def test_a_lost_tick_neither_ends_a_tone_nor_makes_another(lost: int) -> None:
    wave, ears, found = tone("busy", seconds=3.0), Ears(1, CHINA), []
    for number in range(wave.size // 160):
        if number == lost:
            ears.skip(160)
        else:
            found += ears.hear(wave[None, number * 160 : (number + 1) * 160])
    assert names(found) == ["busy"]
    assert not any(isinstance(d, ToneOff) for d in found)


def fax(hz: float, on_ms: float, off_ms: float, times: int, *, level: float = -15) -> np.ndarray:
    return render([part for _ in range(times) for part in (Segment(samples(on_ms), ((hz, level),)), silence(off_ms))])


def heard_fax(wave: np.ndarray, *, armed: bool = True) -> list[str]:
    ears = Ears(1, CHINA)
    ears.arm(0, fax=armed)
    return [d.fax for d in hear(wave, ears, tail_ms=600) if isinstance(d, FaxTone)]


@pytest.mark.parametrize("hz", [1062.0, 1100.0, 1138.0])
def test_a_calling_fax_is_told_once_and_10_db_noise_hides_it_not(hz: float) -> None:
    assert heard_fax(fax(hz, 500, 3000, 2)) == ["CNG"]
    assert heard_fax(noisy(fax(hz, 500, 3000, 2), -25)) == ["CNG"]


def test_fax_is_heard_only_when_asked_for() -> None:
    assert heard_fax(fax(1100, 500, 3000, 2), armed=False) == []


def test_1100_hz_of_another_length_and_the_register_pair_near_it_are_no_fax() -> None:
    assert heard_fax(fax(1100, 250, 250, 8)) == []
    pair = render([Segment(4000, ((1140.0, -11.5), (1020.0, -11.5))), silence(3000)])
    assert heard_fax(pair) == []


def test_an_answering_fax_is_told_with_amplitude_modulation_and_phase_reversals_too() -> None:
    n = np.arange(samples(3000))
    plain = amplitude(-12) * np.sin(2 * np.pi * 2100 * n / 8000)
    reversed_each_450_ms = plain * np.where(n // 3600 % 2, -1, 1) * (1 + 0.2 * np.sin(2 * np.pi * 15 * n / 8000))
    assert heard_fax(plain.astype(np.int16)) == ["CED"]
    assert heard_fax(reversed_each_450_ms.astype(np.int16)) == ["CED"]
    assert heard_fax(noisy(plain, -22)) == ["CED"]
