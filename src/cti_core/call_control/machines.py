"""All machines of one node in one table, so that a step can be undone by putting the old table back."""

from dataclasses import dataclass, field, replace

from cti_core.call_control import agent, extension, line_kinds, queue, recording
from cti_core.call_control.call_states import Call
from cti_core.call_control.clock import Instant
from cti_core.call_control.dialogue import Dialogue
from cti_core.call_control.ids import AgentId, AskId, CallId, ExtensionId, LineId, PlayingId, QueueId, Seq
from cti_core.call_control.trace import Party


@dataclass(frozen=True, slots=True, kw_only=True)
class SwitchPlan:
    """What the node owns and how it is supervised. `stream` makes call ids global."""

    stream: str
    lines: tuple[line_kinds.Plan, ...]
    agents: tuple[agent.AgentPlan, ...]
    queues: tuple[queue.QueuePlan, ...]
    extensions: tuple[extension.ExtensionPlan, ...] = ()


@dataclass(slots=True, kw_only=True)
class Machines:
    lines: dict[LineId, line_kinds.State]
    agents: dict[AgentId, agent.State]
    queues: dict[QueueId, queue.State]
    extensions: dict[ExtensionId, extension.State] = field(default_factory=dict)
    calls: dict[CallId, Call] = field(default_factory=dict)
    dialogues: dict[CallId, Dialogue] = field(default_factory=dict)
    recordings: dict[CallId, recording.State] = field(default_factory=dict)
    agents_since: dict[AgentId, Instant] = field(default_factory=dict)
    asks: dict[AskId, CallId] = field(default_factory=dict)
    playing: dict[LineId, PlayingId] = field(default_factory=dict)
    deadlines: dict[Party, Instant] = field(default_factory=dict)
    alarms: set[tuple[str, LineId | None]] = field(default_factory=set)  # that stand
    calls_begun: int = 0
    asks_begun: int = 0
    playings_begun: int = 0
    hops: int = 0

    def copy(self) -> "Machines":
        """Tables anew, states shared: they are frozen."""
        return replace(
            self,
            lines=dict(self.lines),
            agents=dict(self.agents),
            queues=dict(self.queues),
            extensions=dict(self.extensions),
            calls=dict(self.calls),
            dialogues=dict(self.dialogues),
            recordings=dict(self.recordings),
            agents_since=dict(self.agents_since),
            asks=dict(self.asks),
            playing=dict(self.playing),
            deadlines=dict(self.deadlines),
            alarms=set(self.alarms),
        )

    def next_seq(self) -> Seq:
        self.hops += 1
        return Seq(self.hops)

    def next_ask(self, call: CallId) -> AskId:
        self.asks_begun += 1
        ask = AskId(self.asks_begun)
        self.asks[ask] = call
        return ask

    def next_playing(self, on: LineId) -> PlayingId:
        self.playings_begun += 1
        playing = PlayingId(self.playings_begun)
        self.playing[on] = playing
        return playing

    def call_on(self, number: LineId) -> CallId | None:
        state = self.lines.get(number)
        return None if state is None else line_kinds.call_of(state)


def idle(plan: SwitchPlan) -> Machines:
    """A node that has just started: nobody rings, nobody is on duty."""
    return Machines(
        lines={p.line: line_kinds.at_first(p) for p in plan.lines},
        agents={p.agent: agent.LoggedOff() for p in plan.agents},
        queues={p.queue: queue.State() for p in plan.queues},
        extensions={p.extension: extension.OnHook() for p in plan.extensions},
        agents_since={p.agent: Instant(0) for p in plan.agents},
    )
