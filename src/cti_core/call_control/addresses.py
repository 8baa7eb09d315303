"""Who an event comes from and who takes it; which requests are refused before any machine hears them."""

from typing import assert_never

from cti_core.call_control.actions import (
    Action,
    AskService,
    Connect,
    DialDigits,
    Disconnect,
    GoOffHook,
    GoOnHook,
    PauseRecording,
    PlayMusic,
    PlayPrompt,
    PlayTone,
    ReleaseExtension,
    ResumeRecording,
    RingExtension,
    StartRecording,
    StopPlaying,
    StopRecording,
    StopRinging,
    StopTone,
    Tell,
)
from cti_core.call_control.agent import NotReady, Ready, WorkingAfterCall
from cti_core.call_control.call_states import InDialogue, WithAgent, agent_of
from cti_core.call_control.cas_words import (
    CalledHeard,
    CasHeard,
    ListenToRegister,
    SendSignal,
    SetCas,
    SignalEnded,
    SignalHeard,
    StopSignal,
)
from cti_core.call_control.errors import ErrorCategory, RequestRejected
from cti_core.call_control.events import (
    AgentLost,
    AgentReturned,
    AlarmNoticed,
    AlarmOver,
    AnswerCall,
    AnswerHeard,
    CallerIdHeard,
    ClearCall,
    ClearConnection,
    ConfigChanged,
    DialFinished,
    DigitEnded,
    DigitHeard,
    EndLineTest,
    Event,
    ExtensionFailed,
    ExtensionRestored,
    FinishWrapUp,
    FlashHeard,
    HandsetLifted,
    HandsetReplaced,
    HoldCall,
    LineFailed,
    LineRestored,
    LogOff,
    LogOn,
    LoopDropped,
    MakeCall,
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
    TestLine,
    ToneEnded,
    ToneHeard,
    VoiceHeard,
)
from cti_core.call_control.extension import Failed, InUse, Left
from cti_core.call_control.hunting import free_line
from cti_core.call_control.ids import AgentId, CallId, ExtensionId, LineId
from cti_core.call_control.in_talk import FlashCall, FlashLine, GenerateDigits, InTalk, PhoneKeyHeard, SendDigits
from cti_core.call_control.line_kinds import is_free
from cti_core.call_control.line_states import LinePlan
from cti_core.call_control.machines import Machines, SwitchPlan
from cti_core.call_control.trace import (
    API,
    HOUSE,
    SERVICE,
    Party,
    agent,
    call,
    caller,
    dialogue,
    extension,
    line,
    recorder,
    telephone,
)

NUMBER = frozenset("0123456789*#,")  # what can be dialled; a comma waits a second
NUMBER_MAX = 32  # assumed: longer than any number with its prefixes


def address(event: Event, m: Machines, fresh: CallId) -> tuple[Party, Party]:
    """Source and target of an event from outside. `fresh` is the id a new call would get."""
    match event:
        case (
            RingHeard()
            | CallerIdHeard()
            | ToneHeard()
            | ToneEnded()
            | VoiceHeard()
            | AnswerHeard()
            | LoopDropped()
            | PolarityReversed()
            | LineFailed()
            | LineRestored()
            | CasHeard()
            | SignalHeard()
            | SignalEnded()
            | CalledHeard()
        ):
            return caller(event.line), line(event.line)
        case DialFinished():
            return caller(event.line), _dialler(event.line, m)
        case DigitHeard() | DigitEnded() | PromptFinished():
            return caller(event.line), listener(event.line, m)
        case (
            HandsetLifted()
            | HandsetReplaced()
            | FlashHeard()
            | PhoneKeyHeard()
            | ExtensionFailed()
            | ExtensionRestored()
        ):
            return telephone(event.extension), extension(event.extension)
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
        case GenerateDigits() | FlashCall():
            return API, call(event.call)
        case SetLineService() | TestLine() | EndLineTest():
            return API, line(event.line)
        case MakeCall():
            return API, call(fresh)
        case _:
            assert_never(event)


def listener(on: LineId, m: Machines) -> Party:
    """Who hears what the caller keys: the dialogue, or the call when the caller is elsewhere."""
    ident = m.call_on(on)
    if ident is None or ident not in m.calls:
        return line(on)
    return dialogue(ident) if isinstance(m.calls[ident].state, InDialogue) else call(ident)


def _dialler(on: LineId, m: Machines) -> Party:
    """Who waits until digits are out: the line that dials, or the call whose agent pressed keys."""
    ident = m.call_on(on)
    if ident is not None and ident in m.calls and isinstance(m.calls[ident].state, WithAgent):
        return call(ident)
    return line(on)


def performer(action: Action, source: Party) -> Party:
    """Where the arrow of an action points to."""
    match action:
        case GoOffHook() | GoOnHook() | DialDigits() | PlayPrompt() | PlayMusic() | StopPlaying():
            return caller(action.line)
        case RingExtension() | StopRinging() | ReleaseExtension() | PlayTone() | StopTone():
            return telephone(action.extension)
        case SendDigits() | FlashLine():
            return caller(action.line)
        case SetCas() | ListenToRegister() | SendSignal() | StopSignal():
            return caller(action.line)
        case Connect() | Disconnect():
            return _listening(action.sink)
        case StartRecording() | PauseRecording() | ResumeRecording() | StopRecording():
            return source
        case AskService():
            return SERVICE
        case Tell():
            return API
        case _:
            assert_never(action)


def _listening(sink: str) -> Party:
    kind, name = sink[0], sink[1:]
    match kind:
        case "A":
            return agent(AgentId(name))
        case "X":
            return telephone(ExtensionId(name))
        case _:
            return caller(LineId(int(name)))


def refuse(request: Request, m: Machines, plan: SwitchPlan) -> None:
    """Raises RequestRejected for what does not exist, is not theirs, or is out of date."""
    match request:
        case LogOn():
            unknown = [name for name in request.queues if name not in m.queues]
            if unknown:
                raise RequestRejected("unknownQueue", ErrorCategory.OPERATION, queue=unknown[0])
            _known_agent(request.agent, m)
        case SetReady():
            _known_agent(request.agent, m)
            _telephone_works(request.agent, m, plan)
        case LogOff() | SetNotReady() | FinishWrapUp():
            _known_agent(request.agent, m)
        case SetLineService() | TestLine() | EndLineTest():
            _known_line(request.line, m)
        case MakeCall():
            _known_agent(request.agent, m)
            _refuse_to_call(request, m, plan)
        case ClearCall() | SetCallData():
            _current_call(request.call, request.version, m)
        case (
            AnswerCall()
            | RejectCall()
            | HoldCall()
            | RetrieveCall()
            | ClearConnection()
            | GenerateDigits()
            | FlashCall()
        ):
            _known_agent(request.agent, m)
            _current_call(request.call, request.version, m)
            if agent_of(m.calls[request.call].state) != request.agent:
                raise RequestRejected("notYourCall", ErrorCategory.SECURITY, call=request.call, agent=request.agent)
            if isinstance(request, AnswerCall | RetrieveCall):
                _handset_in_hand(request.agent, m, plan)
            if isinstance(request, InTalk):
                _refuse_in_talk(request, m, plan)
        case _:
            assert_never(request)


def _known_agent(who: AgentId, m: Machines) -> None:
    if who not in m.agents:
        raise RequestRejected("unknownAgent", ErrorCategory.OPERATION, agent=who)


def _known_line(number: LineId, m: Machines) -> None:
    if number not in m.lines:
        raise RequestRejected("unknownLine", ErrorCategory.OPERATION, line=number)


def _handset_in_hand(who: AgentId, m: Machines, plan: SwitchPlan) -> None:
    """Nobody can lift a telephone from a desktop."""
    phone = _phone(who, plan)
    if phone is not None and not isinstance(m.extensions[phone], Left | InUse):
        raise RequestRejected("telephoneOnHook", ErrorCategory.STATE_INCOMPATIBILITY, extension=phone, agent=who)


def _telephone_works(who: AgentId, m: Machines, plan: SwitchPlan) -> None:
    phone = _phone(who, plan)
    if phone is not None and isinstance(away := m.extensions[phone], Failed):
        raise RequestRejected(
            "telephoneOut", ErrorCategory.STATE_INCOMPATIBILITY, extension=phone, reason=away.reason, agent=who
        )


def _phone(who: AgentId, plan: SwitchPlan) -> ExtensionId | None:
    return next((p.extension for p in plan.agents if p.agent == who), None)


def _refuse_to_call(request: MakeCall, m: Machines, plan: SwitchPlan) -> None:
    number = request.number.reveal()
    if not number.strip(",") or len(number) > NUMBER_MAX or not NUMBER.issuperset(number):
        raise RequestRejected("undialable", ErrorCategory.OPERATION, number=request.number.masked())
    state = m.agents[request.agent]
    if not isinstance(state, NotReady | Ready | WorkingAfterCall):
        raise wrong_state(request, type(state).__name__)
    _telephone_works(request.agent, m, plan)
    plans = {p.line: p for p in plan.lines}
    if request.line is None:
        if free_line(m.lines, plans) is None:
            raise RequestRejected("noFreeLine", ErrorCategory.SYSTEM_RESOURCE)
        return
    _known_line(request.line, m)
    if not plans[request.line].outgoing:
        raise RequestRejected("lineForCallersOnly", ErrorCategory.OPERATION, line=request.line)
    if not is_free(m.lines[request.line]):
        raise RequestRejected("lineBusy", ErrorCategory.SYSTEM_RESOURCE, line=request.line)


def _refuse_in_talk(request: InTalk, m: Machines, plan: SwitchPlan) -> None:
    if isinstance(request, GenerateDigits):
        keys = request.digits.reveal()
        if not keys.strip(",") or len(keys) > NUMBER_MAX or not NUMBER.issuperset(keys):
            raise RequestRejected("undialable", ErrorCategory.OPERATION, number=str(request.digits))
        return
    number = m.calls[request.call].line
    if not any(isinstance(p, LinePlan) and p.line == number and p.flash_ms for p in plan.lines):
        raise RequestRejected("cannotFlash", ErrorCategory.OPERATION, line=number)


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
