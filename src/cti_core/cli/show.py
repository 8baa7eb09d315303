"""cti status, lines, calls, agents, queues, matrix: what a running daemon says of itself."""

import json
from collections.abc import Callable
from typing import Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from cti_core.cli.options import AccessToken, AsJson, Config, Server, remote
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
}


def status(server: Server = None, token: AccessToken = None, config: Config = None, as_json: AsJson = False) -> None:
    """One page: lines, calls, agents, queues, the health of the tick, alarms."""
    daemon = remote(server, token, config)
    told = {"snapshot": daemon.get("/api/v1/snapshot"), "status": daemon.get("/api/v1/status")}
    if as_json:
        print(json.dumps(told, ensure_ascii=False))
        return
    snapshot, stats = told["snapshot"], told["status"]
    console = Console()
    console.print(f"[b]{snapshot['node']}[/b] at {daemon.url}, stream {snapshot['stream']}, event {snapshot['seq']}")
    for name, value in stats.items():
        console.print(f"  {name}: {value}")
    for alarm in snapshot.get("alarms", []):
        console.print(f"[red]alarm[/red] {alarm}")
    _print(_lines(snapshot["lines"]))
    _print(_calls(snapshot["calls"]))
    _print(_agents(snapshot["agents"]))
    _print(_queues(snapshot["queues"]))


def lines(
    server: Server = None,
    token: AccessToken = None,
    config: Config = None,
    as_json: AsJson = False,
    capabilities: bool = typer.Option(False, "--capabilities", help="What each port can and cannot do, in words."),
) -> None:
    """Every line and what it does."""
    daemon = remote(server, token, config)
    if capabilities and not as_json:
        _tell_board(daemon.get("/api/v1/board"))
    else:
        path = "/api/v1/board" if capabilities else "/api/v1/lines"
        _show(path, _lines, daemon, as_json=as_json)


def agents(server: Server = None, token: AccessToken = None, config: Config = None, as_json: AsJson = False) -> None:
    """Every agent, the state and since when."""
    _show("/api/v1/agents", _agents, remote(server, token, config), as_json=as_json)


def queues(server: Server = None, token: AccessToken = None, config: Config = None, as_json: AsJson = False) -> None:
    """Who waits, and who is on duty."""
    _show("/api/v1/queues", _queues, remote(server, token, config), as_json=as_json)


def calls(
    server: Server = None,
    token: AccessToken = None,
    config: Config = None,
    as_json: AsJson = False,
    limit: int = typer.Option(20, help="How many, newest first."),
) -> None:
    """Running and finished calls; `cti trace CALL` explains one."""
    _show(f"/api/v1/calls?limit={limit}", _calls, remote(server, token, config), as_json=as_json)


def matrix(server: Server = None, token: AccessToken = None, config: Config = None, as_json: AsJson = False) -> None:
    """Who hears whom now: the entries of the switching matrix."""
    _show("/api/v1/matrix", _matrix, remote(server, token, config), as_json=as_json)


def _show(path: str, table_of: Callable[[list[Item]], Table], daemon: Remote, *, as_json: bool) -> None:
    told = daemon.get(path)
    if as_json:
        print(json.dumps(told, ensure_ascii=False))
    else:
        _print(table_of(_items(told)))


def _items(told: Any) -> list[Item]:
    if isinstance(told, dict):
        return next((value for value in told.values() if isinstance(value, list)), [])
    return list(told)


def _print(table: Table) -> None:
    Console().print(table if table.row_count else f"[dim]{table.title}: none[/dim]")


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False)
    for column in columns:
        table.add_column(column)
    return table


def _coloured(state: str) -> str:
    colour = STATE_COLOURS.get(state)
    return f"[{colour}]{state}[/{colour}]" if colour else state


def _text(value: object) -> str:
    return "" if value is None else ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _tell_board(told: Item) -> None:
    """Ports that are alike are told together."""
    console = Console(highlight=False)
    console.print(f"[b]{told['name']}[/b]")
    for alarm in told["alarms"]:
        console.print(f"[red]alarm[/red] {escape(alarm)}")
    alike: dict[tuple[Any, ...], list[Item]] = {}
    for port in told["ports"]:
        alike.setdefault((port["kind"], *map(tuple, (port["can"], port["cannot"], port["remarks"]))), []).append(port)
    for (kind, can, cannot, remarks), ports in alike.items():
        console.print(f"\n[b]{', '.join(map(_port, ports))}[/b] ({kind.upper()})")
        for word, colour, sentences in (("can", "green", can), ("cannot", "red", cannot), ("note", "yellow", remarks)):
            for sentence in sentences:
                console.print(f"  [{colour}]{word:6}[/{colour}] {escape(sentence)}")
    counted = [f"{name} {count}" for name, count in told["counters"].items() if count]
    console.print(f"\n[dim]counted: {', '.join(counted) or 'nothing'}[/dim]")


def _port(port: Item) -> str:
    return f"line {port['line']}" if port["line"] is not None else f"port {port['port']} without a line"


def _lines(items: list[Item]) -> Table:
    table = _table("lines", "line", "state", "call", "reason")
    for item in items:
        table.add_row(_text(item["line"]), _coloured(item["state"]), _text(item.get("call")), _text(item.get("reason")))
    return table


def _calls(items: list[Item]) -> Table:
    table = _table("calls", "call", "line", "state", "caller", "queue", "agent", "began", "cause")
    for item in items:
        names = ("line", "state", "caller", "queue", "agent", "began", "cause")
        table.add_row(_text(item.get("call") or item.get("id")), *(_text(item.get(name)) for name in names))
    return table


def _agents(items: list[Item]) -> Table:
    table = _table("agents", "agent", "state", "reason", "call", "since", "queues")
    for item in items:
        names = ("reason", "call", "since", "queues")
        table.add_row(item["agent"], _coloured(item["state"]), *(_text(item.get(name)) for name in names))
    return table


def _queues(items: list[Item]) -> Table:
    table = _table("queues", "queue", "waiting", "agents")
    for item in items:
        table.add_row(item["queue"], _text(item["waiting"]), _text(item["agents"]))
    return table


def _matrix(items: list[Item]) -> Table:
    table = _table("matrix", "source", "sink", "gain")
    for item in items:
        table.add_row(item["source"], item["sink"], _text(item["gain"]))
    return table
