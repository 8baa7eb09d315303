"""Patient data that masks itself. `.reveal()` is the one way to the raw value, and easy to grep."""

from dataclasses import dataclass

SHOWN_HEAD, SHOWN_TAIL = 3, 4  # hospital-domain R-PRV-6: 138****5678


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
        """`138****5678`; short numbers keep their last two digits only."""
        hidden = len(self.raw) - SHOWN_HEAD - SHOWN_TAIL
        if hidden <= 0:
            return "*" * max(len(self.raw) - 2, 0) + self.raw[-2:]
        return self.raw[:SHOWN_HEAD] + "*" * hidden + self.raw[-SHOWN_TAIL:]

    def __str__(self) -> str:
        return self.masked()

    def __repr__(self) -> str:
        return f"PhoneNumber({self.masked()!r})"
