"""cti lines test N: the report of a running daemon, figure by figure."""

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from cti_core.cli.tables import Item, new_table

COLOURS = {"good": "green", "bad": "red", "unknown": "dim"}
WAIT_S = 30.0  # what the line machine allows a test


def report_table(report: Item) -> Table:
    """What was measured, its limits, where they come from."""
    table = new_table(f"line {report['line']}, {report['seconds']:g} s", "", "figure", "is", "should be", "because")
    table.columns[2].justify = "right"
    for found in report["findings"]:
        colour = COLOURS[found["verdict"]]
        told = f"[{colour}]{found['verdict']}[/{colour}]"
        table.add_row(
            told, escape(found["title"]), escape(found["text"]), _limits(found), f"[dim]{escape(found['source'])}[/dim]"
        )
    return table


def print_report(report: Item) -> None:
    console = Console(highlight=False)
    console.print(report_table(report))
    for found in report["findings"]:
        if found["advice"] and found["verdict"] == "bad":
            console.print(f"[red]{escape(found['title'])}[/red]: {escape(found['advice'])}")
    for found in report["findings"]:
        if found["advice"] and found["verdict"] == "unknown":
            console.print(f"[dim]{escape(found['title'])}: {escape(found['advice'])}[/dim]")
    console.print(f"[b {COLOURS[report['verdict']]}]{escape(report['said'])}[/]")


def _limits(found: Item) -> str:
    low, high, unit = found["low"], found["high"], found["unit"]
    if low is not None and high is not None:
        return f"{low:g} … {high:g} {unit}"
    if low is not None:
        return f"≥ {low:g} {unit}"
    return f"≤ {high:g} {unit}" if high is not None else ""
