"""Lines of every kind as the switch sees them: analogue ones (`line`) and trunks of China No.1 (`cas_line`).

Which it is, the plan says; a state tells it too. Nothing else in the mind asks.
"""

from cti_core.call_control import cas_line, cas_states, line, line_states
from cti_core.call_control.cas_states import CasPlan, Doing, Trunk
from cti_core.call_control.clock import Instant
from cti_core.call_control.ids import CallId
from cti_core.call_control.line_states import Idle, LinePlan
from cti_core.call_control.trace import Out, disregard

Plan = LinePlan | CasPlan
State = line_states.State | Trunk


def at_first(plan: Plan) -> State:
    """A line of a node that has just started."""
    return Idle() if isinstance(plan, LinePlan) else Trunk()


def step(state: State, event: object, now: Instant, plan: Plan, fresh: CallId) -> tuple[State, list[Out]]:
    """Take an event; what a line of this kind never hears is disregarded. `fresh` is the id a new call would get."""
    if isinstance(state, Trunk) and isinstance(plan, CasPlan) and isinstance(event, cas_line.Event):
        return cas_line.step(state, event, now, plan, fresh)
    if not isinstance(state, Trunk) and isinstance(plan, LinePlan) and isinstance(event, line.Event):
        return line.step(state, event, now, plan, fresh)
    return state, [disregard(event, doing(state))]


def doing(state: State) -> line_states.State | Doing:
    """What the line is doing, in the words of its kind."""
    return state.doing if isinstance(state, Trunk) else state


def is_free(state: State) -> bool:
    """Nobody uses it, and it may be used."""
    return isinstance(doing(state), Idle)


def word_of(state: State) -> str:
    """What screens call it."""
    return cas_states.WORDS[type(state.doing)] if isinstance(state, Trunk) else line_states.WORDS[type(state)]


def reason_of(state: State) -> str:
    """Why it is out of service, or who tests it; empty otherwise."""
    return cas_states.reason_of(state.doing) if isinstance(state, Trunk) else line_states.reason_of(state)


def call_of(state: State) -> CallId | None:
    """The call on the line, if one is."""
    return cas_states.call_of(state.doing) if isinstance(state, Trunk) else line_states.call_of(state)


def deadline(state: State) -> Instant | None:
    """When the line wants DeadlinePassed."""
    return cas_states.deadline(state.doing) if isinstance(state, Trunk) else line_states.deadline(state)
