"""Tables of the verbs that show what a running daemon says of itself."""

import json
from collections.abc import Callable
from typing import Any

from rich.console import Console
from rich.table import Table

from cti_core.cli.remote import Remote

Item = dict[str, Any]

STATE_COLOURS = {
    "idle": "dim",
    "ringing": "yellow",
    "connected": "green",
    "outOfService": "red",
    "ready": "green",
    "busy": "yellow",
    "notReady": "dim",
    "testing": "cyan",
}


def show(path: str, table_of: Callable[[list[Item]], Table], daemon: Remote, *, as_json: bool) -> None:
    told = daemon.get(path)
    if as_json:
        print(json.dumps(told, ensure_ascii=False))
    else:
        print_table(table_of(_items(told)))


def _items(told: Any) -> list[Item]:
    if isinstance(told, dict):
        return next((value for value in told.values() if isinstance(value, list)), [])
    return list(told)


def print_table(table: Table) -> None:
    Console().print(table if table.row_count else f"[dim]{table.title}: none[/dim]")


def new_table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False)
    for column in columns:
        table.add_column(column)
    return table


def coloured(state: str) -> str:
    colour = STATE_COLOURS.get(state)
    return f"[{colour}]{state}[/{colour}]" if colour else state


def text(value: object) -> str:
    return "" if value is None else ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def lines_table(items: list[Item]) -> Table:
    table = new_table("lines", "line", "state", "call", "reason")
    for item in items:
        table.add_row(text(item["line"]), coloured(item["state"]), text(item.get("call")), text(item.get("reason")))
    return table
