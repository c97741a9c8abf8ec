"""The risk queue in Chromium, on a real server with real PostgreSQL and Redis."""

import datetime as dt
import json
import os
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import User
from django.utils import timezone
from playwright.sync_api import Browser, BrowserContext, Page, expect

from customers import roles
from customers.models import Customer
from interventions.console import hint_state
from interventions.tests import staff
from interventions.tests.factories import AS_OF_ON
from risk.levels import Level
from risk.model import registry
from risk.models import CurrentRisk, ModelVersion, SystemProbe
from risk.refresh import Refresher
from risk.services import mark_dirty
from risk.tests import made_metrics, registered, small_models, voices
from risk.tests.factories import NOON
from tests import console
from tests.console import Server
from tests.databases import TestDatabase

pytestmark = [
    pytest.mark.browser,
    pytest.mark.redis,
    pytest.mark.slow,
    pytest.mark.django_db(transaction=True),
]
AXE = Path(__file__).parents[1] / "node_modules" / "axe-core" / "axe.min.js"
# Everybody of whom the model speaks is MEDIUM.
BANDS = {"medium_from_prob": 0.0001, "high_from_prob": 0.9999}
PHONE = {"width": 360, "height": 740}
DESK = {"width": 1440, "height": 900}


@pytest.fixture(scope="module")
def server(test_database: TestDatabase, django_db_setup: None) -> Iterator[Server]:
    made = Server({**os.environ, **test_database.environment()})
    made.start()
    yield made
    made.stop()


@pytest.fixture
def reader(transactional_db: None) -> User:
    return staff.supervisor()


@pytest.fixture
def portfolio(reader: User) -> list[Customer]:
    """Sixty customers: more than a page."""
    long_name = "Venkatanarasimharajuvaripeta Subrahmanyam Chandrasekharan Iyer"
    people = [staff.in_shock(long_name, city="Thiruvananthapuram"), staff.in_shock("लक्ष्मी नारायण त्रिपाठी")]
    for number in range(58):
        due_on = AS_OF_ON + dt.timedelta(days=number)
        people.append(staff.assessed(f"Person {number}", level=Level.MEDIUM, score=3.0, next_due_on=due_on))
    now = timezone.now()
    for name in (SystemProbe.EVENT_LOG, SystemProbe.RISK_ENGINE):
        detail = {"lag": 0, "last_event_at": now.isoformat(), "evaluated_at": now.isoformat()}
        SystemProbe.objects.create(name=name, is_ok=True, detail=detail, probed_at=now)
    return people


class Complaints:
    """What the browser objected to."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.expected = ""

    def watch(self, page: Page) -> None:
        """Collect the page's console errors and exceptions."""
        page.on("pageerror", lambda error: self.texts.append(str(error)))
        page.on("console", lambda line: line.type == "error" and self.texts.append(line.text))

    def unexpected(self) -> list[str]:
        """Those that the test did not provoke."""
        return [text for text in self.texts if not (self.expected and re.search(self.expected, text))]


@pytest.fixture
def complaints() -> Complaints:
    return Complaints()


@pytest.fixture
def queue(
    server: Server, reader: User, portfolio: list[Customer], page: Page, complaints: Complaints
) -> Iterator[Page]:
    """The supervisor's queue, live; afterwards nothing may have been blocked or have failed."""
    page.set_viewport_size({"width": DESK["width"], "height": DESK["height"]})
    page.add_init_script(console.WATCH_POLICY)
    complaints.watch(page)
    console.enter(page, server, reader)
    expect(page.locator("#live")).to_have_text("Live")
    yield page
    assert page.evaluate("window.violations") == []
    assert complaints.unexpected() == []


def row_of(page: Page, customer: Customer) -> Any:
    return page.locator(f"#c{customer.pk}")


def turn(customer: Customer, *, level: Level, score: float) -> None:
    risk = CurrentRisk.objects.filter(customer=customer)
    risk.update(level=level, score=score, evaluated_at=timezone.now())
    console.announce()


def names(page: Page) -> list[str]:
    return page.locator("[data-row] .open").all_inner_texts()


def test_right_password_opens_home(server: Server, transactional_db: None, page: Page) -> None:
    console.staff_with_password("supervisor", roles.SUPERVISORS)

    console.log_in(page, server, "supervisor")

    expect(page.get_by_role("heading", name="Who needs attention first?")).to_be_visible()


def test_wrong_password_is_explained(server: Server, reader: User, page: Page) -> None:
    page.goto(f"{server.url}/accounts/login/")
    page.get_by_label("Username").fill("supervisor")
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Log in", exact=True).click()

    expect(page.get_by_role("alert")).to_contain_text("username and/or password")


def test_log_out_ends_at_the_login(queue: Page, server: Server) -> None:
    queue.locator("summary", has_text="supervisor").click()
    queue.get_by_role("button", name="Log out").click()

    queue.wait_for_url(f"{server.url}/accounts/login/")


def test_change_arrives_without_reload(queue: Page, portfolio: list[Customer]) -> None:
    queue.evaluate("window.sameDocument = true")
    customer = portfolio[30]

    turn(customer, level=Level.HIGH, score=9.5)

    expect(queue.locator("[data-row]").first).to_contain_text("9.5")
    expect(row_of(queue, customer).locator(".level")).to_have_text("▲ HIGH")
    expect(row_of(queue, customer).locator("[data-cell=score]")).to_have_class(re.compile("is-changed"))
    assert queue.evaluate("window.sameDocument") is True


def test_change_does_not_move_a_scrolled_reader(queue: Page, portfolio: list[Customer]) -> None:
    queue.evaluate("window.scrollTo(0, 400)")
    queue.mouse.move(5, 5)
    shown, hidden = portfolio[20], portfolio[59]
    before, place = names(queue), row_of(queue, shown).bounding_box()

    turn(shown, level=Level.HIGH, score=7.5)
    turn(hidden, level=Level.HIGH, score=9.5)

    expect(row_of(queue, shown).locator("[data-cell=score]")).to_have_text("7.5")
    expect(queue.locator("#pill")).to_have_text("1 new")
    assert names(queue) == before
    assert row_of(queue, shown).bounding_box() == place
    assert queue.evaluate("window.scrollY") == 400

    queue.locator("#pill").click()

    expect(queue.locator("[data-row] .open").first).to_have_text(hidden.full_name)
    expect(queue.locator("#pill")).to_be_hidden()


def test_change_does_not_move_rows_under_the_pointer(queue: Page, portfolio: list[Customer]) -> None:
    row_of(queue, portfolio[10]).hover()
    before = names(queue)

    turn(portfolio[59], level=Level.HIGH, score=9.5)

    expect(queue.locator("#pill")).to_have_text("1 new")
    assert names(queue) == before

    queue.mouse.move(5, 5)

    expect(queue.locator("[data-row] .open").first).to_have_text(portfolio[59].full_name)


def test_change_keeps_half_typed_text_and_caret(queue: Page, portfolio: list[Customer]) -> None:
    search = queue.locator("#search")
    search.focus()
    queue.evaluate("document.getElementById('search').value = 'Person'")
    queue.evaluate("document.getElementById('search').setSelectionRange(2, 4)")

    turn(portfolio[5], level=Level.HIGH, score=8.5)

    expect(row_of(queue, portfolio[5]).locator("[data-cell=score]")).to_have_text("8.5")
    expect(search).to_be_focused()
    assert queue.evaluate("[search.value, search.selectionStart, search.selectionEnd]") == ["Person", 2, 4]


def test_open_row_stays_open_and_in_place(queue: Page, portfolio: list[Customer]) -> None:
    row_of(queue, portfolio[7]).locator(".open").click()
    detail = queue.locator(f"#d{portfolio[7].pk}")
    expect(detail).to_be_visible()
    place = detail.bounding_box()

    turn(portfolio[59], level=Level.HIGH, score=9.5)

    expect(queue.locator("#pill")).to_be_visible()
    assert detail.bounding_box() == place
    assert f"open={portfolio[7].pk}" in queue.url


def test_lost_hint_is_noticed_by_the_next_heartbeat(queue: Page, portfolio: list[Customer]) -> None:
    CurrentRisk.objects.filter(customer=portfolio[30]).update(level=Level.HIGH, score=9.5)
    hint_state._client().incr(hint_state.keys("risk.all")[1])

    expect(row_of(queue, portfolio[30]).locator("[data-cell=score]")).to_have_text("9.5", timeout=8000)


def test_dead_server_is_admitted_and_forgiven(
    server: Server, queue: Page, portfolio: list[Customer], complaints: Complaints
) -> None:
    complaints.expected = "WebSocket|Failed to load|fetch|htmx:error"
    server.stop()

    expect(queue.locator("#live")).to_have_text(re.compile(r"^Not live since \d\d:\d\d, retrying$"))

    turn(portfolio[30], level=Level.HIGH, score=9.5)
    server.start()

    expect(queue.locator("#live")).to_have_text("Live", timeout=20000)
    expect(row_of(queue, portfolio[30]).locator("[data-cell=score]")).to_have_text("9.5")


def test_filters_are_in_the_address_and_back_returns(queue: Page, server: Server) -> None:
    queue.get_by_role("link", name=re.compile("HIGH")).click()
    expect(queue.locator("[data-row]")).to_have_count(2)
    assert queue.url == f"{server.url}/queue/?level=HIGH"

    queue.locator("select[name=city]").select_option("Thiruvananthapuram")
    expect(queue.locator("[data-row]")).to_have_count(1)
    assert queue.url == f"{server.url}/queue/?level=HIGH&city=Thiruvananthapuram"

    queue.go_back()
    expect(queue.locator("[data-row]")).to_have_count(2)
    queue.reload()
    expect(queue.locator("[data-row]")).to_have_count(2)
    queue.get_by_role("link", name="Clear filters").click()
    expect(queue.locator("[data-row]")).to_have_count(50)
    assert queue.url == f"{server.url}/queue/"


def test_search_answers_while_typing(queue: Page, server: Server) -> None:
    queue.keyboard.press("/")
    queue.keyboard.type("त्रि")

    expect(queue.locator("[data-row]")).to_have_count(1)
    expect(queue.locator("#search")).to_be_focused()
    assert "q=" in queue.url


def test_pages_lead_on_and_back(queue: Page) -> None:
    first = names(queue)
    queue.get_by_role("link", name="Next").click()
    expect(queue.locator("[data-row]")).to_have_count(10)
    queue.get_by_role("link", name="Previous").click()
    expect(queue.locator("[data-row]")).to_have_count(50)

    assert names(queue) == first


def test_keyboard_walks_opens_and_can_be_turned_off(queue: Page, portfolio: list[Customer]) -> None:
    for key in ("j", "j", "j", "k"):
        queue.keyboard.press(key)
    expect(row_of(queue, portfolio[1]).locator(".open")).to_be_focused()

    queue.keyboard.press("Enter")
    expect(queue.locator(f"#d{portfolio[1].pk}")).to_contain_text("8 cash withdrawals in 7 days")
    expect(row_of(queue, portfolio[1]).locator(".open")).to_be_focused()
    queue.keyboard.press("Enter")
    expect(queue.locator(".detail")).to_have_count(0)

    queue.keyboard.press("?")
    queue.get_by_label("Single-key shortcuts on").uncheck()
    queue.get_by_role("button", name="Close").click()
    queue.keyboard.press("/")
    expect(queue.locator("#search")).not_to_be_focused()


def test_theme_is_remembered_and_set_before_anything_is_painted(queue: Page) -> None:
    queue.locator("summary", has_text="Theme").click()
    queue.get_by_role("button", name="Dark").click()
    expect(queue.locator("html")).to_have_attribute("data-bs-theme", "dark")

    queue.add_init_script(
        "new MutationObserver(() => { if (document.body && !window.themeAtBody)"
        " window.themeAtBody = document.documentElement.dataset.bsTheme ?? 'none'; })"
        ".observe(document, {childList: true, subtree: true});"
    )
    queue.reload()

    assert queue.evaluate("window.themeAtBody") == "dark"
    queue.locator("summary", has_text="Theme").click()
    queue.get_by_role("button", name="As the system").click()
    queue.emulate_media(color_scheme="light")
    expect(queue.locator("html")).to_have_attribute("data-bs-theme", "light")


def test_density_is_remembered(queue: Page, portfolio: list[Customer]) -> None:
    def height() -> float:
        return float(row_of(queue, portfolio[5]).bounding_box()["height"])

    assert 43 <= height() <= 46
    queue.get_by_role("button", name="Compact rows").click()
    queue.reload()

    assert 31 <= height() <= 34


def test_phone_shows_cards_with_every_field(queue: Page, portfolio: list[Customer]) -> None:
    queue.set_viewport_size({"width": PHONE["width"], "height": PHONE["height"]})

    assert queue.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    cells = row_of(queue, portfolio[0]).locator("[data-cell]")
    assert cells.count() == 13
    for index in range(13):
        expect(cells.nth(index)).to_be_visible()
    queue.get_by_role("button", name="Menu").click()
    expect(queue.locator("#status")).to_be_visible()


def test_axe_finds_nothing(queue: Page, portfolio: list[Customer]) -> None:
    row_of(queue, portfolio[0]).locator(".open").click()
    expect(queue.locator(".detail")).to_be_visible()

    for look in console.each_look(queue, 1440, 360):
        assert violations(queue) == [], look


def test_axe_finds_nothing_at_the_login(server: Server, reader: User, page: Page) -> None:
    page.goto(f"{server.url}/accounts/login/")

    for look in console.each_look(page, 1440):
        assert violations(page) == [], look


def violations(page: Page) -> list[str]:
    """What axe objects to in the page as it stands."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.read_text())
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        json.dumps([each["id"], [(node["target"], node["failureSummary"]) for node in each["nodes"]][:3]])
        for each in found["violations"]
    ]


@pytest.fixture
def modelled(reader: User) -> ModelVersion:
    """An active model with metrics, one in shadow, and two customers it speaks of."""
    by = registered.officer()
    ubj = registered.trained()
    model = registry.model_save(
        author=registered.analyst(),
        ubj=ubj,
        manifest=small_models.manifest(ubj, bands={**BANDS, "basis": {}}),
        metrics=made_metrics.metrics(),
    )
    registry.model_validate(model=model, by=by, findings="Reproduced: the same bytes.")
    registry.model_approve(model=model, by=by, reason="Fit for ordering outreach.")
    registry.model_activate(model=model, by=by)
    registry.shadow_start(model=registered.candidate(seed=2), by=by)
    with time_machine.travel(NOON, tick=True):
        customers = [voices.borrower(full_name=f"Borrower {number}") for number in range(2)]
        mark_dirty([customer.pk for customer in customers])
        Refresher().run(until=time.monotonic() + 60)
    return model


@pytest.fixture
def models(
    server: Server, reader: User, modelled: ModelVersion, page: Page, complaints: Complaints
) -> Iterator[Page]:
    """The supervisor's model page; afterwards nothing may have been blocked or have failed."""
    page.add_init_script(console.WATCH_POLICY)
    complaints.watch(page)
    console.enter(page, server, reader)
    page.get_by_role("link", name="Model", exact=True).click()
    expect(page.get_by_role("heading", name="Early-warning model")).to_be_visible()
    # Counting over everybody comes by itself, after the page.
    expect(page.locator("#live-now")).to_contain_text("in shadow since")
    expect(page.locator("#status")).to_contain_text("early-warning-1")
    yield page
    assert page.evaluate("window.violations") == []
    assert complaints.unexpected() == []


def test_axe_finds_nothing_on_the_model_page(models: Page) -> None:
    for look in console.each_look(models, 1440, 360):
        assert violations(models) == [], look
        console.expect_nothing_cut_off(models)


def test_model_page_leads_to_every_version(models: Page, server: Server) -> None:
    models.get_by_role("link", name="early-warning-2").press("Enter")

    expect(models.get_by_role("heading", name="early-warning-2: candidate")).to_be_visible()
    models.go_back()
    expect(models.get_by_role("heading", name="early-warning-1: active")).to_be_visible()


def test_axe_finds_nothing_in_the_models_reasons(
    server: Server, reader: User, modelled: ModelVersion, page: Page
) -> None:
    console.enter(page, server, reader)
    expect(page.locator("#live")).to_have_text("Live")
    page.locator("[data-row] .open").first.click()

    # The first to ask has the process load the model, which takes seconds on a busy machine.
    expect(page.locator(".detail")).to_contain_text("Together, which stands for", timeout=30_000)
    expect(page.locator(".detail")).to_contain_text("By the scorecard")
    for look in console.each_look(page, 1440, 1024, 360):
        assert violations(page) == [], look
        console.expect_nothing_cut_off(page)


def test_notice_leads_to_the_models(queue: Page, server: Server) -> None:
    queue.get_by_role("link", name="Models").click()

    expect(queue.get_by_role("heading", name="No model has been trained yet")).to_be_visible()
    assert queue.url == f"{server.url}/models/"


def test_works_without_javascript(
    server: Server, reader: User, portfolio: list[Customer], browser: Browser
) -> None:
    context: BrowserContext = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    console.enter(page, server, reader)

    page.locator("select[name=hardship]").select_option("INCOME_SHOCK")
    page.get_by_role("button", name="Apply", exact=True).click()
    assert len(names(page)) == 2
    row_of(page, portfolio[0]).locator(".open").click()
    expect(page.locator(".detail")).to_contain_text("8 cash withdrawals")
    expect(page.locator("#live")).to_contain_text("Reload to see changes")
    context.close()
