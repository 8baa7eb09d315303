"""Put the tables that the benchmarks wrote into docs/signalling.md, each between its two markers.

    python benchmarks/tables_to_docs.py FOLDER

FOLDER holds NAME.md files; what stands in the document between `<!-- table NAME -->` and `<!-- end NAME -->` is replaced.
"""

import re
import sys
from pathlib import Path

from trials import LEGEND

DOCUMENT = Path(__file__).parents[1] / "docs" / "signalling.md"


def main() -> int:
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    text = DOCUMENT.read_text(encoding="utf-8")
    for name in re.findall(r"<!-- table (\w+) -->", text):
        file = Path(sys.argv[1]) / f"{name}.md"
        if name == "legend":
            table = LEGEND
        elif file.exists():
            table = file.read_text(encoding="utf-8").strip()
        else:
            print(f"{file} is not there; its table is left as it was")
            continue
        begin, end = f"<!-- table {name} -->", f"<!-- end {name} -->"
        before, _, rest = text.partition(begin)
        _, found, after = rest.partition(end)
        if not found:
            sys.exit(f"{DOCUMENT}: {end} is missing")
        text = f"{before}{begin}\n\n{table}\n\n{end}{after}"
    DOCUMENT.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
