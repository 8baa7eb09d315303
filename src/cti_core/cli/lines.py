"""cti lines: every line and what it does; `levels`: live meters; `test N`: whether one is good."""

import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.live import Live
from rich.markup import escape
from rich.table import Table

from cti_core.cli.line_test import WAIT_S, print_report
from cti_core.cli.options import AccessToken, AsJson, Config, Server, remote
from cti_core.cli.remote import Remote
from cti_core.cli.tables import Item, coloured, lines_table, new_table, show

POLL_S = 0.25
FLOOR_DBM0 = -60.0  # what a bar still shows
CELLS = 14
LOUD_DBM0, SOFT_DBM0 = -6.0, -30.0  # docs/boards.md, acceptance: a caller has -25 to -15, our prompts -16 to -13

Once = Annotated[bool, typer.Option("--once", help="One look, and done.")]

app = typer.Typer(invoke_without_command=True, help="Every line and what it does; live meters; tests.")


@dataclass(frozen=True, slots=True)
class Asked:
    """Options given before a sub-command: `cti lines --config FILE levels`."""

    server: str | None = None
    token: str | None = None
    config: Path | None = None
    as_json: bool = False


@app.callback()
def lines(
    context: typer.Context,
    server: Server = None,
    token: AccessToken = None,
    config: Config = None,
    as_json: AsJson = False,
    capabilities: bool = typer.Option(False, "--capabilities", help="What each port can and cannot do, in words."),
) -> None:
    """Every line and what it does."""
    if context.invoked_subcommand:
        context.obj = Asked(server, token, config, as_json)
        return
    daemon = remote(server, token, config)
    if capabilities and not as_json:
        _tell_board(daemon.get("/api/v1/board"))
    else:
        path = "/api/v1/board" if capabilities else "/api/v1/lines"
        show(path, lines_table, daemon, as_json=as_json)


@app.command()
def levels(
    context: typer.Context,
    server: Server = None,
    token: AccessToken = None,
    config: Config = None,
    as_json: AsJson = False,
    once: Once = False,
) -> None:
    """Live meters: what each line hears and what it is sent, in dBm0, four times a second."""
    daemon = _daemon(context, server, token, config)
    as_json = as_json or _outer(context).as_json
    console = Console()
    if as_json or once or not console.is_terminal:
        _print_levels(daemon, console, as_json=as_json, once=once or not as_json)
        return
    highest: dict[int, float] = {}
    with Live(console=console, auto_refresh=False) as live:
        try:
            while True:
                live.update(levels_table(daemon.get("/api/v1/lines/levels")["levels"], highest), refresh=True)
                time.sleep(POLL_S)
        except KeyboardInterrupt:
            return


@app.command("test")
def try_line(
    context: typer.Context,
    line: Annotated[int, typer.Argument(help="The line's number.", min=1)],
    server: Server = None,
    token: AccessToken = None,
    config: Config = None,
    as_json: AsJson = False,
    lang: str = typer.Option("en", "--lang", help="zh or en."),
) -> None:
    """Measure an idle line: noise, dial tone, echo. Some ten seconds; a caller comes first. Status 1 when it is bad."""
    daemon = _daemon(context, server, token, config)
    report = daemon.post(f"/api/v1/lines/{line}:test?lang={lang}", seconds=WAIT_S)
    if as_json or _outer(context).as_json:
        print(json.dumps(report, ensure_ascii=False))
    else:
        print_report(report)
    if report["verdict"] == "bad":
        raise typer.Exit(1)


def _print_levels(daemon: Remote, console: Console, *, as_json: bool, once: bool) -> None:
    """For programs one JSON object a line; for a file or a pipe one table."""
    while True:
        told = daemon.get("/api/v1/lines/levels")
        if as_json:
            print(json.dumps(told, ensure_ascii=False), flush=True)
        else:
            console.print(levels_table(told["levels"], {}))
        if once:
            return
        time.sleep(POLL_S)


def levels_table(levels: list[Item], highest: dict[int, float]) -> Table:
    """`highest`: the loudest that each line heard so far; kept up to date here."""
    table = new_table("levels, dBm0", "line", "state", "receive", "", "loudest", "transmit", "", "call")
    for column in (2, 4, 5):
        table.columns[column].justify = "right"
    for level in levels:
        line, heard, sent = level["line"], level["receiveDbm0"], level["transmitDbm0"]
        if heard is not None:
            highest[line] = max(highest.get(line, heard), heard)
        table.add_row(
            str(line),
            coloured(level["state"]),
            _figure(heard),
            "[red]clipped[/red]" if level["clipped"] else bar(heard),
            _figure(highest.get(line)),
            _figure(sent),
            bar(sent),
            level["call"] or "",
        )
    return table


def bar(dbm0: float | None) -> str:
    """From -60 to 0 dBm0."""
    lit = 0 if dbm0 is None else round(CELLS * min(max(1 - dbm0 / FLOOR_DBM0, 0.0), 1.0))
    colour = (
        "red" if dbm0 is not None and dbm0 > LOUD_DBM0 else "yellow" if dbm0 is None or dbm0 < SOFT_DBM0 else "green"
    )
    return f"[{colour}]{'█' * lit}[/{colour}][dim]{'·' * (CELLS - lit)}[/dim]"


def _figure(dbm0: float | None) -> str:
    return "—" if dbm0 is None else f"{dbm0:.1f}"


def _outer(context: typer.Context) -> Asked:
    return context.obj if isinstance(context.obj, Asked) else Asked()


def _daemon(context: typer.Context, server: str | None, token: str | None, config: Path | None) -> Remote:
    outer = _outer(context)
    return remote(server or outer.server, token or outer.token, config or outer.config)


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
    if port["line"] is not None:
        return f"line {port['line']}"
    return f"telephone {port['extension']}" if port["extension"] else f"port {port['port']} without a line"
