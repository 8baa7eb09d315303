"""Reads typed values out of a TOML text and goes on after a fault, so that all of them are told at once."""

import re
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path

from cti_core.faults import ConfigError, Fault, did_you_mean
from cti_core.toml_lines import Path as Keys
from cti_core.toml_lines import lines_of

AT_LINE = re.compile(r"\s*\(at (?:line (\d+), column \d+|end of document)\)$")

TYPE_WORDS: dict[type, str] = {
    str: "a text in quotes",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    list: "a list",
    dict: "a table",
}


class TomlText:
    """A text, where its keys stand, and what is wrong with it so far. Raises ConfigError if it is not TOML."""

    def __init__(self, text: str, file: str) -> None:
        self.file = file
        self.faults: list[Fault] = []
        try:
            self.values = tomllib.loads(text)
            self._lines = lines_of(text)
        except tomllib.TOMLDecodeError as wrong:
            message = str(wrong)
            at = AT_LINE.search(message)
            line = int(at[1]) if at and at[1] else max(len(text.splitlines()), 1)
            raise ConfigError([Fault(file=file, line=line, message=AT_LINE.sub("", message))]) from None
        except RecursionError:
            raise ConfigError([Fault(file=file, line=0, message="is nested too deeply")]) from None

    def blame(self, keys: Keys, message: str) -> None:
        """Note a fault at this key, or at the table it should stand in."""
        place = keys
        while place and place not in self._lines:
            place = place[:-1]
        line = self._lines.get(place, 1)
        self.faults.append(Fault(file=self.file, line=line, key=dotted(keys), message=message))

    def verdict(self) -> None:
        """Raises ConfigError if there was any fault."""
        if self.faults:
            raise ConfigError(self.faults)


def dotted(keys: Keys) -> str:
    """Keys as a person writes them: `api.tokens[0].role`."""
    return "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in keys).removeprefix(".")


class TomlTable:
    """One table. Each reading takes a key; `done` blames what nobody took. A wrong value reads as its default."""

    def __init__(self, source: TomlText, keys: Keys = (), values: Mapping[str, object] | None = None) -> None:
        self.source = source
        self.keys = keys
        self.values = source.values if values is None else values
        self._taken: set[str] = set()

    def blame(self, key: str, message: str) -> None:
        self.source.blame((*self.keys, key), message)

    def has(self, key: str) -> bool:
        return key in self.values

    def _take(self, key: str, kind: type) -> object:
        """The value, or None if it is not there or of another type (blamed)."""
        self._taken.add(key)
        if key not in self.values:
            return None
        value = self.values[key]
        if kind is float and type(value) is int:
            return float(value)
        if type(value) is kind:
            return value
        self.blame(key, f"must be {TYPE_WORDS[kind]}, not {_shown(value)}")
        return None

    def required(self, key: str) -> None:
        """Blame the key if it is missing."""
        if key not in self.values:
            self.blame(key, "is missing")

    def text(self, key: str, default: str = "", *, choices: Iterable[str] = (), pattern: str = "") -> str:
        value = self._take(key, str)
        if not isinstance(value, str):
            return default
        words = list(choices)
        if words and value not in words:
            self.blame(key, f"must be one of {', '.join(words)}, not {_shown(value)}{did_you_mean(value, words)}")
            return default
        if pattern and not re.fullmatch(pattern, value):
            self.blame(key, f"must look like {pattern}, not {_shown(value)}")
            return default
        return value

    def flag(self, key: str, *, default: bool) -> bool:
        value = self._take(key, bool)
        return value if isinstance(value, bool) else default

    def whole(self, key: str, default: int, least: int, most: int) -> int:
        value = self._take(key, int)
        if not isinstance(value, int):
            return default
        return value if self._within(key, value, least, most) else default

    def number(self, key: str, default: float, least: float, most: float) -> float:
        value = self._take(key, float)
        if not isinstance(value, float):
            return default
        return value if self._within(key, value, least, most) else default

    def _within(self, key: str, value: float, least: float, most: float) -> bool:
        if least <= value <= most:  # not so for nan
            return True
        self.blame(key, f"must lie between {least:g} and {most:g}, not {value:g}")
        return False

    def path(self, key: str, base: Path, default: str | None = None) -> Path | None:
        """Relative paths are relative to `base`; `~` is the home of the user."""
        value = self._take(key, str)
        if not isinstance(value, str):
            value = default
        return None if value is None else (base / Path(value).expanduser()).resolve()

    def texts(self, key: str, default: Iterable[str] = (), *, choices: Iterable[str] = ()) -> tuple[str, ...]:
        value = self._take(key, list)
        if not isinstance(value, list):
            return tuple(default)
        words = list(choices)
        for index, item in enumerate(value):
            if not isinstance(item, str):
                self.source.blame((*self.keys, key, index), f"must be {TYPE_WORDS[str]}, not {_shown(item)}")
            elif words and item not in words:
                wanted = f"must be one of {', '.join(words)}, not {_shown(item)}"
                self.source.blame((*self.keys, key, index), wanted + did_you_mean(item, words))
        return tuple(item for item in value if isinstance(item, str) and (not words or item in words))

    def table(self, key: str) -> "TomlTable":
        """The table of this name, empty if it is not there."""
        value = self._take(key, dict)
        return TomlTable(self.source, (*self.keys, key), value if isinstance(value, dict) else {})

    def tables(self, key: str) -> list["TomlTable"]:
        """The tables `[[key]]`."""
        value = self._take(key, list)
        if not isinstance(value, list):
            return []
        found = []
        for index, item in enumerate(value):
            keys = (*self.keys, key, index)
            if isinstance(item, dict):
                found.append(TomlTable(self.source, keys, item))
            else:
                self.source.blame(keys, f"must be {TYPE_WORDS[dict]}, not {_shown(item)}")
        return found

    def free(self, key: str) -> dict[str, object]:
        """A table that somebody else reads."""
        value = self._take(key, dict)
        return dict(value) if isinstance(value, dict) else {}

    def done(self) -> None:
        """Blame the keys that nobody read: a misspelt setting must not be silently the default."""
        for key in self.values:
            if key not in self._taken:
                self.blame(key, f"is not a setting{did_you_mean(key, self._taken)}")


def _shown(value: object) -> str:
    """What a person wrote, short."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return f'"{value}"' if len(value) <= 40 else f'"{value[:40]}…"'
    return TYPE_WORDS.get(type(value), type(value).__name__) if isinstance(value, dict | list) else str(value)
