"""Home in Chromium, for each role: what is seen first, where each number leads, and that it keeps itself current."""

import datetime as dt
import os
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from playwright.sync_api import Page, expect

from customers import bank_clock, roles
from interventions.models import Case
from interventions.tests import cases, governed, staff
from risk.levels import Hardship, Level
from risk.models import CurrentRisk, RiskTrendPoint, SystemProbe
from risk.portfolio.services import counts_record
from tests import console
from tests.console import Server
from tests.databases import TestDatabase
from tests.test_console_browser import Complaints, violations

pytestmark = [
    pytest.mark.browser,
    pytest.mark.redis,
    pytest.mark.slow,
    pytest.mark.django_db(transaction=True),
]
ROLES = {
    "supervisor": roles.SUPERVISORS,
    "manager": roles.RELATIONSHIP_MANAGERS,
    "officer": roles.COMPLIANCE_OFFICERS,
    "analyst": roles.ANALYSTS,
}
LONG_NAME = "Venkatanarasimharajuvaripeta Subrahmanyam Chandrasekharan Iyer"
DAY = dt.timedelta(days=1)
# What the page does when the strip alone was fetched again, a minute and a half after the page.
STRIP_SWAPPED = """
() => {
  const now = Date.now();
  const real = Date.now;
  Date.now = () => now + 90_000;
  const detail = { ctx: { target: document.getElementById("status") } };
  document.dispatchEvent(new CustomEvent("htmx:after:swap", { detail }));
  Date.now = real;
  return document.querySelector("#system-workers time").textContent;
}
"""
# Connections that never come about.
DEAF_SOCKETS = """
window.sockets = [];
window.WebSocket = class extends EventTarget {
  constructor() {
    super();
    window.sockets.push(this);
    document.documentElement.dataset.sockets = window.sockets.length;
  }
  close() {
    document.documentElement.dataset.closed = window.sockets.indexOf(this);
  }
};
"""
COUNT_REQUESTS = """
() => {
  const { dataset } = document.documentElement;
  dataset.regions = 0;
  document.addEventListener("htmx:before:request", ({ detail }) => {
    if (detail.ctx.live) dataset.regions = Number(dataset.regions) + 1;
  });
}
"""


@pytest.fixture(scope="module")
def server(test_database: TestDatabase, django_db_setup: None) -> Iterator[Server]:
    made = Server({**os.environ, **test_database.environment()})
    made.start()
    yield made
    made.stop()


@pytest.fixture
def complaints() -> Complaints:
    return Complaints()


@pytest.fixture
def page(page: Page, complaints: Complaints) -> Iterator[Page]:
    """A page of which nothing may have been blocked or have failed afterwards."""
    page.set_viewport_size({"width": 1440, "height": 900})
    page.add_init_script(console.WATCH_POLICY)
    complaints.watch(page)
    yield page
    assert page.evaluate("window.violations") == []
    assert complaints.unexpected() == []


@pytest.fixture
def readers(transactional_db: None) -> dict[str, User]:
    return {name: staff.user(name, role) for name, role in ROLES.items()}


@pytest.fixture
def bank(readers: dict[str, User]) -> dict[str, User]:
    """Twenty customers, twelve cases, a day of counts, and every part of the system at work."""
    manager, now = readers["manager"], timezone.now()
    governed.active_policy(action="Call, ask how things are, and offer to move the instalment")
    names = [LONG_NAME, "लक्ष्मी नारायण त्रिपाठी", *(f"Person {number}" for number in range(10))]
    for number, name in enumerate(names):
        customer = staff.in_shock(name, assigned_rm=manager, expected_salary_day=5)
        cases.opened(
            customer,
            to=manager if number % 3 else None,
            rank=50.0 - number,
            due_on=bank_clock.today() + dt.timedelta(days=number - 1),
            opened_at=now,
            sla_due_at=now + dt.timedelta(hours=number - 2),
            sla_at_risk_at=now + dt.timedelta(hours=number - 4),
        )
    for number in range(8):
        level, hardship = (Level.MEDIUM, Hardship.OVERSPENDING) if number < 3 else (Level.LOW, Hardship.NONE)
        staff.assessed(f"Calm {number}", assigned_rm=manager, level=level, hardship=hardship)
    counts_record()
    minute = now.replace(second=0, microsecond=0)
    for back in range(0, 25 * 60, 5):
        at, high = minute - dt.timedelta(minutes=back), 12 - back // 300
        for level, customers in ((Level.HIGH, high), (Level.MEDIUM, 3), (Level.LOW, 5)):
            RiskTrendPoint.objects.create(at=at, level=level, customers=customers)
    look(now)
    return readers


def look(at: dt.datetime) -> None:
    """What workers and consumers note of themselves."""
    seen = {"host:1": {"at": at.isoformat(), "partitions": 3}}
    detail = {"lag": 0, "last_event_at": at.isoformat(), "evaluated_at": at.isoformat(), "seen": seen}
    for name in (
        SystemProbe.EVENT_LOG, SystemProbe.RISK_ENGINE, SystemProbe.WORKERS, SystemProbe.CONSUMERS, SystemProbe.AUDIT,
    ):  # fmt: skip
        probed = {"is_ok": True, "detail": {**detail, "verified_at": at.isoformat()}, "probed_at": at}
        SystemProbe.objects.update_or_create(name=name, defaults=probed)


def open_home(page: Page, server: Server, reader: User) -> None:
    console.enter(page, server, reader, "/")
    expect(page.locator("#live")).to_have_text("Live")
    expect(page.locator("#chart-trend canvas")).to_be_visible()


@pytest.mark.parametrize("role", ["supervisor", "manager"])
def test_cards_lead_to_as_many_customers(
    role: str, server: Server, bank: dict[str, User], page: Page
) -> None:
    open_home(page, server, bank[role])
    expect(page.locator("#kpi-high .kpi-number")).to_have_text("12")
    expect(page.locator("#rate")).to_contain_text("critical")

    page.locator("#kpi-high a").click()

    expect(page.locator("[data-row]")).to_have_count(12)
    assert "level=HIGH" in page.url


def test_bar_is_clicked_through_its_table_by_keyboard(
    server: Server, bank: dict[str, User], page: Page
) -> None:
    open_home(page, server, bank["supervisor"])
    page.locator("#chart-hardships [data-chart-toggle]").press("Enter")

    page.locator("#chart-hardships-table").get_by_role("link", name="3", exact=True).press("Enter")

    expect(page.locator("[data-row]")).to_have_count(3)
    assert "hardship=OVERSPENDING" in page.url


@pytest.mark.parametrize("role", ["supervisor", "manager"])
def test_numbers_of_work_lead_to_as_many_cases(
    role: str, server: Server, bank: dict[str, User], page: Page
) -> None:
    open_home(page, server, bank[role])
    lines = page.locator(".work-lines li a")
    wanted = [(each.get_attribute("href"), each.locator("strong").inner_text()) for each in lines.all()]

    for address, number in wanted:
        page.goto(f"{server.url}{address}")
        expect(page.locator("[data-row]")).to_have_count(int(number))
    assert {number for _address, number in wanted} > {"0"}


def test_next_case_is_one_click_away(server: Server, bank: dict[str, User], page: Page) -> None:
    open_home(page, server, bank["manager"])

    page.get_by_role("button", name="Next case").click()

    page.wait_for_url(re.compile(r"/cases/\d+/"))


def test_worst_case_is_first_with_why_and_leads_to_it(
    server: Server, bank: dict[str, User], page: Page
) -> None:
    open_home(page, server, bank["supervisor"])
    rows = page.locator(".urgent [data-row]")
    expect(rows).to_have_count(10)
    expect(rows.first).to_contain_text(LONG_NAME)
    expect(rows.first).to_contain_text("Salary is")
    expect(rows.first).to_contain_text("1 overdue")

    rows.first.locator(".open").click()

    page.wait_for_url(re.compile(r"/cases/\d+/"))


def test_numbers_change_by_themselves_and_are_tinted(
    server: Server, bank: dict[str, User], page: Page
) -> None:
    open_home(page, server, bank["manager"])
    page.evaluate("window.sameDocument = true")
    page.locator("#chart-levels [data-chart-toggle]").click()
    calm = CurrentRisk.objects.filter(level=Level.LOW).first()
    assert calm is not None

    CurrentRisk.objects.filter(pk=calm.pk).update(level=Level.HIGH)
    console.announce(bank["manager"])

    number = page.locator("#kpi-high .kpi-number")
    expect(number).to_have_text("13", timeout=10_000)
    expect(number).to_have_class(re.compile("is-changed"))
    expect(page.locator("#chart-levels-table")).to_be_visible()
    expect(page.locator("#chart-levels-table")).to_contain_text("13")
    expect(page.locator("#chart-trend canvas")).to_be_visible()
    assert page.evaluate("window.sameDocument") is True


def test_trend_keeps_the_readers_place(server: Server, bank: dict[str, User], page: Page) -> None:
    open_home(page, server, bank["supervisor"])
    page.locator("#window-30m").scroll_into_view_if_needed()
    place = page.evaluate("window.scrollY")

    page.locator("#window-30m").click()

    expect(page.locator("#window-30m")).to_have_attribute("aria-current", "true")
    expect(page.locator("#chart-trend canvas")).to_be_visible()
    assert page.url == f"{server.url}/?trend=30m"
    assert page.evaluate("window.scrollY") == place
    page.go_back()
    expect(page.locator("#window-day")).to_have_attribute("aria-current", "true")


def test_part_that_nobody_has_seen_lately_is_stale(server: Server, bank: dict[str, User], page: Page) -> None:
    open_home(page, server, bank["supervisor"])
    workers = page.locator("#system-workers")
    expect(workers).to_contain_text("working")

    SystemProbe.objects.filter(name=SystemProbe.WORKERS).update(probed_at=timezone.now() - DAY)
    console.announce()

    expect(workers).to_contain_text("stale", timeout=10_000)
    expect(workers).to_contain_text("beat is not running")


def test_ages_grow_though_other_parts_are_fetched_again(
    server: Server, bank: dict[str, User], page: Page
) -> None:
    open_home(page, server, bank["supervisor"])

    assert page.evaluate(STRIP_SWAPPED) == "1 min ago"


def test_connection_that_says_nothing_is_made_anew(server: Server, bank: dict[str, User], page: Page) -> None:
    page.clock.install()
    page.add_init_script(DEAF_SOCKETS)
    console.enter(page, server, bank["supervisor"], "/")
    expect(page.locator("#live")).to_have_text("Connecting")

    page.clock.fast_forward(14_000)

    expect(page.locator("#live")).to_contain_text("Not live since")
    page.clock.fast_forward(2_000)
    expect(page.locator("html")).to_have_attribute("data-sockets", "2")
    expect(page.locator("html")).to_have_attribute("data-closed", "0")


def test_list_under_the_pointer_is_fetched_when_left_only_if_it_was_held(
    server: Server, bank: dict[str, User], page: Page
) -> None:
    open_home(page, server, bank["supervisor"])
    page.evaluate("document.querySelector('#region').dataset.liveEvery = '100'")
    page.evaluate(COUNT_REQUESTS)
    rows, heading = page.locator(".urgent [data-row]"), page.locator("h1")
    first = rows.first.get_attribute("id")
    rows.first.hover()
    heading.hover()
    rows.first.hover()

    Case.objects.filter(pk=str(first).removeprefix("u")).update(rank=0)
    console.announce()
    expect(page.locator("html")).to_have_attribute("data-regions", "1")
    expect(page.locator("#live")).to_have_text("Live")
    assert rows.first.get_attribute("id") == first

    heading.hover()

    expect(rows.first).not_to_have_attribute("id", str(first))


def test_axe_finds_nothing_and_nothing_is_cut_off(server: Server, bank: dict[str, User], page: Page) -> None:
    for role, reader in bank.items():
        open_home(page, server, reader)
        for look in console.each_look(page, 1440, 1024, 768, 360):
            assert violations(page) == [], f"{role} {look}"
            console.expect_nothing_cut_off(page)
            console.shot(page, f"home-{role}", is_whole=True)
        assert page.evaluate("window.violations") == [], role


def test_empty_bank_is_no_broken_page(server: Server, readers: dict[str, User], page: Page) -> None:
    console.enter(page, server, readers["supervisor"], "/")

    expect(page.get_by_text("Nobody has counted yet. Counts come once a minute")).to_be_visible()
    expect(page.get_by_role("heading", name="No case waits for anybody")).to_be_visible()
    for look in console.each_look(page, 1440, 360):
        assert violations(page) == [], look
        console.shot(page, "home-empty", is_whole=True)


def test_without_scripts_everything_stands_there(server: Server, bank: dict[str, User], browser: Any) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    console.enter(page, server, bank["supervisor"], "/?trend=30m")

    expect(page.locator("#kpi-high .kpi-number")).to_have_text("12")
    expect(page.locator("#chart-hardships-table")).to_contain_text("Overspending")
    expect(page.locator("#live")).to_contain_text("Reload to see changes")
    assert Case.objects.count() == 12
    context.close()
