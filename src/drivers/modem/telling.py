"""What a modem tells beside audio and replies, as facts of the door: rings, numbers, keys, tones, loop and polarity."""

from collections import Counter
from typing import Final

from drivers.base import RATE_HZ, CallerIdRead, LoopOpen, Polarity, RingOff, RingOn, Signal, ToneRead
from drivers.modem.keys import Keys
from drivers.modem.replies import caller_field, number_of

BURST_SAMPLES: Final = RATE_HZ  # 1 s of ringing (line-signalling.md §4): a modem tells the begin of a burst only
SAME_RING_SAMPLES: Final = RATE_HZ * 3 // 2  # RING and DLE R of one burst; the next one is 5 s away
NUMBER_SAMPLES: Final = RATE_HZ * 3 // 10  # assumed: the lines of one number come in one go
TONE_SAMPLES: Final = 2 * RATE_HZ  # a tone that stays is told every 3 to 4 s; sooner it is the same

TONES: Final = {
    "b": "busy",
    "K": "congestion",
    "d": "dial",
    "i": "dial",
    "r": "ringback",
    "s": "silence",
    "q": "silence",
}
EXTENSION: Final = {"H": True, "p": False, "h": False, "P": True}  # a telephone beside the modem is off hook


class Teller:
    """Facts of one line, in order; `at` is samples."""

    def __init__(self, port: int) -> None:
        self._port: Final = port
        self._keys: Final = Keys(port)
        self._facts: list[Signal] = []
        self._ring_at: int | None = None  # of the burst that is on
        self._rang_at: int | None = None  # of the last burst
        self._number: dict[str, str] = {}
        self._number_until = 0
        self._reversed = False
        self._told: Final[dict[str, int]] = {}  # tone -> when it was told last
        self.extension_in_use = False
        self.counts: Final[Counter[str]] = Counter()
        """DLE codes by their character."""

    @property
    def ringing(self) -> bool:
        """A burst is on."""
        return self._ring_at is not None

    def drain(self) -> list[Signal]:
        facts, self._facts = self._facts, []
        return facts

    def tell(self, fact: Signal) -> None:
        self._facts.append(fact)

    def ring(self, at: int) -> None:
        """RING or DLE R."""
        if self._rang_at is not None and at - self._rang_at < SAME_RING_SAMPLES:
            return
        self._read_number(at)
        self._rang_at = self._ring_at = at
        self._facts.append(RingOn(self._port, at))

    def line(self, text: str, at: int) -> bool:
        """Whether it was part of a caller's number."""
        field = caller_field(text)
        if field is None:
            return False
        what, value = field
        if what in self._number:
            self._read_number(at)
        self._number[what] = value
        self._number_until = at + NUMBER_SAMPLES
        return True

    def code(self, char: str, at: int) -> None:
        """A DLE code; unknown ones are counted only."""
        self.counts[char] += 1
        self._facts += self._keys.code(char, at)
        if char == "R":
            self.ring(at)
        elif char == "l":
            self._facts.append(LoopOpen(self._port, at))  # how long is not told
        elif char == "L":
            self._reversed = not self._reversed
            self._facts.append(Polarity(self._port, at, self._reversed))
        elif char in EXTENSION:
            self.extension_in_use = EXTENSION[char]
        elif char in TONES:
            self.tone(TONES[char], at)

    def tone(self, tone: str, at: int) -> None:
        last = self._told.get(tone)
        self._told[tone] = at
        if last is None or at - last >= TONE_SAMPLES:
            self._facts.append(ToneRead(self._port, at, tone))

    def expire(self, at: int) -> None:
        """Time went on: bursts, keys and numbers end."""
        if self._ring_at is not None and at >= self._ring_at + BURST_SAMPLES:
            self._facts.append(RingOff(self._port, self._ring_at + BURST_SAMPLES))
            self._ring_at = None
        self._facts += self._keys.expire(at)
        if self._number and at >= self._number_until:
            self._read_number(at)

    def answered(self, at: int) -> None:
        """We went off hook: the burst that is on ends now."""
        if self._ring_at is not None:
            self._facts.append(RingOff(self._port, at))
        self._ring_at = self._rang_at = None

    def idle(self) -> None:
        """The call is over."""
        self._keys.clear()
        self._told.clear()

    def _read_number(self, at: int) -> None:
        read, self._number = self._number, {}
        if "number" in read or "message" in read:
            number, absence = number_of(read.get("number", read.get("message", "")))
            name = read.get("name", "")
            self._facts.append(
                CallerIdRead(
                    port=self._port,
                    at=at,
                    number=number,
                    absence=absence,
                    name="" if name.upper() in {"O", "P"} else name,
                )
            )
