"""The tables hold what ITU-T G.711 tabulates, and going there and back loses no more than a step."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsp import g711

CODES = np.arange(256, dtype=np.uint8)


@pytest.mark.parametrize(
    ("code", "value"),  # G.711 tables 1a, 1b: even bits inverted; values 13-bit, left-justified
    [(0xD5, 8), (0x55, -8), (0xAA, 32256), (0x2A, -32256), (0xC5, 264), (0xF5, 528), (0x80, 5504)],
)
def test_alaw_decodes_to_the_middle_of_its_interval(code: int, value: int) -> None:
    assert g711.alaw_decode(np.array([code], np.uint8))[0] == value


@pytest.mark.parametrize(
    ("code", "value"), [(0xFF, 0), (0x7F, 0), (0x80, 32124), (0x00, -32124), (0xFE, 8), (0xEF, 132)]
)
def test_ulaw_decodes_to_the_middle_of_its_interval(code: int, value: int) -> None:
    assert g711.ulaw_decode(np.array([code], np.uint8))[0] == value


def test_each_code_survives_being_decoded_and_encoded() -> None:
    """µ-law has two zeros; both decode to 0 and 0 encodes to the positive one."""
    assert (g711.alaw_encode(g711.alaw_decode(CODES)) == CODES).all()
    back = g711.ulaw_encode(g711.ulaw_decode(CODES))
    assert (back == np.where(CODES == 0x7F, 0xFF, CODES)).all()


@given(st.integers(-32768, 32767))
def test_a_sample_comes_back_within_half_a_step(sample: int) -> None:
    """The widest A-law step is 1024, µ-law's too; µ-law clips a little below full scale."""
    wave = np.array([sample], np.int16)
    for there, back, worst in ((g711.alaw_encode, g711.alaw_decode, 512), (g711.ulaw_encode, g711.ulaw_decode, 644)):
        got = int(back(there(wave))[0])
        assert abs(got - sample) <= min(worst, max(8, abs(sample) // 16))
        assert got == 0 or (got > 0) == (sample >= 0)


def test_frames_of_all_lines_are_coded_at_once_and_silence_is_idle() -> None:
    silence = np.zeros((8, 160), np.int16)
    assert (g711.alaw_encode(silence) == g711.ALAW_SILENCE).all()
    assert (g711.ulaw_encode(silence) == g711.ULAW_SILENCE).all()
    assert g711.alaw_decode(g711.alaw_encode(silence)).shape == (8, 160)
