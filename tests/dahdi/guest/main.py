"""Runs in the guest: our driver on the real DAHDI kernel. Prints a line for each test, PASS or FAIL, and figures.

One process and few imports: in an emulated processor each costs a second.
"""

import asyncio
import subprocess
import sys
import traceback
from collections.abc import Awaitable, Callable
from pathlib import Path
from time import monotonic

ROOT = Path(__file__).resolve().parents[3]
sys.path[:1] = [str(ROOT / "src"), str(ROOT / "tests")]  # not this folder: its names are common ones

from dahdi.guest import contract, daemon, local, soak, virtual  # noqa: E402  the path comes first

Test = Callable[[], Awaitable[object]]
SUITES: dict[str, Callable[[], list[tuple[str, Test]]]] = {
    "virtual": virtual.tests,
    "local": local.tests,
    "contract": contract.tests,
    "daemon": daemon.tests,
    "soak": soak.tests,
}
TEST_S = {"soak": 120.0 + soak.MINUTES * 60}  # guest time
USUAL = ("virtual", "local", "contract", "daemon")


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
        for name, test in SUITES[suite]():
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
