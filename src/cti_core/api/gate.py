"""The gate: from where somebody may come, with which token, and how a refusal looks over HTTP."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Final
from urllib.parse import urlsplit

import structlog
from aiohttp import hdrs, web
from aiohttp.typedefs import Handler, Middleware
from msgspec import json

from cti_core.api.auth import Authenticator, Principal, permit
from cti_core.api.errors import http_error, invalid_params, status_of
from cti_core.call_control.actions import Language
from cti_core.call_control.errors import ErrorCategory, RequestRejected
from cti_core.faults import ConfigError
from cti_core.settings import is_loopback
from cti_core.wire import JsonValue

Work = Callable[[web.Request, Principal], Awaitable[web.StreamResponse]]
PAGE, PAGE_MAX = 50, 500  # entries of a list; as in store.repository
PROTOCOL: Final = "cti.token."  # wire contract: a browser's other way to send a token
_HTTP_IDS: Final = {404: "unknownRoute", 405: "methodNotAllowed", 413: "tooLarge"}
_OURS: Final = ("/api/", "/metrics", "/healthz", "/readyz")  # what answers in JSON and never to a strange host

log = structlog.get_logger(__name__)


class Gate:
    """`local`: bound to this machine only. Then a request must also call us by a name of this machine, or a page
    elsewhere could reach us by letting its own name point to 127.0.0.1 (DNS rebinding).
    """

    def __init__(self, authenticator: Authenticator, allowed_origins: Sequence[str], *, local: bool) -> None:
        self._authenticator = authenticator
        self._origins: Final = frozenset(origin.rstrip("/").lower() for origin in allowed_origins)
        self._names: Final = frozenset(urlsplit(origin).hostname for origin in self._origins)
        self._local = local

    async def enter(self, request: web.Request, what: str) -> Principal:
        """Who asks, if they may. Raises RequestRejected `notAuthorised` or `forbidden`."""
        who = await self._authenticator.principal(_bearer(request))
        if who is None:
            raise RequestRejected("notAuthorised", ErrorCategory.SECURITY)
        permit(who, what)
        return who

    async def enter_socket(self, request: web.Request, what: str) -> tuple[Principal, tuple[str, ...]]:
        """Who opens a WebSocket, and the sub-protocol to agree to. Raises RequestRejected."""
        self.check_origin(request)
        offered = [name.strip() for name in request.headers.get(hdrs.SEC_WEBSOCKET_PROTOCOL, "").split(",")]
        spoken = next((name for name in offered if name.startswith(PROTOCOL)), "")
        token = request.query.get("token") or spoken.removeprefix(PROTOCOL) or _bearer(request)
        who = await self._authenticator.principal(token)
        if who is None:
            raise RequestRejected("notAuthorised", ErrorCategory.SECURITY)
        permit(who, what)
        return who, (spoken,) if spoken else ()

    def check_origin(self, request: web.Request) -> None:
        """A page of another site may not use a browser's reach. Raises RequestRejected `originRefused`.

        What is no browser sends no Origin.
        """
        origin = request.headers.get(hdrs.ORIGIN)
        if origin is None or origin.lower() in self._origins or urlsplit(origin).netloc.lower() == request.host.lower():
            return
        raise RequestRejected("originRefused", ErrorCategory.SECURITY, origin=origin)

    def check_host(self, request: web.Request) -> None:
        """Raises RequestRejected `hostRefused`."""
        name = urlsplit(f"//{request.host}").hostname or ""
        if self._local and not is_loopback(name) and name not in self._names:
            raise RequestRejected("hostRefused", ErrorCategory.SECURITY, host=request.host)

    def open_to(self, request: web.Request) -> bool:
        """Whether the request comes from this machine, through no one else's hands as far as we can see."""
        forwarded = "X-Forwarded-For" in request.headers or hdrs.FORWARDED in request.headers
        return not forwarded and is_loopback(request.remote or "")

    def middleware(self) -> Middleware:
        """Refusals and faults as JSON, for all that is no page."""

        @web.middleware
        async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
            if not request.path.startswith(_OURS):
                return await handler(request)
            try:
                self.check_host(request)
                return await handler(request)
            except RequestRejected as refusal:
                return refused(request, refusal)
            except ConfigError as error:
                return refused(request, _invalid(error))
            except web.HTTPException as raised:
                return refused(request, _as_refusal(request, raised)) if raised.status >= 400 else raised
            except ConnectionError:
                raise  # the client is gone; nobody to tell
            except Exception:
                log.exception("request_failed", method=request.method, path=request.path)
                return refused(request, RequestRejected("internal", ErrorCategory.SYSTEM_RESOURCE))

        return guard


def guarded(gate: Gate, what: str, work: Work) -> Handler:
    """A handler that knows who asks and that they may."""

    async def handle(request: web.Request) -> web.StreamResponse:
        return await work(request, await gate.enter(request, what))

    return handle


def refused(request: web.Request, refusal: RequestRejected) -> web.Response:
    """A refusal as JSON. RFC 9110 §11.6.1: a 401 says how to do better."""
    status = status_of(refusal)
    response = answer(http_error(refusal, language_of(request)), status)
    if status == 401:
        response.headers[hdrs.WWW_AUTHENTICATE] = "Bearer"
    return response


def answer(value: JsonValue, status: int = 200) -> web.Response:
    """JSON in UTF-8."""
    return web.Response(body=json.encode(value), status=status, content_type="application/json", charset="utf-8")


def language_of(request: web.Request) -> Language:
    """`lang=` first, then the first of our languages in Accept-Language; English for machines."""
    wanted = [request.query.get("lang", ""), *request.headers.get(hdrs.ACCEPT_LANGUAGE, "").split(",")]
    for entry in wanted:
        short = entry.strip()[:2].lower()
        if short in (Language.ZH, Language.EN):
            return Language(short)
    return Language.EN


def read_page(request: web.Request) -> tuple[int, str | None]:
    """`limit` and `before`. Raises RequestRejected `invalidParams`."""
    limit = request.query.get("limit", str(PAGE))
    if not (limit.isascii() and limit.isdigit() and 1 <= int(limit[:9]) <= PAGE_MAX):
        raise invalid_params("limit", f"is a number from 1 to {PAGE_MAX}")
    return int(limit), request.query.get("before") or None


def _bearer(request: web.Request) -> str:
    scheme, _, token = request.headers.get(hdrs.AUTHORIZATION, "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def _as_refusal(request: web.Request, raised: web.HTTPException) -> RequestRejected:
    error_id = _HTTP_IDS.get(raised.status, "invalidRequest")
    told = {"path": request.path, "method": request.method, "reason": raised.reason}
    return RequestRejected(error_id, ErrorCategory.OPERATION, **told)


def _invalid(error: ConfigError) -> RequestRejected:
    faults = [str(fault) for fault in error.faults]
    return RequestRejected("configInvalid", ErrorCategory.OPERATION, first="".join(faults[:1]), faults=faults)
