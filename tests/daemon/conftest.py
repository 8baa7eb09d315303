"""Settings in a folder of the test's own; prompts are rendered once for the whole room."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from daemon.node import furnish


@pytest.fixture(autouse=True)
def logs() -> Iterator[list[Any]]:
    with capture_logs() as entries:
        yield entries


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of rendered prompts."""
    return tmp_path_factory.mktemp("prompts")


@pytest.fixture
def file(tmp_path: Path, cache: Path) -> Path:
    """Settings of a node with eight lines, two agents and one queue."""
    return furnish(tmp_path, cache)
