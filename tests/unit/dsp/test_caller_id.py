"""Who calls: FSK by both standards and DTMF by every start code, heard without being told which."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsp import g711
from dsp.caller_id_fsk import Message, parse
from dsp.detections import CallerId, DigitOn
from dsp.ears import Ears
from dsp.levels import samples
from dsp.senders import BELL_202_HZ, V23_HZ, dtmf_caller_id, fsk_caller_id, mdmf, sdmf, with_checksum
from dsp.tones import Segment, keys, render, silence
from dsp_hearing import CHINA, hear, noisy

NUMBER = "13926066389"
WHEN = "11240830"
Sound = np.ndarray | list[Segment]


def callers(sound: Sound, *, tail_ms: int = 1500) -> list[CallerId]:
    ears = Ears(1, CHINA)
    ears.arm(0, caller_id=True)
    return [d for d in hear(sound, ears, tail_ms=tail_ms) if isinstance(d, CallerId)]


def fsk(
    message: bytes, *, tones_hz: tuple[float, float] = BELL_202_HZ, level_dbm0: float = -13.5, lead: int = 777
) -> np.ndarray:
    return np.concatenate([np.zeros(lead, np.int16), fsk_caller_id(message, tones_hz=tones_hz, level_dbm0=level_dbm0)])


@pytest.mark.parametrize("tones_hz", [BELL_202_HZ, V23_HZ])
@pytest.mark.parametrize("level_dbm0", [-6, -36])
def test_a_number_comes_out_of_both_standards_loud_and_faint(tones_hz: tuple[float, float], level_dbm0: float) -> None:
    wave = fsk(mdmf(number=NUMBER, datetime=WHEN), tones_hz=tones_hz, level_dbm0=level_dbm0)
    (caller,) = callers(g711.alaw_decode(g711.alaw_encode(wave)))
    assert (caller.method, caller.number, caller.datetime) == ("fsk", NUMBER, WHEN)
    assert abs(caller.start - 777) <= samples(20)


@pytest.mark.parametrize("tones_hz", [BELL_202_HZ, V23_HZ])
@pytest.mark.parametrize("seed", range(4))
def test_8_db_above_white_noise_the_number_is_still_right(tones_hz: tuple[float, float], seed: int) -> None:
    wave = fsk(mdmf(number=NUMBER, datetime=WHEN), tones_hz=tones_hz)
    assert [c.number for c in callers(noisy(wave, -13.5 - 8, seed))] == [NUMBER]


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        (mdmf(absence="P", datetime=WHEN), (None, "P", None, WHEN)),
        (mdmf(absence="O"), (None, "O", None, None)),
        (mdmf(number="35754546", name="张三", datetime=WHEN), ("35754546", None, "张三", WHEN)),
        (sdmf("47987932", "01312359"), ("47987932", None, None, "01312359")),
        (sdmf("P", "01312359"), (None, "P", None, "01312359")),
    ],
)
def test_absence_names_and_single_messages_are_understood(message: bytes, expected: tuple[str | None, ...]) -> None:
    (caller,) = callers(fsk(message))
    assert (caller.number, caller.absence, caller.name, caller.datetime) == expected


@pytest.mark.parametrize("speed", [0.98, 1.02])
def test_an_exchange_2_percent_fast_or_slow_is_understood(speed: float) -> None:
    wave = fsk(mdmf(number=NUMBER)).astype(float)
    places = np.arange(0, wave.size - 1, speed)
    stretched = np.interp(places, np.arange(wave.size), wave).astype(np.int16)
    assert [c.number for c in callers(stretched)] == [NUMBER]


@pytest.mark.parametrize("tilt_db", [-6, 6])
def test_a_line_that_weakens_one_tone_by_6_db_is_understood(tilt_db: float) -> None:
    wave = fsk(mdmf(number=NUMBER), level_dbm0=-30).astype(float)
    slope = 10 ** (tilt_db / 20)
    a = (slope - 1) / (slope + 1)  # a first-order shelf between the tones
    tilted = np.convolve(wave, [1.0, -a * 1.4])[: wave.size]
    assert [c.number for c in callers(noisy(tilted, -47))] == [NUMBER]


def test_a_message_heard_from_the_middle_of_its_mark_bits_is_understood() -> None:
    wave = fsk_caller_id(mdmf(number=NUMBER), seizure_bits=0, mark_bits=60)
    assert [c.number for c in callers(wave)] == [NUMBER]


def test_a_corrupt_message_gives_no_number() -> None:
    message = bytearray(mdmf(number=NUMBER))
    message[6] ^= 1
    assert callers(fsk(bytes(message))) == []


def test_dc_and_the_rest_of_ringing_do_not_break_the_first_bytes() -> None:
    wave = fsk(mdmf(number=NUMBER)).astype(float) + 1500
    n = np.arange(wave.size)
    wave += 6000 * np.exp(-n / 800) * np.sign(np.sin(2 * np.pi * 25 * n / 8000))
    assert [c.number for c in callers(wave.astype(np.int16))] == [NUMBER]


def test_fsk_gives_no_digits_and_speech_like_noise_gives_no_caller() -> None:
    ears = Ears(1, CHINA)
    ears.arm(0, caller_id=True)
    found = hear(fsk(mdmf(number="8888888888", name="0" * 60)), ears)
    assert not [d for d in found if isinstance(d, DigitOn)]
    assert callers(noisy(np.zeros(16000, np.int16), -10)) == []


def test_nobody_listens_for_a_caller_unless_armed() -> None:
    assert hear(fsk(mdmf(number=NUMBER))) == []


@pytest.mark.parametrize(("start", "stop"), [("D", "C"), ("A", "C"), ("B", "C"), ("A", "#"), ("D", "")])
def test_dtmf_numbers_come_with_every_code_and_without_a_stop(start: str, stop: str) -> None:
    (caller,) = callers([silence(100), *dtmf_caller_id("02512345678", start=start, stop=stop)])
    assert (caller.method, caller.number) == ("dtmf", "02512345678")
    assert abs(caller.start - 800) <= samples(10)


def test_a_lost_stop_code_costs_less_than_a_second() -> None:
    wave = render([*dtmf_caller_id(NUMBER, stop="")])
    (caller,) = callers(wave)
    assert caller.end - wave.size <= samples(1000)


@pytest.mark.parametrize("pressed", ["12345#", "1", "A12*C", "A1C", "**"])
def test_keys_that_are_no_number_between_codes_are_no_caller(pressed: str) -> None:
    assert callers(list(keys(pressed))) == []


@given(st.text("0123456789", min_size=1, max_size=20), st.sampled_from(["P", "O"]))
def test_every_message_reads_back(number: str, absence: str) -> None:
    assert parse(mdmf(number=number, datetime=WHEN)) == Message(number=number, datetime=WHEN)
    assert parse(sdmf(number, WHEN)) == Message(number=number, datetime=WHEN)
    assert parse(mdmf(absence=absence)) == Message(absence=absence)


@given(st.binary(max_size=60))
def test_no_bytes_make_the_parser_raise(content: bytes) -> None:
    parse(content)
    parse(with_checksum(bytes((0x80, len(content))) + content))
