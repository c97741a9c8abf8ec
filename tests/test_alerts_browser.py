"""The bell and the page of alerts in Chromium, for each role, by mouse and by keyboard, in both themes."""

import os
import re
from collections.abc import Iterator

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Page, expect

from customers import roles
from interventions.models import AlertSettings, Notice
from interventions.tests import staff
from risk import alerts
from risk.models import Alert, Assessment
from tests import console
from tests.console import Server
from tests.databases import TestDatabase
from tests.test_console_browser import DESK, PHONE, Complaints, violations

pytestmark = [
    pytest.mark.browser,
    pytest.mark.redis,
    pytest.mark.slow,
    pytest.mark.django_db(transaction=True),
]
LONG = "Venkatanarasimharajuvaripeta Subrahmanyam Chandrasekharan Iyer"
HINDI = "लक्ष्मी नारायण त्रिपाठी"


@pytest.fixture(scope="module")
def server(test_database: TestDatabase, django_db_setup: None) -> Iterator[Server]:
    made = Server({**os.environ, **test_database.environment()})
    made.start()
    yield made
    made.stop()


@pytest.fixture
def rm(transactional_db: None) -> User:
    return staff.manager()


@pytest.fixture
def watched(page: Page) -> Iterator[Page]:
    """A page of which nothing may be blocked or fail."""
    complaints = Complaints()
    page.add_init_script(console.WATCH_POLICY)
    complaints.watch(page)
    yield page
    assert page.evaluate("window.violations") == []
    assert complaints.unexpected() == []


def turn_high(rm: User, *names: str) -> None:
    for name in names:
        customer = staff.in_shock(name, assigned_rm=rm)
        revision = Assessment.objects.get(customer=customer).revision
        turn = alerts.TurnedHigh(customer_id=customer.pk, revision=revision, score=5.5)
        alerts.raise_turned_high([turn])


def bell(page: Page) -> None:
    page.locator("#bell > summary").click()


def test_alert_arrives_by_itself_and_leads_to_the_customer(watched: Page, server: Server, rm: User) -> None:
    console.enter(watched, server, rm)
    expect(watched.locator("#live")).to_have_text("Live")
    expect(watched.locator("#bell-count")).to_be_hidden()

    turn_high(rm, "Asha Rao")
    console.announce(rm)
    expect(watched.locator("#bell-count")).to_have_text(re.compile(r"^\s*1\b"))
    bell(watched)
    expect(watched.locator(".bell-panel .alert-why")).to_contain_text("Salary is 16 days later than usual")
    watched.locator(".bell-panel").get_by_role("button", name="Asha Rao", exact=True).click()

    watched.wait_for_url(re.compile(r"/customers/\d+/"))
    expect(watched.locator("#bell-count")).to_be_hidden()


def test_marking_read_keeps_the_panel_open(watched: Page, server: Server, rm: User) -> None:
    customer = staff.assessed("Chitra Sen", assigned_rm=rm)
    for _late in range(3):
        Notice.objects.create(kind="sla_breached", customer=customer, manager=rm)
    turn_high(rm, "Asha Rao", "Bina Das")
    console.enter(watched, server, rm)
    bell(watched)
    expect(watched.locator("#bell-count")).to_contain_text("3")
    watched.get_by_role("button", name="Mark as read Bina Das").click()
    expect(watched.locator("#bell-count")).to_contain_text("2")
    expect(watched.locator(".bell-panel .is-unread")).to_have_count(2)

    watched.get_by_role("button", name="Mark all as read").click()

    expect(watched.locator("#bell-count")).to_be_hidden()
    expect(watched.locator(".bell-panel .alert-row")).to_have_count(5)
    expect(watched.locator(".bell-panel .is-unread")).to_have_count(0)


def test_bell_by_keyboard_alone(watched: Page, server: Server, rm: User) -> None:
    turn_high(rm, "Asha Rao")
    console.enter(watched, server, rm)
    summary = watched.locator("#bell > summary")
    summary.focus()
    watched.keyboard.press("Enter")
    expect(watched.locator(".bell-panel .alert-row")).to_have_count(1)
    watched.keyboard.press("Escape")

    expect(watched.locator("#bell-panel")).to_be_hidden()
    expect(summary).to_be_focused()


@pytest.mark.parametrize(
    ("role", "key", "words"),
    [
        (roles.SUPERVISORS, "transport.sms.today", "Messages by SMS cannot be sent."),
        (roles.COMPLIANCE_OFFICERS, "audit.forged.today", "The audit's chain is broken."),
        (roles.ANALYSTS, "drift.1.today", "The features have moved."),
    ],
)
def test_each_role_acknowledges_what_it_is_told(
    watched: Page, server: Server, transactional_db: None, role: str, key: str, words: str
) -> None:
    reader = staff.user("reader", role)
    alerts.raise_operational(dedupe_key=key, message=words, detail={})
    console.enter(watched, server, reader, at="/alerts/")
    expect(watched.locator(".content .alert-why")).to_have_text(words)
    assert violations(watched) == []
    watched.locator(".content").get_by_role("button", name="Acknowledge").click()

    expect(watched.locator(".content .alert-when")).to_contain_text("reader has seen to it")
    assert Alert.objects.get().acknowledged_by == reader


def test_pages_hold_in_every_size_and_theme(watched: Page, server: Server, rm: User) -> None:
    turn_high(rm, LONG, HINDI)
    customer = staff.assessed("Dev Nair", assigned_rm=rm)
    for kind, detail in (
        ("promise_broken", {}),
        ("delivery_failed", {"channel": "sms", "state": "unknown"}),
    ):
        Notice.objects.create(kind=kind, customer=customer, manager=rm, detail=detail)
    console.enter(watched, server, rm, at="/alerts/")
    expect(watched.locator(".content .alert-row")).to_have_count(4)
    look_at(watched, "alerts")
    bell(watched)
    expect(watched.locator(".bell-panel .alert-row")).to_have_count(4)
    look_at(watched, "alerts-bell")
    watched.goto(f"{server.url}/settings/alerts/")
    look_at(watched, "alerts-settings")


def look_at(page: Page, name: str) -> None:
    for look in console.each_look(page, DESK["width"], PHONE["width"]):
        assert violations(page) == [], f"{name} {look}"
        console.expect_nothing_cut_off(page)
        console.shot(page, name)
    assert page.evaluate("window.violations") == [], name


def test_settings_keep_a_kind_out_of_the_bell(watched: Page, server: Server, rm: User) -> None:
    turn_high(rm, "Asha Rao")
    console.enter(watched, server, rm, at="/settings/alerts/")
    watched.get_by_role("group", name="In the bell").get_by_label("Risk rose to HIGH").uncheck()
    watched.get_by_role("button", name="Save", exact=True).click()

    expect(watched.get_by_role("status").first).to_contain_text("Your settings for alerts are saved")
    expect(watched.locator("#bell-count")).to_be_hidden()
    assert AlertSettings.objects.get().not_in_bell == ["turned_high"]
    watched.goto(f"{server.url}/alerts/")
    expect(watched.locator(".content .alert-row")).to_have_count(1)


def test_empty_says_what_would_fill_it(watched: Page, server: Server, rm: User) -> None:
    console.enter(watched, server, rm, at="/alerts/")
    expect(watched.locator(".content")).to_contain_text("Nothing to tell yet")
    console.shot(watched, "alerts-empty")
    watched.goto(f"{server.url}/alerts/?kind=turned_high")
    expect(watched.locator(".content")).to_contain_text("No alert matches these filters")
