"""A day at the hospital: so many callers, each with a will and a patience of its own, and agents who mostly answer.

Between the callers the agents call somebody themselves (`errands`).

Every decision of a caller is drawn from the seed and the number of the call, never from a shared sequence: the same day
by event and by audio has the same people in it, however late a key is heard.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random

from cti_core.call_control.actions import Tell
from cti_core.call_control.csta import (
    AgentChanged,
    AgentState,
    Cleared,
    Delivered,
    Established,
    FlowStep,
    Queued,
    Report,
)
from cti_core.call_control.csta import Digits as DigitsReport
from cti_core.call_control.events import AnswerCall, ClearConnection, FinishWrapUp, LogOn, SetReady
from cti_core.call_control.ids import AgentId, CallId, ExtensionId, LineId, QueueId
from cti_core.call_control.trace import Hop
from simulator.errands import HEARS_BUSY_S, Errands
from simulator.world import World

ERRANDS = 0.15  # assumed: so many calls of ours for each caller
LOOKS_UP = 0.2  # assumed: share of calls in which an agent with a telephone holds the caller to look something up
DECIDED_AT = frozenset({"main_menu", "after_information"})  # nodes where callers press the next key of their will


@dataclass(frozen=True, slots=True)
class Will:
    """What a kind of caller keys, one after the other, each time the menu is reached."""

    keys: str
    share: float
    gives_up_early: bool = False  # hangs up while it rings or in the greeting


WILLS = (
    Will("0", 0.35),
    Will("1#", 0.12),
    Will("2*#", 0.12),
    Will("10", 0.10),
    Will("80", 0.05),
    Will("6", 0.08),  # a wrong key, then silence
    Will("", 0.08),  # never presses anything
    Will("", 0.10, gives_up_early=True),
)


@dataclass(slots=True)
class Patient:
    """One caller of the day."""

    number: int
    line: LineId
    rng: Random
    will: Will
    call: CallId | None = None
    keys_left: str = ""
    path: list[str] = field(default_factory=list)
    keys: str = ""
    end: str = ""

    def story(self) -> tuple[str, str, str]:
        """Path through the menu, keys that were heard, end."""
        return ">".join(self.path), self.keys, self.end


@dataclass(slots=True)
class Day:
    """Plans the calls of a day into a world, plays callers and agents, and keeps what became of each."""

    world: World
    seed: int
    hours: float
    calls: int
    lines: Sequence[LineId]
    agents: Sequence[AgentId]
    queue: QueueId
    patients: list[Patient] = field(default_factory=list)
    refused: int = 0  # all lines busy
    errands: Errands = field(init=False)

    _phones: dict[AgentId, ExtensionId] = field(default_factory=dict)
    _in_hand: set[ExtensionId] = field(default_factory=set)
    _on_line: dict[LineId, Patient] = field(default_factory=dict)
    _of_call: dict[CallId, Patient] = field(default_factory=dict)

    def plan(self) -> None:
        """Put arrivals and shifts into the world's diary."""
        self.world.listen(self._hear)
        self._phones = {plan.agent: plan.extension for plan in self.world.plan.agents if plan.extension is not None}
        for number, agent in enumerate(self.agents):
            self.world.at(1.0 + number, lambda who=agent: self.world.request(LogOn(who, (self.queue,))))  # type: ignore[misc]
            self.world.at(2.0 + number, lambda who=agent: self.world.request(SetReady(who)))  # type: ignore[misc]
        self.errands = Errands(self.world, self.seed, self.agents, self._phones, self._lift, self._put_down)
        self.errands.plan(round(self.calls * ERRANDS), self.hours)
        arrivals = Random(f"{self.seed} arrivals")
        for number, second in enumerate(sorted(arrivals.uniform(5.0, self.hours * 3600) for _ in range(self.calls))):
            self.world.at(second, lambda n=number: self._arrive(n))  # type: ignore[misc]

    # --- callers --------------------------------------------------------------------------------------------------

    def _arrive(self, number: int) -> None:
        free = [line for line in self.lines if not self.world.occupied(line)]
        rng = Random(f"{self.seed} caller {number}")
        will = rng.choices(WILLS, [w.share for w in WILLS])[0]
        if not free:
            self.refused += 1
            return
        line = free[0]  # the exchange hunts from the first line on
        patient = Patient(number, line, rng, will, keys_left=will.keys)
        self.patients.append(patient)
        self._on_line[line] = patient
        self.world.dial(line)
        if will.gives_up_early:
            self._leave_after(patient, rng.uniform(1.0, 14.0))

    def _leave_after(self, patient: Patient, delay_s: float) -> None:
        def leave() -> None:
            if not patient.end and self._on_line.get(patient.line) is patient:
                self.world.hang_up(patient.line)

        self.world.later(delay_s, leave)

    def _press_after(self, patient: Patient, key: str, delay_s: float) -> None:
        def press() -> None:
            if not patient.end:
                self.world.press(patient.line, key)

        self.world.later(delay_s, press)

    # --- what they hear and see -----------------------------------------------------------------------------------

    def _hear(self, hop: Hop) -> None:
        if not isinstance(hop.what, Tell):
            return
        report = hop.what.report
        if isinstance(report, AgentChanged):
            self._agent(report)
        if hop.call is None or self.errands.hear(hop.call, report):
            return
        if hop.call not in self._of_call and (line := getattr(report, "line", None)) in self._on_line:
            self._on_line[line].call = hop.call
            self._of_call[hop.call] = self._on_line[line]
        patient = self._of_call.get(hop.call)
        if patient is not None:
            self._happened(patient, report)

    def _happened(self, patient: Patient, report: Report) -> None:
        match report:
            case FlowStep(node=node):
                patient.path.append(node)
                self._decide(patient, node)
            case DigitsReport(digits=digits):
                patient.keys += digits
            case Queued():
                if patient.rng.random() < 0.25:
                    self._leave_after(patient, patient.rng.uniform(3.0, 90.0))
            case Delivered(agent=agent, call=call):
                if patient.rng.random() < 0.93:
                    self.world.later(patient.rng.uniform(1.0, 5.0), lambda: self._answer(patient, agent, call))
            case Established(agent=spoken_to) if spoken_to is not None:
                self._talk(patient, spoken_to, report.call)
            case Cleared(cause=cause, agent=last):
                patient.end = f"{cause.value} {last or '-'}"
                if last is not None and (phone := self._phones.get(last)) in self._in_hand:
                    self.world.later(HEARS_BUSY_S, lambda: self._put_down(phone))
            case _:
                pass

    def _answer(self, patient: Patient, agent: AgentId, call: CallId) -> None:
        """By lifting, where there is a telephone; a telephone that has stopped ringing is left where it is."""
        phone = self._phones.get(agent)
        if phone is None:
            self._ask_if_alive(patient, AnswerCall(agent, call))
        else:
            self._lift(phone)

    def _lift(self, phone: ExtensionId) -> None:
        if self.world.rings(phone):
            self._in_hand.add(phone)
            self.world.lift(phone)

    def _talk(self, patient: Patient, agent: AgentId, call: CallId) -> None:
        talk_s = patient.rng.uniform(15.0, 120.0)
        if patient.rng.random() < 0.5:
            self._leave_after(patient, talk_s)
        phone = self._phones.get(agent)
        if phone is None:
            farewell = ClearConnection(agent, call)
            self.world.later(talk_s + 5.0, lambda: self._ask_if_alive(patient, farewell))
            return
        if patient.rng.random() < LOOKS_UP:  # on hold meanwhile
            self.world.later(5.0, lambda: self.world.flash(phone))
            self.world.later(5.0 + patient.rng.uniform(2.0, 8.0), lambda: self.world.flash(phone))
        self.world.later(talk_s + 5.0, lambda: self._put_down(phone) if not patient.end else None)

    def _put_down(self, phone: ExtensionId | None) -> None:
        if phone is not None and phone in self._in_hand:
            self._in_hand.remove(phone)
            self.world.replace(phone)

    def _decide(self, patient: Patient, node: str) -> None:
        if node in DECIDED_AT and patient.keys_left:
            key, patient.keys_left = patient.keys_left[0], patient.keys_left[1:]
            self._press_after(patient, key, patient.rng.uniform(1.5, 20.0))

    def _ask_if_alive(self, patient: Patient, request: AnswerCall | ClearConnection) -> None:
        if not patient.end:
            self.world.request(request)

    def _agent(self, report: AgentChanged) -> None:
        who = report.agent
        if report.state is AgentState.WORKING_AFTER_CALL:
            self.world.later(8.0, lambda: self.world.request(FinishWrapUp(who)))
        if report.state is AgentState.NOT_READY and report.reason in {"noAnswer", "rejected"}:
            self.world.later(12.0, lambda: self.world.request(SetReady(who)))

    # --- figures --------------------------------------------------------------------------------------------------

    def ends(self) -> Counter[str]:
        """How many calls ended how."""
        return Counter(patient.end.split()[0] if patient.end else _unended(patient) for patient in self.patients)

    def stories(self) -> dict[int, tuple[str, str, str]]:
        """Path, keys and end of each call by its number: what must be the same by event and by audio."""
        return {patient.number: patient.story() for patient in self.patients}


def _unended(patient: Patient) -> str:
    return "still on the line" if patient.call else "gave up within a line's guard time"
