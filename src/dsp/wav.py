"""WAV files in, as the house works with them: 8 kHz, 16 bit, mono. What can be converted is; the rest is refused in words."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from dsp import g711
from dsp.levels import RATE_HZ, to_int16
from dsp.resample import to_8khz

BYTES_MAX: Final = 512 << 20  # assumed: nine hours of 8 kHz; more in memory is a mistake

_PCM, _FLOAT, _ALAW, _ULAW, _EXTENSIBLE = 1, 3, 6, 7, 0xFFFE  # format tags, RIFFNEW 1994


class NotAudio(ValueError):
    """The file cannot be used; the message says why, for a person."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Wav:
    """What a file holds, converted."""

    samples: NDArray[np.int16]  # (n,), 8 kHz mono
    converted: tuple[str, ...]  # what had to be done, in words; empty for a file in the house's format


@dataclass(frozen=True, slots=True, kw_only=True)
class _Format:
    tag: int
    channels: int
    rate_hz: int
    bits: int


def read(path: Path) -> Wav:
    """Read a file whole. Raises NotAudio, OSError."""
    if path.stat().st_size > BYTES_MAX:
        raise NotAudio(f"{path}: larger than {BYTES_MAX >> 20} MiB")
    try:
        return decode(path.read_bytes())
    except NotAudio as why:
        raise NotAudio(f"{path}: {why}") from None


def decode(content: bytes) -> Wav:
    """As `read`, from memory. Raises NotAudio."""
    if not content:
        raise NotAudio("the file is empty")
    if len(content) < 12 or content[:4] != b"RIFF" or content[8:12] != b"WAVE":
        raise NotAudio("no WAV file: it does not begin with RIFF and WAVE")
    form: _Format | None = None
    for name, chunk in _chunks(content):
        if name == b"fmt ":
            form = _format(chunk)
        elif name == b"data":
            if form is None:
                raise NotAudio("the samples stand before their format")
            return _convert(chunk, form)
    raise NotAudio("the file is cut: it holds no samples" if form else "the file holds no format and no samples")


def encode(samples: NDArray[np.int16], rate_hz: int = RATE_HZ) -> bytes:
    """(n,) int16 mono as a 16-bit PCM file."""
    data = samples.astype("<i2").tobytes()
    form = struct.pack("<HHIIHH", _PCM, 1, rate_hz, rate_hz * 2, 2, 16)
    return (
        struct.pack("<4sI4s4sI16s4sI", b"RIFF", 36 + len(data), b"WAVE", b"fmt ", 16, form, b"data", len(data)) + data
    )


def _chunks(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    """A chunk longer than the file is taken as far as it goes: recordings may be cut."""
    at = 12
    while at + 8 <= len(content):
        name, length = struct.unpack_from("<4sI", content, at)
        yield name, content[at + 8 : at + 8 + length]
        at += 8 + length + length % 2


def _format(chunk: bytes) -> _Format:
    if len(chunk) < 16:
        raise NotAudio("the file is cut inside its format")
    tag, channels, rate_hz, _, _, bits = struct.unpack_from("<HHIIHH", chunk)
    if tag == _EXTENSIBLE and len(chunk) >= 26:
        (tag,) = struct.unpack_from("<H", chunk, 24)
    if channels < 1:
        raise NotAudio("the file has no channel")
    return _Format(tag=tag, channels=channels, rate_hz=rate_hz, bits=bits)


def _convert(data: bytes, form: _Format) -> Wav:
    done = []
    wave = _linear(data, form)
    if form.tag != _PCM or form.bits != 16:
        done.append(f"{_name(form)} to 16-bit PCM")
    if form.channels > 1:
        whole = wave[: wave.size // form.channels * form.channels].reshape(-1, form.channels)
        wave = to_int16(whole.mean(axis=1))
        done.append(f"{form.channels} channels mixed to one")
    if form.rate_hz != RATE_HZ:
        try:
            wave = to_8khz(wave, form.rate_hz)
        except ValueError as why:
            raise NotAudio(str(why)) from None
        done.append(f"{form.rate_hz} Hz to {RATE_HZ} Hz")
    if not wave.size:
        raise NotAudio("the file holds no samples")
    return Wav(samples=wave, converted=tuple(done))


def _linear(data: bytes, form: _Format) -> NDArray[np.int16]:
    width = max(form.bits // 8, 1)
    data = data[: len(data) // width * width]
    match form.tag, form.bits:
        case 1, 8:
            return ((np.frombuffer(data, np.uint8).astype(np.int16) - 128) << 8).astype(np.int16)
        case 1, 16:
            return np.frombuffer(data, "<i2").astype(np.int16)
        case 1, 24:
            parts = np.frombuffer(data, np.uint8).reshape(-1, 3)
            return np.ascontiguousarray(parts[:, 1:]).view("<i2")[:, 0].astype(np.int16)
        case 1, 32:
            return (np.frombuffer(data, "<i4") >> 16).astype(np.int16)
        case 3, 32:
            return to_int16(np.nan_to_num(np.frombuffer(data, "<f4").astype(np.float64)) * 32768)
        case 6, 8:
            return g711.alaw_decode(np.frombuffer(data, np.uint8))
        case 7, 8:
            return g711.ulaw_decode(np.frombuffer(data, np.uint8))
        case _:
            raise NotAudio(f"{_name(form)} is not understood; convert it to 16-bit PCM")


def _name(form: _Format) -> str:
    names = {_PCM: "PCM", _FLOAT: "float", _ALAW: "A-law", _ULAW: "µ-law"}
    return f"{form.bits}-bit {names.get(form.tag, f'format {form.tag:#06x}')}"
