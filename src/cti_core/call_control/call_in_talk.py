"""What the agent of a call does to its line in the middle of a talk. A part of `call`: the state stays.

Talking --digits--> the same; the agent is not heard until they are out, so that no word spoils a digit
Talking --flash--> the same; what the PBX says then is for the agent to hear, and to hang up on
"""

from cti_core.call_control.actions import Connect, Disconnect, Tell
from cti_core.call_control.call_states import Call, Talking
from cti_core.call_control.csta_calling import DigitsGenerated, Flashed
from cti_core.call_control.events import DialFinished
from cti_core.call_control.ids import line_port
from cti_core.call_control.in_talk import AgentKeyed, Flash, FlashCall, GenerateDigits, SendDigits
from cti_core.call_control.trace import Out, Send, line


def step(c: Call, event: GenerateDigits | AgentKeyed | FlashCall | DialFinished) -> tuple[Call, list[Out]]:
    assert isinstance(c.state, Talking), "`call.step` sends only this state here"
    ours, theirs = line_port(c.line), c.state.device
    match event:
        case GenerateDigits(digits=digits) | AgentKeyed(key=digits):
            told = DigitsGenerated(call=c.call, line=c.line, agent=c.state.agent, digits=str(digits))
            return c, [Disconnect(theirs, ours), SendDigits(c.line, digits), Tell(told)]
        case DialFinished():
            return c, [Connect(theirs, ours)]
        case FlashCall():
            flashed = Flashed(call=c.call, line=c.line, agent=c.state.agent)
            return c, [Send(line(c.line), Flash()), Tell(flashed)]
