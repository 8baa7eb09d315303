"""Words of what an agent does to the line in the middle of a talk: keys that go out, a flash towards a PBX.

Keys come from the desktop, or from the agent's telephone where it tells them beside the sound (SIP); keys that a telephone
sings are sound like any other and need no words.
"""

from dataclasses import dataclass

from cti_core.call_control.ids import AgentId, CallId, ExtensionId, LineId
from cti_core.call_control.privacy import Keys

# --- heard on a telephone of the house --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PhoneKeyHeard:
    """A key that the telephone told beside the sound."""

    extension: ExtensionId
    key: Keys


# --- requests ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class GenerateDigits:
    """CSTA Generate Digits: the keys go out on the call's line, behind those that still do. A comma is a second."""

    agent: AgentId
    call: CallId
    digits: Keys
    version: int | None = None


@dataclass(frozen=True, slots=True)
class FlashCall:
    """The loop is opened for a moment: a PBX holds the caller and gives dial tone, or takes the caller back."""

    agent: AgentId
    call: CallId
    version: int | None = None


InTalk = GenerateDigits | FlashCall

# --- call to line -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Flash:
    """Call to line: flash, and what is heard then is the PBX, not a goodbye."""


# --- telephone to agent, agent to call --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PhoneKeyed:
    """Telephone to agent."""

    key: Keys


@dataclass(frozen=True, slots=True)
class AgentKeyed:
    """Agent to call: this key is for whoever is spoken to."""

    agent: AgentId
    key: Keys


TalkNote = Flash | PhoneKeyed | AgentKeyed

# --- orders to the shell ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SendDigits:
    """As tones, or as the board tells keys in a call; `DialFinished` follows the last one."""

    line: LineId
    digits: Keys


@dataclass(frozen=True, slots=True)
class FlashLine:
    line: LineId
    length_ms: int


LineAction = SendDigits | FlashLine
