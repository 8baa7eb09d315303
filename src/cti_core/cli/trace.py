"""cti trace CALL: one call explained from end to end."""

from typing import Annotated, Literal

import typer

from cti_core.cli.options import AccessToken, Config, Server, remote, settings_of
from cti_core.cli.remote import leave
from cti_core.places import address_file


def trace(
    call: Annotated[str, typer.Argument(help="A call's id, as `cti calls` shows it.")],
    server: Server = None,
    token: AccessToken = None,
    config: Config = None,
    lang: Annotated[Literal["zh", "en"], typer.Option(help="Language of the words on the arrows.")] = "zh",
) -> None:
    """The ladder of a finished or running call: signals, keys with level, prompts, queue, commands, events sent.

    From a running daemon, or from the journals of --config when none runs.
    """
    if server is None and not address_file(settings_of(config).data_dir).exists():
        print(_from_journals(call, config, lang))
        return
    print(remote(server, token, config).text(f"/api/v1/calls/{call}/ladder?lang={lang}"))


def _from_journals(call: str, config: Config, lang: str) -> str:
    from cti_core.call_control.actions import Language  # noqa: PLC0415  quick verbs start quickly
    from cti_core.call_control.ids import CallId  # noqa: PLC0415
    from cti_core.daemon.ladders import ladder_of  # noqa: PLC0415
    from cti_core.store.journal_file import hops_of, streams  # noqa: PLC0415

    settings = settings_of(config)
    known = streams(settings.store.journal_dir)
    hops = hops_of(settings.store.journal_dir, CallId(call))
    if not hops:
        leave(f"no journal in {settings.store.journal_dir} knows the call {call}")
    return ladder_of(hops, CallId(call), known, settings.timezone, Language(lang))
