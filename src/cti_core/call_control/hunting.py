"""Which line a call of ours takes: the free one with the highest number, because exchanges hunt from the lowest (boards.md R7)."""

from collections.abc import Collection, Mapping

from cti_core.call_control.ids import LineId
from cti_core.call_control.line_kinds import Plan, State, is_free


def free_line(
    lines: Mapping[LineId, State], plans: Mapping[LineId, Plan], tried: Collection[LineId] = ()
) -> LineId | None:
    """A line that nobody uses, that calls of ours may take, and that was not tried for this one; None: there is none."""
    free = [
        number for number, state in lines.items() if is_free(state) and plans[number].outgoing and number not in tried
    ]
    return max(free, default=None)
