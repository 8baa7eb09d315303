"""Whose line an event is about: the one that goes out of service when the event cannot be handled."""

from cti_core.call_control.errors import DeadlineFault
from cti_core.call_control.events import Event
from cti_core.call_control.ids import LineId
from cti_core.call_control.trace import PartyKind
from cti_core.call_control.view import HouseView
from cti_core.media.asking import Asker


def line_of(event: Event | DeadlineFault, house: HouseView, asker: Asker) -> LineId | None:
    """The line that the event names, or that has the call, recording, question or agent it names; None: no line."""
    if isinstance(event, DeadlineFault) and event.party.kind is PartyKind.LINE:
        return LineId(int(event.party.id))
    if (line := getattr(event, "line", None)) is not None:
        return LineId(line)
    call = event.party.id if isinstance(event, DeadlineFault) else getattr(event, "call", None)
    if (ask := getattr(event, "ask", None)) is not None:
        call = asker.call_of(ask)
    recording = getattr(event, "recording", None)
    agent = getattr(event, "agent", None)
    for view in house.calls:
        named = (view.call, call), (view.recording, recording), (view.agent, agent)
        if any(its is not None and its == wanted for its, wanted in named):
            return view.line
    return None
