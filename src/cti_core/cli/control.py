"""cti reload: menus and settings anew, whole or not at all."""

import typer

from cti_core.cli.options import AccessToken, Config, Server, remote


def reload(server: Server = None, token: AccessToken = None, config: Config = None) -> None:
    """Check the menus on disk and publish them; running calls keep the version they began with."""
    told = remote(server, token, config).post("/api/v1/reload")
    for line in told.get("changed", []) or ["nothing changed"]:
        typer.echo(line)
