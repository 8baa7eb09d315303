"""pytest plugin for CI: what a developer's machine may skip for want of a tool is a failure there."""

from collections.abc import Generator

import pytest


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A test that skips itself. One that is expected to fail is not meant."""
    report = yield
    if report.skipped and not hasattr(report, "wasxfail"):
        _fail(report, item.nodeid)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """A whole file that skips itself."""
    report = yield
    if report.skipped:
        _fail(report, collector.nodeid)
    return report


def _fail(report: pytest.TestReport | pytest.CollectReport, nodeid: str) -> None:
    why = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
    report.outcome = "failed"
    report.longrepr = f"{nodeid} skips itself, which CI does not allow: {why}"
