"""`cti` on a terminal: a file for each verb. What a verb needs beyond settings is imported when it runs."""

import typer

from cti_core.cli import bench as benches
from cti_core.cli import call as calls
from cti_core.cli import check, control, decode, lines, serve, show, simulate, teach, trace

app = typer.Typer(
    name="cti",
    help="A hospital call centre that speaks to telephone lines.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command()(serve.serve)
app.command()(check.check)
app.command()(control.reload)
app.command()(show.status)
app.command()(show.calls)
app.command()(show.agents)
app.command()(show.queues)
app.command()(show.matrix)
app.command()(trace.trace)
app.command()(calls.call)
app.command("decode")(decode.decode_command)
app.command("teach-tone")(teach.teach_tone)
app.command()(simulate.simulate)
app.add_typer(lines.app, name="lines")
app.add_typer(benches.app, name="bench")


def main() -> None:
    app()
