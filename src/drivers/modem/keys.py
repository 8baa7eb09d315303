"""Keys out of DLE codes: `/ 5 5 5 ~` is one key, and so are unmarked repeats (V.253 §9; every 70 ms while held)."""

from dataclasses import dataclass
from typing import Final

from drivers.base import RATE_HZ, DtmfDown, DtmfUp

DIGITS: Final = frozenset("0123456789*#ABCD")
BEGIN: Final = "/"
ENDS: Final = frozenset("~-")  # some manuals print the end as "-"
REPEAT_SAMPLES: Final = RATE_HZ // 10  # a repeat of an unmarked key comes within 100 ms
MARKED_SAMPLES_MAX: Final = 10 * RATE_HZ  # assumed: nobody holds a key longer; its end mark was lost


@dataclass(slots=True)
class _Held:
    digit: str
    since: int
    last: int


class Keys:
    """The keys of one line; `at` is samples."""

    def __init__(self, port: int) -> None:
        self._port: Final = port
        self._marked = False
        self._held: _Held | None = None

    def code(self, char: str, at: int) -> list[DtmfDown | DtmfUp]:
        """A DLE code that came; those that are no key's are ignored."""
        if char == BEGIN:
            released = self._release(at)
            self._marked = True
            return released
        if char in ENDS:
            self._marked = False
            return self._release(at)
        if char not in DIGITS:
            return []
        held = self._held
        if held is not None and held.digit == char:
            held.last = at
            return []
        facts = self._release(at)
        self._held = _Held(char, at, at)
        return [*facts, DtmfDown(self._port, at, char)]

    def expire(self, at: int) -> list[DtmfDown | DtmfUp]:
        """Time went on: an unmarked key that is not repeated has ended."""
        held = self._held
        if held is None:
            return []
        patience = MARKED_SAMPLES_MAX if self._marked else REPEAT_SAMPLES
        if at - held.last < patience:
            return []
        self._marked = False
        return self._release(held.last, told=at)

    def clear(self) -> None:
        """The call is over."""
        self._marked = False
        self._held = None

    def _release(self, ended: int, told: int | None = None) -> list[DtmfDown | DtmfUp]:
        held, self._held = self._held, None
        if held is None:
            return []
        length_ms = (ended - held.since) * 1000 // RATE_HZ
        return [DtmfUp(self._port, ended if told is None else told, held.digit, length_ms)]
