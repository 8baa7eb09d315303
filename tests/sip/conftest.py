"""Tests against other people's programs; a machine without one of them says which."""

import shutil
from pathlib import Path

import pytest

PACKAGES = {"sipp": "sip-tester", "baresip": "baresip-core", "kamailio": "kamailio"}


@pytest.fixture(scope="session")
def programs() -> None:
    missing = [package for program, package in PACKAGES.items() if shutil.which(program) is None]
    if missing:
        pytest.skip(f"not on this machine: {' '.join(missing)} (scripts/ready test installs them)")


@pytest.fixture(scope="session")
def prompts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Rendered once for all daemons."""
    return tmp_path_factory.mktemp("prompts")
