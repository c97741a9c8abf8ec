"""A customer's page in Chromium, on a real server with real PostgreSQL and Redis, for each role."""

import datetime as dt
import os
import re
import time
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from playwright.sync_api import Page, expect

from audit.models import AuditEvent
from customers import bank_clock, roles
from customers.models import Customer
from customers.tests.factories import (
    InstalmentFactory,
    InstalmentPaymentFactory,
    LoanFactory,
    TransactionFactory,
)
from interventions.casework import conversations, notes
from interventions.contact import holds
from interventions.tests import staff, stage
from interventions.tests.stage import Stage
from risk.levels import Level
from risk.models import CurrentRisk
from risk.refresh import Refresher
from risk.services import mark_dirty
from risk.tests import registered
from risk.tests.factories import TileFactory
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
DESK, PHONE = {"width": 1440, "height": 900}, {"width": 360, "height": 740}
# Everybody of whom the model speaks is MEDIUM.
BANDS = {"medium_from_prob": 0.0001, "high_from_prob": 0.9999}
TABS = ("overview", "behaviour", "transactions", "risk", "what-if", "contact", "timeline")
# How many of these can only be read by scrolling sideways.
SCROLLED = "all => all.filter(each => each.scrollWidth > each.clientWidth).length"
# Lines of text are meant to have 75 letters; one of many narrow letters has some more.
LONGEST_LINE = 84
LONG_LINES = """
(most) => {
  const long = [];
  for (const block of document.querySelectorAll("#main :is(p, li, dd)")) {
    const texts = document.createTreeWalker(block, NodeFilter.SHOW_TEXT);
    const lines = new Map();
    const range = document.createRange();
    while (block.innerText.length > most && texts.nextNode()) {
      for (const { 0: word, index } of texts.currentNode.data.matchAll(/\\S+/g)) {
        range.setStart(texts.currentNode, index);
        range.setEnd(texts.currentNode, index + word.length);
        const { width, bottom } = range.getBoundingClientRect();
        if (width) lines.set(Math.round(bottom / 8), `${lines.get(Math.round(bottom / 8)) ?? ""} ${word}`);
      }
    }
    for (const line of lines.values()) if (line.length > most + 1) long.push(line);
  }
  return long;
}
"""
LONG_NAME = "Venkatanarasimharajuvaripeta Subrahmanyam Chandrasekharan Iyer"


@pytest.fixture(scope="module")
def server(test_database: TestDatabase, django_db_setup: None) -> Iterator[Server]:
    made = Server({**os.environ, **test_database.environment()})
    made.start()
    yield made
    made.stop()


@pytest.fixture
def scene(transactional_db: None) -> Stage:
    return well_known()


def well_known() -> Stage:
    """A customer with a case, a loan, salaries that come late, spending and balances, evaluated with a model."""
    registered.active(bands=BANDS)
    made = stage.set_up(opened_at=timezone.now(), sla_due_at=timezone.now() + dt.timedelta(hours=4))
    customer, today = made.customer, bank_clock.today()
    _loan(customer, today)
    for age in range(120):
        _day(customer, today, age)
    notes.note_write(customer=customer, text="Prefers to be called in the evening.", by=made.manager)
    holds.place(customer=customer, kind="vulnerability", reason="Ill at the moment.", by=made.manager)
    conversations.record(
        customer=customer, case=made.case, channel="call", result="no_answer", by=made.manager, note="Busy."
    )
    mark_dirty([customer.pk])
    Refresher().run(until=time.monotonic() + 60)
    return made


def _loan(customer: Customer, today: dt.date) -> None:
    loan = LoanFactory.create(customer=customer, started_on=today - dt.timedelta(days=370))
    for number in range(1, 25):
        due_on = today + dt.timedelta(days=9 + 30 * (number - 12))
        InstalmentFactory.create(loan=loan, number=number, due_on=due_on)
        if due_on < today:
            InstalmentPaymentFactory.create(loan=loan, occurred_at=bank_clock.start_of(due_on))


def _day(customer: Customer, today: dt.date, age: int) -> None:
    day_on = today - dt.timedelta(days=age)
    is_salary, is_cash = age in (36, 66, 96), age < 8 or age % 9 == 0
    TileFactory.create(
        customer=customer, day_on=day_on, txn_count=2 + is_salary + is_cash, essential_amount=600 + 20 * (age % 7),
        discretionary_amount=150 * (age % 4), cash_count=int(is_cash), cash_amount=1_500 * is_cash,
        debit_amount=600 + 20 * (age % 7) + 150 * (age % 4) + 1_500 * is_cash, salary_count=int(is_salary),
        salary_amount=52_000 * is_salary, credit_amount=52_000 * is_salary,
        last_balance_amount=4_000 + 1_100 * ((age + 24) % 30), lowest_balance_amount=3_000,
    )  # fmt: skip
    noon = bank_clock.start_of(day_on) + dt.timedelta(hours=12)
    TransactionFactory.create(customer=customer, occurred_at=noon, merchant=f"Corner Shop {age % 5}")
    if is_salary:
        TransactionFactory.create(
            customer=customer, occurred_at=noon, amount=Decimal("52000"), transaction_type="CREDIT", kind="INCOME",
            merchant_category="SALARY", is_salary=True, balance_after_amount=Decimal("61000.50"),
        )  # fmt: skip


@pytest.fixture
def complaints() -> Complaints:
    return Complaints()


@pytest.fixture
def desk(server: Server, scene: Stage, page: Page, complaints: Complaints) -> Iterator[Page]:
    """The relationship manager's browser; afterwards nothing may have been blocked or have failed."""
    page.set_viewport_size(DESK)  # type: ignore[arg-type]
    page.add_init_script(console.WATCH_POLICY)
    complaints.watch(page)
    console.enter(page, server, scene.manager, "/customers/")
    yield page
    assert page.evaluate("window.violations") == []
    assert complaints.unexpected() == []


def open_page(page: Page, server: Server, customer: Customer, tab: str = "") -> None:
    page.goto(f"{server.url}/customers/{customer.pk}/{f'?tab={tab}' if tab else ''}")
    expect(page.get_by_role("heading", level=1)).to_have_text(str(customer))


def test_customer_is_found_while_typing_and_opened(desk: Page, server: Server, scene: Stage) -> None:
    staff.assessed("Somebody Else", assigned_rm=scene.manager)

    desk.get_by_label("Name or customer id").press_sequentially("ash")
    expect(desk.locator("#found [data-row]")).to_have_count(1)
    expect(desk).to_have_url(re.compile(r"q=ash"))
    console.shot(desk, "search")
    desk.get_by_label("Name or customer id").fill("nobody at all")
    expect(desk.locator("#found")).to_contain_text("No customer matches")
    desk.get_by_role("link", name="Clear the search").click()
    expect(desk.locator("#found")).to_contain_text("Whom are you looking for?")
    desk.get_by_label("Name or customer id").fill("asha")
    desk.locator("#found .open").click()

    expect(desk.locator(".profile-head .level")).to_contain_text("MEDIUM")
    expect(desk.locator("#chart-path canvas")).to_be_visible()
    expect(desk.locator(".path-says").first).to_contain_text("₹11,000")
    expect(desk.locator("#way-out")).not_to_contain_text("being worked out")
    assert AuditEvent.objects.filter(action="customer.viewed", detail__what="customer page").count() == 1


def test_parts_are_opened_by_keyboard_and_stand_in_the_address(
    desk: Page, server: Server, scene: Stage
) -> None:
    open_page(desk, server, scene.customer)
    for tab in TABS[1:]:
        link = desk.locator(f"#tab-{tab}")
        link.focus()
        link.press("Enter")
        expect(link).to_have_attribute("aria-current", "page")
        expect(desk).to_have_url(re.compile(f"tab={tab}"))
        console.shot(desk, f"tab-{tab}", is_whole=True)
    desk.go_back()
    expect(desk.locator("#tab-contact")).to_have_attribute("aria-current", "page")
    desk.reload()
    expect(desk.locator("#tab-contact")).to_have_attribute("aria-current", "page")
    # One page a reload; its parts are no pages of their own.
    assert AuditEvent.objects.filter(action="customer.viewed").count() <= 3


def test_sliders_judge_anew_and_go_back_to_today(desk: Page, server: Server, scene: Stage) -> None:
    open_page(desk, server, scene.customer, "what-if")
    today = desk.locator("#outcome dl").inner_text()
    slider = desk.get_by_label("Balance today")

    slider.focus()
    for _ in range(3):
        slider.press("PageUp")

    expect(desk.locator("#outcome h2").first).to_have_text("Then")
    expect(desk.locator("#text-balance")).to_have_class(re.compile("is-moved"))
    expect(slider).to_be_focused()
    expect(desk).to_have_url(re.compile(r"balance=\d+"))
    expect(desk.locator("#chart-path canvas")).to_be_visible()
    text = desk.locator("#text-balance").inner_text()
    expect(slider).to_have_attribute("aria-valuetext", text)
    console.shot(desk, "what-if-moved", is_whole=True)
    desk.reload()
    expect(desk.locator("#text-balance")).to_have_text(text)
    desk.get_by_role("link", name="Back to today").click()
    expect(desk.locator("#outcome h2").first).to_have_text("Today")
    assert desk.locator("#outcome dl").inner_text() == today


def test_transactions_are_filtered_and_paged(desk: Page, server: Server, scene: Stage) -> None:
    open_page(desk, server, scene.customer, "transactions")
    expect(desk.locator(".transactions [data-row]")).to_have_count(50)
    desk.get_by_role("link", name="Older").click()
    expect(desk.get_by_role("link", name="First")).to_be_visible()
    desk.get_by_label("Kind").select_option("INCOME")
    expect(desk.locator(".transactions [data-row]")).to_have_count(2)
    expect(desk).to_have_url(re.compile("kind=INCOME"))
    desk.get_by_label("Amount from").fill("abc")
    desk.get_by_role("button", name="Apply").click()
    expect(desk.locator(".field-error")).to_contain_text("This is no amount")


def test_note_is_written_and_contact_revealed(desk: Page, server: Server, scene: Stage) -> None:
    open_page(desk, server, scene.customer, "contact")
    desk.get_by_label("What is to be remembered").fill("Her pay day has moved to the 5th.")
    desk.get_by_role("button", name="Keep the note").click()
    expect(desk.locator("#notes .history")).to_contain_text("Her pay day has moved to the 5th.")
    desk.locator("#tab-overview").click()
    expect(desk.locator(".case-side")).to_contain_text("+91 ••••• 3210")
    desk.get_by_role("button", name="Show phone").click()
    expect(desk.locator(".revealed")).to_have_text(stage.PHONE)


def test_change_of_risk_is_told_while_somebody_reads(desk: Page, server: Server, scene: Stage) -> None:
    open_page(desk, server, scene.customer)
    desk.mouse.wheel(0, 400)
    expect(desk.locator("#chart-path canvas")).to_be_visible()
    CurrentRisk.objects.update(level=Level.HIGH, score=7.0, changed_at=timezone.now())

    expect(desk.locator("#freshness .notice")).to_contain_text("Now HIGH, score 7", timeout=15_000)
    expect(desk.locator(".profile-head .level")).to_contain_text("MEDIUM")
    desk.get_by_role("link", name="Show it as it is now").click()
    expect(desk.locator(".profile-head .level")).to_contain_text("HIGH")


def test_brief_is_one_page_on_paper(desk: Page, server: Server, scene: Stage) -> None:
    open_page(desk, server, scene.customer)
    desk.get_by_role("link", name="Pre-call brief").click()
    expect(desk.locator(".brief")).to_contain_text("What not to say")
    console.shot(desk, "brief", is_whole=True)
    desk.emulate_media(media="print")
    expect(desk.locator(".sidebar")).not_to_be_visible()
    expect(desk.get_by_role("button", name="Print")).not_to_be_visible()
    paper = desk.pdf(format="A4", margin={"top": "10mm", "bottom": "10mm", "left": "10mm", "right": "10mm"})
    assert paper.count(b"/Type /Page\n") + paper.count(b"/Type /Page ") <= 2


@pytest.mark.parametrize("role", [roles.SUPERVISORS, roles.COMPLIANCE_OFFICERS, roles.ANALYSTS])
def test_every_other_role_reads_the_page(
    role: str, server: Server, scene: Stage, page: Page, complaints: Complaints
) -> None:
    page.add_init_script(console.WATCH_POLICY)
    complaints.watch(page)
    console.enter(page, server, staff.user("reader", role), f"/customers/{scene.customer.pk}/")

    expect(page.locator("#chart-path canvas")).to_be_visible()
    button = page.locator(".profile-head .btn-primary")
    expect(button).to_contain_text("Work on the case" if role == roles.SUPERVISORS else "Open the case")
    page.locator("#tab-contact").click()
    expect(page.locator("#note-text")).to_have_count(0 if role == roles.ANALYSTS else 1)
    page.keyboard.press("e")
    page.wait_for_url(f"**/cases/{scene.case.pk}/")
    assert page.evaluate("window.violations") == []
    assert complaints.unexpected() == []


def test_axe_finds_nothing_and_nothing_is_cut_off(desk: Page, server: Server, scene: Stage) -> None:
    Customer.objects.filter(pk=scene.customer.pk).update(full_name=LONG_NAME, is_vulnerable=True)
    scene.customer.refresh_from_db()
    for tab in TABS:
        open_page(desk, server, scene.customer, tab)
        if tab == "overview":
            expect(desk.locator("#way-out")).not_to_contain_text("being worked out")
        look_at(desk, f"part-{tab}")
    for path in (
        "/customers/",
        f"/customers/{scene.customer.pk}/brief/",
        f"/customers/{scene.customer.pk}/receipts/1/",
    ):
        desk.goto(f"{server.url}{path}")
        look_at(desk, path.strip("/").split("/")[-2 if path.endswith("1/") else -1])


def look_at(page: Page, name: str) -> None:
    page.locator("details.assumes, .loan details").evaluate_all(
        "all => all.forEach(each => { each.open = true })"
    )
    for look in console.each_look(page, DESK["width"], PHONE["width"]):
        assert violations(page) == [], f"{name} {look}"
        console.expect_nothing_cut_off(page)
        assert page.locator(".table-scroll").evaluate_all(SCROLLED) == 0, f"{name} {look}"
        assert page.evaluate(LONG_LINES, LONGEST_LINE) == [], f"{name} {look}"
        console.shot(page, name, is_whole=True)
    assert page.evaluate("window.violations") == [], name


def test_page_of_somebody_of_whom_nothing_is_known(desk: Page, server: Server, scene: Stage) -> None:
    nobody = Customer.objects.create(bank_id="9", full_name="लक्ष्मी नारायण त्रिपाठी", assigned_rm=scene.manager)
    for tab in TABS:
        open_page(desk, server, nobody, tab)
        assert violations(desk) == [], tab
        console.shot(desk, f"empty-{tab}", is_whole=True)


def test_without_scripts_every_part_is_read(server: Server, scene: Stage, browser: Any) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    manager: User = scene.manager
    console.enter(page, server, manager, f"/customers/{scene.customer.pk}/")
    expect(page.locator("#chart-path table")).to_be_visible()
    page.get_by_role("link", name="What if").first.click()
    page.locator('input[name="late"]').fill("10")
    page.get_by_role("button", name="Judge it").click()
    expect(page.locator("#outcome h2").first).to_have_text("Then")
    context.close()
