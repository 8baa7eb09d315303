"""cti bench: figures with their conditions."""

import os
from typing import Annotated

import typer

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

app = typer.Typer(help="Figures with their conditions: the work of a tick, key recognition, calls a second.")


@app.command()
def ticks(
    lines: Annotated[str, typer.Option(help="Numbers of lines, one run each.")] = "8,64,240",
    seconds: Annotated[float, typer.Option(min=2, help="Real time of each run.")] = 60.0,
) -> None:
    """Real time, every line in a recorded call, while a client polls the API and menus are reloaded."""
    from cti_core.cli.bench_ticks import bench  # noqa: PLC0415  quick verbs start quickly

    for count in lines.split(","):
        print(bench(int(count), seconds), flush=True)


@app.command()
def dtmf(trials: Annotated[int, typer.Option(min=1, help="Keys in each cell.")] = 100) -> None:
    """Keys recognised by level, noise and length, from our own generator."""
    from cti_core.cli.bench_dtmf import bench  # noqa: PLC0415

    print(bench(trials))


@app.command()
def calls(count: Annotated[int, typer.Option(min=1, help="Calls of the day.")] = 2000) -> None:
    """Calls a second through the machines alone, in virtual time."""
    from cti_core.cli.bench_calls import bench  # noqa: PLC0415

    print(bench(count))
