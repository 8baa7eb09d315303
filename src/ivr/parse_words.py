"""The small words of a menu file: names, keys, what is said, and targets, which are checked when all nodes are known."""

import re
from collections.abc import Mapping
from typing import Final

from cti_core.call_control.actions import Language, Reader
from cti_core.call_control.ids import PromptId
from cti_core.faults import did_you_mean
from ivr.script import KEYS, Node, NodeId, Piece, PromptNamed, Text, ValueSpoken
from ivr.yaml_table import Table, Value

NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,31}")
WORD = re.compile(r"[A-Za-z0-9_-]{1,32}")  # of queues, services: they stand in addresses
PROMPT = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
PROMPT_NAMED = re.compile(r"([a-z0-9._-]*)\{([a-z_][a-z0-9_]*)\}([a-z0-9._-]*)")
VALUE_SPOKEN = re.compile(r"\{([a-z_][a-z0-9_]*):([a-z]+)\}")
NOWHERE = NodeId("")  # stands for a target that cannot be read; the fault is told


class Words:
    """Reads words and remembers who points where."""

    def __init__(self) -> None:
        self._targets: Final[list[tuple[Value, type[Node] | None]]] = []

    # --- targets ------------------------------------------------------------------------------------------------

    def target(self, table: Table, name: str, kind: type[Node] | None = None) -> NodeId:
        """A node that must be named; `kind` if it must be of one kind."""
        value = table.need(name)
        return self.pointed(value, kind) if value else NOWHERE

    def maybe_target(self, table: Table, name: str, kind: type[Node] | None = None) -> NodeId | None:
        value = table.get(name)
        return self.pointed(value, kind) if value else None

    def pointed(self, value: Value, kind: type[Node] | None = None) -> NodeId:
        name = value.text()
        if name is None:
            return NOWHERE
        self._targets.append((value, kind))
        return NodeId(name)

    def check_targets(self, nodes: Mapping[NodeId, Node | None], kinds: Mapping[type[Node], str]) -> None:
        """Blame who points to nothing. A node that stands there with faults is None: pointing to it is right."""
        for value, kind in self._targets:
            name = value.text() or ""
            node = nodes.get(NodeId(name))
            if name not in nodes:
                value.blame(f'there is no node "{name}"{did_you_mean(name, nodes)}')
            elif kind is not None and node is not None and not isinstance(node, kind):
                value.blame(f'"{name}" must be a node of the kind {kinds[kind]}, not {kinds[type(node)]}')

    # --- words --------------------------------------------------------------------------------------------------

    @staticmethod
    def word(table: Table, name: str, pattern: re.Pattern[str], *, needed: bool = True) -> str:
        word = table.text(name, needed=needed)
        if word and not pattern.fullmatch(word):
            table.blame(name, f'"{word}" is no name; letters, digits, - and _ are')
        return word

    @staticmethod
    def language(table: Table, name: str, usual: Language) -> Language:
        word = table.text(name, usual)
        if word not in list(Language):
            table.blame(name, f"must be one of {', '.join(Language)}")
            return usual
        return Language(word)

    @staticmethod
    def key(value: Value, word: str) -> str:
        if len(word) != 1 or word not in KEYS:
            value.blame(f'"{word}" is no key of a telephone: 0-9, *, #, A-D')
            return ""
        return word

    # --- what is said -------------------------------------------------------------------------------------------

    def say(self, table: Table, name: str, usual: Text, *, needed: bool = False) -> Text:
        """A prompt, a list of pieces, or one of these for each language."""
        value = table.need(name) if needed else table.get(name)
        if value is None:
            return usual
        if not value.is_mapping:
            pieces = self._pieces(value)
            return Text(pieces, pieces)
        own = value.table()
        assert own is not None
        said = {}
        for language in Language:
            spoken = own.need(language)
            said[language.value] = self._pieces(spoken) if spoken else ()
        own.done()
        return Text(**said)

    def _pieces(self, value: Value) -> tuple[Piece, ...]:
        return tuple(piece for element in value.elements() if (piece := self._piece(element)) is not None)

    @staticmethod
    def _piece(value: Value) -> Piece | None:
        text = value.text()
        if text is None:
            return None
        if PROMPT.fullmatch(text):
            return PromptId(text)
        if spoken := VALUE_SPOKEN.fullmatch(text):
            if spoken[2] in list(Reader):
                return ValueSpoken(spoken[1], Reader(spoken[2]))
            value.blame(f'there is no reader "{spoken[2]}"{did_you_mean(spoken[2], Reader)}; {", ".join(Reader)}')
        elif (named := PROMPT_NAMED.fullmatch(text)) and (named[1] or named[3]):
            return PromptNamed(named[1], named[2], named[3])
        elif named:
            value.blame(f"say how the value is read, as in {{{named[2]}:{Reader.DIGITS}}}")
        else:
            value.blame(f'"{text}" is neither a prompt nor a value; texts stand in prompts.yaml')
        return None
