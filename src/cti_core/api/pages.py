"""The web pages: plain files, and the headers that keep a browser from doing more with them than they need."""

from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Final

from aiohttp import hdrs, web

PAGES: Final[Mapping[str, str]] = {"/": "index.html", "/agent": "agent.html", "/lines": "lines.html"}
PHONE: Final[Mapping[str, str]] = {"/phone": "phone.html"}

POLICY: Final = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "worker-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
"""Content-Security-Policy: nothing from elsewhere, nothing inline."""

EVERYWHERE: Final[Mapping[str, str]] = {
    "Content-Security-Policy": POLICY,
    "Permissions-Policy": "microphone=(self), camera=(), geolocation=()",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",  # an address may hold a token
    "Cross-Origin-Resource-Policy": "same-origin",
}
STRICT_TRANSPORT: Final = "max-age=31536000"  # RFC 6797; a year is what browsers expect


def page_routes(folder: Path, *, phone: bool) -> list[web.AbstractRouteDef]:
    """Pages and their parts out of `folder`; the telephone of the caller only where lines are simulated."""
    pages = {**PAGES, **PHONE} if phone else PAGES
    return [
        *(web.get(path, _page(folder / name)) for path, name in pages.items()),
        web.static("/static", folder, append_version=False, follow_symlinks=False),
    ]


def _page(path: Path) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def show(_request: web.Request) -> web.StreamResponse:
        return web.FileResponse(path)

    return show


async def add_headers(request: web.Request, response: web.StreamResponse) -> None:
    """On every answer, whatever made it (`on_response_prepare`)."""
    for name, value in EVERYWHERE.items():
        response.headers.setdefault(name, value)
    if request.secure:
        response.headers.setdefault(hdrs.STRICT_TRANSPORT_SECURITY, STRICT_TRANSPORT)
    private = request.path.startswith("/api/")
    response.headers.setdefault(hdrs.CACHE_CONTROL, "no-store" if private else "no-cache")
