"""What a modem's lines mean: result codes, and the caller's number in all forms that brands use."""

import re
from enum import StrEnum
from typing import Final


class Result(StrEnum):
    """Result codes that end a command or tell something by themselves (V.250 §5.7, V.253)."""

    OK = "OK"
    ERROR = "ERROR"
    CONNECT = "CONNECT"
    VCON = "VCON"
    RING = "RING"
    RINGING = "RINGING"
    NO_CARRIER = "NO CARRIER"
    NO_DIALTONE = "NO DIALTONE"
    NO_ANSWER = "NO ANSWER"
    BUSY = "BUSY"


_RESULTS: Final = {result.value: result for result in Result}
_SPELLINGS: Final = {
    "NO DIAL TONE": Result.NO_DIALTONE,
    "LINE NOT PRESENT": Result.NO_DIALTONE,
    "+FCERROR": Result.ERROR,
    "COMMAND ERROR": Result.ERROR,
}


def result_of(line: str) -> Result | None:
    """None: the line is no result code."""
    text = line.upper()
    if text in _SPELLINGS:
        return _SPELLINGS[text]
    if text.startswith("RING ") and text[5:].strip().isalnum():
        return Result.RING  # with a distinctive cadence behind it
    return _RESULTS.get(text)


_FIELD: Final = re.compile(
    r"^(?:(?P<date>DATE)|(?P<time>TIME)|(?P<name>NAME|CALLER NAME)"
    r"|(?P<number>NMBR|NBR|NUMBER|CALLER NUMBER|FM|RING;)|(?P<message>MESG|CIDM))\s*[=:]?\s*(?P<value>.*)$",
    re.IGNORECASE,
)
_NUMBER: Final = re.compile(r"[0-9*#+]{1,32}")
_ABSENT: Final = {"P": "P", "PRIVATE": "P", "WITHHELD": "P", "O": "O", "OUT OF AREA": "O", "UNAVAILABLE": "O", "": "O"}


def caller_field(line: str) -> tuple[str, str] | None:
    """(`number` | `name` | `date` | `time` | `message`, value) of one caller-ID line; None: it is none."""
    found = _FIELD.match(line.strip())
    if found is None or found.lastgroup is None:
        return None
    what = next(name for name in ("date", "time", "name", "number", "message") if found[name] is not None)
    return what, found["value"].strip()


def number_of(value: str) -> tuple[str, str]:
    """(number, absence): the absence is `P` withheld or `O` unavailable, empty when there is a number."""
    bare = re.sub(r"[\s().-]", "", value)
    if _NUMBER.fullmatch(bare):
        return bare, ""
    return "", _ABSENT.get(value.upper().strip(), "O")


_CODING: Final = re.compile(
    r'^\s*(?:\+VSM:|#VSM:)?\s*(?P<id>\d+)\s*,\s*"(?P<name>[^"]*)"\s*(?:,\s*(?P<bits>\d+))?(?P<rest>.*)$'
)
_RATES: Final = re.compile(r"\(([\d,\s-]+)\)")


def coding_of(line: str) -> tuple[int, str, tuple[int, ...]] | None:
    """(id, name, rates in Hz) of one line of `+VSM=?`; None: it is none. No rates: the line does not tell them."""
    found = _CODING.match(line)
    if found is None:
        return None
    rates: tuple[int, ...] = ()
    for group in _RATES.findall(found["rest"]):
        numbers = [int(text) for text in re.findall(r"\d+", group)]
        if numbers and max(numbers) >= 4000:  # a sample rate; sensitivities and timings are smaller
            rates = tuple(numbers)
            break
    return int(found["id"]), found["name"].upper(), rates
