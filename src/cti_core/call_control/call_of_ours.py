"""A call of ours until it is answered. A part of `call`: from the answer on it is a call like any other.

    Initiated --agent lifted--> Calling --number out--> Alerting --answered--> Talking
    Initiated, Calling --line lost (glare, no dial tone)--> the same, on another line; none left --> over
    any --agent gave up--> the line is released

The agent hears the line from its seizure on; the line hears the agent when the number is out, so that no word spoils a digit.
"""

from dataclasses import replace

from cti_core.call_control.actions import Connect, Disconnect, Language, Tell
from cti_core.call_control.call_states import Alerting, Call, Calling, Initiated, OfOurs, Talking, moved
from cti_core.call_control.clock import Instant
from cti_core.call_control.csta import Cause, Established
from cti_core.call_control.csta_calling import FarEndAlerting, LineHunted, NetworkReached, Originated, ServiceInitiated
from cti_core.call_control.events import ClearConnection, MakeCall
from cti_core.call_control.ids import CallId, LineId, PortId, line_port
from cti_core.call_control.notes import (
    AgentAway,
    AgentLifted,
    AgentReplaced,
    AgentVanished,
    HuntLine,
    LineAlerting,
    LineAnswered,
    LineDialled,
    LineFound,
    LineLost,
    LineSeized,
    PlaceCall,
    RecordCall,
    ReleaseLine,
    ReserveLine,
    SeizeLine,
)
from cti_core.call_control.trace import HOUSE, Out, Send, agent, disregard, line, recorder

_Step = tuple[Call, list[Out]]


def begin(ident: CallId, on: LineId, request: MakeCall, device: PortId, now: Instant) -> _Step:
    """An agent asks for a call; `on` is free."""
    who = request.agent
    state = Initiated(agent=who, device=device, tried=(on,))
    new = Call(call=ident, line=on, state=state, began=now, since=now, script="", called=request.number, last_agent=who)
    initiated = ServiceInitiated(call=ident, line=on, device=state.device, agent=who, called=request.number)
    return new, [Tell(initiated), Send(line(on), ReserveLine(ident)), Send(agent(who), PlaceCall(ident))]


def step(c: Call, event: object, now: Instant) -> _Step:
    assert isinstance(c.state, OfOurs), "`call.step` sends only these states here"
    assert c.called is not None, "and only calls of ours are in them"
    ours, theirs = line_port(c.line), c.state.device
    match c.state, event:
        case Initiated() as i, AgentLifted(who):
            calling = Calling(agent=who, device=i.device, tried=i.tried)
            told = Originated(call=c.call, line=c.line, device=theirs, agent=who)
            return moved(c, calling, now), [Tell(told), Send(line(c.line), SeizeLine(c.called))]
        case Initiated() | Calling() as s, LineLost(_, reason):
            cut = [Disconnect(ours, theirs)] if isinstance(s, Calling) else []
            return c, [*cut, Send(HOUSE, HuntLine(c.call, s.tried, reason))]
        case Initiated() | Calling() as s, LineFound(found, reason):
            hunted = LineHunted(call=c.call, line=found, tried=c.line, reason=reason)
            outs: list[Out] = [Tell(hunted), Send(line(found), ReserveLine(c.call))]
            if isinstance(s, Calling):
                outs.append(Send(line(found), SeizeLine(c.called)))
            again = replace(c, line=found, state=replace(s, tried=(*s.tried, found)), version=c.version + 1)
            return again, outs
        case Calling(), LineSeized():
            return c, [Connect(ours, theirs)]  # the agent hears dial tone and digits; the exchange hears only digits
        case Calling() as s, LineDialled():
            reached = NetworkReached(call=c.call, line=c.line, device=ours)
            return moved(c, Alerting(agent=s.agent, device=s.device), now), [
                Connect(theirs, ours),
                Send(recorder(c.call), RecordCall(c.line)),
                Tell(reached),
            ]
        case Alerting(), LineAlerting():
            return c, [Tell(FarEndAlerting(call=c.call, line=c.line))]
        case Alerting() as s, LineAnswered(estimated=estimated):
            talking = Talking(queue=None, language=Language.ZH, joined=now, agent=s.agent, device=s.device)
            established = Established(call=c.call, line=c.line, device=ours, agent=s.agent, estimated=estimated)
            return moved(replace(c, estimated=estimated), talking, now), [Tell(established)]
        case _, ClearConnection() | AgentReplaced():
            return c, [Send(line(c.line), ReleaseLine(Cause.CALL_CANCELLED))]
        case _, AgentVanished():
            return c, [Send(line(c.line), ReleaseLine(Cause.NO_ANSWER))]
        case _, AgentAway():
            return c, [Send(line(c.line), ReleaseLine(Cause.DEVICE_LOST))]
        case _:
            return c, [disregard(event, c.state)]
