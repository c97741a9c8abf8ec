"""A connection that somebody else ended in the middle of a test: the test is run once more, and what went on is told.

Tests that end connections end those of their own database only. Where PostgreSQL says all the same that an
administrator ended one, the fault is not the test's (`--only-rerun` in pyproject.toml names the words), and the report
shows which tests were at work in every process and what the server wrote about it, so that the cause can be found.
"""

import os
import time
from collections.abc import Generator
from pathlib import Path

import pytest

ENDED = "terminating connection due to administrator command"
LINES = 40


def pytest_runtest_logstart(nodeid: str) -> None:
    """Note which test begins where; all workers write to one file."""
    if path := _path("begun.log"):
        with path.open("a") as begun:
            begun.write(f"{_now()} {os.environ.get('PYTEST_XDIST_WORKER', 'alone')} {nodeid}\n")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Add to the report what went on when a connection was ended."""
    report = yield
    if call.excinfo is not None and ENDED in str(call.excinfo.value):
        report.sections.append((f"at work before {_now()}", _end_of("begun.log")))
        report.sections.append(("PostgreSQL's log", _end_of("postgresql/server.log")))
    return report


def _path(name: str) -> Path | None:
    directory = os.environ.get("TEST_SERVICES_DIRECTORY")
    return Path(directory) / name if directory else None


def _end_of(name: str) -> str:
    path = _path(name)
    if path is None or not path.exists():
        return "(not there)"
    return "\n".join(path.read_text(errors="replace").splitlines()[-LINES:])


def _now() -> str:
    return time.strftime("%H:%M:%S", time.gmtime())


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Show what went on, though the test then passed."""
    for report in terminalreporter.stats.get("rerun", []):
        terminalreporter.section(f"run again: {report.nodeid}", yellow=True)
        terminalreporter.line(report.longreprtext)
        for name, text in report.sections:
            terminalreporter.line(f"-- {name}\n{text}")
