"""A line told as what the copper does, for the stories of calls of ours."""

from dataclasses import replace

from cti_core.call_control.clock import Instant, after
from cti_core.call_control.events import (
    DialFinished,
    Tone,
    ToneHeard,
)
from cti_core.call_control.ids import CallId, LineId
from cti_core.call_control.line import Event, LinePlan, State, step
from cti_core.call_control.line_states import (
    Dialling,
    Idle,
    Invited,
    Proceeding,
    Reserved,
    Seizing,
)
from cti_core.call_control.notes import (
    DeadlinePassed,
    ReserveLine,
    SeizeLine,
)
from cti_core.call_control.privacy import PhoneNumber
from cti_core.call_control.trace import HOUSE, Out, Send, call

L1 = LineId(1)
PLAN = LinePlan(line=L1)
EN_BLOC = replace(PLAN, en_bloc=True)
POLARITY = replace(PLAN, polarity_answers=True, polarity_clears=True)
OURS, THEIRS = CallId("n-1"), CallId("n-2")  # our call, and the one that a caller would begin
NUMBER = PhoneNumber("88001234")
T0 = Instant(0)

Copper = tuple[float, Event]


def lived(*events: Copper, plan: LinePlan = PLAN, state: State | None = None) -> tuple[State, list[Out]]:
    """The line after these events, and all it said."""
    now_state: State = state or Idle()
    said: list[Out] = []
    for second, event in events:
        now_state, outs = step(now_state, event, after(T0, second), plan, THEIRS)
        said += outs
    return now_state, said


def to(ident: CallId, said: list[Out]) -> list[object]:
    """What a call was told."""
    return [out.note for out in said if isinstance(out, Send) and out.to == call(ident)]


def alarms(said: list[Out]) -> list[object]:
    return [out.note for out in said if isinstance(out, Send) and out.to == HOUSE]


RESERVED: Copper = (0.0, ReserveLine(OURS))
SEIZED: tuple[Copper, ...] = (RESERVED, (1.0, SeizeLine(NUMBER)))
INVITED: tuple[Copper, ...] = (*SEIZED, (2.5, ToneHeard(L1, Tone.DIAL)))
DIALLING: tuple[Copper, ...] = (*INVITED, (2.8, DeadlinePassed()))
DIALLED: tuple[Copper, ...] = (*DIALLING, (4.5, DialFinished(L1)))
ALERTING: tuple[Copper, ...] = (*DIALLED, (6.5, ToneHeard(L1, Tone.RINGBACK)))

STATES: dict[type, tuple[Copper, ...]] = {
    Reserved: (RESERVED,),
    Seizing: SEIZED,
    Invited: INVITED,
    Dialling: DIALLING,
    Proceeding: DIALLED,
}
ON_THE_WAY = [(name, story) for name, story in STATES.items() if name is not Reserved]  # off hook
