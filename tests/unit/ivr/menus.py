"""A small menu with one node of each kind, and a caller who walks it."""

from cti_core.call_control.actions import Language
from cti_core.call_control.clock import Instant, after
from cti_core.call_control.dialogue import DialogueAction, DialogueEvent, Said, Say
from ivr.dialog import MenuDialogue
from ivr.parse import parse
from ivr.script import Script

MENU = """
name: small
version: v1
start: hello
main: top
agent: agent
closing: bye
nodes:
  hello: {kind: announcement, say: hello, next: notice}
  notice: {kind: announcement, say: notice, barge_in: false, next: urgent}
  urgent: {kind: announcement, say: urgent, next: top}
  top: {kind: menu, say: top, keys: {1: sub, 2: hours, 3: english, 4: slow, "#": bye}}
  sub: {kind: menu, say: sub, keys: {1: deep, 9: urgent}, no_input_s: 3, help: sub_help, tries: 2, give_up: bye}
  deep: {kind: menu, say: deep, keys: {1: top}}
  slow: {kind: menu, say: slow, keys: {1: top}, barge_in: false}
  hours:
    kind: ask
    service: clock
    request: now
    values: {which: "{key}"}
    outcomes: {open: is_open, silent: mute}
    failed: sorry
  is_open: {kind: announcement, say: [opens, "{opens:clock}", "day.{day}"], next: top}
  mute: {kind: announcement, say: "{missing:digits}", next: top}
  sorry: {kind: announcement, say: sorry, next: top}
  english: {kind: language, to: en, next: top}
  agent:
    kind: transfer
    queue: service
    returned: {queueFull: full, queueTimeOut: top, noAgents: bye, choseMenu: top}
  full: {kind: announcement, say: full, next: bye}
  bye: {kind: hang_up, say: bye}
"""


def small() -> Script:
    return parse(MENU, "small.yaml")


class Caller:
    """Lives one dialogue; time goes on by a second with each event."""

    def __init__(self, script: Script) -> None:
        self.dialogue = MenuDialogue(script)
        self.now = Instant(0)

    def meets(self, *events: DialogueEvent, seconds: float = 1.0) -> tuple[DialogueAction, ...]:
        """All these in a row; what the last one led to."""
        actions: tuple[DialogueAction, ...] = ()
        for event in events:
            self.now = after(self.now, seconds)
            actions = self.dialogue.step(event, self.now)
        return actions

    def hears_out(self, count: int = 1) -> tuple[DialogueAction, ...]:
        return self.meets(*[Said()] * count)

    @property
    def state(self) -> str:
        return type(self.dialogue.state).__name__

    @property
    def waits_s(self) -> float | None:
        until = self.dialogue.until
        return None if until is None else (until - self.now) / 8000


def says(*items: object, language: Language = Language.ZH) -> Say:
    return Say(tuple(items), language)  # type: ignore[arg-type]
