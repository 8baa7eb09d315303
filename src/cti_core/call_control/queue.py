"""One ACD queue. Callers wait in the order they first joined; a freed agent gets the next one at once, nothing is polled.

JoinQueue --> waiting --MatchAgents--> AgentFound          DeadlinePassed: announce the place, or give up after max_wait_s
LeaveQueue --> gone      full, unstaffed, too long --> QueueRefused
"""

from dataclasses import dataclass, replace

from cti_core.call_control.actions import Tell
from cti_core.call_control.clock import Instant, after, earliest, seconds
from cti_core.call_control.csta import PlaceChanged, Queued, Routed
from cti_core.call_control.dialogue import ReturnCause
from cti_core.call_control.ids import AgentId, CallId, QueueId
from cti_core.call_control.notes import (
    AgentFound,
    DeadlinePassed,
    JoinQueue,
    LeaveQueue,
    MatchAgents,
    PlaceTold,
    QueueRefused,
)
from cti_core.call_control.routing import Candidate, Wanted, choose
from cti_core.call_control.trace import Out, Send, call, disregard

MAX_WAITING = 20  # assumed: more callers than lines never wait; a limit all the same
MAX_WAIT_S = 300.0  # assumed: after five minutes a caller is offered the menu again
ANNOUNCE_EVERY_S = 30.0  # assumed: often enough to feel remembered, rarely enough to hear the music


@dataclass(frozen=True, slots=True, kw_only=True)
class QueuePlan:
    queue: QueueId
    max_waiting: int = MAX_WAITING
    max_wait_s: float = MAX_WAIT_S
    announce_every_s: float = ANNOUNCE_EVERY_S
    accepts_unstaffed: bool = True  # False: nobody on duty sends the caller back at once


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    call: CallId
    joined: Instant
    until: Instant
    announce: Instant
    passed_by: AgentId | None  # did not serve it a moment ago


@dataclass(frozen=True, slots=True)
class State:
    """Next first."""

    waiting: tuple[Waiting, ...] = ()


Event = JoinQueue | LeaveQueue | MatchAgents | DeadlinePassed


def step(
    state: State, event: Event, now: Instant, plan: QueuePlan, desk: tuple[Candidate, ...]
) -> tuple[State, list[Out]]:
    """Take an event; `desk` are all agents as they are now."""
    match event:
        case JoinQueue():
            return _join(state, event, now, plan, desk)
        case LeaveQueue(ident) if any(w.call == ident for w in state.waiting):
            rest = State(tuple(w for w in state.waiting if w.call != ident))
            return rest, _moved_up(state, rest, plan)
        case MatchAgents() if state.waiting:
            return _match(state, now, plan, desk)
        case DeadlinePassed():
            return _overdue(state, now, plan)
        case _:
            return state, [disregard(event, state)]


def _join(
    state: State, event: JoinQueue, now: Instant, plan: QueuePlan, desk: tuple[Candidate, ...]
) -> tuple[State, list[Out]]:
    party = call(event.call)
    if len(state.waiting) >= plan.max_waiting:
        return state, [Send(party, QueueRefused(ReturnCause.QUEUE_FULL))]
    if not plan.accepts_unstaffed and not any(plan.queue in c.queues for c in desk):
        return state, [Send(party, QueueRefused(ReturnCause.NO_AGENTS))]
    new = Waiting(
        call=event.call,
        joined=event.joined,
        until=after(now, plan.max_wait_s),
        announce=after(now, plan.announce_every_s),
        passed_by=event.passed_by,
    )
    waiting = sorted((*state.waiting, new), key=lambda w: w.joined)  # stable: equal times keep their order
    joined = State(tuple(waiting))
    place = waiting.index(new) + 1
    outs: list[Out] = [Tell(Queued(call=event.call, queue=plan.queue, place=place))]
    others = State(tuple(w for w in joined.waiting if w is not new))
    outs += _moved_up(state, joined, plan) if others.waiting else []
    served_at_once = place == 1 and choose(Wanted(queue=plan.queue, passed_by=new.passed_by), desk)
    return joined, outs if served_at_once else [*outs, Send(party, PlaceTold(place))]


def _match(state: State, now: Instant, plan: QueuePlan, desk: tuple[Candidate, ...]) -> tuple[State, list[Out]]:
    first = state.waiting[0]
    choice = choose(Wanted(queue=plan.queue, passed_by=first.passed_by), desk)
    if choice is None:
        return state, []
    rest = State(state.waiting[1:])
    routed = Routed(call=first.call, queue=plan.queue, agent=choice.agent, reasons=choice.reasons)
    found = AgentFound(choice.agent, round(seconds(now - first.joined), 3), choice.device)
    return rest, [Tell(routed), Send(call(first.call), found), *_moved_up(state, rest, plan)]


def _overdue(state: State, now: Instant, plan: QueuePlan) -> tuple[State, list[Out]]:
    tired = tuple(w for w in state.waiting if w.until <= now)
    stay = State(tuple(w for w in state.waiting if w.until > now))
    outs: list[Out] = [Send(call(w.call), QueueRefused(ReturnCause.QUEUE_TIMEOUT)) for w in tired]
    outs += _moved_up(state, stay, plan) if tired else []
    told = [w for w in stay.waiting if w.announce <= now]
    outs += [Send(call(w.call), PlaceTold(stay.waiting.index(w) + 1)) for w in told]
    again = after(now, plan.announce_every_s)
    return State(tuple(replace(w, announce=again) if w in told else w for w in stay.waiting)), outs


def _moved_up(before: State, behind: State, plan: QueuePlan) -> list[Out]:
    """PlaceChanged for everybody who waited before and stands elsewhere now."""
    places = {w.call: place for place, w in enumerate(before.waiting, start=1)}
    return [
        Tell(PlaceChanged(call=w.call, queue=plan.queue, place=place))
        for place, w in enumerate(behind.waiting, start=1)
        if w.call in places and places[w.call] != place
    ]


def deadline(state: State) -> Instant | None:
    """When the queue wants DeadlinePassed."""
    return earliest(*(min(w.until, w.announce) for w in state.waiting))
