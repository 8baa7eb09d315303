"""The eighteen cases in which naive receivers fail, one test each, in the order of docs/signalling.md."""

from collections.abc import Iterable

import numpy as np
import pytest

from dsp import g711
from dsp.detections import CallerId, Detection, DigitOff, DigitOn, FaxTone, MfcOff, ToneOff, ToneOn
from dsp.ears import Ears
from dsp.levels import power, samples
from dsp.senders import dtmf_caller_id, fsk_caller_id, mdmf, mfc, mfc_sines
from dsp.tones import FREQUENCIES_HZ, Generator, Segment, keys, progress, render, silence
from dsp_hearing import CHINA, digits, hear, lengths_ms, noisy


def pair(key: str, on_ms: float, low_dbm0: float = -12, high_dbm0: float = -12, off: float = 0.0) -> Segment:
    low, high = FREQUENCIES_HZ[key]
    return Segment(samples(on_ms), ((low * (1 + off), low_dbm0), (high * (1 + off), high_dbm0)))


def vowels(seed: int, seconds: float = 4.0) -> np.ndarray:
    """A voice: pulses of a wandering pitch through three formants that change with every syllable, -15 dBm0."""
    rng, pieces = np.random.default_rng(seed), []
    pitch = rng.uniform(90, 260)
    for _ in range(int(seconds / 0.2)):
        n = np.arange(1600)
        hertz = pitch * (1 + 0.2 * np.sin(2 * np.pi * rng.uniform(1, 4) * n / 8000))
        pulses = np.diff(np.floor(np.cumsum(hertz) / 8000), prepend=0)
        wave = np.zeros(1600)
        for formant, width in zip(rng.uniform((300, 800, 1800), (900, 1800, 2800)), (60, 90, 150), strict=True):
            ring = np.exp(-np.pi * width * n[:400] / 8000) * np.sin(2 * np.pi * formant * n[:400] / 8000)
            wave += np.convolve(pulses, ring)[:1600]
        pieces.append(wave * np.hanning(1600))
    whole = np.concatenate(pieces)
    return np.clip(whole * np.sqrt(power(-15) / np.mean(whole**2)), -32768, 32767).astype(np.int16)


def listen(wave: np.ndarray, *, tail_ms: int = 1200, **armed: bool | str) -> list[Detection]:
    ears = Ears(1, CHINA)
    ears.arm(0, **armed)
    return hear(wave, ears, tail_ms=tail_ms)


def tones(found: Iterable[Detection]) -> list[str]:
    return [d.tone for d in found if isinstance(d, ToneOn)]


def busy(level_dbm0: float = -15, seconds: float = 4.0, hz: float = 450.0, speed: float = 1.0) -> np.ndarray:
    length = samples(350 * speed)
    cycle = [Segment(length, ((hz, level_dbm0),)), Segment(length)]
    return render(cycle * 20)[: samples(seconds * 1000)]


@pytest.mark.parametrize("seed", range(3))
def test_case_01_a_voice_makes_no_digit_no_tone_and_no_fax(seed: int) -> None:
    assert listen(vowels(seed), fax=True) == []


@pytest.mark.parametrize("key", "1D*6")
def test_case_02_both_tones_1_8_percent_off_are_a_digit_and_3_percent_off_are_none(key: str) -> None:
    for off in (0.018, -0.018):
        assert digits(hear([silence(30), pair(key, 40, off=off), silence(40)])) == key
    for off in (0.03, -0.03):
        assert digits(hear([silence(30), pair(key, 60, off=off), silence(40)])) == ""


@pytest.mark.parametrize("twist", [-8, 2, 6])
def test_case_03_china_s_high_tone_may_be_6_db_stronger_and_america_s_8_db_weaker(twist: int) -> None:
    assert digits(hear([silence(30), pair("8", 40, -18, -18 + twist), silence(40)])) == "8"


def test_case_04_dial_tone_at_the_digit_s_level_and_its_harmonics_hide_none() -> None:
    harmonics = ((450.0, -10.0), (900.0, -30.0), (1350.0, -33.0))
    line = render([Segment(8000, harmonics)])
    pressed = render([silence(300), *keys("*0#5", on_ms=60, off_ms=60, low_dbm0=-10, high_dbm0=-10)])
    line[: pressed.size] += pressed
    assert digits(hear(line)) == "*0#5"


@pytest.mark.parametrize("lead", range(0, 160, 37))
def test_case_05_40_ms_keys_and_20_ms_pauses_between_equal_ones_at_any_alignment(lead: int) -> None:
    assert digits(hear([Segment(lead), *keys("1122", on_ms=40, off_ms=40)])) == "1122"
    assert digits(hear([Segment(lead), *keys("555", on_ms=50, off_ms=20)])) == "555"


def test_case_06_dropouts_are_bridged_20_ms_is_nothing_and_a_long_key_is_one() -> None:
    wave = render([silence(30), pair("3", 100), silence(100)])
    wave[600:680] = 0
    assert digits(hear(wave)) == "3"
    assert hear([silence(30), pair("3", 20), silence(100)]) == []
    held = hear([silence(30), pair("3", 3000), silence(100)])
    assert (digits(held), len(lengths_ms(held))) == ("3", 1)
    assert lengths_ms(held)[0] == pytest.approx(3000, abs=5)


def test_case_07_keys_come_out_of_our_prompt_s_echo_and_our_own_dtmf_does_not() -> None:
    sent = np.concatenate([vowels(5, 2.0), render(keys("147", on_ms=80, off_ms=80)), vowels(6, 1.0)])
    heard = np.convolve(sent.astype(float), np.concatenate([np.zeros(30), [0.3, 0.2, -0.1]]))[: sent.size]
    pressed = render([silence(1200), *keys("28", on_ms=80, off_ms=200, low_dbm0=-24, high_dbm0=-22)])
    heard[: pressed.size] += pressed
    ears = Ears(1, CHINA)
    ticks = range(0, sent.size - 159, 160)
    found = [
        d for at in ticks for d in ears.hear(heard[None, at : at + 160].astype(np.int16), sent[None, at : at + 160])
    ]
    assert digits(found) == "28"


def test_case_08_caller_id_by_dtmf_needs_no_stop_code_and_by_fsk_may_be_faint_or_corrupt() -> None:
    for start in "ABD":
        found = listen(render(dtmf_caller_id("02088881234", start=start, stop="")), caller_id=True)
        assert [d.number for d in found if isinstance(d, CallerId)] == ["02088881234"]
    message = mdmf(number="13812345678")
    faint = fsk_caller_id(message, level_dbm0=-34)
    assert [d.number for d in listen(faint, caller_id=True) if isinstance(d, CallerId)] == ["13812345678"]
    corrupt = bytes((*message[:-1], message[-1] ^ 4))
    assert not listen(fsk_caller_id(corrupt), caller_id=True)


def test_case_09_fsk_makes_no_digits_and_survives_dc_and_ringing_crosstalk() -> None:
    wave = fsk_caller_id(mdmf(number="13812345678", name="LI SI")).astype(float) + 800
    n = np.arange(wave.size)
    wave += np.clip(9000 * np.sin(2 * np.pi * 25 * n / 8000), -4000, 4000) * np.exp(-n / 600)
    found = listen(np.clip(wave, -32768, 32767).astype(np.int16), caller_id=True)
    assert [type(d) for d in found] == [CallerId]


@pytest.mark.parametrize(("hz", "speed"), [(425.0, 0.9), (475.0, 1.1)])
def test_case_10_special_dial_tone_is_neither_dial_nor_busy_and_busy_bears_its_tolerances(
    hz: float, speed: float
) -> None:
    special = Generator(progress(CHINA.tone("special_dial"))).pull(24_000)
    assert tones(hear(special)) == ["special_dial"]
    assert tones(hear(noisy(busy(-20, hz=hz, speed=speed), -38))) == ["busy"]


@pytest.mark.parametrize(
    ("tone", "seconds"), [("vacant", 5), ("congestion", 6), ("call_waiting", 10), ("ringback", 10)]
)
def test_case_11_tones_that_look_alike_are_not_taken_for_each_other(tone: str, seconds: int) -> None:
    wave = Generator(progress(CHINA.tone(tone), level_dbm0=-25)).pull(seconds * 8000)
    assert tones(hear(noisy(wave, -40))) == [tone]
    assert set(tones(hear(wave[samples(170) :]))) <= {tone}


def test_case_12_busy_is_heard_under_our_own_prompt_and_from_the_middle_of_a_burst() -> None:
    sent = vowels(9, 6.0)
    heard = np.convolve(sent.astype(float), np.concatenate([np.zeros(50), [0.25, -0.2, 0.1]]))[: sent.size]
    tone = busy(-20, 4.0)[samples(200) :]
    heard[12_000 : 12_000 + tone.size] += tone
    ears = Ears(1, CHINA)
    ticks = range(0, sent.size - 159, 160)
    found = [
        d for at in ticks for d in ears.hear(heard[None, at : at + 160].astype(np.int16), sent[None, at : at + 160])
    ]
    assert tones(found) == ["busy"]


def test_case_13_mfc_bears_the_own_signal_s_echo_and_short_gaps_and_tells_a_retry() -> None:
    ours = render([Segment(samples(600), mfc_sines("forward", 9))]) // 3
    theirs = render([silence(60), mfc("backward", 1, 60), silence(60), mfc("backward", 1, 60), silence(60)])
    theirs[samples(90) : samples(96)] = 0
    wave = ours[: theirs.size] + theirs
    found = listen(wave, mfc="backward", dtmf=False)
    assert [d.signal for d in found if isinstance(d, MfcOff)] == [1, 1]
    assert listen(render([mfc("backward", 1, 7), silence(100)]), mfc="backward") == []


def test_case_14_register_receivers_hear_nothing_unless_armed() -> None:
    assert hear([s for n in range(1, 16) for s in (mfc("forward", n, 80), silence(50))]) == []


@pytest.mark.parametrize("level", [-40, -2, 3])
def test_case_15_levels_from_the_idle_pattern_to_clipping(level: int) -> None:
    wave = render([silence(30), *keys("147*", on_ms=50, off_ms=50, low_dbm0=level, high_dbm0=level)])
    idle = np.where(np.arange(wave.size) % 2, 8, -8).astype(np.int16)
    wave = np.where(wave == 0, idle, wave).astype(np.int16)
    assert digits(hear(g711.alaw_decode(g711.alaw_encode(wave)))) == "147*"
    assert digits(hear(g711.ulaw_decode(g711.ulaw_encode(wave)))) == "147*"


def test_case_16_fax_at_10_db_and_neither_vowel_nor_register_pair() -> None:
    cng = render([silence(40), Segment(4000, ((1100.0, -20.0),)), silence(600)])
    assert [d.fax for d in listen(noisy(cng, -30), fax=True) if isinstance(d, FaxTone)] == ["CNG"]
    register = render([Segment(4000, mfc_sines("backward", 1)), silence(600)])
    assert not [d for d in listen(register, fax=True) if isinstance(d, FaxTone)]


@pytest.mark.parametrize("lost", [3, 6, 9])
def test_case_17_a_lost_tick_ends_neither_digit_nor_cadence(lost: int) -> None:
    wave = np.concatenate([render([silence(25), pair("6", 200), silence(75)]), busy(seconds=3.0)])
    ears, found = Ears(1, CHINA), []
    for number in range(wave.size // 160):
        if number % 40 == lost:
            ears.skip(160)
        else:
            found += ears.hear(wave[None, number * 160 : (number + 1) * 160])
    assert digits(found) == "6"
    assert len([d for d in found if isinstance(d, DigitOff)]) == 1
    assert tones(found) == ["busy"]
    assert not [d for d in found if isinstance(d, ToneOff)]
    assert ears.now == wave.size // 160 * 160


def test_case_18_eight_lines_press_in_one_tick_and_all_are_told_in_the_same_one() -> None:
    waves = np.stack([render([silence(34), pair(key, 60), silence(60)]) for key in "1590#*AD"])
    ears = Ears(8, CHINA)
    told = [ears.hear(waves[:, at : at + 160]) for at in range(0, waves.shape[1] - 159, 160)]
    (pressed,) = [tick for tick in told if any(isinstance(d, DigitOn) for d in tick)]
    assert [(d.row, d.digit) for d in pressed if isinstance(d, DigitOn)] == list(enumerate("1590#*AD"))
