"""Calls of ours in the tables: who was called, on which line in the end, whether the answer was told; and cut by a kill."""

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import select

from cti_core.call_control.clock import Instant, after
from cti_core.call_control.events import DialFinished, Event, LogOn, MakeCall, Tone, ToneHeard, VoiceHeard
from cti_core.call_control.ids import CallId
from cti_core.call_control.privacy import PhoneNumber
from cti_core.call_control.trace import Hop
from cti_core.media import wav
from cti_core.store.database import engine_for
from cti_core.store.projector import Projector
from cti_core.store.recovery import recover
from cti_core.store.repository import Repository
from cti_core.store.rows import CallRow
from cti_core.store.tables import events
from machines.plans import ANNA, L1, L2, SERVICE, new_switch
from store.story import journal_of

CALL = CallId("t-1")
NUMBER = PhoneNumber("88001234")
HUNTED: tuple[tuple[float, Event], ...] = (
    (1.0, LogOn(ANNA, (SERVICE,))),
    (2.0, MakeCall(ANNA, NUMBER)),  # on line 2, which has no dial tone: at 7.0 line 1 is tried
    (8.0, ToneHeard(L1, Tone.DIAL)),
    (10.0, DialFinished(L1)),
    (12.0, ToneHeard(L1, Tone.RINGBACK)),
    (15.0, VoiceHeard(L1)),
    (25.0, ToneHeard(L1, Tone.BUSY)),
)


def lived(until_s: float) -> list[Hop]:
    switch, hops = new_switch(), []
    for second, event in HUNTED:
        now = after(Instant(0), min(second, until_s))
        while (due := switch.next_deadline()) is not None and due <= now:
            hops += switch.expire(due)
        if second > until_s:
            break
        hops += switch.handle(event, now)
    return hops


async def row_of(url: str, folder: Path) -> CallRow:
    projector = Projector(url, folder, live="next")
    assert await projector.catch_up()
    await projector.close()
    engine = engine_for(url)
    (row,) = await Repository(engine, folder).calls()
    await engine.dispose()
    return row


async def test_the_row_says_who_was_called_and_that_the_answer_is_a_guess(url: str, tmp_path: Path) -> None:
    journal_of(tmp_path, lived(60.0), closed=True)
    row = await row_of(url, tmp_path)
    assert (row.called, row.estimated, row.agent, row.line, row.caller) == (NUMBER, True, ANNA, L1, None)
    assert (row.ringing_s, row.talking_s, row.cause) == (13.0, 10.0, "normalClearing")
    assert NUMBER.reveal() not in repr(row)


async def test_no_event_in_the_tables_has_the_whole_number(url: str, tmp_path: Path) -> None:
    journal_of(tmp_path, lived(60.0), closed=True)
    await row_of(url, tmp_path)
    engine = engine_for(url)
    async with engine.connect() as connection:
        told = repr((await connection.execute(select(events))).all())
    await engine.dispose()
    assert NUMBER.masked() in told
    assert NUMBER.reveal() not in told


@pytest.mark.parametrize(("killed_s", "line", "ringing_s"), [(3.0, L2, 0.0), (9.0, L1, 7.0), (13.0, L1, 10.0)])
async def test_a_call_of_ours_that_was_cut_before_the_answer_is_closed_on_its_last_line(
    url: str, tmp_path: Path, killed_s: float, line: int, ringing_s: float
) -> None:
    """With what is known up to the last thing that happened."""
    row = await cut_at(killed_s, url, tmp_path)
    assert (row.cause, row.called, row.agent, row.line) == ("systemFailure", NUMBER, ANNA, line)
    assert (row.estimated, row.answered) == (False, None)
    assert row.ringing_s == pytest.approx(ringing_s)


async def test_a_call_of_ours_that_was_cut_while_they_talked_keeps_its_guessed_answer(url: str, tmp_path: Path) -> None:
    row = await cut_at(20.0, url, tmp_path)
    assert (row.cause, row.estimated, row.ringing_s) == ("systemFailure", True, 13.0)


async def cut_at(second: float, url: str, folder: Path) -> CallRow:
    """The node dies then, and the next one starts."""
    journal_of(folder, lived(second))
    await asyncio.to_thread(recover, folder, folder, wav.repair, live="next")
    return await row_of(url, folder)
