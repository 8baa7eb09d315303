"""Where the API listens, and what must hold before it may."""

import asyncio
import errno
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from aiohttp import web

from cti_core.faults import ConfigError, Fault
from cti_core.settings import ApiSettings, Settings, is_loopback

DEMO: Final = "demo-"  # every token that ships begins so; everybody knows them
BACKLOG: Final = 128
SHUTDOWN_S: Final = 5.0  # assumed: a download may end; a desktop has been told to come back


def check_binding(settings: Settings) -> None:
    """Nobody outside this machine may read what passes or use a token from the manual. Raises ConfigError, in words."""
    api, file = settings.api, str(settings.file)
    if is_loopback(api.host):
        return
    faults = []
    if api.tls_cert is None or api.tls_key is None:
        message = f"{api.host} is seen from other machines: set tls_cert and tls_key, or stay on 127.0.0.1"
        faults.append(Fault(file=file, line=0, key="api.host", message=message))
    faults += [
        Fault(
            file=file,
            line=0,
            key=f"api.tokens[{index}].token",
            message=f'"{token.name}" has a demo token, which everybody knows: {api.host} is seen from other machines',
        )
        for index, token in enumerate(api.tokens)
        if token.token.startswith(DEMO)
    ]
    if faults:
        raise ConfigError(faults)


@asynccontextmanager
async def serving(app: web.Application, settings: Settings) -> AsyncIterator[str]:
    """The application listens; its address, `http://127.0.0.1:8080`. Raises ConfigError when it cannot."""
    check_binding(settings)
    tls = await asyncio.to_thread(_tls, settings)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=SHUTDOWN_S)  # addresses hold tokens: no access log
    await runner.setup()
    try:
        api = settings.api
        site = web.TCPSite(runner, api.host, api.port, ssl_context=tls, backlog=BACKLOG)
        try:
            await site.start()
        except OSError as why:
            raise ConfigError([_fault(settings, why)]) from why
        yield _address(runner, api, "https" if tls else "http")
    finally:
        await runner.cleanup()


def _address(runner: web.AppRunner, api: ApiSettings, scheme: str) -> str:
    """With the port the system chose, if it was 0."""
    host = f"[{api.host}]" if ":" in api.host else api.host
    return f"{scheme}://{host}:{runner.addresses[0][1]}"


def _tls(settings: Settings) -> ssl.SSLContext | None:
    """TLS 1.2 and later. Raises ConfigError."""
    cert, key = settings.api.tls_cert, settings.api.tls_key
    if cert is None or key is None:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(cert, key)
    except (OSError, ssl.SSLError) as why:
        raise ConfigError([_unreadable(settings, cert, why)]) from why
    return context


def _unreadable(settings: Settings, cert: Path, why: Exception) -> Fault:
    return Fault(file=str(settings.file), line=0, key="api.tls_cert", message=f"{cert} cannot be used: {why}")


def _fault(settings: Settings, why: OSError) -> Fault:
    """A port that is taken is the usual case and deserves its own words."""
    api = settings.api
    words = {
        errno.EADDRINUSE: f"port {api.port} is in use: another daemon runs, or choose another port (0: any free one)",
        errno.EACCES: f"port {api.port} needs rights this user does not have: choose one above 1023",
        errno.EADDRNOTAVAIL: f"{api.host} is no address of this machine",
    }
    key = "api.host" if why.errno == errno.EADDRNOTAVAIL else "api.port"
    return Fault(file=str(settings.file), line=0, key=key, message=words.get(why.errno or 0, f"cannot listen: {why}"))
