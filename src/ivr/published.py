"""The menu that new calls begin with. A reload publishes another; calls under way keep the version they began with."""

from collections.abc import Iterator

from cti_core.call_control.dialogue import Dialogue
from ivr.dialog import MenuDialogue
from ivr.script import NodeId, Script


class Menus:
    """Holds the published script; `factory` is handed to the switch and follows what is published."""

    def __init__(self, script: Script) -> None:
        self._published = script

    @property
    def published(self) -> Script:
        return self._published

    def factory(self) -> Dialogue:
        """A `DialogueFactory`: the dialogue of a new call, from what is published now."""
        return MenuDialogue(self._published)

    def publish(self, script: Script) -> tuple[str, ...]:
        """From the next call on; returns what changed, in words."""
        changes = diff(self._published, script)
        self._published = script
        return changes


def diff(old: Script, new: Script) -> tuple[str, ...]:
    """What changed, in words; empty when both say and do the same."""
    return tuple(_changes(old, new))


def _changes(old: Script, new: Script) -> Iterator[str]:
    for name in ("name", "start", "main", "agent", "closing", "language", "keys", "retries", "waiting", "limits"):
        before, now = getattr(old, name), getattr(new, name)
        if before != now:
            yield (
                f"{name}: {before} -> {now}" if isinstance(before, str) and isinstance(now, str) else f"{name} changed"
            )
    for node in sorted(old.nodes.keys() - new.nodes.keys()):
        yield f"node {node} is gone"
    for node in sorted(new.nodes.keys() - old.nodes.keys()):
        yield f"node {node} is new"
    for node in sorted(old.nodes.keys() & new.nodes.keys()):
        if old.nodes[node] != new.nodes[node]:
            yield f"node {node}: {', '.join(_node_changes(old, new, node))}"


def _node_changes(old: Script, new: Script, name: NodeId) -> Iterator[str]:
    before, now = old.nodes[name], new.nodes[name]
    if type(before) is not type(now):
        yield "is of another kind"
        return
    ways, ways_now = dict(old.edges(name)), dict(new.edges(name))
    for why in sorted(ways.keys() | ways_now.keys()):
        if why not in ways_now:
            yield f"{why} is gone"
        elif ways.get(why) != ways_now[why]:
            yield f"{why} leads to {ways_now[why]}"
    if list(old.texts(name)) != list(new.texts(name)):
        yield "says something else"
    others = {f for f in before.__dataclass_fields__ if getattr(before, f) != getattr(now, f)}
    yield from sorted(others - {"say", "help", "waiting", "next", "keys", "any_key", "outcomes", "failed", "returned"})
