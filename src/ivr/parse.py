"""YAML to a checked `Script`. All faults of a file are told at once as `file:line:key: message`."""

import hashlib
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

from cti_core.call_control.actions import Language
from cti_core.call_control.dialogue import ReturnCause
from cti_core.call_control.ids import QueueId
from cti_core.faults import ConfigError, did_you_mean
from ivr import yaml_table
from ivr.parse_words import NAME, WORD, Words
from ivr.script import (
    Announcement,
    AskNode,
    GlobalKeys,
    HangUpNode,
    LanguageNode,
    Limits,
    Menu,
    Node,
    NodeId,
    Retries,
    Script,
    Text,
    TransferNode,
    prompt,
)
from ivr.yaml_table import Table, YamlText

VERSION_LENGTH = 8  # hexadecimal digits of the content's hash: 32 bit tell the few versions of one menu apart
NO_INPUT_S = (1.0, 60.0)
TRIES = (1, 5)  # hospital-domain §10 says 2 to 5; 1 serves menus without words
ANY = "any"  # among `keys`: whatever is not named
NODES_MAX = 1000  # assumed: more is not a menu but a mistake

KINDS: Final[dict[type[Node], str]] = {
    Announcement: "announcement",
    Menu: "menu",
    AskNode: "ask",
    TransferNode: "transfer",
    HangUpNode: "hang_up",
    LanguageNode: "language",
}


Lacks = Callable[[Script], Iterable[tuple[NodeId, str, str]]]
"""What the house lacks for a script: node, key of the node, message; blamed at its place with everything else."""


class ScriptError(ConfigError):
    """The menu is not used; what is published goes on."""


def load(path: Path, lacks: Lacks = lambda _: ()) -> Script:
    """Read and check a file. Raises ScriptError."""
    try:
        text = yaml_table.read(path)
    except ConfigError as wrong:
        raise ScriptError(wrong.faults) from None
    return parse(text, str(path), lacks)


def parse(text: str, file: str, lacks: Lacks = lambda _: ()) -> Script:
    """A script out of the text that stands in `file`. Raises ScriptError."""
    try:
        source = YamlText(text, file)
    except ConfigError as wrong:
        raise ScriptError(wrong.faults) from None
    script = _script(source.root, hashlib.sha256(text.encode()).hexdigest()[:VERSION_LENGTH])
    for node, key, message in lacks(script):
        if (nodes := source.root.table("nodes")) and (own := nodes.table(node)):
            own.blame(key, message)
    if source.faults:
        raise ScriptError(source.faults)
    return script


def _script(root: Table, content_hash: str) -> Script:
    words = Words()
    nodes = _nodes(root, words)
    script = Script(
        name=words.word(root, "name", NAME),
        version=words.word(root, "version", NAME, needed=False) or content_hash,
        start=words.target(root, "start"),
        main=words.target(root, "main", Menu),
        closing=words.target(root, "closing", HangUpNode),
        agent=words.maybe_target(root, "agent", TransferNode),
        language=words.language(root, "language", Language.ZH),
        keys=_global_keys(root, words),
        retries=_retries(root, words),
        waiting=words.say(root, "waiting", prompt("system.wait")),
        limits=_limits(root),
        nodes={name: node for name, node in nodes.items() if node is not None},
    )
    root.done()
    words.check_targets(nodes, KINDS)
    return script


# --- the whole ------------------------------------------------------------------------------------------------------


def _global_keys(root: Table, words: Words) -> GlobalKeys:
    table, usual = root.table("keys"), GlobalKeys()
    if table is None:
        return usual
    keys = GlobalKeys(
        agent=_global_key(table, "agent", usual.agent, words),
        back=_global_key(table, "back", usual.back, words),
        replay=_global_key(table, "replay", usual.replay, words),
        language=_global_key(table, "language", usual.language, words),
    )
    table.done()
    used: list[str] = []
    for key in (keys.agent, keys.back, keys.replay, keys.language):
        if key and key in used:
            root.blame("keys", f"key {key} has two meanings")
        used.append(key)
    return keys


def _global_key(table: Table, name: str, usual: str, words: Words) -> str:
    value = table.get(name)
    if value is None:
        return usual
    return "" if value.is_null else words.key(value, value.text() or "")


def _retries(root: Table, words: Words) -> Retries:
    table, usual = root.table("retries"), Retries()
    if table is None:
        return usual
    retries = Retries(
        no_input_s=table.number("no_input_s", usual.no_input_s, *NO_INPUT_S),
        tries=table.whole("tries", usual.tries, *TRIES),
        no_input=words.say(table, "no_input", usual.no_input),
        no_match=words.say(table, "no_match", usual.no_match),
        help=words.say(table, "help", usual.help),
        give_up=words.maybe_target(table, "give_up"),
    )
    table.done()
    return retries


def _limits(root: Table) -> Limits:
    table, usual = root.table("limits"), Limits()
    if table is None:
        return usual
    limits = Limits(
        steps=table.whole("steps", usual.steps, 1, 1000),
        dialogue_s=table.number("dialogue_s", usual.dialogue_s, 30, 86400),
        silence_s=table.number("silence_s", usual.silence_s, 0.1, 10),
        waiting_every_s=table.number("waiting_every_s", usual.waiting_every_s, 1, 60),
        answer_s=table.number("answer_s", usual.answer_s, 1, 120),
    )
    table.done()
    return limits


# --- nodes ----------------------------------------------------------------------------------------------------------


def _nodes(root: Table, words: Words) -> dict[NodeId, Node | None]:
    """All that stand there; None for one that cannot be read."""
    value = root.need("nodes")
    table = value.table() if value else None
    if table is None:
        return {}
    nodes: dict[NodeId, Node | None] = {}
    for name, node in table.pairs():
        if not NAME.fullmatch(name):
            node.blame(f'"{name}" is no name; small letters, digits, - and _ are')
        own = node.table()
        nodes[NodeId(name)] = _node(own, words) if own else None
    if len(nodes) > NODES_MAX:
        root.blame("nodes", f"{len(nodes)} nodes are more than {NODES_MAX}")
    return nodes


def _node(table: Table, words: Words) -> Node | None:
    kind = table.text("kind", needed=True)
    node: Node | None = None
    match kind:
        case "announcement":
            node = Announcement(
                say=_spoken(table, words),
                next=words.target(table, "next"),
                barge_in=table.flag("barge_in", usual=True),
            )
        case "menu":
            node = _menu(table, words)
        case "ask":
            node = _ask(table, words)
        case "transfer":
            queue = words.word(table, "queue", WORD)
            returned = _returned(table, words)
            node = TransferNode(queue=QueueId(queue), say=words.say(table, "say", Text()), returned=returned)
        case "hang_up":
            node = HangUpNode(say=words.say(table, "say", Text()))
        case "language":
            to = words.language(table, "to", Language.ZH)
            table.need("to")
            node = LanguageNode(to=to, next=words.target(table, "next"))
        case "":
            return None
        case _:
            table.blame("kind", f'there is no kind "{kind}"{did_you_mean(kind, KINDS.values())}')
            return None
    table.done()
    return node


def _spoken(table: Table, words: Words) -> Text:
    text = words.say(table, "say", Text(), needed=True)
    value = table.get("say")
    if value is not None and not any(True for _ in value.elements()):
        value.blame("says nothing")
    return text


def _menu(table: Table, words: Words) -> Menu:
    keys: list[tuple[str, NodeId]] = []
    any_key: NodeId | None = None
    own = table.need("keys")
    pressed = own.table() if own else None
    for word, value in pressed.pairs() if pressed else ():
        target = words.pointed(value)
        if word == ANY:
            any_key = target
        elif key := words.key(value, word):
            keys.append((key, target))
    menu = Menu(
        say=words.say(table, "say", Text(), needed=True),
        keys=tuple(keys),
        any_key=any_key,
        barge_in=table.flag("barge_in", usual=True),
        help=words.say(table, "help", Text()) or None,
        no_input_s=table.number("no_input_s", 0, *NO_INPUT_S) or None,
        tries=table.whole("tries", 0, *TRIES) or None,
        give_up=words.maybe_target(table, "give_up"),
    )
    if own and not keys and any_key is None:
        table.blame("keys", "names no key")
    return menu


def _ask(table: Table, words: Words) -> AskNode:
    outcomes = table.need("outcomes")
    branches = outcomes.table() if outcomes else None
    request = table.table("values")
    values = tuple((name, value.text() or "") for name, value in request.pairs()) if request else ()
    if branches and not any(True for _ in branches.pairs()):
        table.blame("outcomes", "names no outcome")
    return AskNode(
        service=words.word(table, "service", WORD),
        request=words.word(table, "request", WORD),
        values=values,
        outcomes=_branches(branches, words),
        failed=words.target(table, "failed"),
        waiting=words.say(table, "waiting", Text()) or None,
    )


def _branches(table: Table | None, words: Words) -> tuple[tuple[str, NodeId], ...]:
    return tuple((name, words.pointed(value)) for name, value in table.pairs()) if table else ()


def _returned(table: Table, words: Words) -> tuple[tuple[ReturnCause, NodeId], ...]:
    """Where a caller goes on, for each cause: one target for all, or one for each."""
    value = table.need("returned")
    if value is None:
        return ()
    if not value.is_mapping:
        target = words.pointed(value)
        return tuple((cause, target) for cause in ReturnCause)
    own = value.table()
    assert own is not None
    branches = tuple((cause, words.target(own, cause)) for cause in ReturnCause)
    own.done()
    return branches
