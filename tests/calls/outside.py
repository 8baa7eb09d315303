"""What stories of calls of ours share: numbers of the simulated city, houses, and words to say."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from calls.story import PLAN, Story, voice
from cti_core.call_control.actions import Language
from cti_core.call_control.agent import AgentPlan
from cti_core.call_control.extension import ExtensionPlan
from cti_core.call_control.ids import AgentId, ExtensionId, LineId, PromptId
from simulator.line_model import LineModel

SOMEBODY, NOBODY = "88001234", "6005"  # of `simulator.dial_plan.CITY`: lifts in the second ring; only when told to
BUSY, VACANT, ANNOUNCED = "6001", "6003", "6004"
LAST = 8  # the line that calls of ours take first
POLARITY = replace(PLAN, lines=tuple(replace(plan, polarity_answers=True, polarity_clears=True) for plan in PLAN.lines))
DESK = replace(
    PLAN,
    agents=(AgentPlan(agent=AgentId("1001"), extension=ExtensionId("801")),),
    extensions=(ExtensionPlan(extension=ExtensionId("801"), agent=AgentId("1001")),),
)

Tell = Callable[..., Story]
"""Takes a plan and models of the lines; gives the house of a story, by event or by audio."""


def with_last(model: LineModel) -> tuple[LineModel, ...]:
    """All lines are ordinary but the last one."""
    return tuple(model if plan.line == LineId(LAST) else LineModel() for plan in PLAN.lines)


def words() -> NDArray[np.int16]:
    return voice().samples((PromptId("greeting.welcome"),), Language.ZH)


def calling(story: Story, number: str) -> None:
    agent = story.agent("1001")
    agent.at(0.0).logs_on()
    agent.at(1.0).calls(number)


def lived(story: Story, until_s: float, number: str) -> None:
    story.run(until_s)
    assert number not in repr(story.world.hops), "a number that nobody masked"
