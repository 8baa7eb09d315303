"""Samples there and back, at any rate and in any cut."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.modem.codings import Coding, Converter, coding_named, decode, encode

T = np.arange(1600)


@pytest.mark.parametrize("coding", Coding)
def test_every_coding_comes_back_within_its_step(coding: Coding) -> None:
    wave = np.linspace(-32000, 32000, 999).astype(np.int16)
    back = decode(coding, encode(coding, wave))
    assert np.abs(back.astype(int) - wave).max() <= {Coding.LINEAR_16: 0}.get(coding, 1024)
    small = np.linspace(-300, 300, 99).astype(np.int16)
    assert np.abs(decode(coding, encode(coding, small)).astype(int) - small).max() <= 128


@pytest.mark.parametrize("coding", Coding)
def test_silence_stays_almost_silent(coding: Coding) -> None:
    assert np.abs(decode(coding, encode(coding, np.zeros(10, np.int16)))).max() <= 8


@pytest.mark.parametrize(
    ("name", "coding"),
    [
        ("UNSIGNED PCM", Coding.UNSIGNED_8),
        ("SIGNED PCM", Coding.SIGNED_8),
        ("8-BIT LINEAR", Coding.UNSIGNED_8),
        ("16-BIT LINEAR", Coding.LINEAR_16),
        ("G.711A", Coding.ALAW),
        ("MU-LAW", Coding.ULAW),
        ("4-BIT IMA ADPCM", None),
        ("G.729A", None),
    ],
)
def test_a_coding_is_known_by_its_name(name: str, coding: Coding | None) -> None:
    assert coding_named(name) is coding


@settings(deadline=None, max_examples=20)
@given(st.lists(st.integers(1, 300), min_size=1, max_size=12))
def test_a_converted_stream_does_not_depend_on_how_it_was_cut(lengths: list[int]) -> None:
    wave = (8000 * np.sin(T * 0.3)).astype(np.int16)
    converter, pieces, at = Converter(7200, 8000), [], 0
    for length in [*lengths, len(wave)]:
        pieces.append(converter.convert(wave[at : at + length]))
        at += length
    np.testing.assert_array_equal(np.concatenate(pieces), Converter(7200, 8000).convert(wave))


@pytest.mark.parametrize(("from_hz", "to_hz"), [(7200, 8000), (8000, 7200), (8000, 48000), (48000, 8000)])
def test_a_tone_keeps_pitch_and_level(from_hz: int, to_hz: int) -> None:
    wave = (8000 * np.sin(2 * np.pi * 1000 * np.arange(from_hz) / from_hz)).astype(np.int16)
    out = Converter(from_hz, to_hz).convert(wave).astype(float)
    assert len(out) == pytest.approx(to_hz, abs=to_hz // 1000 + 2)
    n = np.arange(len(out) // 4, len(out) * 3 // 4)
    base = np.stack([np.sin(2 * np.pi * 1000 * n / to_hz), np.cos(2 * np.pi * 1000 * n / to_hz)], axis=1)
    fit, _, _, _ = np.linalg.lstsq(base, out[n], rcond=None)
    noise = out[n] - base @ fit
    assert np.hypot(*fit) == pytest.approx(8000, rel=0.01)
    assert np.sqrt(np.mean(noise**2)) < 20  # -52 dB
