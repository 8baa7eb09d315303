"""OpenAPI and AsyncAPI say what the server does, and the files in docs/ say the same."""

from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from api.conftest import Server
from api.small_house import SmallHouse
from cti_core.api.app import make_app
from cti_core.api.describe import DOCUMENTS, ROUTES, asyncapi, openapi, text_of
from cti_core.settings import Settings

DOCS = Path(__file__).parents[2] / "docs"


@pytest.mark.parametrize("name", DOCUMENTS)
def test_the_files_in_docs_are_fresh(name: str) -> None:
    """Renew them with `python -m cti_core.api.describe docs`."""
    assert (DOCS / name).read_text(encoding="utf-8") == text_of(DOCUMENTS[name]())


def test_every_route_of_the_server_is_described(house: SmallHouse, settings: Settings) -> None:
    app = make_app(house.doors(), house.bus, settings.api)
    served = {
        (route.method.lower(), route.resource.canonical)
        for route in app.router.routes()
        if route.resource is not None and route.method != "HEAD"
    }
    assert served == {(route.method, route.path) for route in ROUTES}
    assert isinstance(app, web.Application)


async def test_what_is_sent_has_the_fields_that_are_described(server: Server) -> None:
    """A whole call: every event, the views, the calls and recordings of REST."""
    described = {name: message["payload"] for name, message in asyncapi()["components"]["messages"].items()}
    schemas = asyncapi()["components"]["schemas"]
    async with server.desktop() as anna:
        await anna.until("snapshot")
        call = server.house.desk.delivered()
        shown = (await anna.ask("call.answer", call=call))["result"]
        agent = (await anna.ask("agent.setState", state="notReady"))["result"]
        await anna.ask("call.clear", call=call)
        await anna.until("stream.heartbeat")
    events = [said["params"] for said in anna.heard if said.get("method") == "event"]
    assert len({event["type"] for event in events}) > 10
    for event in events:
        own = described[event["type"]]["properties"]["params"]["allOf"][1]["properties"]["data"]
        assert event["data"].keys() == own["properties"].keys(), event["type"]
        assert event.keys() == schemas["Envelope"]["properties"].keys()
    assert shown.keys() == schemas["CallView"]["properties"].keys()
    assert agent.keys() == schemas["AgentView"]["properties"].keys()
    _, recording = await server.call("GET", "/api/v1/recordings/c1")
    assert recording.keys() == openapi()["components"]["schemas"]["RecordingRow"]["properties"].keys()


def test_every_reference_leads_somewhere() -> None:
    for document in (openapi(), asyncapi()):
        for reference in _references(document):
            there: Any = document
            for part in reference.removeprefix("#/").split("/"):
                there = there[part]


def _references(value: Any) -> list[str]:
    if isinstance(value, dict):
        own = [value["$ref"]] if isinstance(value.get("$ref"), str) else []
        return own + [found for inner in value.values() for found in _references(inner)]
    return [found for inner in value for found in _references(inner)] if isinstance(value, list) else []
