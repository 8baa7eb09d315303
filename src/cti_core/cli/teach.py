"""cti teach-tone: the pattern of a tone out of ten seconds of a real line."""

from pathlib import Path
from typing import Annotated

import typer

from cti_core.cli.options import AccessToken, Config, Server, remote
from cti_core.cli.remote import leave


def teach_tone(
    wav: Annotated[Path | None, typer.Argument(help="A recording of the tone; other rates are resampled.")] = None,
    line: Annotated[int | None, typer.Option(min=1, help="Listen to this line of a running daemon instead.")] = None,
    seconds: Annotated[float, typer.Option(min=3, max=60, help="How long to listen to the line.")] = 10.0,
    name: Annotated[str, typer.Option(help="What the tone is: busy, congestion, dial, ringback…")] = "busy",
    server: Server = None,
    token: AccessToken = None,
    config: Config = None,
) -> None:
    """Print the tone as a table for a plan in config/tones, or say in words why it is none."""
    from dsp.teach import NotATone, teach  # noqa: PLC0415  quick verbs start quickly
    from dsp.wav import NotAudio, decode, read  # noqa: PLC0415

    if (wav is None) == (line is None):
        leave("give either a WAV file or --line N")
    try:
        if wav is not None:
            heard = read(wav)
        else:
            typer.echo(f"listening to line {line} for {seconds:g} s…", err=True)
            daemon = remote(server, token, config)
            heard = decode(daemon.octets(f"/api/v1/lines/{line}/audio?seconds={seconds:g}", seconds))
        taught = teach(heard.samples)
    except (NotAudio, NotATone, OSError) as why:
        leave(str(why))
    typer.echo(taught.as_toml(name))
    typer.echo(f"# heard {taught.cycles} times alike; put it into a file of config/tones and name that in `tones`")
