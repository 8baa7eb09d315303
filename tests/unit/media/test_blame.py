"""A fault costs the line it belongs to, and only that."""

import asyncio

import pytest

from cti_core.call_control.actions import AskService
from cti_core.call_control.clock import Instant
from cti_core.call_control.events import (
    AnswerCall,
    Event,
    LogOn,
    RecordingFailed,
    RingHeard,
    ServiceAnswered,
)
from cti_core.call_control.ids import AgentId, AskId, CallId, LineId, RecordingId
from cti_core.call_control.view import CallView, HouseView
from cti_core.media.asking import Asker
from cti_core.media.blame import line_of
from unit.media.fakes import Desk, Wall

ANNA = AgentId("1001")
CALL = CallView(
    call=CallId("c"),
    line=LineId(3),
    caller=None,
    state="talking",
    connections=(),
    began=Instant(0),
    since=Instant(0),
    version=1,
    agent=ANNA,
    recording=RecordingId("r"),
)
HOUSE = HouseView(at=Instant(0), lines=(), calls=(CALL,), agents=(), queues=())


@pytest.mark.parametrize(
    ("event", "line"),
    [
        (RingHeard(LineId(8)), LineId(8)),
        (AnswerCall(AgentId("1002"), CallId("c")), LineId(3)),
        (RecordingFailed(RecordingId("r"), "disk full"), LineId(3)),
        (ServiceAnswered(ask=AskId(1), outcome="yes"), LineId(3)),
        (LogOn(ANNA, ()), LineId(3)),
        (LogOn(AgentId("1002"), ()), None),
        (ServiceAnswered(ask=AskId(2), outcome="yes"), None),
        (AnswerCall(AgentId("1002"), CallId("over")), None),
    ],
)
async def test_an_event_leads_to_the_line_it_is_about(event: Event, line: LineId | None) -> None:
    async with asyncio.TaskGroup() as group:
        asker = Asker(Desk(), Wall(), group)
        asker.ask(AskService(ask=AskId(1), call=CallId("c"), service="hours", request="now"), Instant(0))
        assert line_of(event, HOUSE, asker) == line
