"""Patient data that masks itself. `.reveal()` is the one way to the raw value, and easy to grep."""

from dataclasses import dataclass

SHOWN_HEAD, SHOWN_TAIL = 3, 4  # hospital-domain R-PRV-6: 138****5678
HIDDEN = 4


@dataclass(frozen=True, slots=True, repr=False)
class Keys:
    """Keys that somebody presses: an extension, or a secret of whoever is spoken to. Text and repr show how many."""

    raw: str

    def reveal(self) -> str:
        """The keys themselves. Whoever calls this answers for where they go."""
        return self.raw

    def __str__(self) -> str:
        return "•" * len(self.raw)

    def __repr__(self) -> str:
        return f"Keys({self})"


@dataclass(frozen=True, slots=True, repr=False)
class PhoneNumber:
    """A caller's number as the exchange sent it. Text, repr and JSON of it are masked."""

    raw: str

    def reveal(self) -> str:
        """The number itself. Whoever calls this answers for where it goes."""
        return self.raw

    def masked(self) -> str:
        """`138****5678`, `****1234`; four digits at least are hidden, and of a number of seven and less all but two."""
        room = len(self.raw) - HIDDEN
        if room < SHOWN_TAIL:
            return "*" * max(len(self.raw) - 2, 0) + self.raw[-2:]
        head = min(room - SHOWN_TAIL, SHOWN_HEAD)
        return self.raw[:head] + "*" * (len(self.raw) - head - SHOWN_TAIL) + self.raw[-SHOWN_TAIL:]

    def __str__(self) -> str:
        return self.masked()

    def __repr__(self) -> str:
        return f"PhoneNumber({self.masked()!r})"
