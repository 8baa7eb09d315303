"""Names of things. A bare str or int does not cross a room's door."""

from typing import NewType

LineId = NewType("LineId", int)
"""A line as it is labelled on the wall: 1, 2, 3. Not to be confused with the 0-based port of a board."""
ExtensionId = NewType("ExtensionId", str)
"""The number of a telephone of the house: `801`."""
PortOwner = LineId | ExtensionId
"""Who is on a port of the board."""
CallId = NewType("CallId", str)
"""Global: `<node>-<stream>-<n>`, so that calls of several board hosts never share one."""
AgentId = NewType("AgentId", str)
QueueId = NewType("QueueId", str)
PromptId = NewType("PromptId", str)
RecordingId = NewType("RecordingId", str)
PlayingId = NewType("PlayingId", int)
"""One playing of one prompt on one line; the answer `PromptFinished` carries it back."""
AskId = NewType("AskId", int)
"""One question to a service; the answer carries it back."""
Seq = NewType("Seq", int)
"""Number of a hop in the trace. Not to be confused with the number of an event in the stream."""
PortId = NewType("PortId", str)
"""A row and a column of the switching matrix: `L1` a line, `X801` a telephone, `A1001` an agent's leg."""


def line_port(line: LineId) -> PortId:
    """The matrix port of a line."""
    return PortId(f"L{line}")


def extension_port(extension: ExtensionId) -> PortId:
    """The matrix port of a telephone of the house."""
    return PortId(f"X{extension}")


def owner_port(owner: PortOwner) -> PortId:
    """The matrix port of whoever is on a port of the board."""
    return line_port(owner) if isinstance(owner, int) else extension_port(owner)


def agent_port(agent: AgentId) -> PortId:
    """The matrix port of an agent's audio leg."""
    return PortId(f"A{agent}")
