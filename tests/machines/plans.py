"""The node that the machine tests drive: two lines, three agents, one with a telephone, one queue."""

from cti_core.call_control.agent import AgentPlan
from cti_core.call_control.extension import ExtensionPlan
from cti_core.call_control.ids import AgentId, ExtensionId, LineId, QueueId
from cti_core.call_control.line_states import LinePlan
from cti_core.call_control.machines import SwitchPlan
from cti_core.call_control.queue import QueuePlan
from cti_core.call_control.switch import Switch
from machines.toy import ToyDialogue

SERVICE = QueueId("service")
L1, L2 = LineId(1), LineId(2)
ANNA, BO, CAI = AgentId("1001"), AgentId("1002"), AgentId("1003")
X801, X802 = ExtensionId("801"), ExtensionId("802")
PHONE_PLAN = AgentPlan(agent=CAI, extension=X801)

PLAN = SwitchPlan(
    stream="t",
    lines=(LinePlan(line=L1), LinePlan(line=L2)),
    agents=(AgentPlan(agent=ANNA), AgentPlan(agent=BO), PHONE_PLAN),
    queues=(QueuePlan(queue=SERVICE, max_waiting=1),),
    extensions=(ExtensionPlan(extension=X801, agent=CAI), ExtensionPlan(extension=X802)),
)


def new_switch() -> Switch:
    return Switch(PLAN, ToyDialogue)
