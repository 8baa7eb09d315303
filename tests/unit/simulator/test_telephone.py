"""Keys, mouth and ear of a telephone at the far end."""

import numpy as np
import pytest
from numpy.typing import NDArray

from dsp.dtmf import FREQUENCIES_HZ
from simulator.line_model import LineModel
from simulator.telephone import CallerState, Handset


def off_hook(model: LineModel | None = None) -> Handset:
    handset = Handset(model)
    handset.on_line_state(CallerState.TALKING, 0)
    return handset


def spoken(handset: Handset, ticks: int) -> NDArray[np.float64]:
    silence = np.zeros(160, np.int16)
    return np.concatenate([silence if (f := handset.speak(0)) is None else f for _ in range(ticks)]).astype(float)


def sounding_ms(wave: NDArray[np.float64]) -> float:
    """Length from the first to the last sample that is not silence."""
    loud = np.flatnonzero(wave)
    return float(loud[-1] - loud[0] + 1) / 8


def amplitude(wave: NDArray[np.float64], hz: float) -> float:
    return float(np.abs(wave @ np.exp(-2j * np.pi * hz * np.arange(wave.size) / 8000)) * 2 / wave.size)


@pytest.mark.parametrize("digit", FREQUENCIES_HZ)
def test_a_key_makes_its_two_tones_at_the_models_levels(digit: str) -> None:
    handset = off_hook(LineModel(dtmf_low_dbm0=-12.0, dtmf_twist_db=4.0))
    handset.press(digit, length_ms=1000)
    wave = spoken(handset, 50)
    low, high = (amplitude(wave, hz) for hz in FREQUENCIES_HZ[digit])
    assert 20 * np.log10(low / 32768) + 3.14 == pytest.approx(-12.0, abs=0.1)
    assert 20 * np.log10(high / low) == pytest.approx(4.0, abs=0.1)


def test_a_key_is_as_long_as_it_is_pressed() -> None:
    handset = off_hook()
    handset.press("5", length_ms=115)
    assert sounding_ms(spoken(handset, 20)) == pytest.approx(115, abs=0.5)


def test_keys_sound_one_after_the_other_with_a_pause() -> None:
    handset = off_hook()
    for digit in "12":
        handset.press(digit, length_ms=100)
    wave = spoken(handset, 20)
    assert not wave[800:1440].any()
    assert amplitude(wave[1440:2240], 1336) > 1000  # the column of 2


def test_a_held_key_sounds_until_it_is_let_go() -> None:
    handset = off_hook()
    handset.key_down("#")
    assert sounding_ms(spoken(handset, 100)) == pytest.approx(2000, abs=0.5)
    handset.key_up("#")
    assert not spoken(handset, 10).any()


def test_a_tap_still_makes_a_whole_digit() -> None:
    handset = off_hook()
    handset.key_down("#")
    handset.key_up("#")
    assert sounding_ms(spoken(handset, 20)) == pytest.approx(80, abs=0.5)


def test_letting_go_of_another_key_changes_nothing() -> None:
    handset = off_hook()
    handset.key_down("1")
    handset.key_up("2")
    assert sounding_ms(spoken(handset, 50)) == pytest.approx(1000, abs=0.5)


def test_a_frequency_offset_moves_both_tones() -> None:
    handset = off_hook(LineModel(dtmf_offset=0.015))
    handset.press("1", length_ms=1000)
    wave = spoken(handset, 50)
    assert amplitude(wave, 697 * 1.015) > 5000
    assert amplitude(wave, 697) < 500


def test_a_key_mutes_the_mouth_but_does_not_eat_what_is_said() -> None:
    handset = off_hook()
    handset.say(np.full(160, 77, np.int16))
    handset.press("1", length_ms=20)
    assert not (spoken(handset, 1) == 77).all()
    assert (spoken(handset, 20) == 77).sum() == 160


def test_what_is_said_comes_block_after_block_and_its_end_is_silence() -> None:
    handset = off_hook()
    handset.say(np.full(100, 1, np.int16))
    handset.say(np.full(130, 2, np.int16))
    assert handset.speaking
    wave = spoken(handset, 3)
    np.testing.assert_array_equal(wave, np.repeat([1, 2, 0], [100, 130, 250]))
    assert not handset.speaking


def test_a_telephone_on_hook_is_deaf_to_keys_and_forgets_what_it_wanted_to_say() -> None:
    handset = Handset()
    handset.press("1")
    handset.say(np.ones(160, np.int16))
    assert handset.speak(0) is None
    handset.on_line_state(CallerState.TALKING, 0)
    handset.key_down("1")
    handset.say(np.ones(160, np.int16))
    handset.on_line_state(CallerState.IDLE, 0)
    assert handset.speak(0) is None


@pytest.mark.parametrize("digit", ["", "12", "x", "E"])
def test_what_is_no_key_is_refused_in_words(digit: str) -> None:
    with pytest.raises(ValueError, match="no key"):
        off_hook().press(digit)
