"""What readers do with the risk queue in Chromium: select, act on many, keep views, and stay where they are."""

import datetime as dt
import os
import re
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Locator, Page, expect

from customers import bank_clock
from customers.models import Customer
from embedded.ports import free_port
from embedded.valkey import Valkey
from interventions.models import Case, SavedView, StaffSettings
from interventions.tests import staff
from interventions.tests.cases import opened
from interventions.tests.factories import AS_OF_ON
from risk.levels import Level
from risk.models import CurrentRisk
from tests import console
from tests.console import Server
from tests.databases import TestDatabase
from tests.test_console_browser import Complaints, complaints, portfolio, queue, reader, server, violations

__all__ = ["complaints", "portfolio", "queue", "reader", "server"]

pytestmark = [
    pytest.mark.browser,
    pytest.mark.redis,
    pytest.mark.slow,
    pytest.mark.django_db(transaction=True),
]
WIDTHS = (1440, 1024, 360)
OUTAGE_MS, WITHIN_MS = 10_000, 5_000


def box_of(page: Page, customer: Customer) -> Locator:
    return page.locator(f"#c{customer.pk} input[name=customer]")


def shown(page: Page) -> list[list[str]]:
    """The rows as they read, without their ages."""
    script = """rows => rows.map(row => [...row.children].filter(cell => cell.dataset.cell !== "updated")
        .map(cell => cell.textContent.trim().replace(/\\s+/g, " ")))"""
    found: list[list[str]] = page.locator("[data-row]").evaluate_all(script)
    return found


def test_selection_goes_from_page_to_page(queue: Page, portfolio: list[Customer]) -> None:
    queue.keyboard.press("j")
    queue.keyboard.press("x")
    expect(box_of(queue, portfolio[0])).to_be_checked()
    expect(queue.locator("#chosen")).to_have_text("1 selected")

    queue.get_by_role("link", name="Next").click()
    expect(queue.locator("[data-row]")).to_have_count(10)
    queue.locator("#choose-page").check()
    expect(queue.locator("#chosen")).to_have_text("11 selected on 2 pages")
    queue.reload()
    expect(queue.locator("#chosen")).to_have_text("11 selected on 2 pages")

    queue.locator("#choose-all-matching").click()
    expect(queue.locator("#chosen")).to_contain_text("60 selected")
    queue.keyboard.press("Escape")
    expect(queue.locator("#many")).to_be_hidden()
    expect(queue.locator("[data-row] input:checked")).to_have_count(0)


def test_order_is_frozen_while_something_is_selected(queue: Page, portfolio: list[Customer]) -> None:
    box_of(queue, portfolio[10]).check()
    queue.mouse.move(5, 5)
    queue.evaluate("document.activeElement.blur()")
    before = queue.locator("[data-row] .open").all_inner_texts()

    CurrentRisk.objects.filter(customer=portfolio[59]).update(level=Level.HIGH, score=9.5)
    console.announce()

    expect(queue.locator("#pill")).to_have_text("1 new")
    assert queue.locator("[data-row] .open").all_inner_texts() == before
    expect(box_of(queue, portfolio[10])).to_be_checked()
    queue.keyboard.press("Escape")
    expect(queue.locator("[data-row] .open").first).to_have_text(portfolio[59].full_name)


def test_many_are_assigned_and_who_is_left_is_named(
    queue: Page, portfolio: list[Customer], server: Server
) -> None:
    manager = staff.manager()
    case = opened(portfolio[0])
    queue.goto(f"{server.url}/queue/?level=HIGH")
    for customer in portfolio[:2]:
        box_of(queue, customer).check()
    queue.locator("#many-verb").select_option("assign")
    queue.locator("#many select[name=to]").select_option(str(manager.pk))
    queue.get_by_role("button", name="Apply to the selected").click()

    expect(queue.get_by_role("heading", name="Assign their cases to: done for 1 customer")).to_be_focused()
    expect(queue.get_by_role("main")).to_contain_text("Not done for 1 customer, who stays selected.")
    expect(queue.locator("#left-over")).to_contain_text("No case is open")
    expect(queue.locator("#left-over")).to_contain_text(portfolio[1].full_name)
    queue.reload()
    expect(queue.locator("#left-over")).to_contain_text(portfolio[1].full_name)
    sizes: list[tuple[Any, int]] = [("dark", 1440), ("light", 360), ("light", 1440)]
    for scheme, width in sizes:
        queue.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        queue.set_viewport_size({"width": width, "height": 900 if width > 360 else 740})
        console.shot(queue, "queue-left-over")
        assert violations(queue) == []
    assert Case.objects.get(pk=case.pk).assigned_to == manager
    queue.get_by_role("link", name="Back to the queue").click()
    assert queue.url == f"{server.url}/queue/?level=HIGH"
    expect(queue.locator("#chosen")).to_have_text("1 selected")
    expect(box_of(queue, portfolio[1])).to_be_checked()
    box_of(queue, portfolio[0]).check()
    queue.go_back()
    queue.get_by_role("link", name="Back to the queue").click()
    expect(queue.locator("#chosen")).to_have_text("2 selected")


def test_selection_is_over_when_everything_was_done(queue: Page, portfolio: list[Customer]) -> None:
    opened(portfolio[0])
    box_of(queue, portfolio[0]).check()
    queue.locator("#many-verb").select_option("take")
    queue.get_by_role("button", name="Apply to the selected").click()

    expect(queue.get_by_text("Take their cases: done for 1 customer.")).to_be_visible()
    expect(queue.locator("#many")).to_be_hidden()


def test_view_is_kept_opened_and_begun_with(queue: Page, server: Server, portfolio: list[Customer]) -> None:
    queue.get_by_role("link", name=re.compile("HIGH")).click()
    expect(queue.locator("[data-row]")).to_have_count(2)
    queue.locator("#columns summary").click()
    queue.get_by_label("City", exact=True).check()
    expect(queue.locator(f"#c{portfolio[0].pk} .c-city")).to_be_hidden()
    expect(queue.locator("#columns")).to_have_attribute("open", "")
    queue.get_by_role("button", name="Compact rows").click()
    queue.locator("#views > summary").click()
    queue.get_by_label("Keep what is shown as").fill("Worst, short")
    queue.get_by_label("Begin with it").check()
    console.shot(queue, "queue-view-menu")
    queue.get_by_role("button", name="Save view").click()

    expect(queue.locator("#views > summary")).to_contain_text("Worst, short")
    view = SavedView.objects.get()
    assert (view.query, view.density) == ("level=HIGH&hide=city", "compact")
    queue.evaluate("localStorage.setItem('density', 'normal')")
    queue.goto(f"{server.url}/queue/")
    queue.wait_for_url(f"{server.url}/queue/?level=HIGH&hide=city&view={view.pk}")
    expect(queue.locator("html")).to_have_attribute("data-density", "compact")

    queue.get_by_role("link", name="Clear filters").click()
    expect(queue.locator("[data-row]")).to_have_count(50)
    queue.reload()
    expect(queue.locator("[data-row]")).to_have_count(50)


def test_orders_lead_on_by_links_and_by_pages(queue: Page, server: Server) -> None:
    queue.get_by_role("columnheader", name="Customer").get_by_role("link").click()
    queue.wait_for_url(f"{server.url}/queue/?sort=name")
    expect(queue.locator("[data-row] .open").first).to_have_text("Person 0")
    queue.get_by_role("link", name="Next").click()
    expect(queue.locator("[data-row] .open").last).to_have_text("लक्ष्मी नारायण त्रिपाठी")


def test_open_menu_and_half_typed_name_stay_as_the_list_moves(queue: Page, portfolio: list[Customer]) -> None:
    queue.locator("#views > summary").click()
    queue.locator("#view-name").fill("Half a na")
    queue.evaluate("document.activeElement.blur()")
    queue.mouse.move(5, 5)

    CurrentRisk.objects.filter(customer=portfolio[59]).update(level=Level.HIGH, score=9.5)
    console.announce()

    expect(queue.locator("[data-row] .open").first).to_have_text(portfolio[59].full_name)
    expect(queue.locator("#views")).to_have_attribute("open", "")
    expect(queue.locator("#view-name")).to_have_value("Half a na")


def test_fifty_arrive_while_the_reader_scrolls_and_types(queue: Page, portfolio: list[Customer]) -> None:
    queue.evaluate("window.scrollTo(0, 400)")
    search = queue.locator("#search")
    search.focus()
    queue.evaluate("search.value = 'Person'; search.setSelectionRange(2, 4); window.scrollTo(0, 400)")
    expect(queue.locator("#live")).to_have_text("Live")
    before, scrolled = shown(queue), queue.evaluate("window.scrollY")
    place = queue.locator(f"#c{portfolio[20].pk}").bounding_box()

    for number in range(50):
        staff.assessed(f"Arrival {number}", level=Level.HIGH, score=9.0)
        if number % 10 == 0:
            console.announce()
    console.announce()

    expect(queue.locator("#pill")).to_have_text("50 new")
    expect(search).to_be_focused()
    assert queue.evaluate("[search.value, search.selectionStart, search.selectionEnd]") == ["Person", 2, 4]
    assert queue.evaluate("window.scrollY") == scrolled > 300
    assert queue.locator(f"#c{portfolio[20].pk}").bounding_box() == place
    assert [row[2:] for row in shown(queue)] == [row[2:] for row in before]


class OwnValkey:
    """A Redis that may be killed: nobody else's."""

    def __init__(self) -> None:
        self.port = free_port()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        options = ["--bind", "127.0.0.1", "--port", str(self.port), "--save", "", "--appendonly", "no"]
        quiet = subprocess.DEVNULL
        self._process = subprocess.Popen([str(Valkey._binary()), *options], stdout=quiet, stderr=quiet)

    def stop(self) -> None:
        if self._process is not None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()
            self._process = None


@pytest.fixture
def valkey() -> Iterator[OwnValkey]:
    made = OwnValkey()
    made.start()
    yield made
    made.stop()


@pytest.fixture
def lonely_server(test_database: TestDatabase, valkey: OwnValkey) -> Iterator[Server]:
    made = Server({**os.environ, **test_database.environment(), "REDIS_URL": valkey.url})
    made.start()
    yield made
    made.stop()


def test_ten_seconds_without_redis_are_made_up_for(
    lonely_server: Server,
    valkey: OwnValkey,
    reader: User,
    portfolio: list[Customer],
    page: Page,
    complaints: Complaints,
) -> None:
    complaints.watch(page)
    complaints.expected = "WebSocket|Failed to load"
    console.enter(page, lonely_server, reader)
    expect(page.locator("#live")).to_have_text("Live")

    valkey.stop()
    expect(page.locator("#live")).to_have_text(re.compile(r"^Not live since \d\d:\d\d, retrying$"))
    CurrentRisk.objects.filter(customer=portfolio[30]).update(level=Level.HIGH, score=9.5)
    page.wait_for_timeout(OUTAGE_MS)  # for as long as the outage lasts
    valkey.start()

    expect(page.locator(f"#c{portfolio[30].pk} [data-cell=score]")).to_have_text("9.5", timeout=WITHIN_MS)
    expect(page.locator("#live")).to_have_text("Live", timeout=WITHIN_MS)
    fresh = page.context.new_page()
    fresh.goto(page.url)
    assert shown(page) == shown(fresh)
    assert complaints.unexpected() == []


def test_axe_finds_nothing_with_everything_open(
    queue: Page, portfolio: list[Customer], server: Server
) -> None:
    late = opened(portfolio[0], sla_due_at=dt.datetime(2026, 2, 1, tzinfo=dt.UTC))
    queue.goto(f"{server.url}/queue/?open={late.customer_id}&sort=due")
    box_of(queue, portfolio[0]).check()
    queue.evaluate("window.scrollTo(0, 0)")
    for _look in console.each_look(queue, *WIDTHS):
        console.shot(queue, "queue-selected")
    queue.locator("#views > summary").click()

    for look in console.each_look(queue, *WIDTHS):
        assert (look, violations(queue)) == (look, [])
        console.expect_nothing_cut_off(queue)
        console.shot(queue, "queue-views")


def first_contacts(customers: list[Customer]) -> None:
    """Deadlines of first contacts that take much room to say."""
    now = bank_clock.now()
    opened(customers[0], sla_due_at=now - dt.timedelta(days=195))
    opened(
        customers[1], sla_due_at=now + dt.timedelta(minutes=59), sla_at_risk_at=now - dt.timedelta(hours=1)
    )
    opened(customers[2], sla_due_at=now + dt.timedelta(hours=47), sla_at_risk_at=now + dt.timedelta(hours=40))


# What of the cells of a column does not fit into them.
CUT_OFF = """cells => cells
    .filter(cell => cell.checkVisibility({visibilityProperty: true}) && cell.clientWidth)
    .flatMap(cell => [cell, ...cell.querySelectorAll(".with-due, .sla")])
    .filter(part => part.scrollWidth > Math.max(part.clientWidth, part.offsetWidth)
        || part.matches("[role=cell]") && part.scrollHeight > part.offsetHeight)
    .map(part => `${part.className}: ${part.textContent} ${part.scrollWidth} of ${part.offsetWidth}`)"""


@pytest.mark.parametrize("language", ["en", "hi"])
def test_deadlines_are_read_whole(
    queue: Page, portfolio: list[Customer], server: Server, reader: User, language: str
) -> None:
    StaffSettings.objects.update_or_create(user=reader, defaults={"language": language})
    first_contacts(portfolio)
    # The next instalment of the first is long overdue, too.
    CurrentRisk.objects.filter(customer=portfolio[0]).update(next_due_on=AS_OF_ON - dt.timedelta(days=300))
    # What somebody chose counts from their next login on.
    console.enter(queue, server, reader, "/queue/")
    expect(queue.locator("html")).to_have_attribute("lang", language)
    for density in ("normal", "compact"):
        queue.locator("html").evaluate("(root, density) => root.dataset.density = density", density)
        for look in console.each_look(queue, 1920, 1680, *WIDTHS, 1280):
            cut = queue.locator("[data-row] > :is(.c-due, .c-sla)").evaluate_all(CUT_OFF)
            assert (look, density, cut) == (look, density, [])
            console.shot(queue, f"queue-deadlines-{language}-{density}")


def test_pages_look_right(queue: Page, server: Server) -> None:
    for name, address in {"full": "", "three": "?q=person+1", "none": "?q=zzz"}.items():
        queue.goto(f"{server.url}/queue/{address}")
        expect(queue.get_by_role("heading", name="Risk queue")).to_be_visible()
        for look in console.each_look(queue, *WIDTHS):
            console.shot(queue, f"queue-{name}")
            assert (look, violations(queue)) == (look, [])
            first = queue.locator("[data-row]").first.bounding_box() if name == "full" else None
            assert first is None or first["y"] < (420 if look.startswith("360") else 330)


def test_filters_fold_on_a_phone(queue: Page, server: Server) -> None:
    queue.goto(f"{server.url}/queue/")
    expect(queue.locator("select[name=hardship]")).to_be_visible()

    queue.set_viewport_size({"width": 360, "height": 740})
    queue.goto(f"{server.url}/queue/")
    expect(queue.get_by_label("Hardship", exact=True)).to_be_hidden()
    queue.locator("#more-filters summary").click()

    expect(queue.locator("select[name=hardship]")).to_be_visible()
    console.shot(queue, "queue-filters")


def test_kept_views_look_right(queue: Page, server: Server, reader: User) -> None:
    SavedView.objects.create(
        owner=reader, name="Due this week, those with a late first contact", query="due=4-7"
    )
    queue.goto(f"{server.url}/queue/views/")
    for look in console.each_look(queue, *WIDTHS):
        console.shot(queue, "queue-saved")
        assert (look, violations(queue)) == (look, [])
        console.expect_nothing_cut_off(queue)


def test_manager_takes_their_own(
    server: Server, page: Page, complaints: Complaints, transactional_db: None
) -> None:
    manager = staff.manager()
    mine = staff.in_shock("Asha Rao", assigned_rm=manager)
    staff.in_shock("Not mine")
    case = opened(mine)
    complaints.watch(page)
    console.enter(page, server, manager)
    expect(page.locator("[data-row]")).to_have_count(1)

    box_of(page, mine).check()
    expect(page.locator("#many-verb option")).to_have_count(3)
    page.get_by_role("button", name="Apply to the selected").click()

    expect(page.locator(f"#c{mine.pk} .case-link")).to_have_attribute("title", "In progress")
    assert Case.objects.get(pk=case.pk).assigned_to == manager
    assert complaints.unexpected() == []


def test_file_has_whom_the_filters_leave(queue: Page) -> None:
    queue.get_by_role("link", name=re.compile("HIGH")).click()
    expect(queue.locator("[data-row]")).to_have_count(2)
    with queue.expect_download() as downloading:
        queue.locator("#export").click()

    lines = Path(downloading.value.path()).read_text("utf-8-sig").splitlines()
    assert len(lines) == 3
    assert downloading.value.suggested_filename.startswith("risk-queue-")
    assert AS_OF_ON.isoformat()[:4] in lines[1]
