"""`cti decode`: what the detectors hear in a WAV file."""

import json as json_text
from pathlib import Path
from typing import Annotated, Final, Literal

import typer

from cti_core.faults import ConfigError
from dsp.decode import decode_file
from dsp.plan import load_plan
from dsp.wav import NotAudio

_HERE: Final = Path(__file__).resolve()
PLANS: Final = (_HERE.parents[1] / "config" / "tones", _HERE.parents[3] / "config" / "tones")  # installed, in the tree


def decode_command(
    file: Annotated[Path, typer.Argument(help="A WAV file; other rates are resampled to 8 kHz.")],
    json: Annotated[bool, typer.Option("--json", help="One JSON object on one line.")] = False,
    mfc: Annotated[Literal["forward", "backward"] | None, typer.Option(help="Arm a register receiver.")] = None,
    reference: Annotated[Path | None, typer.Option(help="What we sent meanwhile: its echo is cancelled.")] = None,
    tones: Annotated[str, typer.Option(help="Tone plan: a country of config/tones, or a file.")] = "cn",
) -> None:
    """Print what the detectors hear in a WAV file."""
    try:
        heard = decode_file(file, load_plan(_plan_path(tones)), mfc=mfc, reference=reference)
    except (NotAudio, OSError, ConfigError) as why:
        typer.echo(f"cti decode: {why}", err=True)
        raise typer.Exit(1) from None
    if json:
        typer.echo(json_text.dumps(heard, ensure_ascii=False))
        return
    for event in heard["events"]:
        typer.echo(_line(event))


def _plan_path(name: str) -> Path:
    if name.endswith(".toml"):
        return Path(name)
    return next((found for folder in PLANS if (found := folder / f"{name}.toml").exists()), PLANS[0] / f"{name}.toml")


def _line(event: dict[str, object]) -> str:
    """`   1.300 s  dtmf          digit 2 ...`."""
    about = " ".join(
        f"{k.removesuffix('_ms')} {v}" for k, v in event.items() if k not in ("kind", "start_ms") and v is not None
    )
    start = event["start_ms"]
    assert isinstance(start, int)
    return f"{start / 1000:9.3f} s  {event['kind']:12}  {about}"


if __name__ == "__main__":
    typer.run(decode_command)
