"""Owns all machines of one node: who hears what, in which order.

`handle` is the only mutator. An event goes to its machine; what the machine says goes on to the next, first come first
served, until nobody has anything to say; then free agents are matched with waiting callers, in the same instant. The
order is fixed, so the same events give the same hops. A step that raises, or a request that is refused, changes nothing.
"""

from collections import deque
from dataclasses import replace
from typing import assert_never

from cti_core.call_control import agent as agents
from cti_core.call_control import call as calls
from cti_core.call_control import call_of_ours, scribe
from cti_core.call_control import extension as extensions
from cti_core.call_control import line_kinds as lines
from cti_core.call_control import queue as queues
from cti_core.call_control import recording as recordings
from cti_core.call_control.actions import AskService, PlayPrompt, StopPlaying, Tell
from cti_core.call_control.addresses import address, refuse, wrong_state
from cti_core.call_control.call_states import BEFORE_RECORDING, Ended, InDialogue
from cti_core.call_control.clock import Instant
from cti_core.call_control.csta import AlarmCleared, AlarmRaised, ConfigApplied, Digits
from cti_core.call_control.dialogue import (
    Answered,
    Ask,
    Began,
    DialogueAction,
    DialogueEvent,
    DialogueFactory,
    DroppedKey,
    Entered,
    Expired,
    HangUp,
    Hush,
    KeyPressed,
    Returned,
    Said,
    Say,
    Transfer,
    Unanswered,
)
from cti_core.call_control.errors import DeadlineFault
from cti_core.call_control.events import (
    AlarmNoticed,
    AlarmOver,
    ConfigChanged,
    DigitEnded,
    DigitHeard,
    Event,
    MakeCall,
    PromptFinished,
    Request,
    ServiceAnswered,
    ServiceFailed,
)
from cti_core.call_control.hunting import free_line
from cti_core.call_control.ids import AgentId, CallId, ExtensionId, LineId, PlayingId, QueueId
from cti_core.call_control.invariants import check
from cti_core.call_control.machines import SwitchPlan, idle
from cti_core.call_control.notes import (
    DeadlinePassed,
    Disregarded,
    HuntLine,
    LineFound,
    LineRang,
    MatchAgents,
    NoLineFree,
    SecretBegan,
    SecretEnded,
)
from cti_core.call_control.routing import Candidate
from cti_core.call_control.scribe import MASKED
from cti_core.call_control.trace import Hop, Out, Party, PartyKind, Send, call, disregard, queue, recorder
from cti_core.call_control.view import HouseView
from cti_core.call_control.views import house_view

HOPS_MAX = 10_000  # a bound, not a budget: eight lines need about forty at the worst


class Switch:
    """Pure and synchronous: an event and a time go in, hops come out."""

    def __init__(self, plan: SwitchPlan, dialogues: DialogueFactory) -> None:
        self.plan = plan
        self._dialogues = dialogues
        self._lines = {p.line: p for p in plan.lines}
        self._agents = {p.agent: p for p in plan.agents}
        self._queues = {p.queue: p for p in plan.queues}
        self._extensions = {p.extension: p for p in plan.extensions}
        self._m = idle(plan)

    def handle(self, event: Event, now: Instant) -> tuple[Hop, ...]:
        """Run the event to rest and return its hops, input first. Raises RequestRejected; then nothing changed."""
        before = self._m
        self._m = before.copy()
        try:
            if isinstance(event, Request):
                refuse(event, before, self.plan)
            source, target = address(event, before, self._fresh())
            shown = scribe.masked(self._m, event, target)
            first = scribe.hop(self._m, shown, now, source, target, call=self._call_of(target, event))
            return self._run(first, event, now)
        except BaseException:
            self._m = before
            raise

    def expire(self, now: Instant) -> tuple[Hop, ...]:
        """Let the machine whose `until` came first take its DeadlinePassed; () when none has come.

        Call it until it says (). Raises DeadlineFault, naming the machine; then its deadline is dropped, so that the
        others are heard, and nothing else changed.
        """
        due = [(until, str(party), party) for party, until in self._m.deadlines.items() if until <= now]
        if not due:
            return ()
        _, _, party = min(due)
        before = self._m
        self._m = before.copy()
        try:
            passed = DeadlinePassed()
            first = scribe.hop(self._m, passed, now, party, party, call=self._call_of(party, passed))
            return self._run(first, passed, now)
        except Exception as fault:
            self._m = before
            del before.deadlines[party]
            raise DeadlineFault(party) from fault

    def next_deadline(self) -> Instant | None:
        """When `expire` has something to do."""
        return min(self._m.deadlines.values(), default=None)

    def view(self, now: Instant) -> HouseView:
        return house_view(self._m, self.plan, now)

    def version_of(self, ident: CallId) -> int | None:
        """The version of a running call, for clients that send it back; None when it is over."""
        running = self._m.calls.get(ident)
        return None if running is None else running.version

    def dialogue_state(self, ident: CallId) -> object:
        """How far the dialogue of a running call is; None when it is over."""
        running = self._m.dialogues.get(ident)
        return None if running is None else running.state

    def check(self) -> None:
        """Raises AssertionError if what must hold at rest does not."""
        check(self._m, self._desk())

    # --- to rest --------------------------------------------------------------------------------------------------

    def _run(self, first: Hop, event: Event | DeadlinePassed, now: Instant) -> tuple[Hop, ...]:
        hops: list[Hop] = []
        todo: deque[tuple[Hop, object]] = deque([(first, event)])
        while todo or self._match(first, now, todo):
            if len(hops) > HOPS_MAX:
                raise AssertionError(f"{type(event).__name__} never comes to rest")
            hop, what = todo.popleft()
            outs = self._deliver(hop.target, what, now)
            if hop is first:
                if isinstance(event, Request) and (
                    refused := next((o for o in outs if isinstance(o, Disregarded)), None)
                ):
                    raise wrong_state(event, refused.state)
                if hop.call is None:
                    hop = replace(hop, call=scribe.call_of(self._m, hop.target, what))
            hops.append(hop)
            todo.extend((told, told.what) for told in scribe.say(self._m, outs, hop, now))
        return tuple(hops)

    def _match(self, first: Hop, now: Instant, todo: deque[tuple[Hop, object]]) -> bool:
        """At rest, bring a caller and a free agent together, if a queue has both."""
        ready = {name for c in self._desk() if c.ready_since is not None for name in c.queues}
        for name, state in self._m.queues.items():
            if state.waiting and name in ready:
                party = queue(name)
                note = MatchAgents()
                todo.append((scribe.hop(self._m, note, now, party, party, because=first.seq), note))
                return True
        return False

    def _deliver(self, to: Party, what: object, now: Instant) -> list[Out]:
        m = self._m
        if isinstance(what, Disregarded | DroppedKey | DigitEnded):
            return []  # evidence only
        match to.kind:
            case PartyKind.LINE:
                return self._line(LineId(int(to.id)), what, now)
            case PartyKind.CALL:
                return self._call(CallId(to.id), what, now)
            case PartyKind.DIALOGUE:
                return self._dialogue(CallId(to.id), what, now)
            case PartyKind.QUEUE if isinstance(what, queues.Event):
                name = QueueId(to.id)
                m.queues[name], outs = queues.step(m.queues[name], what, now, self._queues[name], self._desk())
                self._deadline(to, queues.deadline(m.queues[name]))
                return outs
            case PartyKind.AGENT if isinstance(what, agents.Event):
                return self._agent(AgentId(to.id), what, now)
            case PartyKind.EXTENSION if isinstance(what, extensions.Event):
                return self._extension(ExtensionId(to.id), what)
            case PartyKind.RECORDER:
                return self._recorder(CallId(to.id), what, now)
            case PartyKind.SERVICE if isinstance(what, ServiceAnswered | ServiceFailed):
                return [Disregarded(type(what).__name__, "call is over")]
            case PartyKind.HOUSE:
                return self._house(what)
            case _:
                return []  # actions: the outside takes them

    # --- machines -------------------------------------------------------------------------------------------------

    def _line(self, number: LineId, what: object, now: Instant) -> list[Out]:
        m = self._m
        m.lines[number], outs = lines.step(m.lines[number], what, now, self._lines[number], self._fresh())
        self._deadline(Party(PartyKind.LINE, str(number)), lines.deadline(m.lines[number]))
        return outs

    def _call(self, ident: CallId, what: object, now: Instant) -> list[Out]:
        m = self._m
        if isinstance(what, LineRang | MakeCall):
            return self._new_call(ident, what, now)
        if ident not in m.calls:
            return [Disregarded(type(what).__name__, "call is over")]
        before = m.calls[ident]
        if not isinstance(what, calls.Event) or self._stale(what):
            return [disregard(what, before.state)]
        after_it, outs = calls.step(before, what, now)
        if isinstance(what, DigitHeard) and not isinstance(before.state, BEFORE_RECORDING):
            outs.append(Tell(Digits(call=ident, digits=what.digit)))
        if isinstance(after_it.state, Ended):
            self._forget(ident, after_it.line)
            return outs
        m.calls[ident] = after_it
        if isinstance(before.state, InDialogue) != isinstance(after_it.state, InDialogue):
            self._dialogue_deadline(ident)
        return outs

    def _new_call(self, ident: CallId, what: LineRang | MakeCall, now: Instant) -> list[Out]:
        m = self._m
        m.calls_begun += 1
        m.dialogues[ident] = self._dialogues()
        m.recordings[ident] = recordings.Off()
        if isinstance(what, LineRang):
            m.calls[ident], outs = calls.begin(ident, what.line, now, m.dialogues[ident].script)
        else:
            on = what.line or free_line(m.lines, self._lines)
            assert on is not None, "`refuse` has looked"
            m.calls[ident], outs = call_of_ours.begin(ident, on, what, self._agents[what.agent].device, now)
        return outs

    def _dialogue(self, ident: CallId, what: object, now: Instant) -> list[Out]:
        m = self._m
        if ident not in m.calls or not isinstance(m.calls[ident].state, InDialogue) or self._stale(what):
            return [Disregarded(type(what).__name__, "caller is elsewhere")]
        d = m.dialogues[ident]
        told: list[Out] = []
        match what:
            case DigitHeard(digit=digit):
                told.append(Tell(Digits(call=ident, digits=MASKED if d.keys_are_secret else digit)))
                event: DialogueEvent = KeyPressed(digit)
            case PromptFinished():
                event = Said()
            case ServiceAnswered():
                event = Answered(what.outcome, what.values)
            case ServiceFailed():
                event = Unanswered(what.reason)
            case DeadlinePassed():
                event = Expired()
            case Began() | Returned():
                event = what
            case _:
                return [disregard(what, d.state)]
        if isinstance(what, ServiceAnswered | ServiceFailed):
            m.asks.pop(what.ask, None)
        secret = d.keys_are_secret
        outs = told + [self._translated(action, ident) for action in d.step(event, now)]
        if d.keys_are_secret != secret:
            outs.append(Send(recorder(ident), SecretBegan() if d.keys_are_secret else SecretEnded()))
        self._dialogue_deadline(ident)
        return outs

    def _translated(self, action: DialogueAction, ident: CallId) -> Out:
        """A dialogue knows no lines: put the line, the playing and the question number in."""
        on = self._m.calls[ident].line
        match action:
            case Say(items, language):
                return PlayPrompt(line=on, playing=PlayingId(0), items=items, language=language)
            case Hush():
                return StopPlaying(on)
            case Ask(service, request, values):
                ask = self._m.next_ask(ident)
                return AskService(ask=ask, call=ident, service=service, request=request, values=values)
            case Transfer() | HangUp() | Entered():
                return Send(call(ident), action)
            case DroppedKey():
                return Send(Party(PartyKind.DIALOGUE, ident), action)
            case _:
                assert_never(action)

    def _agent(self, who: AgentId, what: agents.Event, now: Instant) -> list[Out]:
        m = self._m
        before = m.agents[who]
        m.agents[who], outs = agents.step(before, what, now, self._agents[who])
        if agents.shown(m.agents[who]) != agents.shown(before):
            m.agents_since[who] = now
        self._deadline(Party(PartyKind.AGENT, who), agents.deadline(m.agents[who]))
        return outs

    def _extension(self, number: ExtensionId, what: extensions.Event) -> list[Out]:
        m = self._m
        m.extensions[number], outs = extensions.step(m.extensions[number], what, self._extensions[number])
        self._deadline(Party(PartyKind.EXTENSION, number), extensions.deadline(m.extensions[number]))
        return outs

    def _recorder(self, ident: CallId, what: object, now: Instant) -> list[Out]:
        m = self._m
        if not isinstance(what, recordings.Event):
            return []  # its own actions
        if ident not in m.recordings:
            return [Disregarded(type(what).__name__, "no such recording")]
        m.recordings[ident], outs = recordings.step(m.recordings[ident], what, now, ident)
        self._deadline(Party(PartyKind.RECORDER, ident), recordings.deadline(m.recordings[ident]))
        if isinstance(m.recordings[ident], recordings.Done):
            del m.recordings[ident]
        return outs

    def _house(self, what: object) -> list[Out]:
        m = self._m
        match what:
            case AlarmNoticed(alarm=alarm, detail=detail, line=on):
                m.alarms.add((alarm, on))
                return [Tell(AlarmRaised(alarm=alarm, detail=detail, line=on))]
            case AlarmOver(alarm=alarm, line=on) if (alarm, on) in m.alarms:
                m.alarms.remove((alarm, on))
                return [Tell(AlarmCleared(alarm=alarm, line=on))]
            case HuntLine(ident, tried, reason):
                found = free_line(m.lines, self._lines, tried)
                return [Send(call(ident), NoLineFree() if found is None else LineFound(found, reason))]
            case ConfigChanged(changed=changed, by=by):
                return [Tell(ConfigApplied(changed=changed, by=by))]
            case _:
                return []

    # --- help -----------------------------------------------------------------------------------------------------

    def _call_of(self, target: Party, what: object) -> CallId | None:
        """The call that is spoken of; what a hand does at a telephone belongs to its agent's call."""
        if target.kind is PartyKind.EXTENSION:
            owner = self._extensions[ExtensionId(target.id)].agent
            return None if owner is None else agents.call_of(self._m.agents[owner])
        return scribe.call_of(self._m, target, what)

    def _fresh(self) -> CallId:
        """The id that a new call would get."""
        return CallId(f"{self.plan.stream}-{self._m.calls_begun + 1}")

    def _stale(self, what: object) -> bool:
        """A prompt that was replaced in the meantime."""
        return isinstance(what, PromptFinished) and self._m.playing.get(what.line) != what.playing

    def _forget(self, ident: CallId, on: LineId) -> None:
        m = self._m
        del m.calls[ident], m.dialogues[ident]
        if isinstance(m.recordings[ident], recordings.Off):
            del m.recordings[ident]
        m.asks = {ask: asked_by for ask, asked_by in m.asks.items() if asked_by != ident}
        if m.call_on(on) is None:  # else a caller was quicker than our call
            m.playing.pop(on, None)
        m.deadlines.pop(Party(PartyKind.DIALOGUE, ident), None)

    def _dialogue_deadline(self, ident: CallId) -> None:
        awake = isinstance(self._m.calls[ident].state, InDialogue)
        until = self._m.dialogues[ident].until if awake else None
        self._deadline(Party(PartyKind.DIALOGUE, ident), until)

    def _deadline(self, party: Party, until: Instant | None) -> None:
        if until is None:
            self._m.deadlines.pop(party, None)
        else:
            self._m.deadlines[party] = until

    def _desk(self) -> tuple[Candidate, ...]:
        return tuple(
            Candidate(
                agent=who,
                queues=agents.queues_of(state),
                state=agents.WORDS[type(state)].value,
                ready_since=state.since if isinstance(state, agents.Ready) else None,
                device=self._agents[who].device,
            )
            for who, state in self._m.agents.items()
        )
