"""Several workers for one run (pytest-xdist, as `script/test` asks): what each has for itself, and which tests it gets.

A worker makes its own database (`tests/databases.py`) and has a broker and a cache of its own, which it may empty.
The event log is shared: every test has a topic of its own there.
"""

from collections.abc import Sequence
from os import environ
from pathlib import Path

import execnet
import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

from embedded.services import Services

# They take long: were they begun last, one worker would be busy with them while the others have nothing to do.
LONG = frozenset({"slow", "flow", "browser", "kafka"})


# About half of what all browsers take together.
FIRST_HALF = ("cases", "frame", "portfolio", "queue")
# So many workers are there where a second browser has a processor for itself.
WORKERS_FOR_TWO_BROWSERS = 3


def scope_of(nodeid: str, *, workers: int) -> str:
    """A module's tests stay together, for its fixtures; and browsers, of which many at a time would be slow."""
    path = nodeid.partition("::")[0]
    if not path.endswith("_browser.py"):
        return path
    is_first = path.endswith(tuple(f"test_{name}_browser.py" for name in FIRST_HALF))
    return "first browser" if is_first or workers < WORKERS_FOR_TWO_BROWSERS else "second browser"


class ByModule(LoadScopeScheduling):
    """Shares the tests out by their scopes."""

    def _split_scope(self, nodeid: str) -> str:
        return scope_of(nodeid, workers=self.numnodes)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> ByModule:
    """Share the tests out by module, in the order in which they come."""
    config.option.loadscopereorder = False
    return ByModule(config, log)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_setupnodes(config: pytest.Config, specs: Sequence[execnet.XSpec]) -> None:
    """Start a broker and a cache for every worker but the first, which has those of the run."""
    directory = environ.get("TEST_SERVICES_DIRECTORY")
    if directory is None:
        return
    for spec in specs[1:]:
        services = Services(Path(directory) / str(spec.id), names=("broker", "cache"), environ={})
        services.start()
        config.add_cleanup(services.stop)
        spec.env.update(services.environment())


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Where several workers share the work, begin with the modules that take long."""
    if hasattr(config, "workerinput"):
        long = {item.path for item in items if not LONG.isdisjoint(mark.name for mark in item.iter_markers())}
        items.sort(key=lambda item: item.path not in long)
