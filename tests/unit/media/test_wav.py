"""Files of recordings: playable whatever happened to them."""

import io
from pathlib import Path

import numpy as np
import pytest
import soundfile

from cti_core.media import wav


def written(path: Path, *, samples: int, told: int, tail: bytes = b"") -> Path:
    path.write_bytes(wav.header(told, 0) + bytes([wav.SILENCE]) * (samples * 2) + tail)
    return path


def test_another_reader_finds_two_channels_of_alaw_at_8_khz(tmp_path: Path) -> None:
    info = soundfile.info(written(tmp_path / "a.wav", samples=8000, told=8000))
    assert (info.channels, info.samplerate, info.subtype, info.frames) == (2, 8000, "ALAW", 8000)


def test_the_silence_byte_is_read_as_silence() -> None:
    audio, _ = soundfile.read(io.BytesIO(wav.header(100) + bytes([wav.SILENCE]) * 200), dtype="int16")
    assert np.abs(audio).max() <= 8  # A-law has no zero: its smallest step


def test_repair_makes_the_header_of_a_cut_file_tell_its_length(tmp_path: Path) -> None:
    path = written(tmp_path / "cut.wav", samples=12_000, told=8000)
    assert wav.repair(path) == 1.5
    assert soundfile.info(path).frames == 12_000


def test_repair_drops_half_a_sample_pair(tmp_path: Path) -> None:
    path = written(tmp_path / "odd.wav", samples=8000, told=4000, tail=b"\xd5")
    assert wav.repair(path) == 1.0
    assert path.stat().st_size == wav.HEADER_BYTES + 16_000


def test_repair_leaves_a_whole_file_with_marks_alone(tmp_path: Path) -> None:
    marks = wav.marks([(4000, 160)])
    path = tmp_path / "marked.wav"
    path.write_bytes(wav.header(8000, len(marks)) + bytes([wav.SILENCE]) * 16_000 + marks)
    before = path.read_bytes()
    assert wav.repair(path) == 1.0
    assert path.read_bytes() == before
    assert soundfile.info(path).frames == 8000


@pytest.mark.parametrize("content", [b"", b"RIFF", b"\0" * 100, b"RIFF" + b"x" * 100])
def test_repair_refuses_what_is_no_recording_of_ours_and_changes_nothing(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "other.wav"
    path.write_bytes(content)
    with pytest.raises(wav.NotARecording, match=r"other\.wav"):
        wav.repair(path)
    assert path.read_bytes() == content
