"""The exchange's end of a line."""

import pytest

from drivers.base import RATE_HZ, LoopClosed, LoopOpen, Polarity, RingOff, RingOn
from simulator.dial_plan import Fate, Route
from simulator.line_model import DialTone, LineModel, Release
from simulator.line_states import (
    Alerting,
    Announcing,
    Collecting,
    Event,
    FarEndCleared,
    Howling,
    Idle,
    Inviting,
    Key,
    LineEvent,
    LoopDropped,
    Parked,
    Pulsing,
    Refused,
    Ringing,
    RingSplash,
    Routing,
    Seized,
    Splashing,
    State,
    Talking,
    Tripping,
    Unseen,
)
from simulator.line_tones import LineTone
from simulator.subscriber_line import deadline, occupied, step

PLAIN = LineModel()
DROPS = LineModel(loop_drop_ms=400)
REVERSES = LineModel(polarity_reversal=True)
ODD = LineModel(seize_ms=200, dial_tone=DialTone.NONE, release=Release.DIAL, ring_first_s=0.3, rotary=True)
STATES: list[State] = [
    Idle(),
    Ringing(0, burst=True, until=8000),
    Ringing(0, burst=False, until=40000),
    Talking(),
    LoopDropped(0, until=3200),
    FarEndCleared(0, until=480000),
    Parked(),
    Talking(until=200_000),
    Splashing(2400),
    Unseen(1600),
    Tripping(0, 800),
    Seized(2400),
    Inviting(0, 160_000),
    Collecting("8", 80_000),
    Pulsing("8", 3, closed=False, until=1600),
    Pulsing("8", 3, closed=True, until=2400),
    Routing("80000000", Route(fate=Fate.ANSWER), 4000),
    Alerting("80000000", Route(fate=Fate.ANSWER), 0, 52_000),
    Alerting("802", Route(fate=Fate.LINE, line=2), 0, 480_000),
    Announcing(0, 32_000),
    Refused(LineTone.BUSY, 0, 480_000, howls=True),
    Refused(LineTone.VACANT, 0, 480_000),
    Howling(0, 480_000),
]
EVENTS: list[Event] = [*LineEvent, Key("5"), RingSplash(1600)]


def after(state: State, *events: Event, model: LineModel = PLAIN) -> State:
    for event in events:
        state, _ = step(state, event, 0, 0, model)
    return state


@pytest.mark.parametrize("model", [PLAIN, DROPS, REVERSES, ODD], ids=["plain", "drops", "reverses", "odd"])
@pytest.mark.parametrize("event", EVENTS, ids=str)
@pytest.mark.parametrize("state", STATES, ids=lambda s: type(s).__name__)
def test_every_state_meets_every_event(state: State, event: Event, model: LineModel) -> None:
    """Facts carry the port and the time; a deadline lies ahead; only an idle line can be dialled."""
    new, facts = step(state, event, 100_000, 3, model)
    assert all(fact.port == 3 and fact.at == 100_000 for fact in facts)
    if new is not state:
        assert (due := deadline(new)) is None or due > 100_000
    if event is LineEvent.DIALLED:
        assert (new is not state) == (not occupied(state))
    if event is LineEvent.ON_HOOK:
        assert isinstance(new, Idle | Ringing | Splashing | Pulsing)


def test_ring_current_flows_one_second_and_rests_four() -> None:
    ringing, facts = step(Idle(), LineEvent.DIALLED, 0, 0, PLAIN)
    assert facts == (RingOn(0, 0),)
    assert deadline(ringing) == RATE_HZ
    resting, facts = step(ringing, LineEvent.EXPIRED, RATE_HZ, 0, PLAIN)
    assert facts == (RingOff(0, RATE_HZ),)
    assert deadline(resting) == 5 * RATE_HZ
    _, facts = step(resting, LineEvent.EXPIRED, 5 * RATE_HZ, 0, PLAIN)
    assert facts == (RingOn(0, 5 * RATE_HZ),)


def test_an_answer_in_a_burst_ends_the_burst() -> None:
    state, facts = step(Ringing(0, burst=True, until=8000), LineEvent.OFF_HOOK, 4000, 0, PLAIN)
    assert isinstance(state, Talking)
    assert facts == (RingOff(0, 4000),)


def test_a_caller_who_gives_up_in_the_pause_leaves_no_trace() -> None:
    assert step(Ringing(0, burst=False, until=40000), LineEvent.CALLER_CLEARED, 9000, 0, PLAIN) == (Idle(), ())


def test_a_line_with_reversal_turns_at_the_answer_and_back_at_the_release() -> None:
    talking, facts = step(Ringing(0, burst=False, until=40000), LineEvent.OFF_HOOK, 10, 0, REVERSES)
    assert facts == (Polarity(0, 10, reversed=True),)
    for release in (LineEvent.CALLER_CLEARED, LineEvent.ON_HOOK):
        assert step(talking, release, 20, 0, REVERSES)[1] == (Polarity(0, 20, reversed=False),)


def test_a_line_with_loop_drop_opens_before_the_busy_tone() -> None:
    dropped, facts = step(Talking(), LineEvent.CALLER_CLEARED, 800, 0, DROPS)
    assert facts == (LoopOpen(0, 800),)
    assert deadline(dropped) == 800 + 3200
    cleared, facts = step(dropped, LineEvent.EXPIRED, 4000, 0, DROPS)
    assert isinstance(cleared, FarEndCleared)
    assert facts == (LoopClosed(0, 4000, open_ms=400),)


def test_busy_tone_ends_after_a_minute_and_the_line_stays_taken_until_on_hook() -> None:
    parked = after(Talking(), LineEvent.CALLER_CLEARED, LineEvent.EXPIRED)
    assert isinstance(parked, Parked)
    assert occupied(parked)
    assert isinstance(after(parked, LineEvent.ON_HOOK), Idle)


def test_off_hook_without_a_call_gets_dial_tone() -> None:
    assert after(Idle(), LineEvent.OFF_HOOK) == Seized(until=2400)
    assert isinstance(after(Idle(), LineEvent.OFF_HOOK, LineEvent.EXPIRED), Inviting)


def test_a_disc_s_breaks_are_counted_and_a_long_one_hangs_up() -> None:
    rotary = LineModel(rotary=True)
    state: State = Inviting(0, 160_000)
    for _ in range(10):
        state = after(state, LineEvent.ON_HOOK, LineEvent.OFF_HOOK, model=rotary)
    assert after(state, LineEvent.EXPIRED, model=rotary) == Collecting("0", until=80_000)
    assert isinstance(after(state, LineEvent.ON_HOOK, LineEvent.EXPIRED, model=rotary), Idle)
    eleven = after(state, LineEvent.ON_HOOK, LineEvent.OFF_HOOK, LineEvent.EXPIRED, model=rotary)
    assert isinstance(eleven, Refused)
