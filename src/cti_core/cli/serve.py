"""cti serve: the daemon."""

import os
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from cti_core.cli.options import Config, settings_of
from cti_core.faults import ConfigError
from cti_core.settings import Settings

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # measured: a second BLAS thread makes ticks late, not short


def serve(
    config: Config = None,
    host: Annotated[str | None, typer.Option(help="Instead of the settings'.")] = None,
    port: Annotated[int | None, typer.Option(help="Instead of the settings'; 0: any that is free.")] = None,
    data_dir: Annotated[Path | None, typer.Option(help="Fresh place for journal, database and recordings.")] = None,
    log_level: Annotated[str | None, typer.Option(help="debug, info, warning, error.")] = None,
) -> None:
    """Answer calls until told to stop (Ctrl-C)."""
    settings = _with(settings_of(config, with_texts=True), host, port, data_dir, log_level)
    import asyncio  # noqa: PLC0415  quick verbs start quickly

    from cti_core.daemon.start import serve as run  # noqa: PLC0415
    from cti_core.logs import configure_logging  # noqa: PLC0415

    configure_logging(settings.log_level, json=settings.log_json)
    try:
        asyncio.run(run(settings, lambda line: print(line, flush=True)))
    except ConfigError as wrong:
        for fault in wrong.faults:
            typer.echo(str(fault), err=True)
        raise typer.Exit(1) from None


def _with(
    settings: Settings, host: str | None, port: int | None, data_dir: Path | None, log_level: str | None
) -> Settings:
    api = replace(settings.api, host=host or settings.api.host, port=settings.api.port if port is None else port)
    changed = replace(settings, api=api, log_level=log_level or settings.log_level)
    return changed if data_dir is None else moved(changed, data_dir)


def moved(settings: Settings, data_dir: Path) -> Settings:
    """Everything that is written, in another place; a database by URL stays where it is."""
    folder = data_dir.resolve()
    store = replace(settings.store, journal_dir=folder / "journal")
    if store.url.startswith("sqlite"):
        store = replace(store, url=f"sqlite+aiosqlite:///{folder / 'cti.sqlite'}")
    return replace(settings, data_dir=folder, recordings_dir=folder / "recordings", store=store)
