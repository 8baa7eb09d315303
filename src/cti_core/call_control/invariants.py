"""What must hold whenever the switch is at rest. Always on in tests and soak; cheap enough for production."""

from cti_core.call_control import agent as agents
from cti_core.call_control import cas_states as trunks
from cti_core.call_control import extension as extensions
from cti_core.call_control import line_kinds
from cti_core.call_control import line_states as lines
from cti_core.call_control import queue as queues
from cti_core.call_control import recording as recordings
from cti_core.call_control.call_states import (
    BEFORE_RECORDING,
    Alerting,
    Call,
    Calling,
    Delivering,
    Initiated,
    Interrupted,
    Offered,
    OnHold,
    Talking,
    Waiting,
    agent_of,
)
from cti_core.call_control.machines import Machines
from cti_core.call_control.routing import Candidate
from cti_core.call_control.trace import PartyKind


def check(m: Machines, desk: tuple[Candidate, ...]) -> None:
    """Raises AssertionError, naming what is wrong."""
    _lines_and_calls(m)
    _queues_and_calls(m)
    _agents_and_calls(m)
    _recordings_and_calls(m)
    _deadlines(m)
    ready = {name for c in desk if c.ready_since is not None for name in c.queues}
    for name, state in m.queues.items():
        assert not (state.waiting and name in ready), f"queue {name}: a caller waits while an agent is ready"


def _lines_and_calls(m: Machines) -> None:
    on_lines = {ident: number for number, state in m.lines.items() if (ident := line_kinds.call_of(state))}
    assert on_lines.keys() == m.calls.keys(), f"calls {set(m.calls) ^ set(on_lines)} are not on a line, or unknown"
    for ident, c in m.calls.items():
        assert on_lines[ident] == c.line, f"call {ident} is on line {on_lines[ident]}, thinks {c.line}"
        expected = _line_state_for(c)
        assert isinstance(line_kinds.doing(m.lines[c.line]), expected), (
            f"call {ident} is {c.state}, its line {m.lines[c.line]}"
        )
    assert m.dialogues.keys() == m.calls.keys(), "a dialogue without a call, or a call without one"


def _line_state_for(c: Call) -> tuple[type[lines.State | trunks.Doing], ...]:
    match c.state:
        case Offered():
            return lines.Ringing, trunks.Receiving, trunks.Arrived
        case Initiated():
            return (lines.Reserved,)
        case Calling():
            return lines.Seizing, lines.Invited, lines.Dialling, trunks.Seizing, trunks.Sending
        case Alerting():
            return lines.Proceeding, trunks.Proceeding
        case _:
            return lines.Connected, trunks.Connected


def _queues_and_calls(m: Machines) -> None:
    queued = [(w.call, name) for name, state in m.queues.items() for w in state.waiting]
    waiting = [(ident, c.state.queue) for ident, c in m.calls.items() if isinstance(c.state, Waiting)]
    assert sorted(queued) == sorted(waiting), f"queued {queued}, but waiting {waiting}"


def _agents_and_calls(m: Machines) -> None:
    for who, state in m.agents.items():
        ident = agents.call_of(state)
        if ident is None or isinstance(state, agents.WorkingAfterCall):
            continue
        assert ident in m.calls, f"agent {who} is stuck in {state}: the call is gone"
        assert agent_of(m.calls[ident].state) == who, f"agent {who} thinks of {ident}, which is {m.calls[ident].state}"
    for ident, c in m.calls.items():
        with_whom = agent_of(c.state)
        if with_whom is not None:
            expected = _agent_state_for(c)
            got = m.agents[with_whom]
            assert isinstance(got, expected), f"call {ident} {c.state}: agent {got}"
            assert agents.call_of(got) == ident, f"call {ident}: its agent is with {got}"


def _agent_state_for(c: Call) -> type[agents.State]:
    match c.state:
        case Delivering():
            return agents.Alerted
        case Talking() | OnHold() | Initiated() | Calling() | Alerting():
            return agents.Busy
        case Interrupted():
            return agents.Unreachable
        case _:
            raise AssertionError(c.state)


def _recordings_and_calls(m: Machines) -> None:
    for ident, state in m.recordings.items():
        live = isinstance(state, recordings.Off | recordings.Running | recordings.Paused)
        assert live == (ident in m.calls), f"recording {ident} is {state}"
    for ident, c in m.calls.items():
        off = isinstance(m.recordings[ident], recordings.Off)
        assert off == isinstance(c.state, BEFORE_RECORDING), (
            f"call {ident} is {c.state}, its recording {m.recordings[ident]}"
        )


def _deadlines(m: Machines) -> None:
    kept = {party: until for party, until in m.deadlines.items() if party.kind is not PartyKind.DIALOGUE}
    real = {f"line {n}": line_kinds.deadline(s) for n, s in m.lines.items()}
    real |= {f"agent {a}": agents.deadline(s) for a, s in m.agents.items()}
    real |= {f"extension {x}": extensions.deadline(s) for x, s in m.extensions.items()}
    real |= {f"queue {q}": queues.deadline(s) for q, s in m.queues.items()}
    real |= {f"recorder {c}": recordings.deadline(s) for c, s in m.recordings.items()}
    wanted = {name: until for name, until in real.items() if until is not None}
    assert {str(party): until for party, until in kept.items()} == wanted, "a deadline is forgotten, or kept too long"
