"""cti check: what is wrong with settings, menus and prompts, before anybody hears it."""

import typer

from cti_core.cli.options import Config, settings_of
from cti_core.faults import ConfigError
from cti_core.settings_lines import lone_signs


def check(config: Config = None) -> None:
    """Say everything that is wrong, with file, line and key; nothing is started or changed."""
    settings = settings_of(config, with_texts=True)
    from cti_core.daemon.boards import board_of  # noqa: PLC0415  quick verbs start quickly
    from cti_core.furnish import read_texts, surroundings  # noqa: PLC0415  quick verbs start quickly
    from ivr.audit import Severity, audit  # noqa: PLC0415
    from ivr.rendering import VoiceFolders, load_library  # noqa: PLC0415

    try:
        texts = read_texts(settings)
        board_of(settings)
    except ConfigError as wrong:
        for fault in wrong.faults:
            typer.echo(str(fault), err=True)
        raise typer.Exit(1) from None
    loaded = load_library(texts.catalogue, VoiceFolders(cache=settings.ivr.cache, recordings=settings.ivr.prompts))
    for refused in loaded.refused:
        typer.echo(str(refused))
    warnings = lone_signs(settings.lines)
    for sentence in warnings:
        typer.echo(f"warning: supervision: {sentence}")
    spoken = len(texts.catalogue) - len(loaded.missing)
    wired = f"{len(settings.lines)} lines, {len(settings.extensions)} telephones"
    typer.echo(f"settings: {settings.file.name}, {wired}, {len(settings.agents)} agents")
    typer.echo(f"menu: {texts.script.ident}, {len(texts.script.nodes)} nodes")
    typer.echo(f"prompts: {spoken} of {len(texts.catalogue)} have audio; the rest is rendered when the daemon starts")
    library = None if loaded.missing else loaded.library
    findings = audit(texts.script, texts.catalogue, library, surroundings(settings, texts.services))
    for finding in findings:
        typer.echo(str(finding))
    if any(finding.severity is Severity.ERROR for finding in findings):
        raise typer.Exit(1)
    typer.echo("nothing is wrong" if not (findings or warnings) else "nothing that callers would get lost by")
