"""A house whose two agents have telephones: 1001 on 801, 1002 on 802."""

from dataclasses import replace

from calls.story import PLAN, Story
from cti_core.call_control.agent import AgentPlan
from cti_core.call_control.extension import ExtensionPlan
from cti_core.call_control.ids import AgentId, ExtensionId

PHONES = {AgentId("1001"): ExtensionId("801"), AgentId("1002"): ExtensionId("802")}
DESKS = replace(
    PLAN,
    agents=tuple(AgentPlan(agent=agent, extension=phone) for agent, phone in PHONES.items()),
    extensions=tuple(ExtensionPlan(extension=phone, agent=agent) for agent, phone in PHONES.items()),
)


def waiting_caller(story: Story, *agents: str) -> None:
    """Somebody has keyed 0 for a person; these agents are ready, the first one for longest."""
    for turn, name in enumerate(agents):
        story.agent(name).at(0.1 * turn).logs_on()
        story.agent(name).at(0.4 + 0.1 * turn).is_ready()
    story.caller(1).at(1.0).dials()
    story.caller(1).at(26.0).presses("0")
