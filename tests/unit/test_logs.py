"""The log: what stands in a line, and what never does."""

import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from cti_core.logs import configure_logging


@pytest.fixture(autouse=True)
def log_as_before() -> Iterator[None]:
    handlers, level = logging.root.handlers[:], logging.root.level
    yield
    logging.root.handlers[:] = handlers
    logging.root.setLevel(level)
    structlog.contextvars.clear_contextvars()
    structlog.reset_defaults()


def test_a_line_of_json_holds_the_event_and_what_is_bound() -> None:
    out = io.StringIO()
    configure_logging("info", json=True, stream=out)
    structlog.contextvars.bind_contextvars(line=3)
    structlog.get_logger().info("call_ended", name="张")
    structlog.get_logger().debug("not_wanted")
    told = json.loads(out.getvalue())
    assert (told["event"], told["line"], told["name"], told["level"]) == ("call_ended", 3, "张", "info")
    assert told["time"].endswith("Z")
    assert "张" in out.getvalue()


def test_libraries_are_told_from_warning_on_in_the_same_form() -> None:
    out = io.StringIO()
    configure_logging("info", json=True, stream=out)
    logging.getLogger("aiohttp").info("chatter")
    logging.getLogger("aiohttp").warning("trouble with %s", "a socket")
    told = json.loads(out.getvalue())
    assert (told["event"], told["logger"]) == ("trouble with a socket", "aiohttp")


@pytest.mark.parametrize("as_json", [True, False])
def test_a_traceback_does_not_print_the_values_of_variables(*, as_json: bool) -> None:
    out = io.StringIO()
    configure_logging("info", json=as_json, stream=out)
    patient = {"zhang-san": 1}
    try:
        patient["nobody"]
    except KeyError:
        structlog.get_logger().exception("went_wrong")
    assert "KeyError" in out.getvalue()
    assert "zhang-san" not in out.getvalue()
