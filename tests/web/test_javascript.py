"""The pages' own tests, run by node's test runner: A-law, resampler, jitter buffer, fold, stream client, words."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

TESTS = sorted((Path(__file__).parent / "js").glob("*.test.mjs"))
OLDEST_NODE = 18  # Debian 12's; the first with a test runner


def _node() -> str:
    """The node to run with. Without one CI fails; elsewhere the test says what is missing and is skipped."""
    node = shutil.which("node")
    if node is not None:
        version = subprocess.run([node, "--version"], capture_output=True, text=True, check=True, timeout=20).stdout
        if int(version.strip().removeprefix("v").split(".")[0]) >= OLDEST_NODE:
            return node
        missing = f"node {version.strip()} has no test runner; {OLDEST_NODE} or later is needed (apt install nodejs)"
    else:
        missing = "node is not installed (apt install nodejs)"
    if os.environ.get("CI") == "true":
        pytest.fail(missing)
    pytest.skip(missing)


def test_the_pages_own_tests_pass() -> None:
    assert TESTS
    files = [str(path) for path in TESTS]
    done = subprocess.run([_node(), "--test", *files], capture_output=True, text=True, check=False, timeout=120)
    if done.returncode != 0:
        pytest.fail(f"node --test ended with {done.returncode}\n{done.stdout}\n{done.stderr}", pytrace=False)
