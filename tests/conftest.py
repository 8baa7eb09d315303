"""Options of the whole suite."""

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-ladders", action="store_true", help="redraw the ladders in tests/calls")
