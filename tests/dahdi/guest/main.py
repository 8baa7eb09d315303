"""Runs in the guest: our driver on the real DAHDI kernel. Prints a line for each test, PASS or FAIL, and figures.

One process and few imports: in an emulated processor each costs a second.
"""

import asyncio
import os
import subprocess
import sys
import traceback
from collections.abc import Awaitable, Callable
from importlib import import_module
from pathlib import Path
from time import monotonic

ROOT = Path(__file__).resolve().parents[3]
sys.path[:1] = [str(ROOT / "src"), str(ROOT / "tests")]  # not this folder: its names are common ones

Test = Callable[[], Awaitable[object]]
SUITES = ("virtual", "daemon", "soak", "local", "contract", "china1")  # modules with a function `tests`
USUAL = ("virtual", "daemon", "local", "contract", "china1")
TEST_S = {"soak": 120.0 + float(os.environ.get("SOAK_MINUTES", "20")) * 60}  # guest time


def tests_of(suite: str) -> list[tuple[str, Test]]:
    assert suite in SUITES, f"{suite}: there are {', '.join(SUITES)}"
    found: list[tuple[str, Test]] = import_module(f"dahdi.guest.{suite}").tests()
    return found


def tell(text: str) -> None:
    """At once: the guest may be stopped at any time."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


async def run(name: str, test: Test, limit_s: float) -> bool:
    began_s = monotonic()
    try:
        figures = await asyncio.wait_for(test(), limit_s)
    except BaseException as why:  # a test that fails must not keep the others from running
        tell(f"FAIL {name} ({monotonic() - began_s:.1f} s)")
        traceback.print_exc(file=sys.stdout)
        if isinstance(why, KeyboardInterrupt):
            raise
        return False
    tell(f"PASS {name} ({monotonic() - began_s:.1f} s)")
    if isinstance(figures, str):
        tell(f"     {figures}")
    return True


async def main(wanted: list[str]) -> int:
    """Suites, and tests by `suite:part of the name`; the usual ones if none is named."""
    subprocess.run(["/mnt/modules/load"], check=True)  # noqa: ASYNC221  nothing else runs yet
    failed = passed = 0
    for each in wanted or USUAL:
        suite, _, part = each.partition(":")
        tell(f"--- {each}")
        for name, test in tests_of(suite):
            if part not in name:
                continue
            if await run(name, test, TEST_S.get(suite, 120.0)):
                passed += 1
            else:
                failed += 1
    tell(f"=== {passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main(sys.argv[1:])))
