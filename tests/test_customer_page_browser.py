"""The customer's page in Chromium, on a telephone and at a desk, and what staff see of it; on a real server."""

import datetime as dt
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from pytest_django.fixtures import Settings

from customers import bank_clock
from interventions.contact import page_links
from interventions.models import AnswerDecision, Channel, CustomerAnswer, Delivery
from interventions.tests import deliveries, stage
from interventions.tests.stage import Stage
from risk.models import CurrentRisk
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
REST = ("", "/talk", "/pay-day", "/arranged", "/pause", "/stop", "/instalment")
BIRTH_ON = dt.date(1988, 4, 2)
# As a thumb needs it (WCAG 2.2, 2.5.8 asks for less).
LEAST_TARGET = 44


class PublicServer(Server):
    """A server that knows where the world reaches it."""

    def __init__(self, environment: dict[str, str]) -> None:
        super().__init__(environment)
        self._environment["PUBLIC_BASE_URL"] = self.url


@dataclass(frozen=True)
class Theirs:
    """A customer's page."""

    scene: Stage
    delivery: Delivery
    address: str


@pytest.fixture(scope="module")
def server(test_database: TestDatabase, django_db_setup: None) -> Iterator[Server]:
    made = PublicServer({**os.environ, **test_database.environment()})
    made.start()
    yield made
    made.stop()


@pytest.fixture
def theirs(server: Server, settings: Settings, transactional_db: None) -> Theirs:
    settings.PUBLIC_BASE_URL = server.url
    return with_link(name="Venkatanarasimharajuvaripeta Subrahmanyam Chandrasekharan Iyer")


def with_link(*, name: str, language: str = "en") -> Theirs:
    """A message in the outbox that carries the link."""
    scene = stage.set_up(name=name)
    scene.customer.birth_on = BIRTH_ON
    scene.customer.save(update_fields=["birth_on"])
    due_on = bank_clock.today() + dt.timedelta(days=8)
    CurrentRisk.objects.filter(customer=scene.customer).update(next_due_on=due_on)
    address = page_links.address_of(case=scene.case, template_id=scene.policy.pk, channel=Channel.SMS)
    message = deliveries.confirmed(
        scene.case,
        by=scene.manager,
        template=scene.policy,
        body=f"Dear customer, we are there for you. Reply STOP to opt out. {address}",
        language=language,
        confirmed_at=bank_clock.now(),
    )
    delivery = deliveries.queued(message, not_before_at=bank_clock.now())
    assert page_links.issue(delivery) is not None
    return Theirs(scene=scene, delivery=delivery, address=address)


@pytest.fixture
def complaints() -> Complaints:
    return Complaints()


@pytest.fixture
def phone(page: Page, complaints: Complaints) -> Iterator[Page]:
    """A telephone; afterwards nothing may have been blocked or have failed."""
    page.set_viewport_size({"width": PHONE["width"], "height": PHONE["height"]})
    page.add_init_script(console.WATCH_POLICY)
    complaints.watch(page)
    yield page
    assert page.evaluate("window.violations") == []
    assert complaints.unexpected() == []
    assert page.context.cookies() == []


def shot(page: Page, name: str) -> None:
    if directory := os.environ.get("SCREENSHOT_DIRECTORY"):
        is_dark = page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")
        width = (page.viewport_size or {}).get("width")
        theme = "dark" if is_dark else "light"
        page.screenshot(path=Path(directory) / f"{name}-{theme}-{width}.png", full_page=True)


def is_wider_than_it_should(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"))


def test_axe_finds_nothing_and_nothing_is_cut_off(phone: Page, theirs: Theirs) -> None:
    for rest in REST:
        phone.goto(theirs.address + rest)
        expect(phone.get_by_role("heading", level=1)).to_be_visible()

        for look in console.each_look(phone, DESK["width"], PHONE["width"]):
            assert violations(phone) == [], f"{rest} {look}"
            assert not is_wider_than_it_should(phone), f"{rest} {look}"
            shot(phone, f"page{rest.replace('/', '-')}")
        assert phone.evaluate("window.violations") == [], rest


def test_buttons_are_as_large_as_a_thumb(phone: Page, theirs: Theirs) -> None:
    for rest in REST:
        phone.goto(theirs.address + rest)
        for target in phone.locator(
            "button, .choice, .option, input:not([type=radio]):not([type=hidden])"
        ).all():
            box = target.bounding_box()
            assert box is not None and box["height"] >= LEAST_TARGET, (rest, target.inner_text())


def test_customer_asks_to_talk_and_staff_see_it_at_once(
    phone: Page, theirs: Theirs, server: Server, browser: Browser
) -> None:
    desk = browser.new_context(viewport=DESK).new_page()
    console.enter(desk, server, theirs.scene.manager, "/cases/")
    expect(desk.locator("#live")).to_have_text("Live")

    phone.goto(theirs.address)
    phone.get_by_role("link", name="Talk to a person").click()
    phone.get_by_label("In the morning").check()
    phone.get_by_role("button", name="Ask for a talk").click()
    expect(phone.get_by_role("heading", name="Thank you")).to_be_visible()
    shot(phone, "thanks")

    expect(desk.get_by_text("Asked to talk")).to_be_visible()
    desk.goto(f"{server.url}/cases/{theirs.scene.case.pk}/")
    expect(desk.locator("#customer-answers")).to_contain_text("Asks for a call")
    console.shot(desk, "case-asked", is_whole=True)

    phone.get_by_role("button", name="Take it back").click()
    expect(phone.get_by_role("heading", name="Taken back")).to_be_visible()
    desk.reload()
    expect(desk.locator("#customer-answers")).to_contain_text("Taken back by the customer")
    desk.context.close()


def test_pay_day_that_moved_is_confirmed_by_staff(
    phone: Page, theirs: Theirs, server: Server, browser: Browser, complaints: Complaints
) -> None:
    complaints.expected = "422"
    phone.goto(theirs.address)
    phone.get_by_role("link", name="My pay day moved").click()
    phone.get_by_role("button", name="Send the new day").click()
    expect(phone.get_by_role("alert")).to_be_visible()
    shot(phone, "refused")
    phone.get_by_label("Which day?").fill((bank_clock.today() + dt.timedelta(days=9)).isoformat())
    phone.get_by_role("button", name="Send the new day").click()
    expect(phone.get_by_role("heading", name="Thank you")).to_be_visible()

    desk = browser.new_context(viewport=DESK).new_page()
    console.enter(desk, server, theirs.scene.manager, f"/cases/{theirs.scene.case.pk}/")
    desk.get_by_label("How you know").fill("payslip seen")
    desk.get_by_role("button", name="Confirm it").click()
    expect(desk.locator("#customer-answers")).to_contain_text("Confirmed by")
    expect(desk.locator(".pay-day")).to_contain_text("confirmed by")
    console.shot(desk, "case-confirmed", is_whole=True)
    assert AnswerDecision.objects.get().is_confirmed
    desk.context.close()


@pytest.mark.parametrize(
    ("link", "day"), [("It is arranged already", 5), ("Please pause", 9)], ids=["arranged", "pause"]
)
def test_other_days_are_said_by_keyboard_alone(phone: Page, theirs: Theirs, link: str, day: int) -> None:
    phone.goto(theirs.address)
    phone.get_by_role("link", name=link).focus()
    phone.keyboard.press("Enter")
    phone.get_by_label("Which day?").fill((bank_clock.today() + dt.timedelta(days=day)).isoformat())
    phone.keyboard.press("Enter")

    expect(phone.get_by_role("heading", name="Thank you")).to_be_visible()
    assert CustomerAnswer.objects.count() == 1
    # A reload sends nothing again.
    phone.reload()
    assert CustomerAnswer.objects.count() == 1


def test_stop_cancels_what_waits(phone: Page, theirs: Theirs) -> None:
    phone.goto(theirs.address)
    phone.get_by_role("link", name="No more messages").click()
    phone.get_by_label("Everything: messages and calls").check()
    phone.get_by_role("button", name="Stop", exact=True).dblclick()

    expect(phone.get_by_role("heading", name="Thank you")).to_be_visible()
    theirs.delivery.refresh_from_db()
    assert theirs.delivery.state == Delivery.State.CANCELLED
    assert CustomerAnswer.objects.count() == 1


def test_instalment_is_shown_once_it_is_clear_who_asks(phone: Page, theirs: Theirs) -> None:
    phone.goto(theirs.address)
    phone.get_by_role("link", name="See what it is about").click()
    phone.get_by_label("The last four digits").fill(stage.PHONE[-4:])
    phone.get_by_label("Your date of birth").fill(BIRTH_ON.isoformat())
    phone.get_by_role("button", name="Show it").click()

    expect(phone.get_by_text("₹11,000")).to_be_visible()
    shot(phone, "instalment-shown")
    assert violations(phone) == []
    assert not is_wider_than_it_should(phone)


def test_page_is_hindi_where_the_message_was(phone: Page, server: Server, settings: Settings) -> None:
    settings.PUBLIC_BASE_URL = server.url
    theirs = with_link(name="लक्ष्मी नारायण त्रिपाठी", language="hi")

    phone.goto(theirs.address)

    expect(phone.locator("html")).to_have_attribute("lang", "hi")
    shot(phone, "hindi")
    phone.get_by_role("link", name="English").click()
    expect(phone.get_by_role("heading", name="We are here to help")).to_be_visible()


def test_old_link_is_answered_politely(phone: Page, theirs: Theirs, complaints: Complaints) -> None:
    complaints.expected = "404"
    phone.goto(theirs.address[:-4] + "0000")

    expect(phone.get_by_role("heading", name="This page is not open")).to_be_visible()
    assert violations(phone) == []
    shot(phone, "nowhere")
