"""REST: the same house in resources, ranges of recordings, refusals as JSON, figures for monitors."""

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession

from api.conftest import Server
from api.small_house import NUMBER, SmallHouse
from cti_core.api.app import make_app
from cti_core.api.auth import PERMISSIONS
from cti_core.api.binding import check_binding, serving
from cti_core.api.errors import SENTENCES
from cti_core.api.methods import COMMANDS, QUESTIONS
from cti_core.call_control.events import ClearCall, SetLineService
from cti_core.call_control.ids import LineId
from cti_core.faults import ConfigError, Fault
from cti_core.settings import Settings

AUDIO = bytes(n % 251 for n in range(1000))


@pytest.fixture
def wav(tmp_path: Path) -> bytes:
    """The recording of call c1; the one of c2 is gone."""
    (tmp_path / "c1.wav").write_bytes(AUDIO)
    return AUDIO


@pytest.fixture
def evidence(tmp_path: Path) -> bytes:
    """What was heard before the answer of call c2."""
    (tmp_path / "c2.onhook.wav").write_bytes(AUDIO)
    return AUDIO


@pytest.fixture
def pages(tmp_path: Path) -> Path:
    for name in ("index", "agent", "phone"):
        (tmp_path / f"{name}.html").write_text(f"<p>{name}", encoding="utf-8")
    (tmp_path / "worker.js").write_text("1", encoding="utf-8")
    (tmp_path / "static").mkdir()
    return tmp_path


@pytest.mark.parametrize("name", ["lines", "agents", "queues"])
async def test_a_list_is_told_with_its_place_in_the_stream(server: Server, name: str) -> None:
    server.house.desk.rings()
    status, told = await server.call("GET", f"/api/v1/{name}")
    _, snapshot = await server.call("GET", "/api/v1/snapshot")
    assert status == 200
    assert told == {key: snapshot[key] for key in ("node", "stream", "seq", "time", name)}


async def test_running_and_finished_calls_are_one_list_newest_first(server: Server) -> None:
    running = server.house.desk.rings()
    _, page = await server.call("GET", "/api/v1/calls?limit=2")
    assert [(call["call"], call["state"]) for call in page["calls"]] == [
        (running, "waiting"),
        ("c3", "cleared"),
        ("c2", "cleared"),
    ]
    assert page["next"] == "c2"
    _, last = await server.call("GET", f"/api/v1/calls?limit=2&before={page['next']}")
    assert [call["call"] for call in last["calls"]] == ["c1"]
    assert last["next"] is None
    assert NUMBER not in str([page, last])
    assert page["calls"][1]["data"] == {"topic": "挂号"}
    assert "position" not in page["calls"][1]


async def test_one_call_is_told_running_or_finished(server: Server) -> None:
    running = server.house.desk.rings()
    assert (await server.call("GET", f"/api/v1/calls/{running}"))[1]["state"] == "waiting"
    assert (await server.call("GET", "/api/v1/calls/c1"))[1]["ended"] == "2026-11-24T02:52:00.000Z"


async def test_a_ladder_is_text_in_the_language_that_is_asked_for(server: Server) -> None:
    headers = {"Authorization": "Bearer token-anna"}
    url = f"{server.address}/api/v1/calls/c1/ladder"
    async with server.http.get(f"{url}?lang=zh", headers=headers) as response:
        assert response.content_type == "text/plain"
        assert await response.text() == "c1 的梯形图"


@pytest.mark.parametrize(
    ("wanted", "status", "octets", "content_range"),
    [
        (None, 200, AUDIO, None),
        ("bytes=0-43", 206, AUDIO[:44], "bytes 0-43/1000"),
        ("bytes=990-", 206, AUDIO[990:], "bytes 990-999/1000"),
        ("bytes=-10", 206, AUDIO[-10:], "bytes 990-999/1000"),
        ("bytes=900-5000", 206, AUDIO[900:], "bytes 900-999/1000"),
        ("bytes=1000-", 416, b"", "bytes */1000"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
@pytest.mark.usefixtures("wav")
async def test_a_player_gets_the_range_it_asks_for(
    server: Server, wanted: str | None, status: int, octets: bytes, content_range: str | None
) -> None:
    headers = {"Authorization": "Bearer token-op"} | ({"Range": wanted} if wanted else {})
    async with server.http.get(f"{server.address}/api/v1/recordings/c1/audio", headers=headers) as response:
        assert (response.status, await response.read()) == (status, octets)
        assert response.headers.get("Content-Range") == content_range
        if status < 300:
            assert response.content_type == "audio/wav"
            assert response.headers["Accept-Ranges"] == "bytes"
            assert response.headers["Cache-Control"] == "no-store"


async def test_recordings_are_listed_without_their_place_on_the_disk(server: Server) -> None:
    _, page = await server.call("GET", "/api/v1/recordings?limit=2")
    assert [row["recording"] for row in page["recordings"]] == ["c3", "c2"]
    assert page["next"] == "c2"
    status, one = await server.call("GET", "/api/v1/recordings/c1")
    assert (status, one["state"], one["seconds"]) == (200, "closed", 60.0)
    assert "wav" not in str([page, one])


async def test_what_a_line_heard_before_the_answer_is_told_and_fetched_where_it_was_kept(
    server: Server, evidence: bytes
) -> None:
    _, page = await server.call("GET", "/api/v1/recordings?limit=2")
    assert [row["onhook"] for row in page["recordings"]] == [False, True]
    headers = {"Authorization": "Bearer token-op"}
    async with server.http.get(f"{server.address}/api/v1/recordings/c2/onhook", headers=headers) as response:
        assert (response.status, response.content_type, await response.read()) == (200, "audio/wav", evidence)
    status, refused = await server.call("GET", "/api/v1/recordings/c3/onhook")
    assert (status, refused["error"]["errorId"]) == (404, "unknownRecording")


async def test_who_listened_stands_in_the_log(server: Server, wav: bytes, logs: list[Any]) -> None:
    headers = {"Authorization": "Bearer token-his"}
    async with server.http.get(f"{server.address}/api/v1/recordings/c1/audio", headers=headers):
        pass
    assert {"recording": "c1", "by": "HIS"}.items() <= next(
        e for e in logs if e["event"] == "recording_fetched"
    ).items()


@pytest.mark.parametrize(
    ("asked", "token", "status", "error_id"),
    [
        ("GET /api/v1/snapshot", "nobody", 401, "notAuthorised"),
        ("GET /api/v1/matrix", "token-anna", 403, "forbidden"),
        ("GET /api/v1/recordings/c1/audio", "token-anna", 403, "forbidden"),
        ("POST /api/v1/reload", "token-his", 403, "forbidden"),
        ("POST /api/v1/calls/c1:clear", "token-his", 403, "forbidden"),
        ("POST /api/v1/calls/c1:sendDigits", "token-his", 403, "forbidden"),
        ("POST /api/v1/calls/c1:flash", "token-his", 403, "forbidden"),
        ("GET /api/v1/calls/nobody", "token-op", 404, "unknownCall"),
        ("GET /api/v1/calls/nobody/ladder", "token-op", 404, "unknownCall"),
        ("GET /api/v1/recordings/nobody", "token-op", 404, "unknownRecording"),
        ("GET /api/v1/recordings/c2/audio", "token-op", 404, "unknownRecording"),
        ("GET /api/v1/nowhere", "token-op", 404, "unknownRoute"),
        ("DELETE /api/v1/snapshot", "token-op", 405, "methodNotAllowed"),
        ("GET /api/v1/calls?limit=0", "token-op", 400, "invalidParams"),
        ("GET /api/v1/calls?limit=501", "token-op", 400, "invalidParams"),
        ("GET /api/v1/calls?limit=many", "token-op", 400, "invalidParams"),
        ("PUT /api/v1/lines/9/service", "token-op", 400, "invalidParams"),
        ("PUT /api/v1/lines/one/service", "token-op", 404, "unknownLine"),
    ],
)
async def test_a_refusal_is_json_with_a_stable_id_and_a_sentence(
    server: Server, asked: str, token: str, status: int, error_id: str
) -> None:
    answered, told = await server.call(*asked.split(), token)
    assert (answered, told["error"]["errorId"]) == (status, error_id)
    assert told["error"]["message"].endswith(".")
    assert "?" not in told["error"]["message"]


async def test_a_call_is_cleared_once_for_one_key_and_not_when_it_moved_on(server: Server) -> None:
    desk = server.house.desk
    call = desk.rings()
    path, version = f"/api/v1/calls/{call}:clear", desk.version(call)
    status, told = await server.call("POST", path, headers={"If-Match": f'"{version - 1}"'})
    assert (status, told["error"]["errorId"]) == (409, "staleVersion")
    for _ in range(2):
        headers = {"If-Match": f'"{version}"', "Idempotency-Key": "k"}
        status, told = await server.call("POST", path, headers=headers)
        assert (status, told["state"]) == (200, "cleared")
    assert desk.obeyed == [ClearCall(call, "Op", version)]


async def test_a_line_is_taken_out_of_service(server: Server) -> None:
    status, told = await server.call("PUT", "/api/v1/lines/2/service", json={"inService": False})
    assert (status, told["line"], told["state"]) == (200, 2, "outOfService")
    assert server.house.desk.obeyed == [SetLineService(LineId(2), False, "Op")]


async def test_a_reload_tells_what_changed_or_every_fault_of_the_files(server: Server) -> None:
    assert await server.call("POST", "/api/v1/reload") == (200, {"changed": ["ivr/main.yaml"]})
    server.house.engine.broken = (
        Fault(file="main.yaml", line=3, key="menu", message="is no menu"),
        Fault(file="main.yaml", line=9, key="say", message="is missing"),
    )
    status, told = await server.call("POST", "/api/v1/reload")
    assert (status, told["error"]["errorId"]) == (422, "configInvalid")
    assert told["error"]["detail"]["faults"] == ["main.yaml:3:menu: is no menu", "main.yaml:9:say: is missing"]


async def test_one_json_rpc_request_goes_over_http_too(server: Server) -> None:
    body = {"jsonrpc": "2.0", "id": "x", "method": "agent.logOn", "params": {}}
    status, told = await server.call("POST", "/api/v1/rpc", "token-anna", json=body)
    assert (status, told["id"], told["result"]["state"]) == (200, "x", "notReady")
    status, told = await server.call("POST", "/api/v1/rpc", "token-anna", data=b"\xff")
    assert (status, told["error"]["code"]) == (200, -32700)


@pytest.mark.parametrize("body", [b"[", b"[]", b"\xff\xfe"])
async def test_a_body_that_cannot_be_read_is_refused(server: Server, body: bytes) -> None:
    status, told = await server.call("PUT", "/api/v1/lines/2/service", data=body)
    assert (status, told["error"]["category"]) == (400, "operation")


async def test_a_body_that_is_too_large_is_refused(server: Server) -> None:
    status, told = await server.call("POST", "/api/v1/rpc", data=b" " * 70_000)
    assert (status, told["error"]["errorId"]) == (413, "tooLarge")


async def test_the_board_says_what_each_port_can_and_cannot_do(server: Server) -> None:
    _, told = await server.call("GET", "/api/v1/board")
    assert told == {
        "name": "modem",
        "ports": [
            {
                "port": 0,
                "line": 1,
                "kind": "fxo",
                "can": ["rings"],
                "cannot": ["flash"],
                "remarks": ["it is old"],
                "extension": None,
            }
        ],
        "alarms": ["the cable is pulled"],
        "counters": {"ticksLate": 3},
    }


async def test_status_and_matrix_are_for_who_oversees(server: Server) -> None:
    _, status = await server.call("GET", "/api/v1/status")
    assert {"board": "simulated", "ticksLate": 1, "journalBacklog": 7, "missing": []}.items() <= status.items()
    assert status["workMs"] == {"p50": 0.4, "p99": 1.5, "p100": 12.0}
    _, matrix = await server.call("GET", "/api/v1/matrix")
    assert matrix == {"gains": [{"source": "L1", "sink": "A1001", "gain": 1.0}]}


async def test_metrics_show_the_house_as_it_is(server: Server) -> None:
    server.house.desk.rings()
    async with server.http.get(f"{server.address}/metrics") as response:
        told = await response.text()
    rows = dict(row.rsplit(" ", 1) for row in told.splitlines() if not row.startswith("#"))
    assert float(rows['cti_calls{state="waiting"}']) == 1
    assert float(rows['cti_lines{state="idle"}']) == 1
    assert float(rows['cti_agents{state="loggedOff"}']) == 3
    assert float(rows['cti_extensions{state="onHook"}']) == 2
    assert float(rows['cti_lines{state="proceeding"}']) == 0
    assert float(rows['cti_tick_lag_seconds_bucket{le="0.0005"}']) == 48
    assert float(rows['cti_tick_lag_seconds_bucket{le="+Inf"}']) == 50
    assert float(rows['cti_queue_waiting{queue="service"}']) == 1
    assert float(rows["cti_ticks_late_total"]) == 1
    assert float(rows['cti_tick_work_seconds{quantile="0.99"}']) == 0.0015
    assert float(rows["cti_stream_events_total"]) == server.house.bus.seq
    assert float(rows["cti_journal_backlog"]) == 7


async def test_the_house_says_whether_calls_can_be_taken(server: Server) -> None:
    for lost, expected in [((), 200), (("boardLost",), 503)]:
        server.house.engine.lost = lost
        async with server.http.get(f"{server.address}/readyz") as response:
            assert response.status == expected
            assert (await response.json())["missing"] == list(lost)
        async with server.http.get(f"{server.address}/healthz") as response:
            assert response.status == 200


async def test_figures_are_for_this_machine_or_with_a_token(server: Server) -> None:
    """A proxy in front of us speaks for others."""
    others = {"X-Forwarded-For": "192.0.2.7"}
    async with server.http.get(f"{server.address}/metrics", headers=others) as response:
        assert response.status == 401
    async with server.http.get(f"{server.address}/readyz", headers=others) as response:
        assert "missing" not in await response.json()
    authorised = others | {"Authorization": "Bearer token-his"}
    async with server.http.get(f"{server.address}/metrics", headers=authorised) as response:
        assert response.status == 200


async def test_a_name_that_is_not_this_machines_is_refused(server: Server) -> None:
    """DNS rebinding: a page elsewhere lets its own name point to 127.0.0.1."""
    status, told = await server.call("GET", "/api/v1/snapshot", headers={"Host": "evil.example:8080"})
    assert (status, told["error"]["errorId"]) == (403, "hostRefused")
    status, _ = await server.call("GET", "/api/v1/snapshot", headers={"Host": "cti.hospital.lan"})
    assert status == 200


async def test_pages_come_with_headers_that_keep_a_browser_safe(
    house: SmallHouse, settings: Settings, pages: Path
) -> None:
    app = await asyncio.to_thread(make_app, house.doors(), house.bus, settings.api, web_folder=pages)
    async with serving(app, settings) as address, ClientSession() as http:
        async with http.get(f"{address}/agent") as page:
            assert await page.text() == "<p>agent"
            assert page.headers["Permissions-Policy"].startswith("microphone=(self)")
            assert page.headers["X-Content-Type-Options"] == "nosniff"
            policy = page.headers["Content-Security-Policy"]
        for wish in ("default-src 'self'", "connect-src 'self'", "worker-src 'self'"):
            assert wish in policy
        async with http.get(f"{address}/static/worker.js") as script:
            assert script.content_type.endswith("/javascript")
        async with http.get(f"{address}/phone") as phone:
            assert phone.status == 404  # no simulated board, no simulated telephone


async def test_no_file_beside_the_pages_can_be_fetched(house: SmallHouse, settings: Settings, pages: Path) -> None:
    app = await asyncio.to_thread(make_app, house.doors(), house.bus, settings.api, web_folder=pages / "static")
    async with serving(app, settings) as address:
        host, port = address.removeprefix("http://").split(":")
        for path in ("/static/../index.html", "/static/%2e%2e/index.html", "/static/..%2findex.html"):
            reader, writer = await asyncio.open_connection(host, int(port))
            writer.write(f"GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
            assert (await reader.readline()).split()[1] in (b"403", b"404")
            writer.close()


async def test_the_telephone_is_mounted_where_lines_are_simulated(
    house: SmallHouse, settings: Settings, pages: Path
) -> None:
    mounted: list[object] = []
    app = await asyncio.to_thread(
        make_app, house.doors(), house.bus, settings.api, web_folder=pages, phone=mounted.append
    )
    async with serving(app, settings) as address, ClientSession() as http, http.get(f"{address}/phone") as page:
        assert await page.text() == "<p>phone"
    assert mounted == [app]


async def test_a_port_that_is_taken_is_said_in_words(house: SmallHouse, settings: Settings) -> None:
    app = make_app(house.doors(), house.bus, settings.api)
    async with serving(app, settings) as address:
        port = int(address.rsplit(":", 1)[1])
        again = replace(settings, api=replace(settings.api, port=port))
        other = make_app(house.doors(), house.bus, again.api)
        with pytest.raises(ConfigError, match=f"api.port: port {port} is in use"):
            async with serving(other, again):
                pass


def test_wider_than_this_machine_needs_tls_and_tokens_that_nobody_knows(settings: Settings) -> None:
    demo = replace(settings.api.tokens[0], token="demo-agent-1001")
    wide = replace(settings, api=replace(settings.api, host="0.0.0.0", tokens=(*settings.api.tokens, demo)))
    with pytest.raises(ConfigError) as refused:
        check_binding(wide)
    assert [fault.key for fault in refused.value.faults] == ["api.host", "api.tokens[4].token"]
    check_binding(settings)


def test_every_method_has_a_row_of_permissions_and_no_row_is_left_over() -> None:
    methods = {*COMMANDS, *QUESTIONS}
    assert methods <= PERMISSIONS.keys()
    others = {"stream.open", "calls.read", "recordings.read", "matrix.read", "status.read", "metrics.read"}
    assert PERMISSIONS.keys() - methods == others | {"config.reload", "line.listen", "line.test"}


def test_every_sentence_can_be_said_in_both_languages() -> None:
    for error_id, (zh, en) in SENTENCES.items():
        names = [sorted(part.split("}")[0] for part in text.split("{")[1:]) for text in (zh, en)]
        assert names[0] == names[1], error_id


async def test_an_operator_hears_a_line_for_some_seconds(server: Server) -> None:
    """The tone of an exchange is taught from it; nobody else may listen, and nobody for an hour."""
    bearer = {"Authorization": "Bearer token-op"}
    async with server.http.get(f"{server.address}/api/v1/lines/3/audio?seconds=2", headers=bearer) as response:
        assert response.content_type == "audio/wav"
        assert await response.read() == b"RIFF3 2.0 Op"
    assert (await server.call("GET", "/api/v1/lines/3/audio", token="token-anna"))[0] == 403
    for path in ("lines/9/audio", "lines/3/audio?seconds=3600", "lines/3/audio?seconds=soon"):
        status, refusal = await server.call("GET", f"/api/v1/{path}")
        assert status >= 400
        assert refusal["error"]["errorId"] in {"unknownLine", "invalidParams"}
