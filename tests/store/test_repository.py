"""What the API and the command line ask."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from cti_core import wire
from cti_core.call_control.ids import AgentId, CallId, LineId, RecordingId
from cti_core.store.database import engine_for
from cti_core.store.projector import Projector
from cti_core.store.repository import Repository
from store.hops import offered, seqs
from store.story import FIRST, NUMBER, SECOND, journal_of, morning


@pytest.fixture
async def repository(url: str, tmp_path: Path) -> AsyncIterator[Repository]:
    """A morning of two calls (at 10 and 40 s), and between them 20 calls of another stream."""
    journal_of(tmp_path / "j", morning())
    journal_of(tmp_path / "j", [offered(1000 + n, f"u-{n:02}") for n in range(20)], stream="u")
    projector = Projector(url, tmp_path / "j")
    assert await projector.catch_up()
    await projector.close()
    engine = engine_for(url)
    yield Repository(engine, tmp_path / "j")
    await engine.dispose()


async def test_calls_are_paged_newest_first_without_a_gap(repository: Repository) -> None:
    seen: list[CallId] = []
    before = None
    while page := await repository.calls(limit=7, before=before):
        seen += [row.call for row in page]
        before = page[-1].call

    assert seen == [SECOND, *(f"u-{n:02}" for n in reversed(range(20))), FIRST]
    began = [row.began for row in await repository.calls(limit=100)]
    assert began == sorted(began, reverse=True)


async def test_calls_of_a_line_or_an_agent(repository: Repository) -> None:
    assert [row.call for row in await repository.calls(agent=AgentId("1001"))] == [FIRST]
    assert [row.call for row in await repository.calls(line=LineId(2))] == [SECOND]


async def test_a_page_is_bounded_whatever_is_asked(repository: Repository) -> None:
    assert len(await repository.calls(limit=-5)) == 1
    assert len(await repository.calls(limit=10**9)) == 22
    assert await repository.calls(before=CallId("nobody")) == ()


async def test_a_call_its_connections_and_its_recording(repository: Repository) -> None:
    row = await repository.call(FIRST)
    assert row is not None
    assert row.caller is not None
    assert row.caller.reveal() == NUMBER
    assert row.data == (("card", "A1"), ("dept", "眼科"))
    assert [c.device for c in await repository.connections(FIRST)] == ["L1", "ivr", "Qservice", "A1001"]
    assert [r.recording for r in await repository.recordings(call=FIRST)] == [FIRST]
    assert (await repository.recording(RecordingId(SECOND))) == (await repository.recordings())[0]


async def test_a_row_as_json_is_masked(repository: Repository) -> None:
    row = await repository.call(FIRST)
    shown = wire.to_json(row)

    assert shown["caller"] == "138****5678"
    assert shown["began"] == "2026-11-24T03:00:10.000Z"
    assert shown["talkingS"] == 36
    assert shown["data"] == {"card": "A1", "dept": "眼科"}


async def test_what_is_not_there_is_none_or_empty(repository: Repository) -> None:
    nobody = CallId("t-99")
    assert await repository.call(nobody) is None
    assert await repository.recording(RecordingId("t-99")) is None
    assert await repository.connections(nobody) == ()
    assert await repository.events_of(nobody) == ()
    assert await repository.hops(nobody) == ()


async def test_hops_of_a_call_come_from_the_journal(repository: Repository) -> None:
    expected = [hop for hop in morning() if hop.call == FIRST]

    assert list(await repository.hops(FIRST)) == expected
    assert seqs(await repository.hops(CallId("u-03"))) == [1003]


async def test_events_of_a_call_are_the_envelopes_clients_got(repository: Repository) -> None:
    told = await repository.events_of(FIRST)

    assert [e["type"] for e in told][:3] == ["line.stateChanged", "call.offered", "call.callerIdReceived"]
    assert (told[1]["id"], told[1]["causedBy"]) == ("t-5", 9)
    assert {e["callId"] for e in told} == {FIRST}


async def test_a_stream_is_resumed_behind_a_number(repository: Repository) -> None:
    assert [e["seq"] for e in await repository.events_after("u", 17)] == [18, 19, 20]
    assert [e["seq"] for e in await repository.events_after("u", 0, limit=2)] == [1, 2]


async def test_streams_are_listed(repository: Repository) -> None:
    assert {stream.stream for stream in await repository.streams()} == {"t", "u"}
