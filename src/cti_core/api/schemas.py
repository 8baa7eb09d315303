"""JSON Schema of the core's dataclasses, as `wire.to_json` shows them."""

from dataclasses import fields
from datetime import datetime
from enum import Enum
from types import NoneType, UnionType
from typing import Any, Final, NewType, Union, get_args, get_origin, get_type_hints

from cti_core.api.house import Gain
from cti_core.api.line_report import Finding, LineReport
from cti_core.call_control.clock import Instant
from cti_core.call_control.privacy import PhoneNumber
from cti_core.call_control.view import AgentView, CallView, ExtensionView, LineView, QueueView
from cti_core.store.rows import CallRow, RecordingRow
from cti_core.wire import camel

Schema = dict[str, Any]

COMPONENTS: Final = (
    LineView,
    CallView,
    AgentView,
    QueueView,
    ExtensionView,
    Gain,
    CallRow,
    RecordingRow,
    Finding,
    LineReport,
)
"""What has a name in the documents; everything else is written out where it stands."""


def object_schema(owner: type, without: tuple[str, ...] = ()) -> Schema:
    hints = get_type_hints(owner)
    shown = [field.name for field in fields(owner) if field.name not in without]
    return {"type": "object", "properties": {camel(name): schema_of(hints[name]) for name in shown}}


def schema_of(hint: Any) -> Schema:
    """As `wire.to_json` shows it."""
    if hint is Instant or hint is datetime:
        return {"type": "string", "format": "date-time"}
    if isinstance(hint, NewType):
        return schema_of(hint.__supertype__)
    origin, parts = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):
        return {"anyOf": [schema_of(part) for part in parts]}
    if origin is tuple:
        if get_args(parts[0]) == (str, str):
            return {"type": "object", "additionalProperties": {"type": "string"}}
        return {"type": "array", "items": schema_of(parts[0])}
    if hint is PhoneNumber:
        return {"type": "string", "description": "masked: 138****5678"}
    if isinstance(hint, type) and issubclass(hint, Enum):
        return {"enum": [member.value for member in hint]}
    if hint in COMPONENTS:
        return {"$ref": f"#/components/schemas/{hint.__name__}"}
    if hint in _PLAIN:
        return {"type": _PLAIN[hint]}
    return object_schema(hint)


_PLAIN: Final[dict[Any, str]] = {str: "string", int: "integer", float: "number", bool: "boolean", NoneType: "null"}
