"""The node that the machine tests drive: two lines, two agents, one queue."""

from cti_core.call_control.agent import AgentPlan
from cti_core.call_control.ids import AgentId, LineId, QueueId
from cti_core.call_control.line import LinePlan
from cti_core.call_control.machines import SwitchPlan
from cti_core.call_control.queue import QueuePlan
from cti_core.call_control.switch import Switch
from machines.toy import ToyDialogue

SERVICE = QueueId("service")
L1, L2 = LineId(1), LineId(2)
ANNA, BO = AgentId("1001"), AgentId("1002")

PLAN = SwitchPlan(
    stream="t",
    lines=(LinePlan(line=L1), LinePlan(line=L2)),
    agents=(AgentPlan(agent=ANNA), AgentPlan(agent=BO)),
    queues=(QueuePlan(queue=SERVICE, max_waiting=1),),
)


def new_switch() -> Switch:
    return Switch(PLAN, ToyDialogue)
