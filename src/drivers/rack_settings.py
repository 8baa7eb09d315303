"""The rack's part of a configuration."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

BOARDS_MAX: Final = 16  # assumed
_KEYS: Final = frozenset({"name", "called", "lines", "settings"})


@dataclass(frozen=True, slots=True)
class WantedBoard:
    kind: str  # entry point
    called: str  # for people, and for `clock`
    settings: dict[str, object]


@dataclass(frozen=True, slots=True)
class RackSettings:
    boards: tuple[WantedBoard, ...]
    clock: str = ""


def rack_settings(settings: Mapping[str, object]) -> RackSettings:
    """`boards` and `clock`; the boards' lines make up `lines`. Raises ValueError, a fault on each line with its key."""
    faults = [f"{key}: unknown; a rack knows boards, clock" for key in settings.keys() - {"boards", "clock", "lines"}]
    tables = settings.get("boards", ())
    if not isinstance(tables, (list, tuple)) or not 1 <= len(tables) <= BOARDS_MAX:
        raise ValueError(f"boards: is not a list of 1 to {BOARDS_MAX} tables, each with name, lines and settings")
    boards = [
        board for index, table in enumerate(tables) if (board := _board(table, f"boards[{index}]", faults)) is not None
    ]
    calls = [board.called for board in boards]
    faults += [f"boards: two are called {name!r}" for name in sorted(set(calls)) if calls.count(name) > 1]
    clock = settings.get("clock", "")
    if not isinstance(clock, str) or (clock and clock not in calls):
        faults.append(f"clock: {clock!r} is none of the boards {', '.join(calls)}")
    lines, wanted = sum(_lines(board) for board in boards), settings.get("lines")
    if not faults and wanted is not None and wanted != lines:
        faults.append(f"lines: the boards of the rack have {lines} lines, [board] says {wanted}")
    if faults:
        raise ValueError("\n".join(faults))
    return RackSettings(tuple(boards), str(clock))


def _board(table: object, key: str, faults: list[str]) -> WantedBoard | None:
    if not isinstance(table, Mapping):
        faults.append(f"{key}: is not a table")
        return None
    found = [f"{key}.{name}: unknown; there are {', '.join(sorted(_KEYS))}" for name in table.keys() - _KEYS]
    kind, own, lines = table.get("name"), table.get("settings", {}), table.get("lines")
    if not isinstance(kind, str) or not kind or kind == "rack":
        found.append(f"{key}.name: {kind!r} is no board that a rack can hold")
    if not isinstance(own, Mapping):
        found.append(f"{key}.settings: is not a table")
    if not isinstance(lines, int) or isinstance(lines, bool) or lines < 1:
        found.append(f"{key}.lines: {lines!r} is not a number of lines")
    called = table.get("called", kind)
    if not isinstance(called, str) or not called:
        found.append(f"{key}.called: {called!r} is no name")
    faults += found
    if found:
        return None
    assert isinstance(own, Mapping)
    return WantedBoard(str(kind), str(called), {**own, "lines": lines})


def _lines(board: WantedBoard) -> int:
    lines = board.settings["lines"]
    assert isinstance(lines, int)
    return lines
