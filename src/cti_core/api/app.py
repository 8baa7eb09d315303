"""Puts the API together: one aiohttp application in front of one house."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Final

from aiohttp import web

from cti_core.api.audio import AudioLegs
from cti_core.api.auth import Authenticator, TokenAuthenticator
from cti_core.api.gate import Gate
from cti_core.api.house import House
from cti_core.api.lines import Lines
from cti_core.api.metrics import HouseCollector, Watch
from cti_core.api.pages import add_headers, page_routes
from cti_core.api.recordings import Recordings
from cti_core.api.rest import Rest
from cti_core.api.service import Service
from cti_core.api.sockets import USUAL, Patience, Sockets
from cti_core.api.stream import Streams
from cti_core.bus import Bus
from cti_core.settings import ApiSettings, is_loopback

BODY_MAX: Final = 64 * 1024  # octets of a request


def make_app(
    house: House,
    bus: Bus,
    settings: ApiSettings,
    *,
    web_folder: Path | None = None,
    phone: Callable[[web.Application], None] | None = None,
    authenticator: Authenticator | None = None,
    patience: Patience = USUAL,
) -> web.Application:
    """The application; whoever runs it has called `check_binding` and writes no access log (addresses hold tokens).

    `web_folder`: the pages (`places.web_folder()`), none without. `phone` mounts the simulator's `/phone/ws` and
    `/phone/lines`; without it there is no page `/phone` either. `authenticator`: the settings' tokens if not given.
    Looks at `web_folder` on the disk: call it before the loop turns, or in a thread.
    """
    gate = Gate(
        authenticator or TokenAuthenticator(settings.tokens),
        settings.allowed_origins,
        local=is_loopback(settings.host),
    )
    service = Service(house, bus)
    sockets = Sockets(patience)
    streams = Streams(service, gate, sockets)
    audio = AudioLegs(house.headsets, service.tickets, gate, sockets)
    app = web.Application(middlewares=[gate.middleware()], client_max_size=BODY_MAX)
    app.add_routes(
        [
            web.get("/api/v1/ws", streams.handle),
            web.get("/api/v1/audio", audio.handle),
            *Rest(service, gate).routes(),
            *Lines(service, gate).routes(),
            *Recordings(house.records, gate).routes(),
            *Watch(service, gate, HouseCollector(service, sockets, audio.tally)).routes(),
        ]
    )
    if phone is not None:
        phone(app)
    if web_folder is not None:
        app.add_routes(page_routes(web_folder, phone=phone is not None))

    async def say_goodbye(_: web.Application) -> None:
        await sockets.close()

    async def give_up_commands(_: web.Application) -> AsyncIterator[None]:
        yield
        await service.once.close()

    app.on_response_prepare.append(add_headers)
    app.on_shutdown.append(say_goodbye)
    app.cleanup_ctx.append(give_up_commands)
    return app
