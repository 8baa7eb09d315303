"""The echo canceller: our own voice goes, the caller's keys and words stay."""

from typing import Final

import numpy as np
import pytest

from dsp.detections import DigitOff, DigitOn
from dsp.ears import Ears
from dsp.echo import EchoCanceller
from dsp.levels import dbm0, power
from dsp.tones import keys, render, silence
from dsp_hearing import CHINA

RNG: Final = np.random.default_rng(7)


def speechlike(seconds: float, level_dbm0: float = -13.0, seed: int = 3) -> np.ndarray:
    """Noise with the long-term spectrum of speech, in syllables of 4 Hz."""
    rng = np.random.default_rng(seed)
    wave = np.convolve(rng.normal(size=int(seconds * 8000)), 0.85 ** np.arange(24), "same")
    wave *= 0.05 + np.maximum(0, np.sin(2 * np.pi * 4 * np.arange(wave.size) / 8000))
    return np.clip(wave * np.sqrt(power(level_dbm0) / np.mean(wave**2)), -32768, 32767).astype(np.int16)


def hybrid(sent: np.ndarray, *, loss_db: float = 9.0, delay: int = 40, seed: int = 5) -> np.ndarray:
    """What the line gives back: some ms of decaying taps behind a delay."""
    rng = np.random.default_rng(seed)
    taps = rng.normal(size=96) * 0.93 ** np.arange(96)
    taps *= 10 ** (-loss_db / 20) / np.sqrt((taps**2).sum())
    return np.convolve(np.concatenate([np.zeros(delay), sent.astype(float)]), taps)[: sent.size]


def level(wave: np.ndarray) -> float:
    return dbm0(float(np.mean(wave.astype(float) ** 2)))


def cancelled(heard: np.ndarray, sent: np.ndarray) -> np.ndarray:
    canceller = EchoCanceller(1)
    ticks = range(0, heard.size - 159, 160)
    frames = [
        canceller.cancel(heard[None, at : at + 160].astype(np.int16), sent[None, at : at + 160])[0] for at in ticks
    ]
    return np.concatenate(frames)


def test_the_echo_is_12_db_down_within_half_a_second_and_25_db_soon() -> None:
    sent = speechlike(2.0)
    echo = hybrid(sent)
    left = cancelled(echo, sent)
    assert level(left[4000:8000]) < level(echo[4000:8000]) - 12
    assert level(left[12000:]) < level(echo[12000:]) - 25


@pytest.mark.parametrize("delay", [0, 150, 300, 500])
def test_a_board_s_delay_of_up_to_60_ms_is_found(delay: int) -> None:
    sent = speechlike(2.0)
    echo = hybrid(sent, delay=delay)
    assert level(cancelled(echo, sent)[8000:]) < level(echo[8000:]) - 15


def test_each_line_has_the_delay_of_its_own_board() -> None:
    """Two cards in one rack: 0 and 120 ms; without its delay the second one's echo lies outside of the partitions."""
    sent = speechlike(2.0)
    echoes = np.stack([hybrid(sent), hybrid(sent, delay=40 + 6 * 160)]).astype(np.int16)
    both = np.stack([sent, sent])
    ticks = range(0, sent.size - 159, 160)

    def left(canceller: EchoCanceller) -> np.ndarray:
        frames = [canceller.cancel(echoes[:, at : at + 160], both[:, at : at + 160]) for at in ticks]
        return np.concatenate(frames, axis=1)[:, 8000:]

    for own in left(EchoCanceller(2, delay_ticks=(0, 6))):
        assert level(own) < level(echoes[0, 8000:]) - 15
    assert level(left(EchoCanceller(2))[1]) > level(echoes[1, 8000:]) - 6


def test_the_caller_s_voice_comes_through_untouched_and_unlearns_nothing() -> None:
    sent, caller = speechlike(3.0), speechlike(3.0, -18.0, seed=11).astype(float)
    caller[:12000] = caller[16000:] = 0  # talks for half a second in the middle
    left = cancelled(hybrid(sent) + caller, sent).astype(float)
    talking = slice(12000, 16000)
    assert np.corrcoef(left[talking], caller[talking])[0, 1] > 0.97
    assert level(left[16000:]) < level(hybrid(sent)[16000:]) - 15


def test_silence_sent_leaves_what_is_heard_as_it_is() -> None:
    heard = speechlike(0.2)
    assert (cancelled(heard, np.zeros_like(heard)) == heard).all()


def test_keys_10_db_under_our_prompt_s_echo_are_heard_and_no_others() -> None:
    sent = speechlike(3.0, -11.0)
    pressed = render([silence(700), *keys("258039", on_ms=70, off_ms=250, low_dbm0=-25, high_dbm0=-23)])
    heard = hybrid(sent)
    heard[: pressed.size] += pressed
    ears = Ears(1, CHINA)
    ticks = range(0, heard.size - 159, 160)
    found = [
        d for at in ticks for d in ears.hear(heard[None, at : at + 160].astype(np.int16), sent[None, at : at + 160])
    ]
    assert "".join(d.digit for d in found if isinstance(d, DigitOn)) == "258039"


def test_digits_that_we_send_ourselves_are_not_heard_from_the_line() -> None:
    sent = np.concatenate([speechlike(1.0), render(keys("123456", on_ms=80, off_ms=80))])
    heard = hybrid(sent)
    ears = Ears(1, CHINA)
    ticks = range(0, heard.size - 159, 160)
    found = [
        d for at in ticks for d in ears.hear(heard[None, at : at + 160].astype(np.int16), sent[None, at : at + 160])
    ]
    assert not [d for d in found if isinstance(d, DigitOn)]


def test_keys_that_we_send_before_anything_else_do_not_come_back_as_the_caller_s() -> None:
    """The canceller knows nothing of the line yet; what was sent explains them. The caller's own key is still heard."""
    sent = render([silence(20), *keys("147", on_ms=100, off_ms=100), silence(600)])
    heard = hybrid(sent, loss_db=6)
    pressed = render([silence(900), *keys("2", on_ms=80)])
    heard[: pressed.size] += pressed
    ears = Ears(1, CHINA)
    ticks = range(0, heard.size - 159, 160)
    found = [
        d for at in ticks for d in ears.hear(heard[None, at : at + 160].astype(np.int16), sent[None, at : at + 160])
    ]
    assert [d.digit for d in found if isinstance(d, DigitOn | DigitOff)] == ["2", "2"]


def test_lines_are_cancelled_each_by_its_own_echo() -> None:
    first, second = speechlike(1.5, seed=1), speechlike(1.5, seed=2)
    heard = np.stack([hybrid(first, seed=8), hybrid(second, seed=9)])
    sent = np.stack([first, second])
    canceller = EchoCanceller(2)
    left = np.concatenate(
        [
            canceller.cancel(heard[:, at : at + 160].astype(np.int16), sent[:, at : at + 160])
            for at in range(0, 12000, 160)
        ],
        1,
    )
    for row in (0, 1):
        assert level(left[row, 8000:]) < level(heard[row, 8000:12000]) - 15


def hummed(seconds: float) -> np.ndarray:
    """Soft pulses of one pure tone each: few bins are excited at a time, which is the hardest for the filter."""
    rng = np.random.default_rng(3)
    pulses, left = [], round(seconds * 8000)
    while left > 0:
        whole = int(rng.integers(1, 11) * 480)
        sounding = whole * 4 // 5
        tone = np.sin(2 * np.pi * rng.integers(160, 420) * np.arange(sounding) / 8000) * np.hanning(sounding)
        pulses.append(np.pad(5600 * tone, (0, whole - sounding)))
        if rng.random() < 0.15:
            pulses.append(np.zeros(2400))
        left -= whole
    return np.concatenate(pulses).astype(np.int16)


def test_a_digital_line_without_echo_stays_without() -> None:
    """Its silence is A-law's zero, 8: there is nothing to be learnt from it, and the filter must not make an echo itself."""
    sent = hummed(45.0)
    left = cancelled(np.full(sent.size, 8, np.int16), sent)
    assert level(left) < level(np.full(160, 16, np.int16))
