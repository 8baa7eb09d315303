"""Reads typed values out of a YAML text and goes on after a fault, so that all of them are told at once.

The text is composed to nodes, not loaded to values: each key and value keeps its line, and a key that stands twice is seen.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from cti_core.faults import ConfigError, Fault, did_you_mean

NULL, BOOL, INT, FLOAT = (f"tag:yaml.org,2002:{name}" for name in ("null", "bool", "int", "float"))
STAR_HINT = "; a key like * or # stands in quotes"  # the most likely slip in a menu


class YamlText:
    """One file: its root table and what is wrong with it so far. Raises ConfigError if it is no YAML."""

    def __init__(self, text: str, file: str) -> None:
        self.file = file
        self.faults: list[Fault] = []
        node = self._composed(text)
        if not isinstance(node, MappingNode):
            raise ConfigError([Fault(file=file, line=0, message="holds no keys" if node is None else "is no mapping")])
        self.root = Table(self, node)

    def blame(self, line: int, key: str, message: str) -> None:
        self.faults.append(Fault(file=self.file, line=line, key=key, message=message))

    def _composed(self, text: str) -> Node | None:
        try:
            composed: Node | None = YAML(typ="rt").compose(text)
        except MarkedYAMLError as wrong:
            mark = wrong.problem_mark or wrong.context_mark
            message = wrong.problem or wrong.context or "is no YAML"
            hint = STAR_HINT if "alias" in message else ""
            line = mark.line + 1 if mark else 0
            raise ConfigError([Fault(file=self.file, line=line, message=message + hint)]) from None
        except YAMLError as wrong:
            message = str(wrong).splitlines()[0]
            raise ConfigError([Fault(file=self.file, line=0, message=message)]) from None
        except RecursionError:
            raise ConfigError([Fault(file=self.file, line=0, message="is nested too deeply")]) from None
        return composed


def read(path: Path) -> str:
    """The file's text. Raises ConfigError if it cannot be read."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as wrong:
        line = wrong.object.count(b"\n", 0, wrong.start) + 1
        fault = Fault(file=str(path), line=line, message="is not UTF-8")
    except OSError as wrong:
        fault = Fault(file=str(path), line=0, message=f"cannot be read: {wrong.strerror}")
    raise ConfigError([fault])


class Value:
    """A value where it stands."""

    def __init__(self, source: YamlText, node: Node, key: str) -> None:
        self.source = source
        self.node = node
        self.key = key

    @property
    def line(self) -> int:
        return int(self.node.start_mark.line) + 1

    @property
    def is_null(self) -> bool:
        return isinstance(self.node, ScalarNode) and self.node.tag == NULL

    @property
    def is_mapping(self) -> bool:
        return isinstance(self.node, MappingNode)

    def blame(self, message: str) -> None:
        self.source.blame(self.line, self.key, message)

    def text(self) -> str | None:
        """A single value as it is written, or None (blamed)."""
        if isinstance(self.node, ScalarNode) and not self.is_null:
            return str(self.node.value)
        self.blame("must be a text")
        return None

    def number(self, low: float, high: float) -> float | None:
        if isinstance(self.node, ScalarNode) and self.node.tag in {INT, FLOAT}:
            try:
                number = float(self.node.value)
            except ValueError:
                number = low - 1  # 0x1f, .nan and other things that are no plain numbers
            if low <= number <= high:
                return number
        self.blame(f"must be a number from {low:g} to {high:g}")
        return None

    def whole(self, low: int, high: int) -> int | None:
        if isinstance(self.node, ScalarNode) and self.node.tag == INT and str(self.node.value).isdecimal():
            number = int(self.node.value)
            if low <= number <= high:
                return number
        self.blame(f"must be a whole number from {low} to {high}")
        return None

    def flag(self) -> bool | None:
        if isinstance(self.node, ScalarNode) and self.node.tag == BOOL:
            return str(self.node.value).lower() == "true"
        self.blame("must be true or false")
        return None

    def elements(self) -> Iterator["Value"]:
        """Elements of a list; a single value is a list of one."""
        if isinstance(self.node, SequenceNode):
            for index, node in enumerate(self.node.value):
                yield Value(self.source, node, f"{self.key}[{index}]")
        else:
            yield self

    def table(self) -> "Table | None":
        if isinstance(self.node, MappingNode):
            return Table(self.source, self.node, self.key)
        self.blame("must be keys and values")
        return None


class Table:
    """Keys and values. Each `get` takes a key; `done` blames those that nobody took."""

    def __init__(self, source: YamlText, node: MappingNode, key: str = "") -> None:
        self.source = source
        self.key = key
        self.line = int(node.start_mark.line) + 1
        self._values: dict[str, Value] = {}
        self._lines: dict[str, int] = {}
        self._taken: set[str] = set()
        for name, value in node.value:
            self._add(name, value)

    def _add(self, name: Node, value: Node) -> None:
        line = int(name.start_mark.line) + 1
        if not isinstance(name, ScalarNode):
            self.source.blame(line, self.key, "a key must be a single word")
            return
        word = str(name.value)
        place = f"{self.key}.{word}" if self.key else word
        if word in self._values:
            self.source.blame(line, place, f"stands here twice, first in line {self._lines[word]}")
            return
        self._values[word] = Value(self.source, value, place)
        self._lines[word] = line

    def blame(self, name: str, message: str) -> None:
        place = f"{self.key}.{name}" if self.key and name else self.key or name
        self.source.blame(self._lines.get(name, self.line), place, message)

    def get(self, name: str) -> Value | None:
        self._taken.add(name)
        return self._values.get(name)

    def need(self, name: str) -> Value | None:
        """As `get`; a missing key is blamed."""
        value = self.get(name)
        if value is None:
            self.blame(name, "is missing")
        return value

    def text(self, name: str, usual: str = "", *, needed: bool = False) -> str:
        value = self.need(name) if needed else self.get(name)
        return (value.text() or usual) if value else usual

    def number(self, name: str, usual: float, low: float, high: float) -> float:
        value = self.get(name)
        return (value.number(low, high) or usual) if value else usual

    def whole(self, name: str, usual: int, low: int, high: int) -> int:
        value = self.get(name)
        return (value.whole(low, high) or usual) if value else usual

    def flag(self, name: str, *, usual: bool) -> bool:
        value = self.get(name)
        flag = value.flag() if value else None
        return usual if flag is None else flag

    def table(self, name: str) -> "Table | None":
        value = self.get(name)
        return value.table() if value else None

    def pairs(self) -> Iterator[tuple[str, Value]]:
        """All keys, in order."""
        self._taken.update(self._values)
        yield from self._values.items()

    def done(self, known: Iterable[str] = ()) -> None:
        """No other key may stand here. `known` are keys that could, for the hint."""
        for name in self._values.keys() - self._taken:
            self.blame(name, f"is unknown here{did_you_mean(name, {*known, *self._taken})}")
