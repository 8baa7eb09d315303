"""A dialogue small enough to see through: it says `hello`, then 0 goes to the queue, 1 asks a service, # hangs up."""

from collections.abc import Sequence

from cti_core.call_control.actions import Language
from cti_core.call_control.clock import Instant, after
from cti_core.call_control.dialogue import (
    Answered,
    Ask,
    Began,
    DialogueAction,
    DialogueEvent,
    Entered,
    Expired,
    HangUp,
    Hush,
    KeyPressed,
    Returned,
    Said,
    Say,
    Transfer,
    Unanswered,
)
from cti_core.call_control.ids import PromptId, QueueId

HELLO = Say((PromptId("hello"),), Language.ZH)
SORRY = Say((PromptId("sorry"),), Language.ZH)
PATIENCE_S = 6.0


class ToyDialogue:
    script = "toy@1"

    def __init__(self) -> None:
        self.state: object = ("new",)
        self.until: Instant | None = None
        self.keys_are_secret = False

    def step(self, event: DialogueEvent, now: Instant) -> Sequence[DialogueAction]:
        self.until = None
        match event:
            case Began():
                return [Entered("hello"), HELLO]
            case Said():
                self.until = after(now, PATIENCE_S)
                return []
            case KeyPressed("0"):
                self.keys_are_secret = False
                return [Hush(), Transfer(QueueId("service"), Language.ZH)]
            case KeyPressed("1"):
                return [Hush(), Ask("hours", "now")]
            case KeyPressed("5"):
                self.keys_are_secret = not self.keys_are_secret
                return []
            case KeyPressed("#") | Expired():
                return [HangUp()]
            case KeyPressed():
                return []
            case Answered() | Returned() | Unanswered():
                return [SORRY]
