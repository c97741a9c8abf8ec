"""Fixtures of the whole-system tests."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests import console
from tests.event_topics import make_topic, topic

# How long a page may take to become as a test expects it: the machine has more to do than this browser.
expect.set_options(timeout=15_000)

__all__ = ["browser", "make_topic", "page", "topic"]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium, for one module: Playwright keeps an event loop in this thread, where asyncio tests want theirs.

    Django takes that loop for an asynchronous caller of the database, hence the variable. pytest-playwright's own
    fixtures would read a base URL in a way pytest 9 warns of.
    """
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        launched = playwright.chromium.launch(
            executable_path=console.chromium_path(), args=console.CHROMIUM_ARGUMENTS
        )
        yield launched
        launched.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page of its own, without anything remembered."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    yield context.new_page()
    context.close()
