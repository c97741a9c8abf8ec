"""What the reader set off is shown to be coming, whatever led there, in Chromium."""

import os
import re
from collections.abc import Callable, Iterator

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Page, expect

from interventions.models import Case
from interventions.tests import cases, portfolios, staff
from risk.portfolio.services import counts_record
from tests import console
from tests.console import Server
from tests.databases import TestDatabase

pytestmark = [
    pytest.mark.browser,
    pytest.mark.redis,
    pytest.mark.slow,
    pytest.mark.django_db(transaction=True),
]
BUSY = re.compile(r"\bis-busy\b")
# Kept for the next page, since Playwright looks at none that is about to go.
WATCH = """
() => new MutationObserver(() => sessionStorage.setItem("seen", document.body.className))
  .observe(document.body, { attributeFilter: ["class"] })
"""
SEEN = "sessionStorage.getItem('seen') ?? ''"
# Where the longest bar of a chart begins, in the pixels of the page.
PLACE_OF_MARK = """
(key) => {
  const picture = window.equilibrateCharts.pictureOf(key);
  const { series } = picture.getOption();
  const category = series[0].data.findIndex((value) => value > 0);
  const [x, y] = picture.convertToPixel({ xAxisIndex: 0, yAxisIndex: 0 }, [series[0].data[category] / 2, category]);
  const box = document.getElementById(`chart-${key}-canvas`).getBoundingClientRect();
  return [box.x + x, box.y + y];
}
"""


@pytest.fixture(scope="module")
def server(test_database: TestDatabase, django_db_setup: None) -> Iterator[Server]:
    made = Server({**os.environ, **test_database.environment()})
    made.start()
    yield made
    made.stop()


@pytest.fixture
def reader(transactional_db: None) -> User:
    portfolios.bank(60)
    assert counts_record()
    return staff.supervisor()


@pytest.fixture
def case(reader: User) -> Case:
    return cases.opened(staff.in_shock("Asha Rao"))


def mark_of(page: Page, key: str) -> None:
    page.locator(f"[data-chart={key}]").scroll_into_view_if_needed()
    page.mouse.click(*page.evaluate(PLACE_OF_MARK, key))


def keys(page: Page) -> None:
    page.keyboard.press("g")
    page.keyboard.press("q")


WAYS: dict[str, tuple[str, Callable[[Page], None]]] = {
    "a card": ("/", lambda page: page.locator("#kpi-high a").click()),
    "a line of work": ("/", lambda page: page.locator(".work-lines a").first.click()),
    "all cases": ("/", lambda page: page.get_by_role("link", name="All cases", exact=True).click()),
    "a mark": ("/", lambda page: mark_of(page, "hardships")),
    "a cell of the matrix": ("/portfolio/", lambda page: page.locator(".way a").first.click()),
    "a page by its keys": ("/", keys),
    "a form": ("/", lambda page: page.get_by_role("button", name="Log out").click()),
}


@pytest.mark.usefixtures("case")
@pytest.mark.parametrize("way", WAYS)
def test_another_page_is_shown_to_be_coming(server: Server, reader: User, page: Page, way: str) -> None:
    address, go = WAYS[way]
    console.enter(page, server, reader, address)
    if way == "a form":
        page.locator(".menu summary").last.click()
    before = page.url
    page.evaluate(WATCH)

    go(page)

    page.wait_for_url(lambda url: url != before)
    assert BUSY.search(page.evaluate(SEEN))
    expect(page.locator("body")).not_to_have_class(BUSY)


def test_what_opens_no_other_page_here_is_not(server: Server, reader: User, page: Page) -> None:
    console.enter(page, server, reader, "/portfolio/")
    matrix = page.locator(".matrix")
    page.evaluate(WATCH)

    with page.expect_download():
        matrix.get_by_role("link", name="CSV").click()
    with page.context.expect_page():
        matrix.locator(".way a").first.click(modifiers=["Control"])
    page.locator(".skip").focus()
    page.keyboard.press("Enter")

    expect(page.locator("#main")).to_be_focused()
    assert not BUSY.search(page.evaluate(SEEN))


def test_page_that_comes_back_from_memory_waits_for_nothing(server: Server, reader: User, page: Page) -> None:
    console.enter(page, server, reader, "/")
    page.evaluate("document.body.classList.add('is-busy')")
    expect(page.locator(".progress-line")).to_have_css("opacity", "1")

    page.evaluate("window.dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))")

    expect(page.locator("body")).not_to_have_class(BUSY)
