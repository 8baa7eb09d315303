"""cti call: one call in a world of its own, in virtual time, and its ladder."""

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from cti_core.cli.options import AccessToken, Config, Server, remote, settings_of
from cti_core.cli.remote import leave
from cti_core.faults import ConfigError
from cti_core.settings import Settings

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from simulator.audio_world import AudioWorld

DIALS_AT_S = 1.0
LISTENS_ON_S = 12.0  # after the last word, before the caller hangs up
KEYTEST = "keytest.yaml"


def call(
    line: Annotated[int, typer.Option(min=1, help="The line that is called.")] = 1,
    script: Annotated[Path | None, typer.Option(help="What the caller does, a line an act: `26 press 1`.")] = None,
    wav: Annotated[
        Path | None, typer.Option(help="What the caller says, from the first prompt that can be interrupted on.")
    ] = None,
    menu: Annotated[Path | None, typer.Option(help="Menu. Default: the settings'; with --wav keytest.yaml.")] = None,
    data_dir: Annotated[Path | None, typer.Option(help="Where the recording goes. Default: a fresh folder.")] = None,
    lang: Annotated[Literal["zh", "en"], typer.Option(help="Language of the words on the arrows.")] = "en",
    config: Config = None,
    server: Server = None,
    token: AccessToken = None,
) -> None:
    """Live one call through real tones and the real detectors and print its ladder.

    With --server the call is made to a running daemon with a simulated board, in real time.
    """
    if (script is None) == (wav is None):
        leave("give either --script FILE or --wav FILE")
    settings = settings_of(config)
    if server is not None:
        from cti_core.cli.call_remote import call_daemon  # noqa: PLC0415

        print(call_daemon(remote(server, token, config), line, _samples(wav) if wav else None, script, lang))
        return
    if not 1 <= line <= len(settings.lines):
        leave(f"there is no line {line}: the settings have 1 to {len(settings.lines)}")
    folder = data_dir or Path(tempfile.mkdtemp(prefix="cti-call-"))
    folder.mkdir(parents=True, exist_ok=True)
    try:
        world = _lived(settings, line, script, wav, menu, folder)
    except ConfigError as wrong:
        for fault in wrong.faults:
            typer.echo(str(fault), err=True)
        raise typer.Exit(1) from None
    _report(world, folder, lang)


def _lived(
    settings: Settings, line: int, script: Path | None, wav: Path | None, menu: Path | None, folder: Path
) -> "AudioWorld":
    import asyncio  # noqa: PLC0415  quick verbs start quickly

    from cti_core.call_control.ids import LineId  # noqa: PLC0415
    from cti_core.furnish import read_texts, spoken  # noqa: PLC0415
    from simulator import caller_script, rooms, scripted  # noqa: PLC0415
    from simulator.actors import Caller  # noqa: PLC0415

    chosen = menu or (settings.ivr.folder / KEYTEST if wav else None)
    furniture = asyncio.run(spoken(settings, read_texts(settings, chosen)))
    world = rooms.audio_world(furniture, folder, seed=1)
    number = LineId(line)
    if wav is not None:
        samples = _samples(wav)
        Caller(world, number).at(DIALS_AT_S).dials()
        scripted.speaks_when_heard(world, number, samples, LISTENS_ON_S)
        world.run(DIALS_AT_S + 60.0 + len(samples) / 8000 + LISTENS_ON_S + 10.0)
    else:
        assert script is not None
        steps = caller_script.parse(script.read_text(encoding="utf-8"), str(script))
        queues = tuple(plan.queue for plan in settings.queues)
        caller_script.play(
            steps,
            Caller(world, number),
            queues,
            lambda second, on, file: world.at(second, lambda: world.speak(on, _samples(script.parent / file))),
        )
        world.run(max((step.second for step in steps), default=0.0) + 60.0)
    return world


def _samples(wav: Path) -> "NDArray[np.int16]":
    from dsp.wav import NotAudio, read  # noqa: PLC0415

    try:
        return read(wav).samples
    except (NotAudio, OSError) as why:
        leave(str(why))


def _report(world: "AudioWorld", folder: Path, lang: str) -> None:
    from cti_core.call_control.actions import Language  # noqa: PLC0415
    from cti_core.call_control.ladder import draw, rows  # noqa: PLC0415
    from cti_core.call_control.recording import id_of  # noqa: PLC0415

    language = Language(lang)
    for ident in world.calls():
        print(draw(rows(world.hops, ident, language=language, evidence=True), language=language))
        recording = folder / f"{id_of(ident)}.wav"
        if recording.exists():
            print(f"recording: {recording}, {_seconds(recording):.2f} s")
    for refusal in world.refused:
        print(f"refused: {refusal}")


def _seconds(recording: Path) -> float:
    from cti_core.media import wav  # noqa: PLC0415

    return wav.repair(recording)
