"""The admin in Chromium: nothing is blocked by its content security policy, and two officers take a text its way."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.urls import reverse
from playwright.sync_api import Page, expect

from customers import roles
from customers.tests.factories import CustomerFactory
from interventions.contact import holds
from interventions.models import PolicyTemplate
from interventions.policy import governing
from interventions.tests import governed
from risk.tests import registered
from tests import console
from tests.console import Server
from tests.databases import TestDatabase
from tests.test_console_browser import AXE

pytestmark = [
    pytest.mark.browser,
    pytest.mark.redis,
    pytest.mark.slow,
    pytest.mark.django_db(transaction=True),
]


@pytest.fixture(scope="module")
def server(test_database: TestDatabase, django_db_setup: None) -> Iterator[Server]:
    made = Server({**os.environ, **test_database.environment()})
    made.start()
    yield made
    made.stop()


@pytest.fixture
def complaints(page: Page) -> list[str]:
    """What the browser objected to."""
    found: list[str] = []
    page.add_init_script(console.WATCH_POLICY)
    page.on("pageerror", lambda error: found.append(str(error)))
    page.on("console", lambda line: line.type == "error" and found.append(line.text))
    return found


def officer() -> User:
    made = governed.officer()
    made.is_staff = True
    made.save()
    return made


def address(subject: Any, step: str = "change") -> str:
    model = subject._meta.model_name
    return (
        reverse(f"admin:interventions_{model}_change", args=[subject.pk]).removesuffix("change/") + f"{step}/"
    )


def enter(page: Page, server: Server, user: User) -> None:
    page.context.clear_cookies()
    console.enter(page, server, user)


def test_no_page_is_blocked_by_its_policy(server: Server, page: Page, complaints: list[str]) -> None:
    me = officer()
    draft = governing.new_version(subject=PolicyTemplate.objects.get(hardship=1, level=3), by=me)
    hold = holds.place(customer=CustomerFactory.create(), kind="complaint", reason="a letter", by=me)
    lists = (
        "policytemplate",
        "contactpack",
        "holdoutdesign",
        "consentevent",
        "contacthold",
        "case",
        "delivery",
    )
    pages = [
        reverse("admin:index"),
        *(reverse(f"admin:interventions_{name}_changelist") for name in lists),
        reverse("admin:risk_modelversion_changelist"),
        *(address(draft, step) for step in ("change", "submit", "compare", "try-out")),
        address(hold),
        reverse("admin:interventions_contacthold_changelist") + "place/",
        reverse("admin:interventions_holdoutdesign_add"),
    ]
    enter(page, server, me)

    for path in pages:
        answer = page.goto(server.url + path)
        expect(page.locator("#main")).to_be_visible()
        assert answer is not None
        assert answer.status == 200, path
        page.emulate_media(color_scheme="light")
        page.emulate_media(color_scheme="dark")
        assert page.evaluate("window.violations") == [], path
    assert complaints == []


def test_two_officers_take_a_text_its_way(server: Server, page: Page, complaints: list[str]) -> None:
    author, other = officer(), officer()
    policy = governed.active(PolicyTemplate.objects.get(hardship=1, level=3))

    enter(page, server, author)
    page.goto(server.url + address(policy))
    page.get_by_role("link", name="New version from this").click()
    page.get_by_role("button", name="New version").click()
    page.get_by_label("Action").fill("Call today; offer a pause")
    page.get_by_role("button", name="Save", exact=True).click()
    draft = PolicyTemplate.objects.get(based_on=policy)
    page.goto(server.url + address(draft))
    page.get_by_role("link", name="Submit").click()
    page.get_by_role("button", name="Submit").click()
    expect(page.get_by_text("is submitted")).to_be_visible()

    enter(page, server, other)
    page.goto(server.url + address(draft, "compare"))
    expect(page.locator("ins").first).to_be_visible()
    page.goto(server.url + address(draft))
    page.get_by_role("link", name="Approve").click()
    page.get_by_label("Reason").fill("clearer")
    page.get_by_role("button", name="Approve").click()
    page.get_by_role("link", name="Activate").click()
    page.get_by_role("button", name="Activate").click()
    expect(page.get_by_text("is active")).to_be_visible()

    draft.refresh_from_db()
    policy.refresh_from_db()
    assert (draft.state, draft.action, policy.state) == ("active", "Call today; offer a pause", "retired")
    assert page.evaluate("window.violations") == []
    assert complaints == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", ["en", "hi"])
def test_confirmation_of_a_models_step_is_whole_in_every_window(
    server: Server, browser: Any, language: str, scheme: str
) -> None:
    model = registered.validated()
    page = browser.new_context(locale=language, color_scheme=scheme).new_page()
    enter(page, server, registered.staff(roles.COMPLIANCE_OFFICERS, is_staff=True))
    page.goto(server.url + reverse("admin:risk_modelversion_changelist"))
    page.locator("input.action-select").first.check()
    page.locator("select[name=action]").first.select_option("reject")

    page.locator("button[name=index]").first.click()

    expect(page.locator(".eq-card")).to_contain_text(model.manifest_sha256)
    expect(page.locator(".eq-button[type=submit]")).to_be_visible()
    page.evaluate(AXE.read_text())
    for width in (1440, 360):
        page.set_viewport_size({"width": width, "height": 740})
        console.expect_nothing_cut_off(page)
        found = page.evaluate("axe.run('.eq-page', { resultTypes: ['violations'] })")
        assert [each["id"] for each in found["violations"]] == []
        if directory := os.environ.get("SCREENSHOT_DIRECTORY"):
            page.screenshot(path=Path(directory) / f"confirm-{language}-{scheme}-{width}.png")
    page.context.close()
