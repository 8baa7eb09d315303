"""Who an event comes from and who takes it; which requests are refused before any machine hears them."""

from typing import assert_never

from cti_core.call_control.actions import (
    Action,
    AskService,
    Connect,
    Disconnect,
    GoOffHook,
    GoOnHook,
    PauseRecording,
    PlayMusic,
    PlayPrompt,
    ResumeRecording,
    StartRecording,
    StopPlaying,
    StopRecording,
    Tell,
)
from cti_core.call_control.call_states import InDialogue, agent_of
from cti_core.call_control.errors import ErrorCategory, RequestRejected
from cti_core.call_control.events import (
    AgentLost,
    AgentReturned,
    AlarmNoticed,
    AlarmOver,
    AnswerCall,
    CallerIdHeard,
    ClearCall,
    ClearConnection,
    ConfigChanged,
    DigitEnded,
    DigitHeard,
    Event,
    FinishWrapUp,
    HoldCall,
    LineFailed,
    LineRestored,
    LogOff,
    LogOn,
    LoopDropped,
    PolarityReversed,
    PromptFinished,
    RecordingClosed,
    RecordingFailed,
    RejectCall,
    Request,
    RetrieveCall,
    RingHeard,
    ServiceAnswered,
    ServiceFailed,
    SetCallData,
    SetLineService,
    SetNotReady,
    SetReady,
    ToneHeard,
)
from cti_core.call_control.ids import AgentId, CallId, LineId
from cti_core.call_control.machines import Machines
from cti_core.call_control.trace import API, HOUSE, SERVICE, Party, agent, call, caller, dialogue, line, recorder


def address(event: Event, m: Machines) -> tuple[Party, Party]:
    """Source and target of an event from outside."""
    match event:
        case (
            RingHeard()
            | CallerIdHeard()
            | ToneHeard()
            | LoopDropped()
            | PolarityReversed()
            | LineFailed()
            | LineRestored()
        ):
            return caller(event.line), line(event.line)
        case DigitHeard() | DigitEnded() | PromptFinished():
            return caller(event.line), listener(event.line, m)
        case ServiceAnswered() | ServiceFailed():
            asked_by = m.asks.get(event.ask)
            return SERVICE, SERVICE if asked_by is None else dialogue(asked_by)
        case RecordingClosed() | RecordingFailed():
            party = recorder(CallId(event.recording))
            return party, party
        case AgentLost() | AgentReturned():
            return API, agent(event.agent)
        case AlarmNoticed() | AlarmOver() | ConfigChanged():
            return HOUSE, HOUSE
        case LogOn() | LogOff() | SetReady() | SetNotReady() | FinishWrapUp() | AnswerCall() | RejectCall():
            return API, agent(event.agent)
        case HoldCall() | RetrieveCall() | ClearConnection() | ClearCall() | SetCallData():
            return API, call(event.call)
        case SetLineService():
            return API, line(event.line)
        case _:
            assert_never(event)


def listener(on: LineId, m: Machines) -> Party:
    """Who hears what the caller keys: the dialogue, or the call when the caller is elsewhere."""
    ident = m.call_on(on)
    if ident is None or ident not in m.calls:
        return line(on)
    return dialogue(ident) if isinstance(m.calls[ident].state, InDialogue) else call(ident)


def performer(action: Action, source: Party) -> Party:
    """Where the arrow of an action points to."""
    match action:
        case GoOffHook() | GoOnHook() | PlayPrompt() | PlayMusic() | StopPlaying():
            return caller(action.line)
        case Connect() | Disconnect():
            name = action.sink[1:]
            return agent(AgentId(name)) if action.sink.startswith("A") else caller(LineId(int(name)))
        case StartRecording() | PauseRecording() | ResumeRecording() | StopRecording():
            return source
        case AskService():
            return SERVICE
        case Tell():
            return API
        case _:
            assert_never(action)


def refuse(request: Request, m: Machines) -> None:
    """Raises RequestRejected for what does not exist, is not theirs, or is out of date."""
    match request:
        case LogOn():
            unknown = [name for name in request.queues if name not in m.queues]
            if unknown:
                raise RequestRejected("unknownQueue", ErrorCategory.OPERATION, queue=unknown[0])
            _known_agent(request.agent, m)
        case LogOff() | SetReady() | SetNotReady() | FinishWrapUp():
            _known_agent(request.agent, m)
        case SetLineService():
            if request.line not in m.lines:
                raise RequestRejected("unknownLine", ErrorCategory.OPERATION, line=request.line)
        case ClearCall() | SetCallData():
            _current_call(request.call, request.version, m)
        case AnswerCall() | RejectCall() | HoldCall() | RetrieveCall() | ClearConnection():
            _known_agent(request.agent, m)
            _current_call(request.call, request.version, m)
            if agent_of(m.calls[request.call].state) != request.agent:
                raise RequestRejected("notYourCall", ErrorCategory.SECURITY, call=request.call, agent=request.agent)
        case _:
            assert_never(request)


def _known_agent(who: AgentId, m: Machines) -> None:
    if who not in m.agents:
        raise RequestRejected("unknownAgent", ErrorCategory.OPERATION, agent=who)


def _current_call(ident: CallId, version: int | None, m: Machines) -> None:
    if ident not in m.calls:
        raise RequestRejected("unknownCall", ErrorCategory.OPERATION, call=ident)
    now = m.calls[ident].version
    if version is not None and version != now:
        raise RequestRejected(
            "staleVersion", ErrorCategory.STATE_INCOMPATIBILITY, call=ident, version=now, given=version
        )


def wrong_state(request: Request, state: str) -> RequestRejected:
    """The machine had no arrow for it."""
    return RequestRejected(
        "wrongState", ErrorCategory.STATE_INCOMPATIBILITY, request=type(request).__name__, state=state
    )
