"""Compares ladders, and redraws the ones that stand in a test."""

import ast
import textwrap
from dataclasses import dataclass, field
from pathlib import Path

TIME_COLUMNS = 9  # "   12.34 " of cti_core.call_control.ladder
TOLERANCE_S = 0.1  # by event and by audio (shared rule: the same rows in the same order)


@dataclass(frozen=True, slots=True)
class Line:
    second: float
    arrow: str


def parsed(ladder: str) -> list[Line]:
    """The rows of a drawn ladder, header left out."""
    rows = [row for row in textwrap.dedent(ladder).strip("\n").splitlines() if row.strip()][1:]
    return [Line(float(row.split(maxsplit=1)[0]), row.split(maxsplit=1)[1].rstrip()) for row in rows]


def assert_same_call(heard: str, expected: str) -> None:
    """Same rows, same order; times may differ by 100 ms."""
    got, wanted = parsed(heard), parsed(expected)
    assert [line.arrow for line in got] == [line.arrow for line in wanted], "\n" + heard
    late = [
        f"{w.second:.2f} s came at {g.second:.2f} s: {w.arrow}"
        for g, w in zip(got, wanted, strict=True)
        if abs(g.second - w.second) > TOLERANCE_S + 0.005
    ]
    assert not late, "\n".join(late) + "\n" + heard


@dataclass(slots=True)
class Redraw:
    """Ladders to be put into their tests when the run is over."""

    wanted: dict[Path, dict[int, str]] = field(default_factory=dict)

    def note(self, path: Path, lineno: int, ladder: str) -> None:
        self.wanted.setdefault(path, {})[lineno] = ladder

    def write(self) -> None:
        """Replace the text argument of each `expect` call that was noted."""
        for path, ladders in self.wanted.items():
            source = path.read_text(encoding="utf-8")
            lines = source.splitlines(keepends=True)
            texts = {
                node.lineno: node.args[-1]
                for node in ast.walk(ast.parse(source))
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "expect"
            }
            for lineno in sorted(ladders, reverse=True):
                text = texts[lineno]
                indent = " " * 8
                body = textwrap.indent(ladders[lineno], indent, lambda row: bool(row.strip()))
                new = '"""\n' + body + indent + '"""'
                first, last = text.lineno - 1, (text.end_lineno or text.lineno) - 1
                head, tail = lines[first][: text.col_offset], lines[last][text.end_col_offset :]
                lines[first : last + 1] = [head + new + tail]
            path.write_text("".join(lines), encoding="utf-8")
