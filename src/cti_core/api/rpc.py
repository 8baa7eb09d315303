"""JSON-RPC 2.0: one text in, one text out, whatever the text is. Knows no socket.

Of the specification we take less: requests only by name, no batches (an answer stands in the stream where its command
was accepted; a batch has no such place), and a request without `id` is refused, because a refusal of it could not be told.
"""

from typing import Annotated, Any, Literal

import msgspec
import structlog
from msgspec import Meta, Struct

from cti_core.api.auth import Principal
from cti_core.api.errors import rpc_error
from cti_core.api.service import Service
from cti_core.call_control.actions import Language
from cti_core.call_control.errors import ErrorCategory, RequestRejected
from cti_core.wire import JsonObject

log = structlog.get_logger(__name__)

RequestId = Annotated[str, Meta(max_length=128)] | int


class RpcRequest(Struct, frozen=True, kw_only=True):
    """What is left is ignored: a proxy may have added to it."""

    jsonrpc: Literal["2.0"]
    method: Annotated[str, Meta(min_length=1, max_length=64)]
    id: RequestId
    params: Any = {}


def read(text: str | bytes) -> RpcRequest:
    """Raises RequestRejected `parseError`, `batchRefused` or `invalidRequest`."""
    try:
        value = msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as fault:
        raise RequestRejected("parseError", ErrorCategory.OPERATION, reason=str(fault)) from None
    if isinstance(value, list):
        raise RequestRejected("batchRefused", ErrorCategory.OPERATION)
    try:
        return msgspec.convert(value, RpcRequest)
    except msgspec.ValidationError as fault:
        raise RequestRejected("invalidRequest", ErrorCategory.OPERATION, reason=str(fault)) from None


async def answer(service: Service, text: str | bytes, who: Principal, language: Language) -> JsonObject:
    """The answer to one message; its id is null if the message was no request. A fault of ours is `internal`."""
    ident: str | int | None = None
    try:
        request = read(text)
        ident = request.id
        result = await service.call(request.method, request.params, who)
    except RequestRejected as refusal:
        return _refused(ident, refusal, language)
    except Exception:
        log.exception("command_failed", by=who.name)
        return _refused(ident, RequestRejected("internal", ErrorCategory.SYSTEM_RESOURCE), language)
    return {"jsonrpc": "2.0", "id": ident, "result": result}


def _refused(ident: str | int | None, refusal: RequestRejected, language: Language) -> JsonObject:
    return {"jsonrpc": "2.0", "id": ident, "error": rpc_error(refusal, language)}
