"""Options that several verbs share, and how a verb finds the daemon."""

import json
from pathlib import Path
from typing import Annotated

import typer

from cti_core.cli.remote import Remote, leave
from cti_core.faults import ConfigError
from cti_core.places import address_file, config_folder
from cti_core.settings import Role, Settings

DEMO = "demo.toml"

Config = Annotated[
    Path | None,
    typer.Option("--config", "-c", envvar="CTI_CONFIG", help="Settings (TOML). Default: the demo configuration."),
]
Server = Annotated[
    str | None, typer.Option("--server", envvar="CTI_SERVER", help="Address of a running daemon, http://host:port.")
]
AccessToken = Annotated[
    str | None, typer.Option("--token", envvar="CTI_TOKEN", help="Access token. Default: the operator's of --config.")
]
AsJson = Annotated[bool, typer.Option("--json", help="JSON for programs instead of a table for people.")]


def settings_of(config: Path | None, *, with_texts: bool = False) -> Settings:
    """The settings, or the end of `cti` with every fault on its own line; if wanted also those of menus and prompts."""
    from cti_core.settings_reader import load  # noqa: PLC0415  quick verbs start quickly

    path = config or config_folder() / DEMO
    try:
        return load(path)
    except ConfigError as wrong:
        faults = wrong.faults
    if with_texts:
        from cti_core.furnish import faults_in  # noqa: PLC0415  same

        faults = faults_in(path)
    for fault in faults:
        typer.echo(str(fault), err=True)
    raise typer.Exit(1)


def remote(server: str | None, token: str | None, config: Path | None) -> Remote:
    """The daemon that is meant: named, or the one that runs with these settings."""
    if server and token:
        return Remote(server.rstrip("/"), token)
    settings = settings_of(config)
    return Remote((server or _address(settings)).rstrip("/"), token or _token(settings))


def _address(settings: Settings) -> str:
    try:
        return str(json.loads(address_file(settings.data_dir).read_text(encoding="utf-8"))["url"])
    except (OSError, ValueError, KeyError):
        scheme = "https" if settings.api.tls_cert else "http"
        return f"{scheme}://{settings.api.host}:{settings.api.port}"


def _token(settings: Settings) -> str:
    known = [t.token for t in settings.api.tokens if t.role is Role.OPERATOR]
    if not known:
        leave(f"{settings.file} has no token with the role operator: name one with --token")
    return known[0]
