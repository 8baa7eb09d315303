"""The shielded byte stream of a voice modem, both ways (ITU-T V.253 §9; IS-101). Sans I/O.

Outside audio a modem speaks in lines and DLE pairs; inside audio in samples and DLE pairs, at any byte, also across the
borders of a read. `DLE ETX` ends audio, and lines follow.
"""

import re
from dataclasses import dataclass
from typing import Final

DLE: Final = 0x10
ETX: Final = 0x03
SUB: Final = 0x1A
LF: Final = 0x0A  # ends a line; the CR before it is stripped (V.250 §5.7.1, V1)
LINE_BYTES_MAX: Final = 200  # assumed: no reply is longer; more without an end is noise
REPORT_BYTES_MAX: Final = 300  # assumed: a complex report holds a name and a number

END_TRANSMIT: Final = b"\x10\x03"  # what is buffered is played, then OK
CANCEL_TRANSMIT: Final = b"\x10\x18"  # what is buffered is thrown away
ABORT_RECEIVE: Final = b"\x10!"
KEEP_ALIVE: Final = b"\x10\x00"


@dataclass(frozen=True, slots=True)
class Line:
    """A result code or a caller-ID line, without its ends; never empty."""

    text: str


@dataclass(frozen=True, slots=True)
class Audio:
    """Samples as the modem codes them, unshielded."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Code:
    """A shielded event: one character."""

    char: str


@dataclass(frozen=True, slots=True)
class Report:
    """A complex report: what stood between `DLE X` and `DLE .`."""

    text: str


@dataclass(frozen=True, slots=True)
class AudioEnd:
    """`DLE ETX`: from here on lines follow."""


Piece = Line | Audio | Code | Report | AudioEnd


def shield(data: bytes) -> bytes:
    """Samples for the modem: each 0x10 is doubled."""
    return data.replace(b"\x10", b"\x10\x10")


class Reader:
    """Takes what arrived, in any cut, and gives the pieces in order. Holds at most one line and one report.

    A line that says CONNECT begins audio by itself, because samples may follow in the same read; `expect_audio` says
    whether the command under way is one that receives.
    """

    def __init__(self) -> None:
        self.expect_audio = False
        self.in_audio = False
        self.noise_bytes = 0
        """Bytes that were neither a line nor an event."""
        self._shielded = False  # a DLE came, its partner did not yet
        self._line = bytearray()
        self._report: bytearray | None = None

    def feed(self, data: bytes) -> list[Piece]:
        pieces: list[Piece] = []
        at = 0
        while at < len(data):
            if self._shielded:
                self._shielded = False
                self._pair(data[at], pieces)
                at += 1
            elif data[at] == DLE:
                self._shielded = True
                at += 1
            else:
                at = self._plain(data, at, pieces)
        return pieces

    def reset(self) -> None:
        """Whatever was half read is forgotten."""
        self.expect_audio = self.in_audio = self._shielded = False
        self._line.clear()
        self._report = None

    def _plain(self, data: bytes, begin: int, pieces: list[Piece]) -> int:
        """Bytes up to the next DLE, or up to where the mode changes; where to go on."""
        end = data.find(b"\x10", begin)
        run = data[begin:] if end < 0 else data[begin:end]
        if self._report is not None:
            self._report += run
            if len(self._report) > REPORT_BYTES_MAX:
                self.noise_bytes += len(self._report)
                self._report = None
        elif self.in_audio:
            _add_audio(pieces, run)
        else:
            return begin + self._lines(run, pieces)
        return begin + len(run)

    def _lines(self, run: bytes, pieces: list[Piece]) -> int:
        """How many bytes were used: all, or up to the line that began audio."""
        for index, byte in enumerate(run):
            if byte != LF:
                self._line.append(byte)
                if len(self._line) > LINE_BYTES_MAX:
                    self.noise_bytes += len(self._line)
                    self._line.clear()
                continue
            text = _text(self._line)
            self._line.clear()
            if not text:
                continue
            pieces.append(Line(text))
            if self.expect_audio and text == "CONNECT":
                self.expect_audio, self.in_audio = False, True
                return index + 1
        return len(run)

    def _pair(self, byte: int, pieces: list[Piece]) -> None:
        if self._report is not None:
            if byte == ord("."):
                pieces.append(Report(_text(self._report)))
                self._report = None
            else:
                self._report += bytes([byte])
        elif byte == ETX:
            self.in_audio = False
            pieces.append(AudioEnd())
        elif byte in {DLE, SUB} and self.in_audio:
            _add_audio(pieces, b"\x10" if byte == DLE else b"\x10\x10")
        elif byte == ord("X"):
            self._report = bytearray()
        elif 0x20 < byte < 0x7F:
            pieces.append(Code(chr(byte)))
        else:
            self.noise_bytes += 2


def _add_audio(pieces: list[Piece], data: bytes) -> None:
    if pieces and isinstance(pieces[-1], Audio):
        pieces[-1] = Audio(pieces[-1].data + data)
    else:
        pieces.append(Audio(data))


_UNPRINTABLE: Final = re.compile(r"[^\x20-\x7e\x80-\U0010ffff]")


def _text(line: bytes | bytearray) -> str:
    """GBK for Chinese names; what is unreadable shows as question marks."""
    return _UNPRINTABLE.sub("?", line.decode("gbk", errors="replace").strip())
