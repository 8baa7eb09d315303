"""No Python file over 400 lines without a reason in its head: a line `# Over 400 lines: <why>` among the first 30."""

import re
import sys
from pathlib import Path

LINES_MAX = 400  # house rule: what no longer fits into one reading
HEAD = 30  # a module's docstring and its imports
ROOMS = ("src", "tests", "scripts", "benchmarks")
REASON = re.compile(r"^# Over 400 lines: \S.{9,}")


def too_long(text: str) -> bool:
    """Whether the file needs a reason and has none."""
    lines = text.splitlines()
    return len(lines) > LINES_MAX and not any(REASON.match(line) for line in lines[:HEAD])


def main() -> int:
    root = Path(__file__).resolve().parent.parent
    files = [path.relative_to(root) for room in ROOMS for path in sorted((root / room).rglob("*.py"))]
    for path in (long := [p for p in files if too_long((root / p).read_text(encoding="utf-8"))]):
        print(f"{path}: over {LINES_MAX} lines: split it, or say why not in its head: '# Over 400 lines: <reason>'")
    return 1 if long else 0


if __name__ == "__main__":
    sys.exit(main())
