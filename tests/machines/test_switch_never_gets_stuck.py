"""Random rings, keys, tones, requests, lost desktops, faults and time: whatever comes, the house holds and comes to rest."""

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from cti_core.call_control import cas, events, in_talk
from cti_core.call_control.actions import AskService, PlayPrompt, StopRecording
from cti_core.call_control.cas_words import CasHeard, Mfc, SignalEnded, SignalHeard
from cti_core.call_control.clock import Instant, after
from cti_core.call_control.errors import RequestRejected
from cti_core.call_control.ids import AskId, CallId, PlayingId
from cti_core.call_control.privacy import Keys, PhoneNumber
from cti_core.call_control.trace import Hop
from machines.plans import ANNA, BO, CAI, L1, L2, L3, SERVICE, X801, X802, switch_with_trunk

LINES = st.sampled_from([L1, L2, L3])
AGENTS = st.sampled_from([ANNA, BO, CAI])
PHONES = st.sampled_from([X801, X801, X802])


class House(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.switch = switch_with_trunk()
        self.now = Instant(0)
        self.playing: list[PlayPrompt] = []
        self.asked: list[AskService] = []
        self.closing: list[StopRecording] = []
        self.calls: list[CallId] = [CallId("t-0")]
        self.seqs: set[int] = set()

    def handle(self, event: events.Event) -> None:
        before = self.switch.view(self.now)
        try:
            hops = self.switch.handle(event, self.now)
        except RequestRejected:
            assert self.switch.view(self.now) == before, "a refused request changed something"
            return
        self.take(hops)

    def take(self, hops: tuple[Hop, ...]) -> None:
        for hop in hops:
            assert hop.because is None or hop.because in self.seqs, "an effect before its cause"
            self.seqs.add(hop.seq)
            if hop.call is not None and hop.call not in self.calls:
                self.calls.append(hop.call)
            match hop.what:
                case PlayPrompt():
                    self.playing.append(hop.what)
                case AskService():
                    self.asked.append(hop.what)
                case StopRecording():
                    self.closing.append(hop.what)
                case _:
                    pass
        assert hops

    @rule(line=LINES)
    def rings(self, line: int) -> None:
        self.handle(events.RingHeard(line))

    @rule(line=LINES)
    def number_comes(self, line: int) -> None:
        self.handle(events.CallerIdHeard(line=line, number=PhoneNumber("13900001234")))

    @rule(line=LINES, digit=st.sampled_from("015*#9"))
    def presses(self, line: int, digit: str) -> None:
        self.handle(events.DigitHeard(line=line, digit=digit))
        self.handle(events.DigitEnded(line=line, digit=digit, length_ms=80))

    @rule(line=LINES, tone=st.sampled_from(list(events.Tone)))
    def tone(self, line: int, tone: events.Tone) -> None:
        self.handle(events.ToneHeard(line, tone))

    @rule(line=LINES, kind=st.sampled_from([events.LoopDropped, events.PolarityReversed, events.LineRestored]))
    def copper(self, line: int, kind: type) -> None:
        self.handle(kind(line))

    @rule(line=LINES, kind=st.sampled_from([events.VoiceHeard, events.AnswerHeard, events.DialFinished]))
    def far_end(self, line: int, kind: type) -> None:
        self.handle(kind(line))

    @rule(line=LINES)
    def ringback_ends(self, line: int) -> None:
        self.handle(events.ToneEnded(line, events.Tone.RINGBACK))

    @rule(
        agent=AGENTS, number=st.sampled_from(["114", "0,62345678", "", "what"]), line=st.sampled_from([None, None, L1])
    )
    def calls_somebody(self, agent: str, number: str, line: int | None) -> None:
        self.handle(events.MakeCall(agent, PhoneNumber(number), line))

    @rule(agent=AGENTS)
    def calls_and_dial_tone_comes(self, agent: str) -> None:
        """The usual beginning in one step, or the rest would hardly ever be reached."""
        self.handle(events.MakeCall(agent, PhoneNumber("114"), L2))
        self.handle(events.ToneHeard(L2, events.Tone.DIAL))

    @rule(bits=st.sampled_from(["1011", "1011", "0011", "1111", "0111", "0000"]))
    def far_end_signals(self, bits: str) -> None:
        self.handle(CasHeard(L3, cas.bits(bits)))

    @rule(direction=st.sampled_from(list(cas.Direction)), number=st.integers(1, 6), ends=st.booleans())
    def register_signal(self, direction: cas.Direction, number: int, *, ends: bool) -> None:
        self.handle(SignalHeard(L3, Mfc(direction, number)))
        self.time_passes(0.1)
        if ends:
            self.handle(SignalEnded(L3, direction))
            self.time_passes(0.1)

    @rule(signals=st.sampled_from([(1, 2, 1, 5, 15, 3), (1, 2, 1, 12, 3), (1, 2)]), begins=st.just("0011"))
    def a_number_comes(self, signals: tuple[int, ...], begins: str) -> None:
        """The usual way in one step: called 12, category 1, caller 5 or restricted, KD 3."""
        self.far_end_signals(begins)
        for number in signals:
            self.register_signal(cas.Direction.FORWARD, number, ends=True)

    @rule(
        agent=AGENTS, number=st.sampled_from(["12", "1*"]), answers=st.sampled_from([(1, 6, 1, 1, 3, 1), (4,), (1, 3)])
    )
    def a_number_goes(self, agent: str, number: str, answers: tuple[int, ...]) -> None:
        self.handle(events.MakeCall(agent, PhoneNumber(number), L3))
        self.far_end_signals("1111")
        for answer in answers:
            self.register_signal(cas.Direction.BACKWARD, answer, ends=True)

    @rule(
        phone=PHONES,
        kind=st.sampled_from(
            [events.HandsetLifted, events.HandsetReplaced, events.FlashHeard, events.ExtensionRestored]
        ),
    )
    def hand(self, phone: str, kind: type) -> None:
        self.handle(kind(phone))

    @rule(phone=PHONES, key=st.sampled_from("19#"))
    def telephone_tells_a_key(self, phone: str, key: str) -> None:
        self.handle(in_talk.PhoneKeyHeard(phone, Keys(key)))

    @rule(phone=PHONES)
    def telephone_fails(self, phone: str) -> None:
        self.handle(events.ExtensionFailed(phone, "unplugged"))

    @rule(line=LINES, kind=st.sampled_from([events.TestLine, events.EndLineTest]))
    def tests_a_line(self, line: int, kind: type) -> None:
        self.handle(kind(line))

    @rule(line=LINES)
    def fails(self, line: int) -> None:
        self.handle(events.LineFailed(line, "cut"))

    @rule(agent=AGENTS, kind=st.sampled_from([events.LogOff, events.SetReady, events.SetNotReady, events.FinishWrapUp]))
    def agent_wants(self, agent: str, kind: type) -> None:
        self.handle(kind(agent))

    @rule(agent=AGENTS)
    def logs_on(self, agent: str) -> None:
        self.handle(events.LogOn(agent, (SERVICE,)))
        self.handle(events.SetReady(agent))

    @rule(agent=AGENTS, back=st.booleans())
    def desktop(self, agent: str, *, back: bool) -> None:
        self.handle(events.AgentReturned(agent) if back else events.AgentLost(agent))

    @rule(
        data=st.data(),
        agent=AGENTS,
        kind=st.sampled_from(
            [
                events.AnswerCall,
                events.AnswerCall,
                events.RejectCall,
                events.HoldCall,
                events.RetrieveCall,
                events.ClearConnection,
                in_talk.FlashCall,
            ]
        ),
        version=st.sampled_from([None, None, 1]),
    )
    def call_request(self, data: st.DataObject, agent: str, kind: type, version: int | None) -> None:
        self.handle(kind(agent, data.draw(st.sampled_from(self.calls[-3:])), version))

    @rule(data=st.data(), agent=AGENTS)
    def keys_go_out(self, data: st.DataObject, agent: str) -> None:
        call = data.draw(st.sampled_from(self.calls[-3:]))
        self.handle(in_talk.GenerateDigits(agent=agent, call=call, digits=Keys("12")))

    @rule(data=st.data())
    def operator_clears(self, data: st.DataObject) -> None:
        self.handle(events.ClearCall(data.draw(st.sampled_from(self.calls[-3:]))))

    @rule(line=LINES, in_service=st.booleans())
    def line_service(self, line: int, *, in_service: bool) -> None:
        self.handle(events.SetLineService(line, in_service=in_service))

    @precondition(lambda self: self.playing)
    @rule()
    def prompt_finishes(self) -> None:
        play = self.playing.pop()
        self.handle(events.PromptFinished(play.line, play.playing))

    @rule(line=LINES)
    def stale_prompt_finishes(self, line: int) -> None:
        self.handle(events.PromptFinished(line, PlayingId(10**9)))

    @rule(known=st.booleans(), failed=st.booleans())
    def service_answers(self, *, known: bool, failed: bool) -> None:
        ask = self.asked.pop().ask if known and self.asked else AskId(10**9)
        self.handle(events.ServiceFailed(ask, "away") if failed else events.ServiceAnswered(ask=ask, outcome="open"))

    @precondition(lambda self: self.closing)
    @rule(failed=st.booleans())
    def disk(self, *, failed: bool) -> None:
        recording = self.closing[0].recording
        if failed:
            self.handle(events.RecordingFailed(recording, "disk full"))
        else:
            self.closing.pop(0)
            self.handle(events.RecordingClosed(recording=recording, seconds=1.0, sha256="0"))

    @rule(seconds=st.sampled_from([0.02, 1.0, 5.0, 7.0, 20.0, 40.0, 400.0]))
    def time_passes(self, seconds: float) -> None:
        end = after(self.now, seconds)
        while (due := self.switch.next_deadline()) is not None and due <= end:
            self.now = max(due, self.now)
            self.take(self.switch.expire(self.now))
        self.now = end

    @invariant()
    def holds(self) -> None:
        self.switch.check()

    def teardown(self) -> None:
        """Everybody leaves: the house must come to rest by itself."""
        self.far_end_signals("1011")
        for line in (L1, L2, L3):
            self.handle(events.LineFailed(line, "end of test"))
            self.handle(events.LineRestored(line))
        for agent in (ANNA, BO):
            self.handle(events.AgentLost(agent))
        for phone in (X801, X802):
            self.handle(events.ExtensionFailed(phone, "end of test"))
        self.time_passes(8000.0)
        self.handle(events.LogOff(CAI))
        view = self.switch.view(self.now)
        assert not view.calls
        assert {a.state.value for a in view.agents} == {"loggedOff"}
        assert all(line.state in {"idle", "outOfService"} for line in view.lines)
        assert self.switch.next_deadline() is None


TestHouse = House.TestCase
TestHouse.settings = settings(max_examples=120, stateful_step_count=60, deadline=None)
