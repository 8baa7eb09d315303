"""OpenAPI and AsyncAPI out of the tables and dataclasses that the server itself runs on.

`python -m cti_core.api.describe docs` writes `openapi.yaml` and `asyncapi.yaml`; a test sees that they are fresh and
that every route of the server stands here.
"""

import sys
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Final, get_args

import msgspec
from ruamel.yaml import YAML

from cti_core.api.auth import PERMISSIONS
from cti_core.api.errors import CODES, REFUSED, SENTENCES, status_of
from cti_core.api.methods import COMMANDS, QUESTIONS, Params
from cti_core.api.schemas import COMPONENTS, Schema, object_schema
from cti_core.api.service import VERSION
from cti_core.call_control.csta import AgentChanged, AgentState, Report
from cti_core.call_control.errors import ErrorCategory, RequestRejected
from cti_core.call_control.view import HouseView
from cti_core.store.rows import CallRow, RecordingRow

PLACED: Final = ("call", "line", "device", "agent", "queue", "cause")  # stand in the envelope, not in its `data`
HIDDEN: Final = {CallRow: ("stream", "position"), RecordingRow: ("path",)}
ADDED: Final[dict[type, Schema]] = {
    RecordingRow: {"onhook": {"type": "boolean", "description": "what the line heard before the answer was kept"}}
}
INFO: Final = {
    "title": "hospital-cti",
    "version": VERSION,
    "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
    "description": "The CTI API of a hospital call centre. What it promises stands in docs/api.md.",
}


@dataclass(frozen=True, slots=True)
class Route:
    method: str
    path: str
    may: str  # row of auth.PERMISSIONS; empty: no token
    summary: str
    answer: str = ""  # schema of the answer; empty: free
    media: str = "application/json"
    query: tuple[str, ...] = ()
    body: str = ""


PAGED: Final = ("limit", "before")
ROUTES: Final = (
    Route("get", "/api/v1/ws", "stream.open", "The CTI socket; see asyncapi.yaml", query=("from", "stream", "topics")),
    Route("get", "/api/v1/audio", "", "An agent's audio leg; see docs/api.md", query=("token",)),
    Route("get", "/api/v1/snapshot", "snapshot.get", "The house now, with its place in the stream"),
    Route("get", "/api/v1/lines", "snapshot.get", "Lines"),
    Route("get", "/api/v1/lines/levels", "status.read", "Meters: what each line hears and is sent, in dBm0"),
    Route("get", "/api/v1/agents", "snapshot.get", "Agents"),
    Route("get", "/api/v1/extensions", "snapshot.get", "Telephones of the house"),
    Route("get", "/api/v1/queues", "queue.list", "Queues, waiting calls next first"),
    Route("get", "/api/v1/calls", "calls.read", "Running and finished calls, newest first", query=PAGED),
    Route("get", "/api/v1/calls/{call}", "calls.read", "One call", "CallRow"),
    Route(
        "get", "/api/v1/calls/{call}/ladder", "calls.read", "One call explained", media="text/plain", query=("lang",)
    ),
    Route("post", "/api/v1/calls", "call.make", "Call a number outside", "CallView", body="call.make"),
    Route("post", "/api/v1/calls/{call}:clear", "call.clear", "End a call", "CallView", body="call.clear"),
    Route(
        "post", "/api/v1/calls/{call}:sendDigits", "call.sendDigits", "Send keys down the line of a talk", "CallView",
        body="call.sendDigits",
    ),
    Route(
        "post", "/api/v1/calls/{call}:flash", "call.flash", "Flash the line of a talk towards a PBX", "CallView",
        body="call.flash",
    ),
    Route(
        "put", "/api/v1/lines/{line}/service", "line.setService", "In or out of service", "LineView",
        body="line.setService",
    ),
    Route(
        "post", "/api/v1/lines/{line}:test", "line.test", "Measure an idle line: some ten seconds, then it is free again",
        "LineReport", query=("lang",),
    ),
    Route(
        "get", "/api/v1/lines/{line}/audio", "line.listen", "What a line hears from now on", media="audio/wav",
        query=("seconds",),
    ),
    Route("get", "/api/v1/recordings", "recordings.read", "Recordings, newest first", query=PAGED),
    Route("get", "/api/v1/recordings/{recording}", "recordings.read", "One recording", "RecordingRow"),
    Route(
        "get", "/api/v1/recordings/{recording}/audio", "recordings.read", "Its audio, or a range", media="audio/wav"
    ),
    Route(
        "get", "/api/v1/recordings/{recording}/onhook", "recordings.read",
        "What the line heard in the 3 s before the answer, where that was kept", media="audio/wav",
    ),
    Route("get", "/api/v1/matrix", "matrix.read", "Who hears whom: entries of the switching matrix"),
    Route("get", "/api/v1/board", "status.read", "The board behind the lines: what each port can and cannot do"),
    Route("get", "/api/v1/status", "status.read", "Figures of the heart and the disks"),
    Route("post", "/api/v1/reload", "config.reload", "Read the configuration again, whole or not at all"),
    Route("post", "/api/v1/rpc", "stream.open", "One JSON-RPC request", body="rpc"),
    Route("get", "/metrics", "", "Prometheus; a token from other machines", media="text/plain"),
    Route("get", "/healthz", "", "The loop turns"),
    Route("get", "/readyz", "", "Calls can be taken: 200, else 503"),
)  # fmt: skip


def openapi() -> Schema:
    paths: dict[str, Schema] = {}
    for route in ROUTES:
        paths.setdefault(route.path, {})[route.method] = _operation(route)
    return {
        "openapi": "3.1.0",
        "info": INFO,
        "paths": paths,
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "schemas": {**_views(), **_params(), "Error": _error_schema()},
        },
        "x-errors": _errors(),
    }


def asyncapi() -> Schema:
    events = {name: _event(name, report) for name, report in _reports()}
    commands = {
        name: {
            "name": name,
            "title": f"for {', '.join(sorted(PERMISSIONS[name]))}",
            "payload": {
                "type": "object",
                "required": ["jsonrpc", "id", "method"],
                "properties": {
                    "jsonrpc": {"const": "2.0"},
                    "id": {"type": ["integer", "string"]},
                    "method": {"const": name},
                    "params": {"$ref": f"#/components/schemas/{_params_name(name)}"},
                },
            },
            "x-result": COMMANDS[name].shows.value if name in COMMANDS else "see docs/api.md",
        }
        for name in (*COMMANDS, *QUESTIONS)
    }
    messages = {**events, **commands}
    return {
        "asyncapi": "3.0.0",
        "info": INFO,
        "channels": {
            "cti": {
                "address": "/api/v1/ws",
                "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in messages},
            }
        },
        "operations": {
            "hear": {
                "action": "send",
                "channel": {"$ref": "#/channels/cti"},
                "messages": [{"$ref": f"#/channels/cti/messages/{name}"} for name in events],
            },
            "obey": {
                "action": "receive",
                "channel": {"$ref": "#/channels/cti"},
                "messages": [{"$ref": f"#/channels/cti/messages/{name}"} for name in commands],
            },
        },
        "components": {
            "messages": messages,
            "schemas": {**_views(), **_params(), "Snapshot": _snapshot(), "Envelope": _envelope()},
        },
    }


def text_of(document: Schema) -> str:
    yaml = YAML()
    yaml.width = 120
    yaml.representer.ignore_aliases = lambda *_: True
    out = StringIO()
    yaml.dump(msgspec.to_builtins(document), out)
    return out.getvalue()


# --- parts ----------------------------------------------------------------------------------------------------------


def _operation(route: Route) -> Schema:
    content: Schema = {route.media: {"schema": _answer(route)}}
    told: Schema = {
        "summary": route.summary,
        "responses": {"200": {"description": "Done.", "content": content}, "default": _ref_response()},
    }
    names = [part.partition(":")[0].strip("{}") for part in route.path.split("/") if part.startswith("{")]
    parameters = [_parameter(name, "path") for name in names] + [_parameter(name, "query") for name in route.query]
    if parameters:
        told["parameters"] = parameters
    if route.may:
        told["security"] = [{"token": []}]
        told["x-roles"] = sorted(PERMISSIONS[route.may])
    if route.body:
        schema: Schema = {"type": "object"}
        if route.body in COMMANDS:
            schema = {"$ref": f"#/components/schemas/{_params_name(route.body)}"}
        told["requestBody"] = {"content": {"application/json": {"schema": schema}}}
    return told


def _answer(route: Route) -> Schema:
    if route.answer:
        return {"$ref": f"#/components/schemas/{route.answer}"}
    return {"type": "object" if route.media == "application/json" else "string"}


def _parameter(name: str, place: str) -> Schema:
    whole = name in ("limit", "from", "line")
    told: Schema = {"name": name, "in": place, "schema": {"type": "integer" if whole else "string"}}
    return told | ({"required": True} if place == "path" else {})


def _ref_response() -> Schema:
    return {
        "description": "Refused.",
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}},
    }


def _error_schema() -> Schema:
    inner: Schema = {
        "type": "object",
        "required": ["errorId", "category", "message", "detail"],
        "properties": {
            "errorId": {"type": "string"},
            "category": {"enum": [category.value for category in ErrorCategory]},
            "message": {"type": "string"},
            "detail": {"type": "object"},
        },
    }
    return {"type": "object", "required": ["error"], "properties": {"error": inner}}


def _errors() -> Schema:
    """Every error id with its codes; ids of the machines that are not listed go by category."""
    return {
        error_id: {
            "jsonrpc": CODES.get(error_id, REFUSED),
            "http": status_of(RequestRejected(error_id, ErrorCategory.STATE_INCOMPATIBILITY)),
            "en": en,
            "zh": zh,
        }
        for error_id, (zh, en) in SENTENCES.items()
    }


def _params_name(method: str) -> str:
    owner = COMMANDS[method].params if method in COMMANDS else Params
    return owner.__name__


def _params() -> dict[str, Schema]:
    owners = {command.params for command in COMMANDS.values()} | {Params}
    _, schemas = msgspec.json.schema_components(sorted(owners, key=lambda one: one.__name__))
    return dict(sorted(schemas.items()))


def _views() -> dict[str, Schema]:
    schemas = {owner.__name__: object_schema(owner, HIDDEN.get(owner, ())) for owner in COMPONENTS}
    for owner, more in ADDED.items():
        schemas[owner.__name__]["properties"] |= more
    return schemas


def _snapshot() -> Schema:
    place: Schema = {name: {"type": "string"} for name in ("node", "stream", "time")} | {"seq": {"type": "integer"}}
    lists: Schema = object_schema(HouseView, ("at",))["properties"]
    return {"type": "object", "properties": {**place, **lists, "alarms": {"type": "array"}}}


def _reports() -> list[tuple[str, type]]:
    """Every event by its name on the wire."""
    told: list[tuple[str, type]] = []
    for report in get_args(Report):
        if report is AgentChanged:
            told += [(f"agent.{state}", report) for state in AgentState]
        else:
            told.append((report.TYPE, report))
    return told


def _envelope() -> Schema:
    text, number, nothing = {"type": "string"}, {"type": ["integer", "null"]}, {"type": ["string", "null"]}
    places: Schema = {"callId": nothing, "line": number} | dict.fromkeys(
        ("connection", "device", "agent", "queue", "cause"), nothing
    )
    head: Schema = {"id": text, "node": text, "stream": text, "seq": {"type": "integer"}, "type": text}
    time: Schema = {"time": {"type": "string", "format": "date-time"}}
    return {
        "type": "object",
        "required": [*head, *time, *places, "version", "data", "causedBy"],
        "properties": {**head, **time, **places, "version": number, "data": {"type": "object"}, "causedBy": number},
    }


def _event(name: str, report: type) -> Schema:
    own: Schema = {"properties": {"type": {"const": name}, "data": object_schema(report, PLACED)}}
    params: Schema = {"allOf": [{"$ref": "#/components/schemas/Envelope"}, own]}
    payload: Schema = {
        "type": "object",
        "properties": {"jsonrpc": {"const": "2.0"}, "method": {"const": "event"}, "params": params},
    }
    return {"name": name, "summary": _first_line(report), "payload": payload}


def _first_line(report: type) -> str:
    """Of its docstring; the one that dataclasses make up is none."""
    told = report.__doc__ or ""
    return "" if told.startswith(f"{report.__name__}(") else told.split("\n")[0]


DOCUMENTS: Final = {"openapi.yaml": openapi, "asyncapi.yaml": asyncapi}

if __name__ == "__main__":
    for name, document in DOCUMENTS.items():
        Path(sys.argv[1], name).write_text(text_of(document()), encoding="utf-8")
