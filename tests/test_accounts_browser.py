"""Second factors in Chromium: an app's codes, and passkeys of a virtual authenticator that really signs."""

import os
import re
import time
from collections.abc import Iterator
from typing import Any

import pytest
from allauth.mfa import app_settings
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.contrib.auth.models import User
from playwright.sync_api import Browser, Page, expect

from audit.models import AuditEvent
from customers import roles
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
LOGIN = "/accounts/login/"


@pytest.fixture(scope="module")
def server(test_database: TestDatabase, django_db_setup: None) -> Iterator[Server]:
    made = Server({**os.environ, **test_database.environment()})
    # Browsers know passkeys of names, not of numbers.
    made.url = made.url.replace("127.0.0.1", "localhost")
    made.start()
    yield made
    made.stop()


@pytest.fixture
def somebody(transactional_db: None) -> User:
    return console.staff_with_password("supervisor", roles.SUPERVISORS)


@pytest.fixture
def watched(page: Page, server: Server, somebody: User) -> Iterator[Page]:
    """A page of which nothing may be blocked or fail."""
    complaints = Complaints()
    page.add_init_script(console.WATCH_POLICY)
    complaints.watch(page)
    yield page
    assert page.evaluate("window.violations") == []
    assert complaints.unexpected() == []


def with_password(page: Page, server: Server) -> None:
    page.goto(f"{server.url}{LOGIN}")
    page.get_by_label("Username").fill("supervisor")
    page.get_by_label("Password").fill(console.PASSWORD)
    page.get_by_role("button", name="Log in", exact=True).click()


def confirm(page: Page) -> None:
    page.get_by_label("Password").fill(console.PASSWORD)
    page.get_by_role("button", name="Confirm").click()


def code_of(secret: str, ahead: int = 0) -> str:
    # Of now: a code of the step before, which is taken as well, would lapse between typing and checking.
    counter = int(time.time()) // app_settings.TOTP_PERIOD + ahead
    return str(format_hotp_value(hotp_value(secret, counter)))


def authenticator_of(page: Page, **options: Any) -> Any:
    """A virtual authenticator of the browser: it makes real keys and signs with them."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    kind = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": {**kind, **options}})
    return devtools


def log_out(page: Page, server: Server) -> None:
    page.context.clear_cookies()
    page.goto(f"{server.url}{LOGIN}")


def set_up_app(page: Page, server: Server) -> str:
    with_password(page, server)
    page.wait_for_url(lambda url: LOGIN not in url)
    page.goto(f"{server.url}/accounts/2fa/")
    page.get_by_role("link", name="Set up an app").click()
    confirm(page)
    secret = page.locator(".totp-key").inner_text()
    console.shot(page, "accounts-app")
    page.get_by_label("Authenticator code").fill(code_of(secret))
    page.get_by_role("button", name="Turn on").click()
    expect(page.locator(".codes li")).to_have_count(10)
    console.shot(page, "accounts-codes")
    return secret


def test_app_of_codes_from_setting_up_to_logging_in(watched: Page, server: Server) -> None:
    secret = set_up_app(watched, server)
    assert violations(watched) == []
    log_out(watched, server)

    with_password(watched, server)
    expect(watched.get_by_role("heading", name="One more step")).to_be_visible()
    assert violations(watched) == []
    console.shot(watched, "accounts-one-more-step")
    watched.get_by_label("Code", exact=True).fill("000000")
    watched.get_by_role("button", name="Log in", exact=True).click()
    expect(watched.get_by_role("alert").first).to_contain_text("Incorrect code")
    # Another than the one that was used to set it up, which is accepted once.
    watched.get_by_label("Code", exact=True).fill(code_of(secret, ahead=1))
    watched.get_by_role("button", name="Log in", exact=True).click()

    expect(watched.locator(".topbar")).to_be_visible()


def test_app_of_codes_works_without_javascript(browser: Browser, server: Server, somebody: User) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    secret = set_up_app(page, server)
    log_out(page, server)
    with_password(page, server)
    expect(page.get_by_role("button", name="Use a passkey")).to_be_hidden()
    page.get_by_label("Code", exact=True).fill(code_of(secret, ahead=1))
    page.get_by_role("button", name="Log in", exact=True).click()

    expect(page.locator(".topbar")).to_be_visible()
    context.close()


def test_passkey_as_a_second_factor(watched: Page, server: Server, somebody: User) -> None:
    authenticator_of(watched)
    with_password(watched, server)
    watched.wait_for_url(lambda url: LOGIN not in url)
    watched.goto(f"{server.url}/accounts/2fa/")
    assert violations(watched) == []
    console.shot(watched, "accounts-none")
    watched.get_by_role("link", name="Add a passkey").click()
    confirm(watched)
    watched.get_by_label("Name").fill("Laptop of लक्ष्मी")
    assert violations(watched) == []
    console.shot(watched, "accounts-passkey")
    watched.get_by_role("button", name="Add the passkey").click()
    expect(watched.locator(".codes li")).to_have_count(10)
    watched.goto(f"{server.url}/accounts/2fa/webauthn/")
    expect(watched.locator(".factor-name")).to_contain_text("Laptop of लक्ष्मी")
    assert violations(watched) == []
    console.shot(watched, "accounts-passkeys")
    log_out(watched, server)

    with_password(watched, server)
    watched.get_by_role("button", name="Use a passkey").click()

    expect(watched.locator(".topbar")).to_be_visible()
    used = AuditEvent.objects.get(action="accounts.factor.used")
    assert used.detail["type"] == "webauthn"


def test_passkey_alone_logs_in(watched: Page, server: Server, somebody: User) -> None:
    authenticator_of(watched)
    with_password(watched, server)
    watched.wait_for_url(lambda url: LOGIN not in url)
    watched.goto(f"{server.url}/accounts/2fa/webauthn/add/")
    confirm(watched)
    watched.get_by_label("Log in with it alone, without a password").check()
    watched.get_by_role("button", name="Add the passkey").click()
    expect(watched.locator(".codes li")).to_have_count(10)
    log_out(watched, server)
    assert violations(watched) == []
    console.shot(watched, "accounts-login")

    watched.get_by_role("button", name="Log in with a passkey").click()

    expect(watched.locator(".topbar")).to_be_visible()
    assert AuditEvent.objects.get(action="accounts.factor.used").detail["how"] == "alone"


def test_passkey_of_another_device_is_refused(
    watched: Page, browser: Browser, server: Server, somebody: User
) -> None:
    """Another authenticator has no key of this account."""
    devtools = authenticator_of(watched)
    with_password(watched, server)
    watched.wait_for_url(lambda url: LOGIN not in url)
    watched.goto(f"{server.url}/accounts/2fa/webauthn/add/")
    confirm(watched)
    watched.get_by_role("button", name="Add the passkey").click()
    expect(watched.locator(".codes li")).to_have_count(10)
    devtools.send("WebAuthn.disable")
    authenticator_of(watched)
    log_out(watched, server)
    with_password(watched, server)
    watched.get_by_role("button", name="Use a passkey").click()

    expect(watched.locator("[data-passkey-error]")).to_contain_text("The passkey was not read")
    assert Authenticator.objects.filter(type="webauthn").count() == 1


def test_lockout_says_until_when(watched: Page, server: Server, somebody: User) -> None:
    for _attempt in range(5):
        watched.goto(f"{server.url}{LOGIN}")
        watched.get_by_label("Username").fill("supervisor")
        watched.get_by_label("Password").fill("wrong")
        watched.get_by_role("button", name="Log in", exact=True).click()
        expect(watched.get_by_role("alert")).to_be_visible()

    expect(watched.get_by_role("alert")).to_contain_text(re.compile(r"until \d\d:\d\d IST \(15 min\)"))
    for look in console.each_look(watched, 360):
        assert violations(watched) == [], look
        console.expect_nothing_cut_off(watched)
        console.shot(watched, "accounts-locked")
