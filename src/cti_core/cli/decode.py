"""`cti decode`: what the detectors hear in a WAV file."""

import json as json_text
from pathlib import Path
from typing import Annotated, Final, Literal

import typer

from cti_core.faults import ConfigError
from dsp import wav
from dsp.decode import decode_file
from dsp.dtmf import Refused
from dsp.levels import RATE_HZ
from dsp.plan import load_plan
from dsp.plot import PlotMissing, draw

_HERE: Final = Path(__file__).resolve()
PLANS: Final = (_HERE.parents[1] / "config" / "tones", _HERE.parents[3] / "config" / "tones")  # installed, in the tree


def decode_command(
    file: Annotated[Path, typer.Argument(help="A WAV file; other rates are resampled to 8 kHz.")],
    json: Annotated[bool, typer.Option("--json", help="One JSON object on one line.")] = False,
    mfc: Annotated[Literal["forward", "backward"] | None, typer.Option(help="Arm a register receiver.")] = None,
    reference: Annotated[Path | None, typer.Option(help="What we sent meanwhile: its echo is cancelled.")] = None,
    explain: Annotated[bool, typer.Option("--explain", help="Also tell what was no digit, and why.")] = False,
    plot: Annotated[Path | None, typer.Option(help="Draw waveform, tones and events into this PNG.")] = None,
    tones: Annotated[str, typer.Option(help="Tone plan: a country of config/tones, or a file.")] = "cn",
) -> None:
    """Print what the detectors hear in a WAV file."""
    refused: list[Refused] = []
    try:
        heard = decode_file(file, load_plan(_plan_path(tones)), mfc=mfc, reference=reference, refused=refused)
        if plot is not None:
            draw(wav.read(file).samples, heard["events"], plot)
    except (wav.NotAudio, OSError, ConfigError, PlotMissing) as why:
        typer.echo(f"cti decode: {why}", err=True)
        raise typer.Exit(1) from None
    if json:
        typer.echo(json_text.dumps(heard, ensure_ascii=False))
        return
    lines = [(_start_s(event), _line(event)) for event in heard["events"]]
    if explain:
        lines += [(_seconds(no.at), f"{_seconds(no.at):9.3f} s  no digit      {no.digit}: {no.why}") for no in refused]
    for _, line in sorted(lines, key=lambda pair: pair[0]):
        typer.echo(line)


def _seconds(samples: int) -> float:
    return samples / RATE_HZ


def _start_s(event: dict[str, object]) -> float:
    start = event["start_ms"]
    assert isinstance(start, int)
    return start / 1000


def _plan_path(name: str) -> Path:
    if name.endswith(".toml"):
        return Path(name)
    return next((found for folder in PLANS if (found := folder / f"{name}.toml").exists()), PLANS[0] / f"{name}.toml")


def _line(event: dict[str, object]) -> str:
    """`    1.300 s  dtmf          digit 2 end 1380`."""
    hidden = ("kind", "start_ms")
    about = " ".join(f"{k.removesuffix('_ms')} {v}" for k, v in event.items() if k not in hidden and v is not None)
    return f"{_start_s(event):9.3f} s  {event['kind']:12}  {about}"


if __name__ == "__main__":
    typer.run(decode_command)
