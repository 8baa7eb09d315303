"""cti status, calls, agents, queues, matrix: what a running daemon says of itself."""

import json

import typer
from rich.console import Console
from rich.table import Table

from cti_core.cli.options import AccessToken, AsJson, Config, Server, remote
from cti_core.cli.tables import Item, coloured, lines_table, new_table, print_table, show, text


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
    print_table(lines_table(snapshot["lines"]))
    print_table(_calls(snapshot["calls"]))
    print_table(_agents(snapshot["agents"]))
    print_table(_telephones(snapshot["extensions"]))
    print_table(_queues(snapshot["queues"]))


def agents(server: Server = None, token: AccessToken = None, config: Config = None, as_json: AsJson = False) -> None:
    """Every agent, the state and since when; and the telephone, of who has one."""
    show("/api/v1/agents", _agents, remote(server, token, config), as_json=as_json)


def queues(server: Server = None, token: AccessToken = None, config: Config = None, as_json: AsJson = False) -> None:
    """Who waits, and who is on duty."""
    show("/api/v1/queues", _queues, remote(server, token, config), as_json=as_json)


def calls(
    server: Server = None,
    token: AccessToken = None,
    config: Config = None,
    as_json: AsJson = False,
    limit: int = typer.Option(20, help="How many, newest first."),
) -> None:
    """Running and finished calls; `cti trace CALL` explains one."""
    show(f"/api/v1/calls?limit={limit}", _calls, remote(server, token, config), as_json=as_json)


def matrix(server: Server = None, token: AccessToken = None, config: Config = None, as_json: AsJson = False) -> None:
    """Who hears whom now: the entries of the switching matrix."""
    show("/api/v1/matrix", _matrix, remote(server, token, config), as_json=as_json)


def _calls(items: list[Item]) -> Table:
    table = new_table("calls", "call", "line", "state", "caller", "called", "queue", "agent", "began", "cause")
    for item in items:
        names = ("line", "state", "caller", "called", "queue", "agent", "began", "cause")
        table.add_row(text(item.get("call") or item.get("id")), *(text(item.get(name)) for name in names))
    return table


def _agents(items: list[Item]) -> Table:
    table = new_table("agents", "agent", "state", "reason", "call", "since", "queues", "telephone")
    for item in items:
        names = ("reason", "call", "since", "queues", "extension")
        table.add_row(item["agent"], coloured(item["state"]), *(text(item.get(name)) for name in names))
    return table


def _telephones(items: list[Item]) -> Table:
    table = new_table("telephones", "telephone", "state", "reason", "agent")
    for item in items:
        table.add_row(item["extension"], coloured(item["state"]), text(item["reason"]), text(item["agent"]))
    return table


def _queues(items: list[Item]) -> Table:
    table = new_table("queues", "queue", "waiting", "agents")
    for item in items:
        table.add_row(item["queue"], text(item["waiting"]), text(item["agents"]))
    return table


def _matrix(items: list[Item]) -> Table:
    table = new_table("matrix", "source", "sink", "gain")
    for item in items:
        table.add_row(item["source"], item["sink"], text(item["gain"]))
    return table
