"""The node that the machine tests drive: two lines, three agents, one with a telephone, one queue; and a trunk."""

from dataclasses import replace

from cti_core.call_control.agent import AgentPlan
from cti_core.call_control.cas_states import CasPlan
from cti_core.call_control.extension import ExtensionPlan
from cti_core.call_control.ids import AgentId, ExtensionId, LineId, QueueId
from cti_core.call_control.line_states import LinePlan
from cti_core.call_control.machines import SwitchPlan
from cti_core.call_control.privacy import PhoneNumber
from cti_core.call_control.queue import QueuePlan
from cti_core.call_control.register import LengthPlan
from cti_core.call_control.register_reading import IncomingPlan
from cti_core.call_control.switch import Switch
from machines.toy import ToyDialogue

SERVICE = QueueId("service")
L1, L2, L3 = LineId(1), LineId(2), LineId(3)
ANNA, BO, CAI = AgentId("1001"), AgentId("1002"), AgentId("1003")
X801, X802 = ExtensionId("801"), ExtensionId("802")
PHONE_PLAN = AgentPlan(agent=CAI, extension=X801)

PLAN = SwitchPlan(
    stream="t",
    lines=(LinePlan(line=L1), LinePlan(line=L2, flash_ms=400)),
    agents=(AgentPlan(agent=ANNA), AgentPlan(agent=BO), PHONE_PLAN),
    queues=(QueuePlan(queue=SERVICE, max_waiting=1),),
    extensions=(ExtensionPlan(extension=X801, agent=CAI), ExtensionPlan(extension=X802)),
)


TRUNK = CasPlan(
    line=L3,
    incoming=IncomingPlan(lengths=LengthPlan((("", 2),)), ask_caller_after=0),
    number=PhoneNumber("5"),
)
WITH_TRUNK = replace(PLAN, lines=(*PLAN.lines, TRUNK))


def new_switch() -> Switch:
    return Switch(PLAN, ToyDialogue)


def switch_with_trunk() -> Switch:
    return Switch(WITH_TRUNK, ToyDialogue)
