"""The dialogue with one caller: walks a menu script. Pure: no clock, no audio; `now` is an argument, a timer a field.

    New --Began--> enter(start)              enter(node) is:
                                               announcement  -> Announcing, or Telling without barge-in
    Telling    --said-------> what follows     menu          -> Prompting, or Telling and then Listening
    Announcing --said-------> what follows     ask           -> Asking
               --key--------> elsewhere        transfer      -> InQueue, after its own words if it has some
    Prompting  --said-------> Listening        hang up       -> Over, after its own words if it has some
               --key--------> enter(target)    language      -> enter(next)
    Listening  --key--------> enter(target)
               --time-------> Prompting        a short hint, then a longer help, then enter(give_up)
    Asking     --answer-----> enter(branch)    silent at first
               --time-------> Soothing         "one moment please"
    Soothing   --said-------> Asking
               --answer-----> Informed         the answer waits until the words are said
    Informed   --said-------> enter(branch)
    InQueue    --returned---> enter(branch)

A key pressed in an announcement cuts it and is already taken by the menu behind it (A-IVR-3). Each state that waits for
anything but a queue has a time at which it gives up waiting, and each way is bounded by steps and minutes (R-DLG-5).
"""

import re
from dataclasses import dataclass, replace
from typing import TypeVar

from cti_core.call_control.actions import Item, Language, Spoken
from cti_core.call_control.clock import Instant, after, seconds
from cti_core.call_control.dialogue import (
    Answered,
    Ask,
    Began,
    DialogueAction,
    DialogueEvent,
    DroppedKey,
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
from cti_core.call_control.ids import PromptId
from ivr.dialog_states import (
    Announcing,
    Asking,
    End,
    GoTo,
    Informed,
    InQueue,
    Leave,
    Listen,
    Listening,
    New,
    Over,
    Prompting,
    Soothing,
    State,
    Talk,
    Telling,
    Then,
)
from ivr.script import (
    PRESSED,
    Announcement,
    AskNode,
    HangUpNode,
    LanguageNode,
    Menu,
    NodeId,
    PromptNamed,
    Script,
    Text,
    TransferNode,
    ValueSpoken,
)

SAID_MAX_S = 180.0  # assumed: twice the longest part of an information item (R-INF-1): a lost `Said` is no dead end
VALUES_MAX = 50  # values of services that are remembered
MUST_BE_HEARD = "this prompt is heard to its end"
BEING_ASKED = "a service is being asked"
NO_CHOICE = "there is nothing to choose here"
KNOWN = re.compile(r"\{(\w+)\}")  # a value in the request of a service

N = TypeVar("N", AskNode, HangUpNode, Menu, TransferNode)
Step = tuple[State, tuple[DialogueAction, ...]]


class MenuDialogue:
    """Implements `cti_core.call_control.dialogue.Dialogue` for one call."""

    __slots__ = ("_script", "_state")

    def __init__(self, script: Script) -> None:
        self._script = script
        self._state: State = New()

    @property
    def script(self) -> str:
        return self._script.ident

    @property
    def state(self) -> State:
        return self._state

    @property
    def until(self) -> Instant | None:
        match self._state:
            case New() | InQueue() | Over():
                return None
            case waiting:
                return waiting.until

    @property
    def keys_are_secret(self) -> bool:
        return False  # menus take single keys; who enters a number is asked by a flow of its own

    def step(self, event: DialogueEvent, now: Instant) -> tuple[DialogueAction, ...]:
        self._state, actions = step(self._script, self._state, event, now)
        return actions


def step(script: Script, state: State, event: DialogueEvent, now: Instant) -> Step:
    """Take an event; one without meaning in this state changes nothing, a key without meaning is named as dropped."""
    walk, limits = _Walk(script, now), script.limits
    match state, event:
        case New(), Began():
            return walk.enter(Talk(language=script.language, began=now), script.start)
        case Telling() | Announcing(), Said() | Expired():
            return walk.follow(state.talk, state.node, state.then)
        case Telling(), KeyPressed(key):
            return state, (DroppedKey(key, MUST_BE_HEARD),)
        case Announcing(), KeyPressed(key):
            return walk.cut_short(state, key)
        case Prompting(), Said() | Expired():
            return walk.listen(state.talk, state.node, state.tries), ()
        case Prompting(), KeyPressed(key):
            return _hushed(walk.chosen(state, key))
        case Listening(), KeyPressed(key):
            return walk.chosen(state, key)
        case Listening(), Expired():
            return walk.missed(state, script.retries.no_input)
        case Asking(), Answered() | Unanswered():
            return walk.enter(*walk.branch(state, event))
        case Asking(asked=asked), Expired() if seconds(now - asked) >= limits.answer_s:
            return walk.enter(*walk.branch(state, Unanswered("no answer came")))
        case Asking(), Expired():
            return walk.soothe(state)
        case Soothing(), Said() | Expired():
            again = after(now, limits.waiting_every_s)
            return Asking(talk=state.talk, node=state.node, asked=state.asked, until=again), ()
        case Soothing(), Answered() | Unanswered():
            talk, target = walk.branch(state, event)
            return Informed(talk=talk, node=state.node, target=target, until=state.until), ()
        case Informed(), Said() | Expired():
            return walk.enter(state.talk, state.target)
        case ((Asking() | Soothing() | Informed()), KeyPressed(key)):
            return state, (DroppedKey(key, BEING_ASKED),)
        case InQueue(), Returned(cause):
            talk = replace(state.talk, began=Instant(state.talk.began + now - state.since))
            return walk.enter(talk, walk.node(state.node, TransferNode).target(cause))
        case _, KeyPressed(key):
            return state, (DroppedKey(key, NO_CHOICE),)
        case _:
            return state, ()


@dataclass(frozen=True, slots=True)
class _Walk:
    """One step through the script: what the arrows do."""

    s: Script
    now: Instant

    def node(self, name: NodeId, kind: type[N]) -> N:
        node = self.s.nodes[name]
        assert isinstance(node, kind), f"{name} is no {kind.__name__}"
        return node

    # --- entering a node --------------------------------------------------------------------------------------------

    def enter(self, talk: Talk, name: NodeId, ahead: str = "") -> Step:
        """`ahead`: a key pressed before its menu was said passes what it may cut short and is taken by the menu."""
        s = self.s
        talk = replace(talk, steps=talk.steps + 1)
        if talk.steps > s.limits.steps or seconds(self.now - talk.began) > s.limits.dialogue_s:
            return self.exhausted(talk)
        return _led_by(Entered(name), self.at(talk, name, ahead))

    def at(self, talk: Talk, name: NodeId, ahead: str) -> Step:
        """What a node does with the caller who came to it."""
        match self.s.nodes[name]:
            case Announcement() as a if ahead and a.barge_in:
                return self.enter(talk, a.next, ahead)
            case Announcement() as a:
                return self.say(talk, name, a.say, GoTo(a.next), barge_in=a.barge_in)
            case Menu() as m:
                here = replace(talk, menus=_way_to(self.s, talk.menus, name))
                if ahead and m.barge_in:
                    return self.chosen(self.listen(here, name, 0), ahead)
                return self.prompt(here, name, 0, m.say)
            case AskNode() as a:
                values = tuple((key, _filled(value, talk)) for key, value in a.values)
                until = after(self.now, self.s.limits.silence_s)
                asking = Asking(talk=talk, node=name, asked=self.now, until=until)
                return asking, (Ask(a.service, a.request, values),)
            case TransferNode() as t:
                return self.say(talk, name, t.say, Leave(), barge_in=False)
            case HangUpNode() as h:
                return self.say(talk, name, h.say, End(), barge_in=True)
            case LanguageNode() as n:
                return self.enter(replace(talk, language=n.to), n.next, ahead)

    def exhausted(self, talk: Talk) -> Step:
        """Too many steps or minutes: once to an agent, then goodbye."""
        s = self.s
        if s.agent is not None and talk.steps <= s.limits.steps + 1:
            spent = replace(talk, steps=s.limits.steps + 1)
            return _led_by(Entered(s.agent), self.follow(spent, s.agent, Leave()))
        say = self.node(s.closing, HangUpNode).say
        return _led_by(Entered(s.closing), self.say(talk, s.closing, say, End(), barge_in=False))

    # --- saying -----------------------------------------------------------------------------------------------------

    def say(self, talk: Talk, name: NodeId, text: Text, then: Then, *, barge_in: bool) -> Step:
        if not text.pieces(talk.language):
            return self.follow(talk, name, then)
        kind = Announcing if barge_in else Telling
        return kind(talk=talk, node=name, then=then, until=self.said_by), (_words(talk, text),)

    def prompt(self, talk: Talk, name: NodeId, tries: int, text: Text) -> Step:
        if not text.pieces(talk.language):
            return self.listen(talk, name, tries), ()
        if not self.node(name, Menu).barge_in:
            return self.say(talk, name, text, Listen(tries), barge_in=False)
        return Prompting(talk=talk, node=name, tries=tries, until=self.said_by), (_words(talk, text),)

    @property
    def said_by(self) -> Instant:
        return after(self.now, SAID_MAX_S)

    def listen(self, talk: Talk, name: NodeId, tries: int) -> Listening:
        patience_s = self.node(name, Menu).no_input_s or self.s.retries.no_input_s
        return Listening(talk=talk, node=name, tries=tries, until=after(self.now, patience_s))

    def follow(self, talk: Talk, name: NodeId, then: Then) -> Step:
        match then:
            case GoTo(target):
                return self.enter(talk, target)
            case Listen(tries):
                return self.listen(talk, name, tries), ()
            case Leave():
                queue = self.node(name, TransferNode).queue
                return InQueue(talk=talk, node=name, since=self.now), (Transfer(queue, talk.language),)
            case End():
                return Over(), (HangUp(),)

    # --- keys -------------------------------------------------------------------------------------------------------

    def cut_short(self, state: Announcing, key: str) -> Step:
        s, talk = self.s, replace(state.talk, key=key)
        if key == s.keys.agent and s.agent is not None:
            return _hushed(self.enter(talk, s.agent))
        if key == s.keys.back and talk.menus:
            return _hushed(self.enter(talk, self.back(state.talk, talk.menus[-1])))
        if key == s.keys.replay:
            return _hushed(self.enter(talk, state.node))
        if isinstance(state.then, GoTo):
            return _hushed(self.enter(talk, state.then.node, ahead=key))
        return state, (DroppedKey(key, NO_CHOICE),)

    def chosen(self, state: Prompting | Listening, key: str) -> Step:
        s, talk = self.s, replace(state.talk, key=key)
        own = self.node(state.node, Menu).target(key)
        if own is not None:
            return self.enter(talk, own)
        if key == s.keys.agent and s.agent is not None:
            return self.enter(talk, s.agent)
        if key == s.keys.back:
            return self.enter(talk, self.back(state.talk, talk.menus[-2] if len(talk.menus) > 1 else s.main))
        if key == s.keys.replay:
            return self.enter(talk, state.node)
        if key == s.keys.language and state.node == s.main:
            other = Language.EN if talk.language is Language.ZH else Language.ZH
            return self.enter(replace(talk, language=other), state.node)
        return self.missed(replace(state, talk=talk), s.retries.no_match)

    def back(self, before: Talk, target: NodeId) -> NodeId:
        """One step back; pressed twice, the main menu."""
        return self.s.main if before.key == self.s.keys.back else target

    def missed(self, state: Prompting | Listening, hint: Text) -> Step:
        """Nothing pressed, or what is not offered: a short hint, then a longer help, then somebody who helps."""
        retries, menu, tries = self.s.retries, self.node(state.node, Menu), state.tries + 1
        if tries >= (menu.tries or retries.tries):
            return self.enter(state.talk, menu.give_up or self.s.give_up)
        longer = (menu.help or retries.help) if tries > 1 else Text()
        return self.prompt(state.talk, state.node, tries, hint + longer + menu.say)

    # --- services ---------------------------------------------------------------------------------------------------

    def soothe(self, state: Asking) -> Step:
        text = self.node(state.node, AskNode).waiting or self.s.waiting
        if not text.pieces(state.talk.language):
            return replace(state, until=after(self.now, self.s.limits.waiting_every_s)), ()
        words = _words(state.talk, text)
        return Soothing(talk=state.talk, node=state.node, asked=state.asked, until=self.said_by), (words,)

    def branch(self, state: Asking | Soothing, event: Answered | Unanswered) -> tuple[Talk, NodeId]:
        """What is known now and where it leads. An answer that lacks what is to be spoken is no answer."""
        node = self.node(state.node, AskNode)
        if isinstance(event, Unanswered):
            return state.talk, node.failed
        known = {**dict(state.talk.values), **dict(event.values)}
        talk = replace(state.talk, values=tuple(known.items())[-VALUES_MAX:])
        target = node.target(event.outcome)
        spoken = frozenset[str]().union(*(text.values() for text in self.s.texts(target)))
        return talk, target if spoken <= {*known, PRESSED} else node.failed


def _way_to(s: Script, menus: tuple[NodeId, ...], name: NodeId) -> tuple[NodeId, ...]:
    """The way back from a menu; coming to a menu again cuts the loop off."""
    if name == s.main:
        return (name,)
    return (*menus[: menus.index(name)], name) if name in menus else (*menus, name)


def _values(talk: Talk) -> dict[str, str]:
    return {**dict(talk.values), PRESSED: talk.key}


def _filled(value: str, talk: Talk) -> str:
    values = _values(talk)
    return KNOWN.sub(lambda found: values.get(found[1], ""), value)


def _words(talk: Talk, text: Text) -> Say:
    values = _values(talk)
    items: list[Item] = []
    for piece in text.pieces(talk.language):
        match piece:
            case ValueSpoken(value, reader):
                items.append(Spoken(reader, values.get(value, "")))
            case PromptNamed(before, value, behind):
                items.append(PromptId(f"{before}{values.get(value, '')}{behind}"))
            case name:
                items.append(name)
    return Say(tuple(items), talk.language)


def _led_by(first: DialogueAction, rest: Step) -> Step:
    state, actions = rest
    return state, (first, *actions)


def _hushed(rest: Step) -> Step:
    """The caller cut in: silence first, then what follows."""
    return _led_by(Hush(), rest)
