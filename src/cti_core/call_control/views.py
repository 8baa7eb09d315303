"""Reads the machines off into the view that screens get."""

from cti_core.call_control import agent as agents
from cti_core.call_control import extension as extensions
from cti_core.call_control import line_kinds as lines
from cti_core.call_control.call_states import WORDS, Call, agent_of, connections, queue_of
from cti_core.call_control.clock import Instant
from cti_core.call_control.machines import Machines, SwitchPlan
from cti_core.call_control.recording import Off, id_of
from cti_core.call_control.view import AgentView, CallView, ExtensionView, HouseView, LineView, QueueView


def house_view(m: Machines, plan: SwitchPlan, now: Instant) -> HouseView:
    """Everything, in the order of the settings; calls oldest first."""
    phones = {p.agent: p.extension for p in plan.agents}
    owners = {p.extension: p.agent for p in plan.extensions}
    return HouseView(
        at=now,
        lines=tuple(
            LineView(
                line=number,
                state=lines.word_of(state),
                reason=lines.reason_of(state),
                call=lines.call_of(state),
            )
            for number, state in m.lines.items()
        ),
        calls=tuple(call_view(c, m) for c in m.calls.values()),
        agents=tuple(
            AgentView(
                agent=who,
                state=agents.WORDS[type(state)],
                since=m.agents_since[who],
                reason=agents.reason_of(state),
                call=agents.call_of(state),
                queues=agents.queues_of(state),
                extension=phones[who],
            )
            for who, state in m.agents.items()
        ),
        queues=tuple(
            QueueView(
                queue=name,
                waiting=tuple(w.call for w in state.waiting),
                agents=tuple(who for who, a in m.agents.items() if name in agents.queues_of(a)),
            )
            for name, state in m.queues.items()
        ),
        extensions=tuple(
            ExtensionView(
                extension=number,
                state=extensions.WORDS[type(state)],
                reason=extensions.reason_of(state),
                agent=owners[number],
            )
            for number, state in m.extensions.items()
        ),
    )


def call_view(c: Call, m: Machines) -> CallView:
    """One call."""
    recorded = not isinstance(m.recordings[c.call], Off)
    return CallView(
        call=c.call,
        line=c.line,
        caller=c.caller,
        state=WORDS[type(c.state)],
        connections=connections(c),
        began=c.began,
        since=c.since,
        version=c.version,
        data=c.data,
        queue=queue_of(c.state),
        agent=agent_of(c.state),
        node=c.path[-1] if c.path else "",
        recording=id_of(c.call) if recorded else None,
        called=c.called,
        estimated=c.estimated,
    )
