"""Refusals as a client sees them: a stable id, CSTA's category, the values, and a sentence for a person.

A client decides by `errorId`; the sentence may change at any time.
"""

from collections.abc import Mapping
from typing import Final

from cti_core.call_control.actions import Language
from cti_core.call_control.errors import ErrorCategory, RequestRejected
from cti_core.wire import JsonObject, JsonValue

REFUSED: Final = -32000  # JSON-RPC 2.0 §5.1: codes from -32099 to -32000 are the server's own
CODES: Final[Mapping[str, int]] = {
    "parseError": -32700,
    "invalidRequest": -32600,
    "batchRefused": -32600,
    "unknownMethod": -32601,
    "invalidParams": -32602,
    "internal": -32603,
}
STATUS: Final[Mapping[str, int]] = {
    "parseError": 400,
    "invalidRequest": 400,
    "batchRefused": 400,
    "invalidParams": 400,
    "notAuthorised": 401,
    "forbidden": 403,
    "notYourCall": 403,
    "originRefused": 403,
    "hostRefused": 403,
    "unknownMethod": 404,
    "unknownRoute": 404,
    "unknownCall": 404,
    "unknownAgent": 404,
    "unknownLine": 404,
    "unknownQueue": 404,
    "unknownRecording": 404,
    "methodNotAllowed": 405,
    "tooLarge": 413,
    "configInvalid": 422,
    "internal": 500,
    "storeAway": 503,
    "noReply": 504,
}
"""HTTP status by error id; what is missing goes by category."""
_STATUS_BY_CATEGORY: Final = {
    ErrorCategory.OPERATION: 400,
    ErrorCategory.STATE_INCOMPATIBILITY: 409,
    ErrorCategory.SYSTEM_RESOURCE: 503,
    ErrorCategory.SUBSCRIBED_RESOURCE: 503,
    ErrorCategory.SECURITY: 403,
}

SENTENCES: Final[Mapping[str, tuple[str, str]]] = {
    "parseError": ("这不是 JSON：{reason}。", "This is not JSON: {reason}."),
    "invalidRequest": ("请求格式有误：{reason}。", "This is no JSON-RPC 2.0 request: {reason}."),
    "batchRefused": ("不支持批量请求，请逐条发送。", "Batches are not taken; send one request at a time."),
    "unknownMethod": ("没有方法 {method}。", "There is no method {method}."),
    "invalidParams": ("参数 {path} 有误：{reason}。", "Parameter {path} is wrong: {reason}."),
    "notAuthorised": ("令牌缺失或无效。", "The token is missing or not valid."),
    "forbidden": ("角色 {role} 无权进行 {what}。", "The role {role} may not do {what}."),
    "notYourCall": ("通话 {call} 不属于座席 {agent}。", "Call {call} is not with agent {agent}."),
    "originRefused": ("不接受来自 {origin} 的页面。", "Pages from {origin} are not let in; see api.allowed_origins."),
    "hostRefused": ("本服务不以 {host} 为名。", "This server does not answer to {host}; see api.allowed_origins."),
    "unknownRoute": ("没有这个地址：{path}。", "There is nothing at {path}."),
    "methodNotAllowed": ("{path} 不支持 {method}。", "{path} does not take {method}."),
    "tooLarge": ("请求太大。", "The request is too large."),
    "unknownCall": ("没有通话 {call}，或已结束。", "There is no call {call}, or it is over."),
    "unknownAgent": ("没有座席 {agent}。", "There is no agent {agent}."),
    "unknownLine": ("没有线路 {line}。", "There is no line {line}."),
    "unknownQueue": ("没有队列 {queue}。", "There is no queue {queue}."),
    "unknownRecording": ("没有录音 {recording}。", "There is no recording {recording}."),
    "staleVersion": (
        "通话 {call} 已变为版本 {version}，而请求针对版本 {given}。",
        "Call {call} is at version {version}, not {given}.",
    ),
    "telephoneOnHook": (
        "请先摘下话机 {extension}：听筒在话机上时无法从桌面应答。",
        "Lift telephone {extension}: nobody can answer it from a desktop while its handset is on the hook.",
    ),
    "telephoneOut": ("话机 {extension} 不可用：{reason}。", "Telephone {extension} is out of service: {reason}."),
    "undialable": ("号码 {number} 无法拨打。", "The number {number} cannot be dialled."),
    "noFreeLine": ("没有空闲的外线。", "No line is free for a call of ours."),
    "lineBusy": ("线路 {line} 正忙。", "Line {line} is not free."),
    "lineForCallersOnly": ("线路 {line} 只接来话，不用于外呼。", "Line {line} takes callers only (outgoing = false)."),
    "cannotFlash": (
        "线路 {line} 无法拍叉簧：该端口不支持，例如 SIP 和调制解调器。",
        "Line {line} cannot be flashed: its port has no hook for it, as with SIP and modems.",
    ),
    "wrongState": ("当前状态（{state}）不能这样操作。", "That cannot be done in the state {state}."),
    "idempotencyKeyReused": ("该幂等键已用于另一请求。", "This idempotency key was used for another request."),
    "noLoopToTest": (
        "线路 {line} 是数字中继，没有环路可测。",
        "Line {line} is a digital trunk: it has no loop to test.",
    ),
    "noRoom": ("音频通道已满。", "There is no room for another audio leg."),
    "storeAway": ("数据库暂时不可用。", "The database is away; try again."),
    "configInvalid": ("配置有误，未应用：{first}", "The configuration has faults and was not applied: {first}"),
    "noReply": (
        "未及时得到结果；请用同一幂等键重试。",
        "There was no result in time; ask again with the same idempotency key.",
    ),
    "internal": ("服务器内部出错。", "The server failed."),
}


class _Told(dict[str, object]):
    """Details by name; one that is missing is shown as `?`."""

    def __missing__(self, key: str) -> str:
        return "?"


def sentence(refusal: RequestRejected, language: Language) -> str:
    """For a person; an id without a sentence stands for itself."""
    pair = SENTENCES.get(refusal.error_id)
    if pair is None:
        return str(refusal)
    return pair[0 if language is Language.ZH else 1].format_map(_Told(refusal.detail))


def status_of(refusal: RequestRejected) -> int:
    """The HTTP status."""
    return STATUS.get(refusal.error_id, _STATUS_BY_CATEGORY[refusal.category])


def rpc_error(refusal: RequestRejected, language: Language) -> JsonObject:
    """The `error` of a JSON-RPC answer."""
    return {
        "code": CODES.get(refusal.error_id, REFUSED),
        "message": sentence(refusal, language),
        "data": {"errorId": refusal.error_id, "category": refusal.category.value, "detail": _detail(refusal)},
    }


def http_error(refusal: RequestRejected, language: Language) -> JsonObject:
    """The body of a refused REST request."""
    return {
        "error": {
            "errorId": refusal.error_id,
            "category": refusal.category.value,
            "message": sentence(refusal, language),
            "detail": _detail(refusal),
        }
    }


def invalid_params(path: str, reason: str) -> RequestRejected:
    """`path` is the field's, as the client wrote it: `version`, `data.cardType`."""
    return RequestRejected("invalidParams", ErrorCategory.OPERATION, path=path, reason=reason)


def _detail(refusal: RequestRejected) -> JsonObject:
    return {key: _plain(value) for key, value in refusal.detail.items()}


def _plain(value: object) -> JsonValue:
    """Numbers, texts and lists as they are; what masks itself stays masked."""
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return str(value)
