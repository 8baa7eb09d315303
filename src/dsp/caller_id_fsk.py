"""Caller identification by FSK on one line's bits: YDN 069-1997 and GR-30 messages, Bell 202 or V.23 alike.

Messages: type, length, body, checksum (two's complement of the sum of all before it). MDMF 0x80 holds parameters, SDMF
0x04 a date, a time and the number. Bytes come as start bit 0, eight bits least first, stop bit 1; 1 is the lower tone.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from dsp.levels import RATE_HZ

BAUD: Final = 1200
BIT: Final = RATE_HZ / BAUD  # samples
MDMF: Final = 0x80
SDMF: Final = 0x04
DATE_TIME, NUMBER, NO_NUMBER, NAME = 1, 2, 4, 7  # parameters of MDMF; 8 (no name) tells nothing we keep
DATE_TIME_LENGTH: Final = 8
NUMBER_CHARACTERS: Final = frozenset("0123456789+*#-")
NUMBER_MAX: Final = 32  # assumed: E.164 has 15
MARK_BITS_MIN: Final = 8  # assumed: before a message; 180 ± 25 are sent, a late receiver hears the rest
_NUDGES: Final = np.arange(-1.5, 1.75, 0.5)  # samples: where a noisy start edge may really be
_CENTRES: Final = (np.arange(10) + 0.5) * BIT


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What the exchange said. `absence`: `P` withheld, `O` unavailable, when there is no number."""

    number: str | None = None
    absence: str | None = None
    name: str | None = None
    datetime: str | None = None


def find_message(soft: NDArray[np.float32]) -> Message | None:
    """(n,) soft bits at 8 kHz, positive for 1: the first whole message with a right checksum."""
    mark = np.concatenate([[0], np.cumsum(soft > 0)])
    falls = np.flatnonzero((soft[:-1] > 0) & (soft[1:] <= 0))
    before = round(MARK_BITS_MIN * BIT)
    for fall in falls[falls >= before].tolist():
        if mark[fall] - mark[fall - before] < before * 0.9:  # assumed: noise may turn one bit in ten
            continue
        content = _message_bytes(soft, fall)
        if content is not None and (message := parse(content)) is not None:
            return message
    return None


def parse(content: bytes) -> Message | None:
    """Type, length, body, checksum; None for another type or a wrong checksum."""
    if len(content) < 3 or len(content) != content[1] + 3 or sum(content) % 256:
        return None
    body = content[2:-1]
    if content[0] == SDMF:
        return _sdmf(body)
    return _mdmf(body) if content[0] == MDMF else None


def _sdmf(body: bytes) -> Message | None:
    date_time, number = _digits(body[:DATE_TIME_LENGTH]), _text(body[DATE_TIME_LENGTH:])
    if number in ("P", "O"):
        return Message(absence=number, datetime=date_time)
    return Message(number=number or None, datetime=date_time) if date_time and _plausible(number) else None


def _plausible(number: str | None) -> bool:
    """Eight bits of checksum let one garbled message in 256 pass."""
    return not number or (len(number) <= NUMBER_MAX and set(number) <= NUMBER_CHARACTERS)


def _mdmf(body: bytes) -> Message | None:
    parameters = dict(_parameters(body))
    number = _text(parameters.get(NUMBER, b"")) or None
    if sum(len(value) + 2 for value in parameters.values()) != len(body) or not _plausible(number):
        return None
    return Message(
        number=number,
        absence=None if number else _text(parameters.get(NO_NUMBER, b""))[:1] or None,
        name=_text(parameters.get(NAME, b"")) or None,
        datetime=_digits(parameters.get(DATE_TIME, b"")),
    )


def _parameters(body: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at + 2 <= len(body):
        length = body[at + 1]
        yield body[at], body[at + 2 : at + 2 + length]
        at += 2 + length


def _text(raw: bytes) -> str:
    """Names are sent in ASCII or GB 18030."""
    return raw.decode("gb18030", errors="replace").strip()


def _digits(raw: bytes) -> str | None:
    text = raw.decode("ascii", errors="replace")
    return text if len(text) == DATE_TIME_LENGTH and text.isdigit() else None


def _message_bytes(soft: NDArray[np.float32], fall: int) -> bytes | None:
    """The message whose first start bit begins at `fall`; None if a byte is broken or the samples end."""
    content, edges = bytearray(), [fall + 0.5]
    while True:
        found = _byte(soft, edges)
        if found is None:
            return None
        value, stop = found
        content.append(value)
        if len(content) == 1 and value not in (MDMF, SDMF):
            return None
        if len(content) >= 2 and len(content) == content[1] + 3:
            return bytes(content)
        following = _next_fall(soft, stop)
        if following is None:
            return None
        edges = [following, stop + BIT / 2]  # the edge may hide in noise: bytes follow each other at once as a rule


def _byte(soft: NDArray[np.float32], edges: list[float]) -> tuple[int, float] | None:
    """A byte whose start bit begins near one of `edges`, and the middle of its stop bit; the clearest bits win."""
    places = (np.array(edges)[:, None] + _NUDGES).reshape(-1, 1) + _CENTRES
    if places.max() >= soft.size - 1 or places.min() < 0:
        return None
    whole = places.astype(np.intp)
    part = places - whole
    bits = soft[whole] * (1 - part) + soft[whole + 1] * part
    clear = np.abs(bits[:, 1:9]).sum(axis=1) - bits[:, 0] + bits[:, 9]
    best = int(clear.argmax())
    if bits[best, 0] >= 0 or bits[best, 9] <= 0:
        return None
    value = int(((bits[best, 1:9] > 0) << np.arange(8)).sum())
    return value, float(places[best, 9])


def _next_fall(soft: NDArray[np.float32], since: float) -> float | None:
    """The next edge from 1 to 0; stop bits may be many."""
    begin = int(since)
    below = np.flatnonzero(soft[begin : begin + RATE_HZ // 10] <= 0)
    if not below.size:
        return None
    at = begin + int(below[0])
    if at == 0:
        return float(at)
    step = float(soft[at - 1] - soft[at])
    return at - 1 + (float(soft[at - 1]) / step if step > 0 else 0.5)
