"""WAV files: the house's format as it is, others converted, nonsense refused in words."""

import io
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from dsp import wav
from dsp.levels import amplitude


def sine(hz: float, rate_hz: int, seconds: float = 0.1) -> np.ndarray:
    return (amplitude(-10) * np.sin(2 * np.pi * hz * np.arange(int(rate_hz * seconds)) / rate_hz)).astype(np.int16)


def written(samples: np.ndarray, rate_hz: int, subtype: str) -> bytes:
    file = io.BytesIO()
    soundfile.write(file, samples / 32768, rate_hz, format="WAV", subtype=subtype)
    return file.getvalue()


def test_the_house_s_own_format_comes_back_bit_for_bit() -> None:
    samples = sine(1000, 8000)
    got = wav.decode(wav.encode(samples))
    assert (got.samples == samples).all()
    assert got.converted == ()


@pytest.mark.parametrize("subtype", ["PCM_16", "PCM_24", "PCM_32", "FLOAT", "ALAW", "ULAW", "PCM_U8"])
def test_what_another_program_wrote_is_heard_alike(subtype: str) -> None:
    samples = sine(1000, 8000)
    got = wav.decode(written(samples, 8000, subtype)).samples.astype(float)
    assert np.corrcoef(got, samples)[0, 1] > 0.999
    assert abs(np.std(got) / np.std(samples) - 1) < 0.02


def test_stereo_at_44100_hz_is_mixed_and_resampled_and_says_so() -> None:
    left = sine(1000, 44100)
    got = wav.decode(written(np.stack([left, left], axis=1), 44100, "PCM_16"))
    assert got.converted == ("2 channels mixed to one", "44100 Hz to 8000 Hz")
    assert got.samples.size == 800
    assert np.corrcoef(got.samples[100:700].astype(float), sine(1000, 8000)[100:700])[0, 1] > 0.999


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"ID3\x04 surely an mp3 file", "no WAV file"),
        (b"RIFF\x24\0\0\0WAVE", "no format and no samples"),
        (wav.encode(sine(1000, 8000))[:30], "cut inside its format"),
        (wav.encode(sine(1000, 8000))[:44], "no samples"),
        (wav.encode(sine(1000, 8000), rate_hz=1000), "1000 Hz is outside"),
        (wav.encode(sine(1000, 8000)).replace(b"\x01\0\x01\0", b"\x55\0\x01\0"), "0x0055 is not understood"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_in_words(content: bytes, words: str) -> None:
    with pytest.raises(wav.NotAudio, match=words):
        wav.decode(content)


def test_a_file_that_was_cut_plays_as_far_as_it_goes() -> None:
    samples = sine(1000, 8000)
    assert (wav.decode(wav.encode(samples)[:-101]).samples == samples[:749]).all()


def test_the_file_is_named_in_the_refusal(tmp_path: Path) -> None:
    (tmp_path / "empty.wav").touch()
    with pytest.raises(wav.NotAudio, match=r"empty\.wav: the file is empty"):
        wav.read(tmp_path / "empty.wav")


@given(st.binary(max_size=200), st.integers(0, 60))
def test_no_content_does_more_than_be_refused(rubbish: bytes, keep: int) -> None:
    content = wav.encode(np.zeros(20, np.int16))[:keep] + rubbish
    with suppress(wav.NotAudio):
        assert wav.decode(content).samples.dtype == np.int16
