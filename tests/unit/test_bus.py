"""The bus: numbers, replay, and listeners that do not keep up."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cti_core.bus import Bus, Gap, StreamSeq, Subscription
from cti_core.call_control.clock import Instant
from cti_core.call_control.csta import AgentChanged, AgentState, AlarmCleared, AlarmRaised, Digits, Report
from cti_core.call_control.ids import AgentId, CallId, LineId, Seq


def a_report(n: int) -> Report:
    return Digits(call=CallId(f"c{n}"), digits=str(n % 10))


def a_bus(said: int = 0, replay_max: int = 100) -> Bus:
    bus = Bus(node="n1", stream="s1", replay_max=replay_max)
    for n in range(said):
        bus.publish(a_report(n), Instant(n), Seq(n))
    return bus


def listening(bus: Bus, after: int | None = None, **options: object) -> Subscription:
    at = None if after is None else StreamSeq(after)
    subscription = bus.subscribe(lambda: None, after=at, **options)  # type: ignore[arg-type]
    assert isinstance(subscription, Subscription)
    return subscription


def numbers(subscription: Subscription, count: int = 10_000, upto: int | None = None) -> list[int]:
    return [event.seq for event in subscription.take(count, None if upto is None else StreamSeq(upto))]


def test_numbers_begin_at_one_and_have_no_hole() -> None:
    bus = a_bus(said=3)
    assert bus.seq == 3
    replayed = bus.replay(StreamSeq(0))
    assert isinstance(replayed, tuple)
    assert [event.seq for event in replayed] == [1, 2, 3]


@given(said=st.integers(0, 60), seen=st.integers(0, 60), later=st.integers(0, 60), replay_max=st.integers(1, 30))
def test_a_listener_that_comes_back_misses_nothing_and_hears_nothing_twice(
    said: int, seen: int, later: int, replay_max: int
) -> None:
    """Whatever the cut: after `seen`, exactly everything behind it, or a gap that is true."""
    bus = a_bus(said, replay_max)
    answer = bus.subscribe(lambda: None, after=StreamSeq(seen))
    if isinstance(answer, Gap):
        assert seen > said or seen < said - replay_max
        assert answer.oldest == max(said - replay_max, 0) + 1
        return
    for n in range(later):
        bus.publish(a_report(n), Instant(n), None)
    assert numbers(answer) == list(range(seen + 1, said + later + 1))


def test_a_number_of_the_future_is_a_gap() -> None:
    """It cannot be of this stream."""
    assert a_bus(said=3).replay(StreamSeq(4)) == Gap(StreamSeq(1))


def test_a_listener_that_does_not_keep_up_is_cut_and_the_others_hear_on() -> None:
    bus = a_bus()
    slow, quick = listening(bus, queue_max=10), listening(bus, queue_max=10)
    heard: list[int] = []
    for n in range(11):
        bus.publish(a_report(n), Instant(n), None)
        heard += numbers(quick)
    assert slow.cut
    assert numbers(slow) == []
    assert (bus.listeners, bus.cut_count) == (1, 1)
    assert heard == list(range(1, 12))


def test_a_long_replay_does_not_count_as_slowness() -> None:
    bus = a_bus(said=50)
    behind = listening(bus, after=0, queue_max=10)
    for n in range(10):
        bus.publish(a_report(n), Instant(n), None)
    assert not behind.cut
    assert numbers(behind) == list(range(1, 61))


def test_take_stops_at_the_bar_it_is_given() -> None:
    """An answer is put where its command was accepted: older events before it, its own behind it."""
    bus = a_bus(said=4)
    listener = listening(bus, after=2)
    bus.publish(a_report(5), Instant(5), None)
    assert numbers(listener, upto=3) == [3]
    assert numbers(listener, upto=3) == []
    assert numbers(listener, count=1) == [4]
    assert listener.position == 4
    assert numbers(listener) == [5]
    assert listener.position == 5


def test_a_listener_hears_only_its_topics_but_its_position_goes_on() -> None:
    bus = a_bus()
    listener = listening(bus, topics=frozenset({"agent"}))
    bus.publish(a_report(1), Instant(1), None)
    assert listener.position == 1
    bus.publish(AgentChanged(agent=AgentId("1001"), state=AgentState.READY), Instant(2), None)
    assert numbers(listener) == [2]


def test_a_listener_is_woken_for_what_concerns_it_and_when_it_is_cut() -> None:
    bus, woken = a_bus(), []
    listener = bus.subscribe(lambda: woken.append(bus.seq), topics=frozenset({"call"}), queue_max=1)
    assert isinstance(listener, Subscription)
    bus.publish(AlarmRaised(alarm="diskFull"), Instant(0), None)
    bus.publish(a_report(1), Instant(1), None)
    bus.publish(a_report(2), Instant(2), None)
    assert woken == [2, 3]
    assert listener.cut


def test_a_listener_may_leave_while_an_event_is_handed_out() -> None:
    bus = a_bus()

    def leave() -> None:
        assert isinstance(first, Subscription)
        first.close()

    first = bus.subscribe(leave)
    second = listening(bus)
    bus.publish(a_report(1), Instant(1), None)
    assert numbers(second) == [1]
    assert bus.listeners == 1


@pytest.mark.parametrize("line", [None, LineId(3)])
def test_alarms_stand_until_they_are_cleared_for_the_same_line(line: LineId | None) -> None:
    bus = a_bus()
    bus.publish(AlarmRaised(alarm="lineLost", line=line), Instant(0), None)
    bus.publish(AlarmRaised(alarm="lineLost", line=line, detail="again"), Instant(1), None)
    bus.publish(AlarmCleared(alarm="lineLost", line=LineId(8)), Instant(2), None)
    assert [alarm.detail for alarm in bus.alarms] == ["again"]
    bus.publish(AlarmCleared(alarm="lineLost", line=line), Instant(3), None)
    assert bus.alarms == ()
