"""The product of states and events: no machine raises, none ignores in silence, none forgets a deadline."""

import itertools
from collections.abc import Iterable
from typing import get_args

import pytest

from cti_core.call_control import agent as agents
from cti_core.call_control import call as calls
from cti_core.call_control import (
    call_states,
    cas,
    cas_line,
    cas_states,
    cas_words,
    csta,
    dialogue,
    events,
    in_talk,
    line_states,
    notes,
    register_incoming,
    register_outgoing,
)
from cti_core.call_control import extension as extensions
from cti_core.call_control import line as lines
from cti_core.call_control import queue as queues
from cti_core.call_control import recording as recordings
from cti_core.call_control.actions import Language
from cti_core.call_control.clock import Instant
from cti_core.call_control.ids import AgentId, AskId, CallId, PlayingId, RecordingId, agent_port
from cti_core.call_control.notes import Disregarded
from cti_core.call_control.privacy import Keys, PhoneNumber
from cti_core.call_control.register_outgoing import OutgoingCall
from machines.plans import ANNA, CAI, L1, L2, L3, PHONE_PLAN, PLAN, SERVICE, TRUNK, X801

NOW, LATER = Instant(160_000), Instant(320_000)
CALL = CallId("t-1")
NUMBER = PhoneNumber("13900001234")

EXAMPLES: dict[type, object] = {
    events.RingHeard: events.RingHeard(L1),
    events.CallerIdHeard: events.CallerIdHeard(line=L1, number=NUMBER),
    events.DigitHeard: events.DigitHeard(line=L1, digit="*"),
    events.ToneHeard: events.ToneHeard(L1, events.Tone.BUSY),
    events.ToneEnded: events.ToneEnded(L1, events.Tone.RINGBACK),
    events.VoiceHeard: events.VoiceHeard(L1),
    events.AnswerHeard: events.AnswerHeard(L1),
    events.DialFinished: events.DialFinished(L1),
    cas_words.CasHeard: cas_words.CasHeard(L3, cas.bits("0011")),
    cas_words.SignalHeard: cas_words.SignalHeard(L3, cas_words.Mfc(cas.Direction.BACKWARD, 1)),
    cas_words.SignalEnded: cas_words.SignalEnded(L3, cas.Direction.BACKWARD),
    cas_words.CalledHeard: cas_words.CalledHeard(L3, NUMBER),
    events.HandsetLifted: events.HandsetLifted(X801),
    events.HandsetReplaced: events.HandsetReplaced(X801),
    events.FlashHeard: events.FlashHeard(X801),
    in_talk.PhoneKeyHeard: in_talk.PhoneKeyHeard(X801, Keys("5")),
    in_talk.PhoneKeyed: in_talk.PhoneKeyed(Keys("5")),
    in_talk.AgentKeyed: in_talk.AgentKeyed(CAI, Keys("5")),
    events.ExtensionFailed: events.ExtensionFailed(X801, "unplugged"),
    events.ExtensionRestored: events.ExtensionRestored(X801),
    events.TestLine: events.TestLine(L1),
    events.EndLineTest: events.EndLineTest(L1),
    events.LoopDropped: events.LoopDropped(L1),
    events.PolarityReversed: events.PolarityReversed(L1),
    events.LineFailed: events.LineFailed(L1, "cut"),
    events.LineRestored: events.LineRestored(L1),
    events.PromptFinished: events.PromptFinished(L1, PlayingId(1)),
    events.ServiceAnswered: events.ServiceAnswered(ask=AskId(1), outcome="open"),
    events.ServiceFailed: events.ServiceFailed(AskId(1), "away"),
    events.RecordingClosed: events.RecordingClosed(recording=RecordingId(CALL), seconds=1.0, sha256=""),
    events.RecordingFailed: events.RecordingFailed(RecordingId(CALL), "disk full"),
    events.AgentLost: events.AgentLost(ANNA),
    events.AgentReturned: events.AgentReturned(ANNA),
    events.LogOn: events.LogOn(ANNA, (SERVICE,)),
    events.LogOff: events.LogOff(ANNA),
    events.SetReady: events.SetReady(ANNA),
    events.SetNotReady: events.SetNotReady(ANNA, "break"),
    events.FinishWrapUp: events.FinishWrapUp(ANNA),
    events.AnswerCall: events.AnswerCall(ANNA, CALL),
    events.RejectCall: events.RejectCall(ANNA, CALL),
    events.HoldCall: events.HoldCall(ANNA, CALL),
    events.RetrieveCall: events.RetrieveCall(ANNA, CALL),
    events.ClearConnection: events.ClearConnection(ANNA, CALL),
    events.ClearCall: events.ClearCall(CALL),
    events.SetCallData: events.SetCallData(CALL, (("name", "x"),)),
    events.SetLineService: events.SetLineService(L1, in_service=False),
    in_talk.GenerateDigits: in_talk.GenerateDigits(agent=ANNA, call=CALL, digits=Keys("12")),
    in_talk.FlashCall: in_talk.FlashCall(ANNA, CALL),
    in_talk.Flash: in_talk.Flash(),
    notes.ReleaseLine: notes.ReleaseLine(csta.Cause.NORMAL_CLEARING),
    notes.LineAnswered: notes.LineAnswered(L1),
    notes.LineCleared: notes.LineCleared(L1, csta.Cause.NORMAL_CLEARING),
    notes.ReserveLine: notes.ReserveLine(CALL),
    notes.SeizeLine: notes.SeizeLine(NUMBER),
    notes.LineSeized: notes.LineSeized(L1),
    notes.LineDialled: notes.LineDialled(L1),
    notes.LineAlerting: notes.LineAlerting(L1),
    notes.LineLost: notes.LineLost(L1, "glare"),
    notes.LineFound: notes.LineFound(L2, "glare"),
    notes.NoLineFree: notes.NoLineFree(),
    notes.PlaceCall: notes.PlaceCall(CALL),
    notes.RecallAgent: notes.RecallAgent(CALL),
    notes.AgentLifted: notes.AgentLifted(ANNA),
    notes.AgentReplaced: notes.AgentReplaced(ANNA),
    notes.AgentFlashed: notes.AgentFlashed(ANNA),
    notes.RingPhone: notes.RingPhone(),
    notes.TakePhone: notes.TakePhone(LATER),
    notes.FreePhone: notes.FreePhone(),
    notes.PhoneLifted: notes.PhoneLifted(),
    notes.PhoneReplaced: notes.PhoneReplaced(),
    notes.PhoneFlashed: notes.PhoneFlashed(),
    notes.PhoneNotLifted: notes.PhoneNotLifted(),
    notes.PhoneLost: notes.PhoneLost(),
    notes.PhoneBack: notes.PhoneBack(),
    notes.JoinQueue: notes.JoinQueue(call=CALL, joined=NOW),
    notes.LeaveQueue: notes.LeaveQueue(CALL),
    notes.MatchAgents: notes.MatchAgents(),
    notes.PlaceTold: notes.PlaceTold(1),
    notes.QueueRefused: notes.QueueRefused(dialogue.ReturnCause.QUEUE_FULL),
    notes.AgentFound: notes.AgentFound(ANNA, 1.0),
    notes.OfferCall: notes.OfferCall(CALL),
    notes.OfferWithdrawn: notes.OfferWithdrawn(CALL),
    notes.CallEnded: notes.CallEnded(CALL),
    notes.OfferAnswered: notes.OfferAnswered(ANNA),
    notes.OfferRefused: notes.OfferRefused(ANNA, csta.Cause.NO_ANSWER),
    notes.AgentAway: notes.AgentAway(ANNA),
    notes.AgentBack: notes.AgentBack(ANNA),
    notes.AgentVanished: notes.AgentVanished(ANNA),
    notes.RecordCall: notes.RecordCall(L1),
    notes.SecretBegan: notes.SecretBegan(),
    notes.SecretEnded: notes.SecretEnded(),
    notes.EndRecord: notes.EndRecord(),
    notes.DeadlinePassed: notes.DeadlinePassed(),
    dialogue.Entered: dialogue.Entered("main"),
    dialogue.Transfer: dialogue.Transfer(SERVICE, Language.ZH),
    dialogue.HangUp: dialogue.HangUp(),
}

LINE_STATES = [
    line_states.Idle(),
    line_states.Announced(events.CallerIdHeard(line=L1, number=NUMBER), LATER),
    line_states.Ringing(call=CALL, rings=1, until=LATER),
    line_states.Connected(call=CALL, until=LATER),
    line_states.Connected(call=CALL, until=LATER, tones_deaf_until=LATER),
    line_states.Clearing(until=LATER),
    line_states.OutOfService("operator"),
    line_states.Failed("cut"),
    line_states.Testing(by="operator", until=LATER),
    line_states.Reserved(call=CALL, until=LATER),
    line_states.Seizing(call=CALL, number=NUMBER, until=LATER),
    line_states.Seizing(call=CALL, number=NUMBER, until=LATER, voice=True),
    line_states.Invited(call=CALL, number=NUMBER, until=LATER),
    line_states.Dialling(call=CALL, until=LATER),
    line_states.Proceeding(call=CALL, dialled=Instant(0), until=LATER),
    line_states.Proceeding(call=CALL, dialled=Instant(0), until=LATER, alerting=True),
    line_states.Proceeding(call=CALL, dialled=Instant(0), until=LATER, voice=True),
]

OUTGOING = OutgoingCall(called=NUMBER)
TRUNK_DOINGS = [
    line_states.Idle(),
    line_states.OutOfService("operator"),
    line_states.Failed("cut"),
    cas_states.Blocked("blocked by the far end"),
    line_states.Reserved(call=CALL, until=LATER),
    cas_states.Receiving(call=CALL, register=register_incoming.begin(NOW)),
    cas_states.Arrived(call=CALL, until=LATER),
    cas_states.Connected(call=CALL, ours=False, until=LATER),
    cas_states.Connected(call=CALL, ours=True, until=LATER),
    cas_states.Releasing(until=LATER, forced=False),
    cas_states.Releasing(until=LATER, forced=True),
    cas_states.Resting(until=LATER, then=line_states.OutOfService("operator")),
    cas_states.Seizing(call=CALL, number=OUTGOING, until=LATER),
    cas_states.Sending(call=CALL, number=OUTGOING, register=register_outgoing.begin(OUTGOING, NOW)[0]),
    cas_states.Proceeding(call=CALL, until=LATER),
    cas_states.Yielding(until=LATER),
    cas_states.Yielding(until=LATER, withdrawn=True),
    line_states.Clearing(until=LATER),
]
FAR_BITS = [cas.bits(text) for text in ("1011", "0011", "1111", "0111", "1101", "0000")]

AGENT_STATES = [
    agents.LoggedOff(),
    agents.NotReady((SERVICE,), "break"),
    agents.Ready((SERVICE,), NOW),
    agents.Alerted(queues=(SERVICE,), call=CALL, since=NOW, until=LATER),
    agents.Busy(queues=(SERVICE,), call=CALL, not_ready=""),
    agents.Unreachable(queues=(SERVICE,), call=CALL, not_ready="", until=LATER),
    agents.WorkingAfterCall(queues=(SERVICE,), call=CALL, not_ready="break", until=LATER),
    agents.Vanished(back=agents.Ready((SERVICE,), NOW), until=LATER),
]

EXTENSION_STATES = [
    extensions.OnHook(),
    extensions.Ringing(None),
    extensions.Ringing(LATER),
    extensions.InUse(),
    extensions.Left(),
    extensions.Failed("unplugged"),
]

WITH_AGENT = {"queue": SERVICE, "language": Language.ZH, "joined": NOW, "agent": ANNA, "device": agent_port(ANNA)}
OF_OURS = {"queue": None, "language": Language.ZH, "joined": NOW, "agent": ANNA, "device": agent_port(ANNA)}
CALL_STATES = [
    call_states.Offered(),
    call_states.InDialogue(),
    call_states.Waiting(queue=SERVICE, language=Language.ZH, joined=NOW),
    call_states.Delivering(**WITH_AGENT),
    call_states.Talking(**WITH_AGENT),
    call_states.OnHold(**WITH_AGENT),
    call_states.Interrupted(**WITH_AGENT),
    call_states.Talking(**OF_OURS),
    call_states.OnHold(**OF_OURS),
    call_states.Interrupted(**OF_OURS),
    call_states.Initiated(agent=ANNA, device=agent_port(ANNA), tried=(L1,)),
    call_states.Calling(agent=ANNA, device=agent_port(ANNA), tried=(L1,)),
    call_states.Alerting(agent=ANNA, device=agent_port(ANNA)),
]

RECORDING_STATES = [
    recordings.Off(),
    recordings.Running(L1),
    recordings.Paused(L1, LATER),
    recordings.Closing(LATER),
    recordings.Done(),
]

WAITING = queues.Waiting(call=CALL, joined=NOW, until=LATER, announce=LATER, passed_by=None)


def examples(union: object) -> list[object]:
    return [EXAMPLES[kind] for kind in get_args(union)]


QUIET = (notes.FreePhone, notes.TakePhone, notes.RingPhone)
"""Wishes of the agent that may be fulfilled already."""


def pairs(states: Iterable[object], union: object) -> list[object]:
    return [
        pytest.param(state, event, id=f"{type(state).__name__}-{type(event).__name__}")
        for state, event in itertools.product(states, examples(union))
    ]


@pytest.mark.parametrize(("state", "event"), pairs(LINE_STATES, lines.Event))
def test_a_line_answers_everything(state: lines.State, event: lines.Event) -> None:
    """What changes nothing and says nothing is only a repeated wish."""
    then, outs = lines.step(state, event, NOW, PLAN.lines[0], CallId("t-2"))
    assert then != state or outs or isinstance(event, events.RingHeard | events.SetLineService)
    assert line_states.deadline(then) is None or line_states.deadline(then) >= NOW


@pytest.mark.parametrize("far", FAR_BITS, ids=cas.text_of)
@pytest.mark.parametrize(("doing", "event"), pairs(TRUNK_DOINGS, cas_line.Event))
def test_a_trunk_answers_everything(doing: cas_states.Doing, event: cas_line.Event, far: cas.Abcd) -> None:
    """Whatever the far end signals. What changes nothing and says nothing is a repeated wish, or bits already known."""
    trunk = cas_states.Trunk(doing, far)
    then, outs = cas_line.step(trunk, event, NOW, TRUNK, CallId("t-2"))
    assert then != trunk or outs or isinstance(event, cas_words.CasHeard | events.SetLineService)
    assert cas_states.deadline(then.doing) is None or cas_states.deadline(then.doing) >= NOW


@pytest.mark.parametrize("bits", FAR_BITS, ids=cas.text_of)
@pytest.mark.parametrize("doing", TRUNK_DOINGS, ids=lambda doing: type(doing).__name__)
def test_a_trunk_takes_all_bits(doing: cas_states.Doing, bits: cas.Abcd) -> None:
    trunk = cas_states.Trunk(doing)
    then, _ = cas_line.step(trunk, cas_words.CasHeard(L3, bits), NOW, TRUNK, CallId("t-2"))
    assert then.far == bits


@pytest.mark.parametrize("plan", [PLAN.agents[0], PHONE_PLAN], ids=["headset", "telephone"])
@pytest.mark.parametrize(("state", "event"), pairs(AGENT_STATES, agents.Event))
def test_an_agent_answers_everything(state: agents.State, event: agents.Event, plan: agents.AgentPlan) -> None:
    """Only a wish that is fulfilled already changes nothing in silence."""
    then, outs = agents.step(state, event, NOW, plan)
    wish = isinstance(event, events.SetNotReady | events.SetReady | notes.PhoneBack)
    assert then != state or outs or wish


@pytest.mark.parametrize("owner", [ANNA, None])
@pytest.mark.parametrize(("state", "event"), pairs(EXTENSION_STATES, extensions.Event))
def test_a_telephone_answers_everything(
    state: extensions.State, event: extensions.Event, owner: AgentId | None
) -> None:
    """Nobody's telephone has nobody to tell it to."""
    plan = extensions.ExtensionPlan(extension=X801, agent=owner)
    then, outs = extensions.step(state, event, plan)
    assert then != state or outs or isinstance(event, QUIET) or owner is None


@pytest.mark.parametrize(("state", "event"), pairs(CALL_STATES, calls.Event))
def test_a_call_answers_everything(state: call_states.State, event: calls.Event) -> None:
    ours = isinstance(state, call_states.OfOurs) or getattr(state, "queue", SERVICE) is None
    called = NUMBER if ours else None
    c = call_states.Call(call=CALL, line=L1, state=state, began=NOW, since=NOW, script="toy@1", called=called)
    then, outs = calls.step(c, event, NOW)
    assert outs
    assert then == c or then.version > c.version or then.path != c.path
    assert call_states.connections(then)


@pytest.mark.parametrize(("state", "event"), pairs(RECORDING_STATES, recordings.Event))
def test_a_recording_answers_everything(state: recordings.State, event: recordings.Event) -> None:
    then, outs = recordings.step(state, event, NOW, CALL)
    assert then != state or outs


@pytest.mark.parametrize(("state", "event"), pairs([queues.State(), queues.State((WAITING,))], queues.Event))
def test_a_queue_answers_everything(state: queues.State, event: queues.Event) -> None:
    then, outs = queues.step(state, event, NOW, PLAN.queues[0], ())
    assert then != state or outs or isinstance(event, notes.MatchAgents | notes.DeadlinePassed)
    assert len(then.waiting) <= PLAN.queues[0].max_waiting


def test_what_is_disregarded_is_said_so() -> None:
    """The last arm of a machine names the event and the state."""
    _, outs = lines.step(line_states.Idle(), EXAMPLES[events.LoopDropped], NOW, PLAN.lines[0], CallId("t-2"))
    assert outs == [Disregarded("LoopDropped", "Idle")]
