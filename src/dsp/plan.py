"""The tone plan of a country, read from `config/tones/*.toml`: what its exchanges send, and how exactly."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeGuard

from cti_core.faults import ConfigError, Fault, did_you_mean

FREQUENCY_HZ_MAX: Final = 3400  # the telephone band
LEVEL_DBM0_MAX: Final = 3.0
CADENCE_MS_MAX: Final = 60_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ToneSpec:
    """One tone. An empty cadence is a continuous tone; else ms on, off, on, off, ..."""

    name: str
    title: str
    frequencies_hz: tuple[float, ...]
    cadence_ms: tuple[int, ...]
    level_dbm0: float  # of each frequency
    tolerance_hz: float
    cadence_tolerance: float  # share of each duration
    bursts_min: int  # 0: as few as tell it from the others
    listen: bool
    modulated: bool = False  # its level wavers on purpose


@dataclass(frozen=True, slots=True, kw_only=True)
class TonePlan:
    name: str
    title: str
    tones: tuple[ToneSpec, ...]

    def tone(self, name: str) -> ToneSpec:
        """Raises KeyError for a tone that the plan does not have."""
        for spec in self.tones:
            if spec.name == name:
                return spec
        raise KeyError(name)


def load_plan(path: Path) -> TonePlan:
    """Raises ConfigError with all faults of the file."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as why:
        raise ConfigError([Fault(file=str(path), line=0, message=str(why))]) from None
    return parse_plan(text, str(path))


def parse_plan(text: str, file: str) -> TonePlan:
    """As `load_plan`, from memory. `file` names it in faults."""
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as why:
        raise ConfigError([Fault(file=file, line=_line_in(str(why)), message=str(why))]) from None
    return _Reader(text, file).plan(raw)


class _Reader:
    """Collects faults while it reads; gives up at the end."""

    def __init__(self, text: str, file: str) -> None:
        self._lines: Final = text.splitlines()
        self._file: Final = file
        self._faults: Final[list[Fault]] = []

    def plan(self, raw: dict[str, object]) -> TonePlan:
        self._known("", raw, {"plan", "title", "defaults", "tone"})
        defaults = self._table("defaults", raw.get("defaults", {}))
        self._known("defaults", defaults, {"tolerance_hz", "cadence_tolerance"})
        tones = self._table("tone", raw.get("tone", {}))
        if not tones:
            self._fault("tone", "a plan has at least one [tone.NAME]")
        plan = TonePlan(
            name=self._text("", raw, "plan", Path(self._file).stem),
            title=self._text("", raw, "title", ""),
            tones=tuple(
                self._tone(name, self._table(f"tone.{name}", value), defaults) for name, value in tones.items()
            ),
        )
        if self._faults:
            raise ConfigError(self._faults)
        return plan

    def _tone(self, name: str, raw: Mapping[str, object], defaults: Mapping[str, object]) -> ToneSpec:
        table = f"tone.{name}"
        self._known(table, raw, _TONE_KEYS)
        frequencies = self._numbers(table, raw, "frequency_hz", FREQUENCY_HZ_MAX)
        if len(frequencies) not in (1, 2):
            self._fault(f"{table}.frequency_hz", "one or two frequencies are expected")
        cadence = self._numbers(table, raw, "cadence_ms", CADENCE_MS_MAX) if "cadence_ms" in raw else ()
        if len(cadence) % 2:
            self._fault(f"{table}.cadence_ms", "each on needs its off: an even count of durations is expected")
        listen = raw.get("listen", True)
        if not isinstance(listen, bool):
            self._fault(f"{table}.listen", "true or false is expected")
        return ToneSpec(
            name=name,
            title=self._text(table, raw, "title", name),
            frequencies_hz=frequencies,
            cadence_ms=tuple(round(ms) for ms in cadence),
            level_dbm0=self._number(table, raw, "level_dbm0", -10.0, (-60.0, LEVEL_DBM0_MAX)),
            tolerance_hz=self._number(table, {**defaults, **raw}, "tolerance_hz", 25.0, (1.0, 100.0)),
            cadence_tolerance=self._number(table, {**defaults, **raw}, "cadence_tolerance", 0.15, (0.01, 0.4)),
            bursts_min=int(self._number(table, raw, "bursts_min", 0, (0, 10))),
            listen=listen is True,
        )

    def _known(self, table: str, raw: Mapping[str, object], known: set[str]) -> None:
        for key in raw.keys() - known:
            self._fault(f"{table}.{key}".lstrip("."), f"unknown key{did_you_mean(key, known)}")

    def _table(self, key: str, value: object) -> Mapping[str, object]:
        if isinstance(value, dict):
            return value
        self._fault(key, "a table is expected")
        return {}

    def _text(self, table: str, raw: Mapping[str, object], key: str, default: str) -> str:
        value = raw.get(key, default)
        if isinstance(value, str):
            return value
        self._fault(f"{table}.{key}".lstrip("."), "a text is expected")
        return default

    def _number(
        self, table: str, raw: Mapping[str, object], key: str, default: float, limits: tuple[float, float]
    ) -> float:
        value = raw.get(key, default)
        if _is_number(value) and limits[0] <= value <= limits[1]:
            return value
        self._fault(f"{table}.{key}", f"a number from {limits[0]:g} to {limits[1]:g} is expected")
        return default

    def _numbers(self, table: str, raw: Mapping[str, object], key: str, largest: float) -> tuple[float, ...]:
        values = raw.get(key, [])
        if isinstance(values, list) and values and all(_is_number(v) and 0 < v <= largest for v in values):
            return tuple(float(v) for v in values)
        self._fault(f"{table}.{key}", f"a list of numbers above 0 and up to {largest:g} is expected")
        return ()

    def _fault(self, key: str, message: str) -> None:
        self._faults.append(Fault(file=self._file, line=self._line_of(key), key=key, message=message))

    def _line_of(self, key: str) -> int:
        """Where the key stands, by its text: `[a.b]` and then `c =`. tomllib does not tell."""
        table, _, last = key.rpartition(".")
        inside, table_line = table == "", 0
        for number, line in enumerate(self._lines, 1):
            word = line.split("#")[0].strip()
            if word == f"[{key}]":
                return number
            if word.startswith("["):
                inside = word == f"[{table}]"
                table_line = number if inside else table_line
            elif inside and word.split("=")[0].strip() == last:
                return number
        return table_line


_TONE_KEYS: Final = {
    *("title", "frequency_hz", "cadence_ms", "level_dbm0"),
    *("tolerance_hz", "cadence_tolerance", "bursts_min", "listen"),
}


def _is_number(value: object) -> TypeGuard[int | float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _line_in(message: str) -> int:
    """Tomllib says `... (at line 3, column 5)`."""
    _, _, rest = message.partition("at line ")
    digits = rest.split(",")[0]
    return int(digits) if digits.isdigit() else 0
