"""The frame round every page, in Chromium: palette, keys, settings, and a session that ends while somebody types."""

import os
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from playwright.sync_api import Page, expect

from audit.models import AuditEvent
from customers import roles
from customers.models import Customer
from interventions.models import Case, StaffSettings
from interventions.tests import cases, staff
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
PHONE = {"width": 360, "height": 740}
DESK = {"width": 1440, "height": 900}
LONG_NAME = "Venkatanarasimharajuvaripeta Subrahmanyam Chandrasekharan Iyer"
# --eq-page of static/css/tokens.css.
DARK_PAGE = "rgb(20, 23, 28)"
EXPECTED = r"401 \(Unauthorized\)|WebSocket"


@pytest.fixture(scope="module")
def server(test_database: TestDatabase, django_db_setup: None) -> Iterator[Server]:
    made = Server({**os.environ, **test_database.environment()})
    made.start()
    yield made
    made.stop()


@pytest.fixture
def reader(transactional_db: None) -> User:
    return console.staff_with_password("supervisor", roles.SUPERVISORS)


@pytest.fixture
def people(reader: User) -> list[Customer]:
    names = ("Asha Rao", LONG_NAME, "लक्ष्मी नारायण त्रिपाठी")
    return [staff.in_shock(name, bank_id=f"70012{number}") for number, name in enumerate(names)]


@pytest.fixture
def case(people: list[Customer]) -> Case:
    return cases.opened(people[0], to=staff.manager())


@pytest.fixture
def complaints() -> Complaints:
    return Complaints()


@pytest.fixture
def desk(
    server: Server, reader: User, people: list[Customer], page: Page, complaints: Complaints
) -> Iterator[Page]:
    """The supervisor's browser at the queue; afterwards nothing may have been blocked or have failed."""
    page.set_viewport_size({"width": DESK["width"], "height": DESK["height"]})
    page.add_init_script(console.WATCH_POLICY)
    complaints.watch(page)
    console.enter(page, server, reader)
    yield page
    assert page.evaluate("window.violations") == []
    assert complaints.unexpected() == []


def ask(page: Page, text: str) -> Any:
    """Open the palette, type, and give what it offers."""
    page.keyboard.press("Control+k")
    expect(page.locator("#palette-input")).to_be_focused()
    page.keyboard.type(text)
    return page.locator("#palette").get_by_role("option")


def open_case(page: Page, server: Server, case: Case) -> Any:
    """The case page with its form for a conversation open; gives the field for a note."""
    page.goto(f"{server.url}/cases/{case.pk}/")
    page.get_by_text("You spoke, or tried to").click()
    page.get_by_label("Result").select_option("no_answer")
    return page.locator("#conversation-note")


def end_session() -> None:
    Session.objects.all().delete()


def log_in_again(page: Page, username: str = "supervisor") -> None:
    """By the window that the page opens."""
    with page.expect_popup() as opened:
        page.get_by_role("dialog").get_by_role("link", name="Log in again").click()
    window = opened.value
    window.get_by_label("Username").fill(username)
    window.get_by_label("Password").fill(console.PASSWORD)
    with window.expect_event("close"):
        window.get_by_role("button", name="Log in", exact=True).click()


def test_palette_finds_a_customer_by_the_beginning_of_a_name(desk: Page, people: list[Customer]) -> None:
    found = ask(desk, "subrah")

    expect(found).to_have_count(1)
    expect(found).to_contain_text(LONG_NAME)
    assert not AuditEvent.objects.filter(action="customer.viewed").exists()


def test_palette_opens_a_page_and_a_case_by_keyboard_alone(desk: Page, server: Server, case: Case) -> None:
    ask(desk, "interv")
    desk.keyboard.press("Enter")
    desk.wait_for_url(f"{server.url}/cases/")

    expect(ask(desk, f"#{case.pk}").first).to_contain_text("Asha Rao")
    desk.keyboard.press("Enter")
    desk.wait_for_url(f"{server.url}/cases/{case.pk}/")


def test_palette_arrows_choose_and_escape_gives_the_focus_back(desk: Page) -> None:
    desk.get_by_role("button", name=re.compile("Search or go to")).click()
    field = desk.locator("#palette-input")
    options = desk.locator("#palette").get_by_role("option")
    expect(options.first).to_have_attribute("aria-selected", "true")

    desk.keyboard.press("ArrowDown")
    expect(options.nth(1)).to_have_attribute("aria-selected", "true")
    expect(field).to_have_attribute("aria-activedescendant", options.nth(1).get_attribute("id") or "none")
    desk.keyboard.press("ArrowUp")
    desk.keyboard.press("ArrowUp")
    expect(options.last).to_have_attribute("aria-selected", "true")
    desk.keyboard.press("Escape")

    expect(desk.locator("#palette")).to_be_hidden()
    expect(desk.get_by_role("button", name=re.compile("Search or go to"))).to_be_focused()


def test_palette_says_what_to_do_where_nothing_fits(desk: Page) -> None:
    found = ask(desk, "zzzz")

    expect(found).to_have_count(0)
    expect(desk.locator("#palette")).to_contain_text("Nothing that you may open fits “zzzz”")
    expect(desk.locator("#palette-said")).to_have_text("Nothing found")


def test_palette_changes_the_theme_and_logs_out(desk: Page, server: Server) -> None:
    expect(ask(desk, "dark")).to_have_count(1)
    desk.keyboard.press("Enter")
    expect(desk.locator("html")).to_have_attribute("data-bs-theme", "dark")

    expect(ask(desk, "log out")).to_have_count(1)
    desk.keyboard.press("Enter")
    desk.wait_for_url(f"{server.url}/accounts/login/")


def test_palette_takes_the_next_case(desk: Page, server: Server, people: list[Customer]) -> None:
    case = cases.opened(people[0])
    expect(ask(desk, "next")).to_have_count(1)

    desk.keyboard.press("Enter")

    desk.wait_for_url(f"{server.url}/cases/{case.pk}/")


def test_palette_of_a_manager_knows_own_customers_alone(
    server: Server, people: list[Customer], page: Page
) -> None:
    manager = staff.manager()
    Customer.objects.filter(pk=people[0].pk).update(assigned_rm=manager)
    console.enter(page, server, manager)

    expect(ask(page, "70012")).to_have_count(1)
    expect(page.locator("#palette").get_by_role("option")).to_contain_text("Asha Rao")


def test_g_and_a_letter_go_to_a_page(desk: Page, server: Server) -> None:
    desk.keyboard.press("g")
    desk.keyboard.press("i")
    desk.wait_for_url(f"{server.url}/cases/")

    desk.keyboard.press("g")
    desk.keyboard.press("q")
    desk.wait_for_url(f"{server.url}/queue/")


def test_slash_is_the_palette_where_a_page_has_no_search(desk: Page, server: Server) -> None:
    desk.goto(f"{server.url}/settings/")

    desk.keyboard.press("/")

    expect(desk.locator("#palette-input")).to_be_focused()


def test_x_selects_the_row_of_the_focus(desk: Page, server: Server, case: Case) -> None:
    desk.goto(f"{server.url}/cases/?view=all")
    desk.keyboard.press("j")

    desk.keyboard.press("x")

    expect(desk.locator("[data-row] input[type=checkbox]").first).to_be_checked()


def test_keys_are_turned_off_for_the_account(desk: Page, server: Server, reader: User) -> None:
    desk.keyboard.press("?")
    with desk.expect_response(re.compile("/settings/keyboard/")):
        desk.get_by_role("dialog").get_by_label("Single-key shortcuts on").uncheck()
    desk.get_by_role("button", name="Close").click()

    desk.goto(f"{server.url}/settings/")
    expect(desk.locator("form.settings").get_by_label("Single-key shortcuts on")).not_to_be_checked()
    desk.keyboard.press("/")
    expect(desk.locator("#palette")).to_be_hidden()
    assert not StaffSettings.objects.get(user=reader).has_shortcuts


def test_settings_change_zone_and_language(desk: Page, server: Server) -> None:
    desk.goto(f"{server.url}/settings/")
    desk.get_by_label("Time zone").select_option("Europe/London")
    desk.get_by_role("button", name="Save the settings").click()
    expect(desk.get_by_role("status").filter(has_text="saved")).to_be_visible()
    expect(desk.locator("form.settings")).to_contain_text("(Europe/London)")

    desk.locator("select[name=language]").select_option("hi")
    desk.locator("form.settings button[type=submit]").click()
    expect(desk.locator("html")).to_have_attribute("lang", "hi")


def test_form_of_an_ended_session_keeps_what_was_typed_and_is_sent_afterwards(
    desk: Page, server: Server, case: Case, complaints: Complaints
) -> None:
    complaints.expected = EXPECTED
    note = open_case(desk, server, case)
    note.fill("Half a sentence")
    end_session()

    desk.get_by_role("button", name="Log it").click()

    dialog = desk.get_by_role("dialog", name="You are logged out: log in again")
    expect(dialog).to_be_visible()
    expect(note).to_have_value("Half a sentence")
    log_in_again(desk)
    expect(dialog).to_be_hidden()
    expect(desk.locator("#session-again")).to_contain_text("You are logged in again")
    expect(note).to_have_value("Half a sentence")
    note.fill("Half a sentence, and the rest")
    desk.get_by_role("button", name="Log it").click()

    expect(desk.locator("#main")).to_contain_text("Half a sentence, and the rest")
    assert case.conversations.get().note == "Half a sentence, and the rest"


def test_reload_after_the_login_brings_the_text_back_until_it_is_sent(
    desk: Page, server: Server, case: Case, complaints: Complaints
) -> None:
    complaints.expected = EXPECTED
    open_case(desk, server, case).fill("Half a sentence")
    end_session()
    desk.reload()
    desk.wait_for_url(re.compile("/accounts/login/"))
    desk.get_by_label("Username").fill("supervisor")
    desk.get_by_label("Password").fill(console.PASSWORD)
    desk.get_by_role("button", name="Log in", exact=True).click()

    note = desk.locator("#conversation-note")
    expect(note).to_have_value("Half a sentence")
    expect(note).to_be_visible()
    expect(desk.locator(".draft-note")).to_contain_text("what you typed before")
    desk.get_by_label("Result").select_option("no_answer")
    desk.get_by_role("button", name="Log it").click()
    expect(desk.locator("#main")).to_contain_text("Half a sentence")
    desk.reload()
    expect(desk.locator("#conversation-note")).to_have_value("")


def test_somebody_else_does_not_send_what_was_typed(
    desk: Page, server: Server, case: Case, complaints: Complaints
) -> None:
    complaints.expected = EXPECTED
    console.staff_with_password("another", roles.SUPERVISORS)
    note = open_case(desk, server, case)
    note.fill("Half a sentence")
    end_session()
    desk.get_by_role("button", name="Log it").click()

    log_in_again(desk, "another")

    expect(desk.locator("#session-other")).to_contain_text("another")
    desk.get_by_role("button", name="Log it").click()
    expect(note).to_have_value("Half a sentence")
    desk.reload()
    expect(desk.locator("#conversation-note")).to_have_value("")
    assert not case.conversations.exists()


def test_form_of_a_page_whose_token_is_old_is_sent(desk: Page, server: Server, case: Case) -> None:
    note = open_case(desk, server, case)
    note.fill("Words")
    tab = desk.context.new_page()
    tab.goto(f"{server.url}/queue/")
    tab.context.clear_cookies(name="csrftoken")
    tab.close()

    desk.get_by_role("button", name="Log it").click()

    expect(desk.locator("#main")).to_contain_text("Words")
    assert case.conversations.count() == 1


def test_server_that_is_away_loses_nothing(
    server: Server, desk: Page, case: Case, complaints: Complaints
) -> None:
    complaints.expected = r"Failed to (load|fetch)|WebSocket|htmx:error|fetch"
    note = open_case(desk, server, case)
    note.fill("Half a sentence")
    server.stop()
    try:
        desk.get_by_role("button", name="Log it").click()

        expect(desk.get_by_role("alert").filter(has_text="The server does not answer")).to_be_visible()
        expect(note).to_have_value("Half a sentence")
    finally:
        server.start()


def test_logging_out_forgets_what_was_typed(desk: Page, server: Server, case: Case) -> None:
    open_case(desk, server, case).fill("Half a sentence")

    desk.locator("summary", has_text="supervisor").click()
    desk.get_by_role("button", name="Log out").click()
    desk.wait_for_url(f"{server.url}/accounts/login/")

    assert desk.evaluate("Object.keys(sessionStorage).filter((key) => key.startsWith('draft'))") == []


def test_part_of_a_page_says_that_the_session_ended_without_taking_the_focus(
    desk: Page, server: Server, case: Case, complaints: Complaints
) -> None:
    complaints.expected = EXPECTED
    note = open_case(desk, server, case)
    note.fill("Half a")
    end_session()

    expect(desk.locator("#session-over")).to_be_visible(timeout=20_000)

    expect(note).to_be_focused()
    expect(note).to_have_value("Half a")


def test_page_of_an_ended_session_is_not_left_on_the_screen(
    desk: Page, server: Server, case: Case, complaints: Complaints
) -> None:
    complaints.expected = EXPECTED
    desk.goto(f"{server.url}/cases/{case.pk}/")
    end_session()

    desk.wait_for_url(f"{server.url}/accounts/login/?next=/cases/{case.pk}/", timeout=20_000)


def test_axe_finds_nothing_in_the_frame(desk: Page, server: Server) -> None:
    desk.goto(f"{server.url}/settings/")
    look_at(desk, "settings")
    expect(ask(desk, "a").nth(3)).to_be_visible()
    look_at(desk, "palette")
    desk.keyboard.press("Escape")
    expect(desk.locator("#palette")).to_be_hidden()
    desk.keyboard.press("?")
    expect(desk.locator("#keys")).to_be_visible()
    look_at(desk, "keys")


def look_at(page: Page, name: str) -> None:
    for look in console.each_look(page, DESK["width"], PHONE["width"]):
        assert violations(page) == [], f"{name} {look}"
        console.expect_nothing_cut_off(page)
        console.shot(page, name)


# Of everything with words of its own, and of fields.
SIZES = """
[...new Set([...document.querySelectorAll("body *")]
  .filter(each => each.getClientRects().length && !each.closest("svg, .chart-canvas"))
  .filter(each => each.matches("input, select, textarea")
    || [...each.childNodes].some(node => node.nodeType === 3 && node.textContent.trim()))
  .map(each => getComputedStyle(each).fontSize))]
"""


def test_frame_fits_the_window(desk: Page, server: Server, reader: User) -> None:
    User.objects.filter(pk=reader.pk).update(first_name="Venkatanarasimharajuvaripeta", last_name="त्रिपाठी")

    for address, name in (("/queue/", "queue"), ("/cases/?view=all", "cases"), ("/settings/", "frame")):
        desk.goto(f"{server.url}{address}")
        for width in (1440, 1024, 768, 360):
            desk.set_viewport_size({"width": width, "height": 900})
            console.shot(desk, name)
            console.expect_nothing_cut_off(desk)
            assert set(desk.evaluate(SIZES)) <= {"12px", "14px", "20px"}, address
            box = desk.locator("summary", has_text="Venkata").bounding_box()
            assert box is not None
            assert box["x"] + box["width"] <= width, address


def test_axe_finds_nothing_when_the_session_is_over(
    desk: Page, server: Server, case: Case, complaints: Complaints
) -> None:
    complaints.expected = EXPECTED
    open_case(desk, server, case).fill("Half a sentence")
    end_session()
    desk.get_by_role("button", name="Log it").click()
    expect(desk.locator("#session-dialog")).to_be_visible()
    for look in console.each_look(desk, DESK["width"]):
        console.shot(desk, "session")
        assert violations(desk) == [], look


def test_axe_finds_nothing_on_plain_pages(server: Server, reader: User, page: Page) -> None:
    console.enter(page, server, reader, "/nothing/")
    expect(page.get_by_role("heading", name="There is no such page for you")).to_be_visible()
    look_at(page, "nothing")
    page.context.clear_cookies()
    page.goto(f"{server.url}/accounts/login/")
    page.get_by_role("button", name=re.compile("हि")).click()
    expect(page.locator("html")).to_have_attribute("lang", "hi")
    look_at(page, "accounts-login")


def test_axe_finds_nothing_in_pages_that_are_dark_from_the_first(
    desk: Page, server: Server, case: Case, people: list[Customer]
) -> None:
    desk.emulate_media(color_scheme="dark", reduced_motion="reduce")
    profile = f"/customers/{people[0].pk}/"
    for path in (
        "/",
        "/portfolio/",
        "/queue/",
        "/cases/",
        f"/cases/{case.pk}/",
        profile,
        "/settings/",
        "/outbox/",
    ):
        desk.goto(f"{server.url}{path}")

        expect(desk.locator("html")).to_have_attribute("data-bs-theme", "dark")
        expect(desk.locator("body")).to_have_css("background-color", DARK_PAGE)
        assert (path, violations(desk)) == (path, [])


def test_letters_of_hindi_have_their_own_font(desk: Page, server: Server) -> None:
    desk.goto(f"{server.url}/queue/?q=70012")

    assert desk.evaluate(
        "document.fonts.load('400 14px \"Noto Sans Devanagari\"', 'ल').then((all) => all.length)"
    )
    assert (
        desk.evaluate(
            "document.fonts.load('400 14px \"Noto Sans Devanagari\"', 'A').then((all) => all.length)"
        )
        == 0
    )
