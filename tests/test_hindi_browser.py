"""Every page of the console in Hindi, in Chromium: no text left in English, nothing cut off."""

import os
from collections.abc import Iterator

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from playwright.sync_api import Page, expect

from catalogue import texts
from customers import roles
from interventions.messages import composing
from interventions.models import Intervention
from interventions.tests import cases, staff
from interventions.tests.stage import Stage
from risk.portfolio.services import counts_record
from tests import console, test_profile_browser
from tests.console import Server
from tests.databases import TestDatabase
from tests.test_console_browser import Complaints, violations

pytestmark = [
    pytest.mark.browser,
    pytest.mark.redis,
    pytest.mark.slow,
    pytest.mark.django_db(transaction=True),
]
PHONE = {"width": 360, "height": 740}
DESK = {"width": 1440, "height": 900}
# The customer, the case and the receipt of the scene stand in for the braces.
OF_SUPERVISORS = {
    "home": "/",
    "portfolio": "/portfolio/",
    "queue": "/queue/?open={customer}",
    "customers": "/customers/",
    "overview": "/customers/{customer}/",
    "timeline": "/customers/{customer}/?tab=timeline",
    "transactions": "/customers/{customer}/?tab=transactions",
    "behaviour": "/customers/{customer}/?tab=behaviour",
    "loans": "/customers/{customer}/?tab=loans",
    "risk": "/customers/{customer}/?tab=risk",
    "what-if-customer": "/customers/{customer}/?tab=what-if",
    "contact": "/customers/{customer}/?tab=contact",
    "brief": "/customers/{customer}/brief/",
    "receipt": "/customers/{customer}/receipts/1/",
    "cases": "/cases/",
    "case": "/cases/{case}/",
    "board": "/cases/board/",
    "outbox": "/outbox/",
    "alerts": "/alerts/",
    "alert-settings": "/settings/alerts/",
    "settings": "/settings/",
    "second-factor": "/accounts/2fa/",
    "measuring": "/measuring/",
}
OF_ANALYSTS = {"models": "/models/", "what-if": "/what-if/", "models-now": "/models/now/"}
# What a page says to whoever looks at it or has it read aloud, each text by itself.
SAID = """() => {
  const found = [];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    if (!walk.currentNode.parentElement.closest("script, style, template, [name=language]"))
      found.push(walk.currentNode.data);
  }
  for (const name of ["aria-label", "title", "placeholder", "data-label"])
    for (const each of document.querySelectorAll(`[${name}]`)) found.push(each.getAttribute(name));
  return found.map((each) => each.replace(/\\s+/g, " ").trim()).filter((each) => /[A-Za-z]{3}/.test(each));
}"""


@pytest.fixture(scope="module")
def server(test_database: TestDatabase, django_db_setup: None) -> Iterator[Server]:
    made = Server({**os.environ, **test_database.environment()})
    made.start()
    yield made
    made.stop()


@pytest.fixture(scope="module")
def english() -> frozenset[str]:
    """The texts that Hindi has other words for, as the sources have them."""
    known = texts.read("hi")
    found = (known.get(text.singular, text.context or None) for text in texts.collect())
    pairs = ((each.id, each.string) for each in found if each and isinstance(each.id, str))
    return frozenset(said.strip() for said, words in pairs if said != words)


@pytest.fixture
def scene(transactional_db: None) -> Stage:
    """A customer of whom everything is known, a message that waits, a late case, a count of the portfolio."""
    made = test_profile_browser.well_known()
    composing.draft(case=made.case, channel="sms", by=made.manager)
    for name in ("लक्ष्मी नारायण त्रिपाठी", "Ravi Kumar"):
        cases.opened(staff.in_shock(name, assigned_rm=made.manager), to=made.manager)
    counts_record()
    assert Intervention.objects.exists()
    return made


@pytest.fixture
def complaints() -> Complaints:
    return Complaints()


@pytest.fixture
def desk(server: Server, page: Page, complaints: Complaints) -> Iterator[Page]:
    """A browser that asks for Hindi; afterwards nothing may have been blocked or have failed."""
    page.context.add_cookies([{"name": settings.LANGUAGE_COOKIE_NAME, "value": "hi", "url": server.url}])
    page.add_init_script(console.WATCH_POLICY)
    complaints.watch(page)
    yield page
    assert page.evaluate("window.violations") == []
    assert complaints.unexpected() == []


def look(page: Page, name: str, english: frozenset[str]) -> list[str]:
    """What is wrong with the page as it stands, at a desk and on a phone."""
    wrong = []
    for size in (DESK, PHONE):
        page.set_viewport_size(size)  # type: ignore[arg-type]
        try:
            console.expect_nothing_cut_off(page)
        except AssertionError:
            wrong.append(f"{name} is wider than {size['width']}")
        console.shot(page, name, is_whole=True)
    expect(page.locator("html")).to_have_attribute("lang", "hi")
    wrong += [f"{name}: {each}" for each in page.evaluate(SAID) if each in english]
    wrong += [f"{name}: {each}" for each in violations(page)]
    return wrong


def visit(
    page: Page, server: Server, reader: User, pages: dict[str, str], scene: Stage, english: frozenset[str]
) -> None:
    """Look at every page as somebody who may see it."""
    console.enter(page, server, reader, "/settings/")
    wrong: list[str] = []
    for name, path in pages.items():
        page.goto(server.url + path.format(customer=scene.customer.pk, case=scene.case.pk))
        page.wait_for_load_state("networkidle" if name == "overview" else "load")
        wrong += look(page, name, english)
    assert not wrong, "\n".join(wrong)


def test_supervisors_read_hindi(desk: Page, server: Server, scene: Stage, english: frozenset[str]) -> None:
    visit(desk, server, staff.supervisor(), OF_SUPERVISORS, scene, english)


def test_analysts_read_hindi(desk: Page, server: Server, scene: Stage, english: frozenset[str]) -> None:
    visit(desk, server, staff.user("analyst", roles.ANALYSTS), OF_ANALYSTS, scene, english)


def test_login_is_in_hindi(
    desk: Page, server: Server, transactional_db: None, english: frozenset[str]
) -> None:
    desk.goto(f"{server.url}/accounts/login/")

    assert look(desk, "login", english) == []
