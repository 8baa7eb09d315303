"""One call: who treats the caller now, and what every connection of it is (CSTA's seven states, derived, never stored).

    Offered --answered--> InDialogue --transfer--> Waiting --agent found--> Delivering --answered--> Talking <--> OnHold
    Delivering --no answer, reject--> Waiting (the place is kept)           Talking, OnHold --desktop lost--> Interrupted
    Waiting --*, full, too long--> InDialogue                               Interrupted --back--> Talking
    any --line cleared--> Ended                                             Interrupted --vanished--> Waiting (the place is kept)

    (an agent asks) --> Initiated --agent lifted--> Calling --number out--> Alerting --answered--> Talking     (`call_of_ours`)

There is one way to the end: the line cleared. Whoever wants the call to end asks the line.
"""

from dataclasses import replace

from cti_core.call_control import call_in_talk, call_of_ours
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
    BEFORE_RECORDING,
    Alerting,
    Call,
    Calling,
    Delivering,
    Ended,
    InDialogue,
    Initiated,
    Interrupted,
    Offered,
    OfOurs,
    OnHold,
    Talking,
    Waiting,
    WithAgent,
    moved,
)
from cti_core.call_control.cas_words import CalledHeard
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
    DialFinished,
    DigitHeard,
    HoldCall,
    PromptFinished,
    RetrieveCall,
    SetCallData,
)
from cti_core.call_control.ids import (
    CallId,
    LineId,
    PlayingId,
    PromptId,
    agent_port,
    line_port,
)
from cti_core.call_control.in_talk import AgentKeyed, FlashCall, GenerateDigits
from cti_core.call_control.notes import (
    AgentAway,
    AgentBack,
    AgentFlashed,
    AgentFound,
    AgentLifted,
    AgentReplaced,
    AgentVanished,
    CallEnded,
    EndRecord,
    JoinQueue,
    LeaveQueue,
    LineAlerting,
    LineAnswered,
    LineCleared,
    LineDialled,
    LineFound,
    LineLost,
    LineSeized,
    NoLineFree,
    OfferAnswered,
    OfferCall,
    OfferRefused,
    OfferWithdrawn,
    PlaceTold,
    QueueRefused,
    RecallAgent,
    RecordCall,
    ReleaseLine,
)
from cti_core.call_control.trace import Out, Send, agent, dialogue, disregard, line, queue, recorder

PATH_MAX = 20  # steps through the menu kept for the screen pop
DATA_MAX = 50  # keys of associated data
CALLED = "called"  # key of associated data: which of our numbers the caller dialled
LEAVE_KEY = "*"  # R-DLG: star goes back, from the queue to the menu


Event = (
    CallerIdHeard
    | CalledHeard
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
    | AgentLifted
    | AgentReplaced
    | AgentFlashed
    | LineSeized
    | LineDialled
    | LineAlerting
    | LineLost
    | LineFound
    | NoLineFree
    | PromptFinished
    | DigitHeard
    | HoldCall
    | RetrieveCall
    | ClearConnection
    | ClearCall
    | SetCallData
    | GenerateDigits
    | AgentKeyed
    | FlashCall
    | DialFinished
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
        case _, CalledHeard(number=number):  # one of ours: no secret
            return _with_data(c, ((CALLED, number.reveal()),))
        case _, SetCallData(data=data):
            return _with_data(c, data)
        case _, LineCleared(_, cause):
            return _ended(c, cause, now)
        case _, ClearCall():
            return c, [Send(line(c.line), ReleaseLine(Cause.NORMAL_CLEARING))]
        case _, NoLineFree():
            return _ended(c, Cause.RESOURCES_NOT_AVAILABLE, now)
        case ((Initiated() | Calling() | Alerting()), _):
            return call_of_ours.step(c, event, now)
        case Offered(), LineAnswered():
            answered = moved(c, InDialogue(), now)
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
            return moved(c, waiting, now), [Send(queue(to), JoinQueue(call=c.call, joined=now))]
        case InDialogue(), HangUp():
            return c, [Send(line(c.line), ReleaseLine(Cause.NORMAL_CLEARING))]
        case Waiting() as w, PlaceTold(place):
            return c, [_play(c, w.language, *_place(place))]
        case Waiting(), QueueRefused(cause):
            return moved(c, InDialogue(), now), [
                StopPlaying(c.line),
                Send(dialogue(c.call), Returned(cause)),
            ]
        case Waiting() as w, DigitHeard() if event.digit == LEAVE_KEY:
            return moved(c, InDialogue(), now), [
                StopPlaying(c.line),
                Send(queue(w.queue), LeaveQueue(c.call)),
                Send(dialogue(c.call), Returned(ReturnCause.CHOSE_MENU)),
            ]
        case Waiting() as w, AgentFound():
            return _delivered(c, w, event, now)
        case Waiting() | Delivering() | OnHold() | Interrupted(), PromptFinished():
            return c, [PlayMusic(c.line)]
        case Delivering() as d, OfferAnswered(who) if who == d.agent:
            talking = _talking(d)
            return moved(replace(c, last_agent=who), talking, now), [
                StopPlaying(c.line),
                *_paths(c, talking),
                Tell(Established(call=c.call, line=c.line, device=talking.device, agent=who)),
            ]
        case Delivering() as d, OfferRefused(who, cause) if who == d.agent:
            back, outs = _requeued(c, d, now)
            told = Diverted(call=c.call, agent=who, queue=d.queue, cause=cause, device=d.device)
            return back, [Tell(told), *outs]
        case Talking() as t, HoldCall() | AgentFlashed():
            held = OnHold(queue=t.queue, language=t.language, joined=t.joined, agent=t.agent, device=t.device)
            return moved(c, held, now), [
                *_cut(c, t),
                PlayMusic(c.line),
                Tell(Held(call=c.call, agent=t.agent, device=t.device)),
            ]
        case OnHold() as h, RetrieveCall() | AgentFlashed() | AgentLifted():
            return moved(c, _talking(h), now), [
                StopPlaying(c.line),
                *_paths(c, h),
                Tell(Retrieved(call=c.call, agent=h.agent, device=h.device)),
            ]
        case ((Talking() | OnHold() | Interrupted()), ClearConnection()) | (Talking(), AgentReplaced()):
            return c, [Send(line(c.line), ReleaseLine(Cause.NORMAL_CLEARING))]
        case OnHold() as h, AgentReplaced():
            return c, [Send(agent(h.agent), RecallAgent(c.call))]
        case Talking(), GenerateDigits() | AgentKeyed() | FlashCall() | DialFinished():
            return call_in_talk.step(c, event)
        case ((Talking() | OnHold() | Interrupted()), _):
            return _agent_reachable(c, event, now)
        case _:
            return c, [disregard(event, c.state)]


def _agent_reachable(c: Call, event: Event, now: Instant) -> tuple[Call, list[Out]]:
    """The agent's device is lost in the middle of it, and comes back or does not."""
    match c.state, event:
        case Talking() | OnHold() as t, AgentAway():
            gone = Interrupted(queue=t.queue, language=t.language, joined=t.joined, agent=t.agent, device=t.device)
            cut = _cut(c, t) if isinstance(t, Talking) else []
            failed = Failed(call=c.call, line=c.line, device=t.device, cause=Cause.DEVICE_LOST, agent=t.agent)
            return moved(c, gone, now), [*cut, _play(c, t.language, PromptId("agent.lost")), Tell(failed)]
        case Interrupted() as i, AgentBack():
            again = Established(call=c.call, line=c.line, device=i.device, agent=i.agent, estimated=c.estimated)
            return moved(c, _talking(i), now), [StopPlaying(c.line), *_paths(c, i), Tell(again)]
        case OnHold() | Interrupted() as i, AgentVanished():
            back, outs = _requeued(c, i, now)
            left = ConnectionCleared(call=c.call, device=i.device, cause=Cause.DEVICE_LOST, agent=i.agent)
            return back, [Tell(left), *outs]
        case _:
            return c, [disregard(event, c.state)]


def _delivered(c: Call, w: Waiting, found: AgentFound, now: Instant) -> tuple[Call, list[Out]]:
    who = found.agent
    device = found.device or agent_port(who)
    to = Delivering(queue=w.queue, language=w.language, joined=w.joined, agent=who, device=device)
    pop = Delivered(
        call=c.call,
        line=c.line,
        agent=who,
        queue=w.queue,
        caller=c.caller,
        waited_s=found.waited_s,
        data=(*c.data, ("path", " > ".join(c.path))),
        device=device,
    )
    hears = [_play(c, w.language, PromptId("queue.connecting"))] if w.joined == now else []
    return moved(c, to, now), [Send(agent(who), OfferCall(c.call)), Tell(pop), *hears]


def _requeued(c: Call, was: Delivering | OnHold | Interrupted, now: Instant) -> tuple[Call, list[Out]]:
    """The caller keeps the place. Who was called by us has none: the call is over."""
    if was.queue is None:
        return c, [Send(line(c.line), ReleaseLine(Cause.DEVICE_LOST))]
    waiting = Waiting(queue=was.queue, language=was.language, joined=was.joined)
    again = JoinQueue(call=c.call, joined=was.joined, passed_by=was.agent)
    return moved(c, waiting, now), [Send(queue(was.queue), again)]


def _talking(was: Delivering | OnHold | Interrupted) -> Talking:
    return Talking(queue=was.queue, language=was.language, joined=was.joined, agent=was.agent, device=was.device)


def _ended(c: Call, cause: Cause, now: Instant) -> tuple[Call, list[Out]]:
    outs: list[Out] = []
    match c.state:
        case Waiting() as w:
            outs.append(Send(queue(w.queue), LeaveQueue(c.call)))
        case Delivering() as d:
            outs.append(Send(agent(d.agent), OfferWithdrawn(c.call)))
        case Talking() | OnHold() | Interrupted() as t:
            outs += _cut(c, t) if isinstance(t, Talking) else []
            outs.append(Send(agent(t.agent), CallEnded(c.call)))
        case Initiated() | Calling() | Alerting() as ours:
            outs += [] if isinstance(ours, Initiated) else _cut(c, ours)
            outs.append(Send(agent(ours.agent), CallEnded(c.call)))
        case _:
            pass
    if not isinstance(c.state, BEFORE_RECORDING):
        outs += [StopPlaying(c.line), Send(recorder(c.call), EndRecord())]
    over = moved(c, Ended(), now)
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


def _with_data(c: Call, said: tuple[tuple[str, str], ...]) -> tuple[Call, list[Out]]:
    merged = {**dict(c.data), **dict(said)}
    data = tuple((key, value) for key, value in merged.items() if value)[:DATA_MAX]
    return replace(c, data=data, version=c.version + 1), [Tell(DataChanged(call=c.call, data=data))]


def _play(c: Call, language: Language, *items: Item) -> PlayPrompt:
    return PlayPrompt(line=c.line, playing=PlayingId(0), items=items, language=language)  # the switch numbers it


def _place(place: int) -> tuple[Item, ...]:
    return PromptId("queue.place.before"), Spoken(Reader.CARDINAL, str(place)), PromptId("queue.place.after")


def _paths(c: Call, with_agent: WithAgent) -> list[Out]:
    ours, theirs = line_port(c.line), with_agent.device
    return [Connect(ours, theirs), Connect(theirs, ours)]


def _cut(c: Call, with_agent: WithAgent | OfOurs) -> list[Out]:
    ours, theirs = line_port(c.line), with_agent.device
    return [Disconnect(ours, theirs), Disconnect(theirs, ours)]
