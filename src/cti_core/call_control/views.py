"""Reads the machines off into the view that screens get."""

from cti_core.call_control import agent as agents
from cti_core.call_control import line as lines
from cti_core.call_control.call_states import WORDS, Call, agent_of, connections, queue_of
from cti_core.call_control.clock import Instant
from cti_core.call_control.machines import Machines
from cti_core.call_control.recording import Off, id_of
from cti_core.call_control.view import AgentView, CallView, HouseView, LineView, QueueView


def house_view(m: Machines, now: Instant) -> HouseView:
    """Everything, in the order of the settings; calls oldest first."""
    return HouseView(
        at=now,
        lines=tuple(
            LineView(
                line=number,
                state=lines.WORDS[type(state)],
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
    )
