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


class ByModule(LoadScopeScheduling):
    """A module's tests stay together, for its fixtures; and all browsers, of which two at a time would be slow."""

    def _split_scope(self, nodeid: str) -> str:
        path = nodeid.partition("::")[0]
        return "browser" if path.endswith("_browser.py") else path


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
