"""Two-channel A-law WAV that plays at any moment of its life: a 58-byte header, then sample pairs, left first.

RIFF WAVE, format tag 6 (A-law), with the `fact` chunk that non-PCM formats owe (Microsoft RIFFNEW 1994). Lost spans stand
as silence in the audio and as cue points behind it, named `lost <samples>`.
"""

import os
import struct
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from cti_core.call_control.clock import RATE_HZ
from dsp.g711 import ALAW_SILENCE

CHANNELS: Final = 2
HEADER_BYTES: Final = 58
SILENCE: Final = ALAW_SILENCE
_FORMAT_ALAW: Final = 6
_HEADER: Final = struct.Struct("<4sI4s 4sIHHIIHHH 4sII 4sI")
_RIFF_HEAD: Final = 8  # bytes that the RIFF size does not count


class NotARecording(ValueError):
    """The file is too short or does not begin as ours do; the message says which file."""


def header(samples: int, extra_bytes: int = 0) -> bytes:
    """58 bytes for `samples` sample pairs and `extra_bytes` of chunks behind them."""
    data = samples * CHANNELS
    return _HEADER.pack(
        *(b"RIFF", HEADER_BYTES + data + extra_bytes - _RIFF_HEAD, b"WAVE"),
        *(b"fmt ", 18, _FORMAT_ALAW, CHANNELS, RATE_HZ, RATE_HZ * CHANNELS, CHANNELS, 8, 0),
        *(b"fact", 4, samples),
        *(b"data", data),
    )


def marks(spans: Sequence[tuple[int, int]]) -> bytes:
    """Chunks `cue ` and `LIST adtl` for lost spans (first sample, samples)."""
    cues = b"".join(
        struct.pack("<II4sIII", ident, begin, b"data", 0, 0, begin) for ident, (begin, _) in enumerate(spans, 1)
    )
    labels = b"".join(
        _chunk(b"labl", struct.pack("<I", ident) + f"lost {length}".encode() + b"\0")
        for ident, (_, length) in enumerate(spans, 1)
    )
    return _chunk(b"cue ", struct.pack("<I", len(spans)) + cues) + _chunk(b"LIST", b"adtl" + labels)


def repair(path: Path) -> float:
    """Make the header of a recording that was cut right for the file's length; return its seconds.

    A file whose header fits is left alone. Raises NotARecording, OSError.
    """
    length = path.stat().st_size
    with path.open("r+b") as file:
        head = file.read(HEADER_BYTES)
        if len(head) < HEADER_BYTES or not _is_ours(head):
            raise NotARecording(f"{path} is no recording of ours")
        riff_bytes, samples = _HEADER.unpack(head)[1], _HEADER.unpack(head)[-3]
        if riff_bytes + _RIFF_HEAD != length:
            samples = (length - HEADER_BYTES) // CHANNELS
            file.truncate(HEADER_BYTES + samples * CHANNELS)
            file.seek(0)
            file.write(header(samples))
            file.flush()
            os.fdatasync(file.fileno())
    return float(samples) / RATE_HZ


def _is_ours(head: bytes) -> bool:
    mine = header(0)
    return head[:4] == mine[:4] and head[8:42] == mine[8:42] and head[50:54] == mine[50:54]


def _chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack("<4sI", name, len(content)) + content + b"\0" * (len(content) % 2)
