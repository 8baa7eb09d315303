"""Faults of configuration files, each with the place where a person mends it; all of one reading are told at once."""

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Fault:
    """One thing that is wrong: `file:line:key: message`."""

    file: str
    line: int  # 1-based; 0 when the whole file is meant
    key: str = ""  # `api.tokens[0].role`; empty when no key is meant
    message: str

    def __str__(self) -> str:
        place = [self.file, *([str(self.line)] if self.line else []), *([self.key] if self.key else [])]
        return f"{':'.join(place)}: {self.message}"


class ConfigError(Exception):
    """The configuration is not used: nothing was started, or what runs goes on as it was."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(sorted(faults))
        super().__init__("\n".join(str(fault) for fault in self.faults))


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """` (did you mean "tokens"?)`, or nothing when no known word is near."""
    near = get_close_matches(word, list(known), n=1, cutoff=0.6)  # 0.6: difflib's own default
    return f' (did you mean "{near[0]}"?)' if near else ""
