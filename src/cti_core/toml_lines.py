"""In which line of a TOML text each key stands; the standard library's reader does not tell.

Made for text that `tomllib` has read without a fault, so it only has to walk, not to judge (TOML 1.0).
"""

import re
from dataclasses import dataclass, field

Path = tuple[str | int, ...]
"""`("api", "tokens", 0, "role")`"""

BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
INDENT = re.compile(r"[ \t]*")
BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
STRING = re.compile(
    r'"""(?:[^\\]|\\.)*?"{3,5}' r"|'''.*?'{3,5}" r'|"(?:[^"\\\n]|\\.)*"' r"|'[^'\n]*'",
    re.DOTALL,
)
SCALAR = re.compile(r"[^,\]}\n#]+")


def lines_of(text: str) -> dict[Path, int]:
    """The 1-based line of every key, table and list element. A table written in pieces stands where it first appears."""
    walk = _Walk(text)
    walk.document()
    return walk.lines


@dataclass(slots=True)
class _Walk:
    text: str
    pos: int = 0
    lines: dict[Path, int] = field(default_factory=dict)
    lengths: dict[Path, int] = field(default_factory=dict)  # of arrays of tables, so far

    def document(self) -> None:
        table: Path = ()
        self._take(BLANK)
        while self.pos < len(self.text):
            if self.text.startswith("[", self.pos):
                table = self._header()
            else:
                self._pair(table)
            self._take(BLANK)

    def _header(self) -> Path:
        many = self.text.startswith("[[", self.pos)
        self.pos += 2 if many else 1
        self._take(INDENT)
        *outer, last = self._key()
        path: Path = ()
        for name in outer:
            path = self._last_element((*path, name))
            self._note(path)
        path = (*path, last)
        self._note(path)
        if many:
            self.lengths[path] = self.lengths.get(path, 0) + 1
            path = self._last_element(path)
            self._note(path)
        self.pos += 2 if many else 1
        return path

    def _last_element(self, path: Path) -> Path:
        return (*path, self.lengths[path] - 1) if path in self.lengths else path

    def _pair(self, table: Path) -> None:
        path = table
        for name in self._key():
            path = (*path, name)
            self._note(path)
        self.pos += 1  # =
        self._take(INDENT)
        self._value(path)

    def _key(self) -> list[str]:
        """`a."b c".d`, and the blanks behind it."""
        names = []
        while True:
            quoted = self.text[self.pos] in "\"'"
            word = self._take(STRING if quoted else BARE_KEY)
            names.append(word[1:-1] if quoted else word)
            self._take(INDENT)
            if not self.text.startswith(".", self.pos):
                return names
            self.pos += 1
            self._take(INDENT)

    def _value(self, path: Path) -> None:
        match self.text[self.pos]:
            case '"' | "'":
                self._take(STRING)
            case "[":
                self._list(path)
            case "{":
                self._inline_table(path)
            case _:
                self._take(SCALAR)

    def _list(self, path: Path) -> None:
        index = 0
        while not self._closes("]"):
            self._note((*path, index))
            self._value((*path, index))
            index += 1

    def _inline_table(self, path: Path) -> None:
        while not self._closes("}"):
            self._pair(path)

    def _closes(self, bracket: str) -> bool:
        """Step over the opening bracket or a comma; over the closing bracket too, if it is next."""
        self._take(BLANK)
        if not self.text.startswith(bracket, self.pos):
            self.pos += 1
            self._take(BLANK)
            if not self.text.startswith(bracket, self.pos):
                return False
        self.pos += 1
        return True

    def _note(self, path: Path) -> None:
        self.lines.setdefault(path, self.text.count("\n", 0, self.pos) + 1)

    def _take(self, pattern: re.Pattern[str]) -> str:
        found = pattern.match(self.text, self.pos)
        assert found, f"not TOML at {self.pos}"
        self.pos = found.end()
        return found.group()
