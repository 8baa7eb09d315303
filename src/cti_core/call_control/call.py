"""One call: who treats the caller now, and what every connection of it is (CSTA's seven states, derived, never stored).

    Offered --answered--> InDialogue --transfer--> Waiting --agent found--> Delivering --answered--> Talking <--> OnHold
    Delivering --no answer, reject--> Waiting (the place is kept)           Talking, OnHold --desktop lost--> Interrupted
    Waiting --*, full, too long--> InDialogue                               Interrupted --back--> Talking
    any --line cleared--> Ended                                             Interrupted --vanished--> Waiting (the place is kept)

There is one way to the end: the line cleared. Whoever wants the call to end asks the line.
"""

from dataclasses import replace

from cti_core.call_control.actions import (
    Connect,
    Disconnect,
    Item,
    Language,
    PlayMusic,
    PlayPrompt,
    Reader,
    Spoken,
    StopPlaying,
    Tell,
)
from cti_core.call_control.call_states import (
    PHASES,
    Call,
    Delivering,
    Ended,
    InDialogue,
    Interrupted,
    Offered,
    OnHold,
    State,
    Talking,
    Waiting,
    queue_of,
)
from cti_core.call_control.clock import Instant, seconds
from cti_core.call_control.csta import (
    CallerIdReceived,
    Cause,
    Cleared,
    ConnectionCleared,
    DataChanged,
    Delivered,
    Diverted,
    Established,
    Failed,
    FlowStep,
    Held,
    Retrieved,
)
from cti_core.call_control.csta import (
    Offered as CallOffered,
)
from cti_core.call_control.dialogue import Began, Entered, HangUp, ReturnCause, Returned, Transfer
from cti_core.call_control.events import (
    CallerIdHeard,
    ClearCall,
    ClearConnection,
    DigitHeard,
    HoldCall,
    PromptFinished,
    RetrieveCall,
    SetCallData,
)
from cti_core.call_control.ids import (
    AgentId,
    CallId,
    LineId,
    PlayingId,
    PromptId,
    agent_port,
    line_port,
)
from cti_core.call_control.notes import (
    AgentAway,
    AgentBack,
    AgentFound,
    AgentVanished,
    CallEnded,
    EndRecord,
    JoinQueue,
    LeaveQueue,
    LineAnswered,
    LineCleared,
    OfferAnswered,
    OfferCall,
    OfferRefused,
    OfferWithdrawn,
    PlaceTold,
    QueueRefused,
    RecordCall,
    ReleaseLine,
)
from cti_core.call_control.trace import Out, Send, agent, dialogue, disregard, line, queue, recorder

PATH_MAX = 20  # steps through the menu kept for the screen pop
DATA_MAX = 50  # keys of associated data
LEAVE_KEY = "*"  # R-DLG: star goes back, from the queue to the menu


Event = (
    CallerIdHeard
    | LineAnswered
    | LineCleared
    | Entered
    | Transfer
    | HangUp
    | PlaceTold
    | QueueRefused
    | AgentFound
    | OfferAnswered
    | OfferRefused
    | AgentAway
    | AgentBack
    | AgentVanished
    | PromptFinished
    | DigitHeard
    | HoldCall
    | RetrieveCall
    | ClearConnection
    | ClearCall
    | SetCallData
)


def begin(ident: CallId, on: LineId, now: Instant, script: str) -> tuple[Call, list[Out]]:
    """A line rings with a new call."""
    new = Call(call=ident, line=on, state=Offered(), began=now, since=now, script=script)
    return new, [Tell(CallOffered(call=ident, line=on))]


def step(c: Call, event: Event, now: Instant) -> tuple[Call, list[Out]]:
    """Take an event. Requests come only from the agent of the call (the switch sees to it)."""
    match c.state, event:
        case _, CallerIdHeard():
            known = CallerIdReceived(call=c.call, line=c.line, caller=event.number, absence=event.absence)
            return replace(c, caller=event.number, version=c.version + 1), [Tell(known)]
        case _, SetCallData():
            return _with_data(c, event)
        case _, LineCleared(_, cause):
            return _ended(c, cause, now)
        case _, ClearCall():
            return c, [Send(line(c.line), ReleaseLine(Cause.NORMAL_CLEARING))]
        case Offered(), LineAnswered():
            answered = _moved(c, InDialogue(), now)
            return answered, [
                Tell(Established(call=c.call, line=c.line, device="ivr")),
                Send(recorder(c.call), RecordCall(c.line)),
                Send(dialogue(c.call), Began()),
            ]
        case InDialogue(), Entered(node):
            path = (*c.path, node)[-PATH_MAX:]
            return replace(c, path=path), [Tell(FlowStep(call=c.call, node=node, script=c.script))]
        case InDialogue(), Transfer(to, language):
            waiting = Waiting(queue=to, language=language, joined=now)
            return _moved(c, waiting, now), [Send(queue(to), JoinQueue(call=c.call, joined=now))]
        case InDialogue(), HangUp():
            return c, [Send(line(c.line), ReleaseLine(Cause.NORMAL_CLEARING))]
        case Waiting() as w, PlaceTold(place):
            return c, [_play(c, w.language, *_place(place))]
        case Waiting(), QueueRefused(cause):
            return _moved(c, InDialogue(), now), [
                StopPlaying(c.line),
                Send(dialogue(c.call), Returned(cause)),
            ]
        case Waiting() as w, DigitHeard() if event.digit == LEAVE_KEY:
            return _moved(c, InDialogue(), now), [
                StopPlaying(c.line),
                Send(queue(w.queue), LeaveQueue(c.call)),
                Send(dialogue(c.call), Returned(ReturnCause.CHOSE_MENU)),
            ]
        case Waiting() as w, AgentFound(who, waited_s):
            return _delivered(c, w, who, waited_s, now)
        case Waiting() | Delivering() | OnHold() | Interrupted(), PromptFinished():
            return c, [PlayMusic(c.line)]
        case Delivering() as d, OfferAnswered(who) if who == d.agent:
            talking = Talking(queue=d.queue, language=d.language, joined=d.joined, agent=who)
            return _moved(replace(c, last_agent=who), talking, now), [
                StopPlaying(c.line),
                *_paths(c, who),
                Tell(Established(call=c.call, line=c.line, device=agent_port(who), agent=who)),
            ]
        case Delivering() as d, OfferRefused(who, cause) if who == d.agent:
            back, outs = _requeued(c, d, now)
            return back, [Tell(Diverted(call=c.call, agent=who, queue=d.queue, cause=cause)), *outs]
        case Talking() as t, HoldCall():
            held = OnHold(queue=t.queue, language=t.language, joined=t.joined, agent=t.agent)
            return _moved(c, held, now), [
                *_cut(c, t.agent),
                PlayMusic(c.line),
                Tell(Held(call=c.call, agent=t.agent)),
            ]
        case OnHold() as h, RetrieveCall():
            return _moved(c, _talking(h), now), [
                StopPlaying(c.line),
                *_paths(c, h.agent),
                Tell(Retrieved(call=c.call, agent=h.agent)),
            ]
        case Talking() | OnHold() | Interrupted(), ClearConnection():
            return c, [Send(line(c.line), ReleaseLine(Cause.NORMAL_CLEARING))]
        case Talking() | OnHold() as t, AgentAway():
            gone = Interrupted(queue=t.queue, language=t.language, joined=t.joined, agent=t.agent)
            cut = _cut(c, t.agent) if isinstance(t, Talking) else []
            failed = Failed(
                call=c.call, line=c.line, device=agent_port(t.agent), cause=Cause.DEVICE_LOST, agent=t.agent
            )
            return _moved(c, gone, now), [*cut, _play(c, t.language, PromptId("agent.lost")), Tell(failed)]
        case Interrupted() as i, AgentBack():
            again = Established(call=c.call, line=c.line, device=agent_port(i.agent), agent=i.agent)
            return _moved(c, _talking(i), now), [StopPlaying(c.line), *_paths(c, i.agent), Tell(again)]
        case Interrupted() as i, AgentVanished():
            back, outs = _requeued(c, i, now)
            left = ConnectionCleared(call=c.call, device=agent_port(i.agent), cause=Cause.DEVICE_LOST, agent=i.agent)
            return back, [Tell(left), *outs]
        case _:
            return c, [disregard(event, c.state)]


def _moved(c: Call, to: State, now: Instant) -> Call:
    phase = PHASES[type(c.state)]
    spent = replace(c.spent, **{phase: getattr(c.spent, phase) + now - c.since})
    last = queue_of(to) or c.last_queue
    return replace(c, state=to, since=now, version=c.version + 1, spent=spent, last_queue=last)


def _delivered(c: Call, w: Waiting, who: AgentId, waited_s: float, now: Instant) -> tuple[Call, list[Out]]:
    to = Delivering(queue=w.queue, language=w.language, joined=w.joined, agent=who)
    pop = Delivered(
        call=c.call,
        line=c.line,
        agent=who,
        queue=w.queue,
        caller=c.caller,
        waited_s=waited_s,
        data=(*c.data, ("path", " > ".join(c.path))),
    )
    hears = [_play(c, w.language, PromptId("queue.connecting"))] if w.joined == now else []
    return _moved(c, to, now), [Send(agent(who), OfferCall(c.call)), Tell(pop), *hears]


def _requeued(c: Call, was: Delivering | Interrupted, now: Instant) -> tuple[Call, list[Out]]:
    waiting = Waiting(queue=was.queue, language=was.language, joined=was.joined)
    again = JoinQueue(call=c.call, joined=was.joined, passed_by=was.agent)
    return _moved(c, waiting, now), [Send(queue(was.queue), again)]


def _talking(was: OnHold | Interrupted) -> Talking:
    return Talking(queue=was.queue, language=was.language, joined=was.joined, agent=was.agent)


def _ended(c: Call, cause: Cause, now: Instant) -> tuple[Call, list[Out]]:
    outs: list[Out] = []
    match c.state:
        case Waiting() as w:
            outs.append(Send(queue(w.queue), LeaveQueue(c.call)))
        case Delivering() as d:
            outs.append(Send(agent(d.agent), OfferWithdrawn(c.call)))
        case Talking() | OnHold() | Interrupted() as t:
            outs += _cut(c, t.agent) if isinstance(t, Talking) else []
            outs.append(Send(agent(t.agent), CallEnded(c.call)))
        case _:
            pass
    if not isinstance(c.state, Offered):
        outs += [StopPlaying(c.line), Send(recorder(c.call), EndRecord())]
    over = _moved(c, Ended(), now)
    outs += [
        Tell(ConnectionCleared(call=c.call, device=line_port(c.line), cause=cause)),
        Tell(
            Cleared(
                call=c.call,
                line=c.line,
                cause=cause,
                ringing_s=seconds(over.spent.ringing),
                dialogue_s=seconds(over.spent.dialogue),
                waiting_s=seconds(over.spent.waiting),
                talking_s=seconds(over.spent.talking),
                queue=c.last_queue,
                agent=c.last_agent,
            )
        ),
    ]
    return over, outs


def _with_data(c: Call, event: SetCallData) -> tuple[Call, list[Out]]:
    merged = {**dict(c.data), **dict(event.data)}
    data = tuple((key, value) for key, value in merged.items() if value)[:DATA_MAX]
    return replace(c, data=data, version=c.version + 1), [Tell(DataChanged(call=c.call, data=data))]


def _play(c: Call, language: Language, *items: Item) -> PlayPrompt:
    return PlayPrompt(line=c.line, playing=PlayingId(0), items=items, language=language)  # the switch numbers it


def _place(place: int) -> tuple[Item, ...]:
    return PromptId("queue.place.before"), Spoken(Reader.CARDINAL, str(place)), PromptId("queue.place.after")


def _paths(c: Call, who: AgentId) -> list[Out]:
    ours, theirs = line_port(c.line), agent_port(who)
    return [Connect(ours, theirs), Connect(theirs, ours)]


def _cut(c: Call, who: AgentId) -> list[Out]:
    ours, theirs = line_port(c.line), agent_port(who)
    return [Disconnect(ours, theirs), Disconnect(theirs, ours)]
