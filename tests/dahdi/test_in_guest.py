"""Our driver, then the whole daemon, on the real DAHDI kernel in an emulated machine (`scripts/dahdi-bench`).

The guest prints a line for each test. What it prints is shown, also when all is well: figures are in it.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SKIPPED = 77  # of scripts/dahdi-bench: it cannot be had on this machine
SUITES = ("virtual", "daemon", "local", "contract", "china1")
LIMIT_S = 900  # of an overloaded machine; 170 s are usual

LONG_S = 7200


@pytest.mark.qemu
def test_driver_and_daemon_on_the_real_kernel(capfd: pytest.CaptureFixture[str]) -> None:
    """Everything in one boot: the guest needs longer to start than to run a test."""
    told = _in_guest(capfd, *SUITES)
    assert told.count("PASS ") > 55
    assert "FAIL " not in told


@pytest.mark.qemu
@pytest.mark.long
def test_a_long_run_of_calls_leaves_nothing_behind(capfd: pytest.CaptureFixture[str]) -> None:
    """20 minutes of the guest's time; `SOAK_MINUTES` says otherwise."""
    assert "PASS " in _in_guest(capfd, "soak", limit_s=LONG_S)


def _in_guest(capfd: pytest.CaptureFixture[str], *suites: str, limit_s: int = LIMIT_S) -> str:
    command = [ROOT / "scripts/dahdi-bench", "run", sys.executable, "tests/dahdi/guest/main.py", *suites]
    environment = {**os.environ, "DAHDI_BENCH_TIMEOUT": str(limit_s)}
    ran = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=limit_s + 300, check=False)
    with capfd.disabled():
        sys.stdout.write("\n" + ran.stdout + ran.stderr)
    if ran.returncode == SKIPPED:
        pytest.skip(ran.stderr.strip() or "scripts/dahdi-bench could not run")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout
