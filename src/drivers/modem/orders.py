"""One command line at a time: what is sent, what ends it, and how long it may take."""

from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Final

from drivers.base import RATE_HZ
from drivers.modem.replies import Result

REPLY_SAMPLES: Final = 3 * RATE_HZ  # assumed: a modem that is well answers within a second; ATZ takes longest
DIAL_SAMPLES: Final = 30 * RATE_HZ  # assumed: waiting for dial tone, and twenty digits in pulses
GAP_SAMPLES: Final = (
    RATE_HZ // 10
)  # old chips lose a command that comes sooner behind a reply (vgetty waits 100 ms too)
DONE: Final = frozenset({Result.OK, Result.VCON})


class Aim(Enum):
    """What an order is for; the session goes on from there when it is done."""

    WAKE = auto()
    SET_UP = auto()
    IDENTIFY = auto()
    ENTER_VOICE = auto()
    LIST_CODINGS = auto()
    SELECT = auto()
    OFF_HOOK = auto()
    RECEIVE = auto()
    STOP_RECEIVE = auto()
    TRANSMIT = auto()
    STOP_TRANSMIT = auto()
    ON_HOOK = auto()
    DIAL = auto()
    CHECK = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    aim: Aim
    data: bytes
    words: str  # as a person reads it
    done: frozenset[Result] = field(default=DONE)
    may_fail: bool = False  # ERROR is an answer too
    audio: bool = False  # samples follow its CONNECT
    patience: int = REPLY_SAMPLES


def command(aim: Aim, text: str, *, may_fail: bool = False) -> Order:
    """`text` without AT."""
    return Order(aim=aim, data=f"AT{text}\r".encode("ascii"), words=f"AT{text}", may_fail=may_fail)


def dialling(digits: str, *, pulse: bool) -> Order:
    """Sends digits and comes back at once (`;`); who was called is no word for a log."""
    data = f"ATD{'P' if pulse else 'T'}{digits};\r".encode("ascii")
    return Order(aim=Aim.DIAL, data=data, words="ATD…;", patience=DIAL_SAMPLES)


def audio_command(aim: Aim, text: str, *, receives: bool) -> Order:
    """+VRX or +VTX: CONNECT is the answer."""
    return Order(
        aim=aim,
        data=f"AT{text}\r".encode("ascii"),
        words=f"AT{text}",
        done=frozenset({Result.CONNECT}),
        audio=receives,
    )


def stop(aim: Aim, data: bytes, words: str) -> Order:
    """The end of audio; some say VCON for OK."""
    return Order(aim=aim, data=data, words=words)
