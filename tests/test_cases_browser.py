"""Help from the queue to the outcome, in Chromium, on a real server with real PostgreSQL and Redis."""

import datetime as dt
import os
import re
import time
from collections.abc import Iterator

import pytest
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.utils import timezone
from playwright.sync_api import Browser, Locator, Page, expect

from audit.models import AuditEvent
from customers import roles
from interventions.casework import cases
from interventions.messages import composing
from interventions.models import Case, Delivery, PolicyTemplate, SandboxMessage
from interventions.sending import sender
from interventions.tests import staff, stage
from interventions.tests.stage import Stage
from risk.models import CurrentRisk
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


@pytest.fixture(scope="module")
def server(test_database: TestDatabase, django_db_setup: None) -> Iterator[Server]:
    made = Server({**os.environ, **test_database.environment()})
    made.start()
    yield made
    made.stop()


@pytest.fixture
def scene(transactional_db: None) -> Stage:
    """A case whose customer may be reached, whatever hour it is here: where they live it is noon."""
    now = timezone.now()
    due_on = now.date() + dt.timedelta(days=9)
    made = stage.set_up(
        opened_at=now,
        sla_due_at=now + dt.timedelta(hours=4),
        sla_at_risk_at=now + dt.timedelta(hours=3),
        due_on=due_on,
    )
    hours_ahead = 12 - now.hour
    # The names of these zones have their sign the other way round.
    made.customer.time_zone = f"Etc/GMT{-hours_ahead:+d}"
    made.customer.save()
    CurrentRisk.objects.filter(customer=made.customer).update(next_due_on=due_on)
    return made


@pytest.fixture
def complaints() -> Complaints:
    return Complaints()


@pytest.fixture
def desk(server: Server, scene: Stage, page: Page, complaints: Complaints) -> Iterator[Page]:
    """The relationship manager's queue; afterwards nothing may have been blocked or have failed."""
    page.add_init_script(console.WATCH_POLICY)
    complaints.watch(page)
    console.enter(page, server, scene.manager)
    yield page
    assert page.evaluate("window.violations") == []
    assert complaints.unexpected() == []


def open_case(page: Page, server: Server, scene: Stage, query: str = "") -> None:
    page.goto(f"{server.url}/cases/{scene.case.pk}/{query}")


def test_manager_goes_from_the_queue_to_an_outcome(desk: Page, server: Server, scene: Stage) -> None:
    desk.locator("[data-row] .open").first.click()
    desk.get_by_role("link", name="Open the case").click()
    expect(desk.get_by_role("heading", name="Asha Rao", exact=True)).to_be_visible()
    expect(desk.locator(".gate")).to_contain_text("Call: May be made now")
    desk.get_by_role("navigation", name="Channels").get_by_role("link", name="SMS").click()
    expect(desk.locator(".gate")).to_contain_text("SMS: May be sent now")
    expect(desk.locator("#preview")).to_contain_text("Dear Asha")

    desk.get_by_role("button", name="Prepare this message").click()
    expect(desk.locator("#contact .consequence").first).to_have_text("Sends 1 SMS to +91 ••••• 3210 now.")
    assert not Delivery.objects.exists()
    desk.get_by_role("button", name="Confirm and send").click()
    expect(desk.locator("#deliveries")).to_contain_text("Waiting to be sent")
    assert sender.send_due(limit=5) == 1

    # The page looks by itself.
    expect(desk.locator("#deliveries")).to_contain_text(re.compile("Sent|Delivered"), timeout=10000)
    desk.get_by_role("link", name="Outbox").click()
    expect(desk.locator("#sandbox")).to_contain_text("Dear Asha")
    expect(desk.locator("#sandbox")).to_contain_text("+91 ••••• 3210")

    open_case(desk, server, scene)
    desk.locator("#step-resolve summary").click()
    desk.get_by_label("Outcome").select_option("helped")
    desk.get_by_role("button", name="Resolve the case").click()
    expect(desk.locator(".case-title")).to_contain_text("Resolved")
    scene.case.refresh_from_db()
    assert scene.case.outcome == Case.Outcome.HELPED
    assert SandboxMessage.objects.count() == 1


def test_page_follows_what_is_sent_and_keeps_what_is_typed(desk: Page, server: Server, scene: Stage) -> None:
    open_case(desk, server, scene, "?channel=sms")
    desk.get_by_role("button", name="Prepare this message").click()
    desk.get_by_role("button", name="Confirm and send").click()
    expect(desk.locator("#deliveries")).to_contain_text("Waiting to be sent")
    desk.get_by_text("You spoke, or tried to").click()
    desk.locator("#conversation-note").fill("Half a sentence")
    assert sender.send_due(limit=5) == 1

    expect(desk.locator("#case-facts")).to_contain_text("made", timeout=15000)
    expect(desk.locator("#verdict")).to_contain_text(re.compile("sent|delivered"))
    expect(desk.locator("#channels")).to_contain_text("✓")
    expect(desk.locator("#history")).to_contain_text("First contact made")
    expect(desk.locator("#conversation-note")).to_have_value("Half a sentence")
    expect(desk.locator("#conversation-note")).to_be_focused()
    desk.get_by_label("Result").select_option("no_answer")
    desk.get_by_role("button", name="Log it").click()
    expect(desk.locator(".said")).to_contain_text("recorded")


def test_page_follows_the_channel_that_its_reader_opened(desk: Page, server: Server, scene: Stage) -> None:
    open_case(desk, server, scene)
    desk.locator("#channels").get_by_role("link", name="SMS").click()
    expect(desk.locator("#verdict")).to_contain_text("SMS: May be sent now")

    cases.contacted(case=scene.case, at=timezone.now())

    expect(desk.locator("#case-facts")).to_contain_text("made", timeout=15000)
    expect(desk.locator("#channels [aria-current]")).to_contain_text("SMS")
    expect(desk.locator("#verdict")).to_contain_text("SMS: ")
    expect(desk.locator("#contact-changed")).to_be_empty()


def test_page_whose_session_is_over_says_so_and_keeps_what_is_typed(
    desk: Page, server: Server, scene: Stage, complaints: Complaints
) -> None:
    complaints.expected = r"401 \(Unauthorized\)"
    open_case(desk, server, scene, "?channel=sms")
    desk.get_by_text("You spoke, or tried to").click()
    desk.locator("#conversation-note").fill("Half a sentence")

    Session.objects.all().delete()

    expect(desk.get_by_role("alert")).to_contain_text("You are logged out", timeout=15000)
    expect(desk.locator("#conversation-note")).to_have_value("Half a sentence")
    expect(desk.get_by_label("Password")).to_have_count(0)


def test_row_that_is_open_while_the_queue_moves_is_one_view(desk: Page, server: Server, scene: Stage) -> None:
    desk.locator("[data-row] .open").first.click()
    expect(desk.get_by_role("link", name="Open the case")).to_be_visible()
    expect(desk.locator("#live")).to_have_text("Live")
    for _ in range(2):
        with desk.expect_response(lambda response: "open=" in response.url):
            console.announce(scene.manager)

    views = AuditEvent.objects.filter(action="customer.viewed", actor_id=scene.manager.pk)
    assert views.count() == 1


def test_form_leads_back_to_what_its_reader_opened(
    desk: Page, server: Server, scene: Stage, complaints: Complaints
) -> None:
    complaints.expected = r"422 \(Unprocessable Entity\)"
    open_case(desk, server, scene)
    desk.locator("#channels").get_by_role("link", name="SMS").click()
    expect(desk.locator("#verdict")).to_contain_text("SMS: ")
    kinds = desk.get_by_role("navigation", name="Part of the history")
    kinds.get_by_role("link", name="The gate and holds").click()
    expect(kinds.locator("[aria-current]")).to_have_text("The gate and holds")

    desk.locator("#step-escalate summary").click()
    desk.get_by_role("button", name="Escalate to the supervisors").click()

    expect(desk.locator(".refusal")).to_be_visible()
    expect(kinds.locator("[aria-current]")).to_have_text("The gate and holds")
    expect(desk.locator("#channels [aria-current]")).to_contain_text("SMS")
    desk.locator("#escalate-reason").fill("They need more than I may offer.")
    desk.get_by_role("button", name="Escalate to the supervisors").click()
    expect(desk).to_have_url(f"{server.url}/cases/{scene.case.pk}/?channel=sms&history=gate")


def test_second_click_acts_once(desk: Page, server: Server, scene: Stage) -> None:
    open_case(desk, server, scene, "?channel=sms")
    desk.get_by_text("You spoke, or tried to").click()
    desk.get_by_label("Result").select_option("no_answer")

    desk.get_by_role("button", name="Log it").dblclick()

    expect(desk.locator(".said")).to_contain_text("recorded")
    assert scene.case.conversations.count() == 1


def test_form_sent_again_acts_once(desk: Page, server: Server, scene: Stage) -> None:
    open_case(desk, server, scene)
    send_again = """() => {
      const form = document.querySelector('form[action$="/conversation/"]');
      const said = new URLSearchParams(new FormData(form));
      const once = () => fetch(form.action, {method: "POST", body: said});
      return Promise.all([once(), once(), once()]).then((all) => all.map((each) => each.status));
    }"""

    assert desk.evaluate(send_again) == [200, 200, 200]
    assert scene.case.conversations.count() == 1


def test_stale_form_says_who_changed_what_and_keeps_the_words(
    desk: Page, server: Server, scene: Stage, complaints: Complaints
) -> None:
    complaints.expected = "409"
    open_case(desk, server, scene)
    desk.locator("#step-escalate summary").click()
    desk.locator("#escalate-reason").fill("They need more than I may offer.")
    sarita = staff.user("supervisor", roles.SUPERVISORS)
    cases.start(case_id=scene.case.pk, version=scene.case.version, by=sarita)

    desk.get_by_role("button", name="Escalate to the supervisors").click()

    expect(desk.get_by_role("alert")).to_contain_text("Nothing was done: the case changed")
    expect(desk.get_by_role("alert")).to_contain_text("supervisor")
    expect(desk.get_by_role("alert")).to_contain_text("They need more than I may offer.")
    scene.case.refresh_from_db()
    assert scene.case.state == Case.State.IN_PROGRESS


def test_page_tells_that_the_case_changed(desk: Page, server: Server, scene: Stage) -> None:
    open_case(desk, server, scene)
    cases.start(case_id=scene.case.pk, version=scene.case.version, by=scene.manager)

    expect(desk.locator("#freshness")).to_contain_text("This case has changed", timeout=15000)


def test_preview_follows_what_is_typed(desk: Page, server: Server, scene: Stage) -> None:
    open_case(desk, server, scene, "?channel=email")

    desk.get_by_label("A line of your own").fill("It was good to hear you.")

    expect(desk.locator("#preview")).to_contain_text("It was good to hear you.")
    assert not scene.case.interventions.exists()


def test_words_beyond_the_template_need_a_second_person(
    desk: Page, server: Server, scene: Stage, browser: Browser
) -> None:
    open_case(desk, server, scene, "?channel=sms")
    desk.get_by_role("button", name="Prepare this message").click()
    desk.get_by_text("Use other words").click()
    body = desk.locator("#edit-body")
    body.fill(body.input_value().replace("Dear Asha", "Good day Asha"))
    desk.get_by_role("button", name="Ask for approval of these words").click()
    expect(desk.locator("#contact")).to_contain_text("These words wait for a second person")
    expect(desk.get_by_role("button", name="Approve these words")).to_have_count(0)

    context = browser.new_context()
    other = context.new_page()
    console.enter(other, server, staff.user("supervisor", roles.SUPERVISORS))
    open_case(other, server, scene, "?channel=sms")
    other.locator("#approve-reason").fill("Kind, and nothing is invented.")
    other.get_by_role("button", name="Approve these words").click()
    expect(other.locator(".said")).to_contain_text("approved")
    context.close()

    open_case(desk, server, scene, "?channel=sms")
    desk.get_by_role("button", name="Confirm and send").click()
    expect(desk.locator("#deliveries")).to_contain_text("Waiting to be sent")
    assert "Good day Asha" in Delivery.objects.get().body


def test_denial_is_in_words_before_any_click(desk: Page, server: Server, scene: Stage) -> None:
    open_case(desk, server, scene, "?channel=whatsapp")
    desk.locator("#consents details").nth(1).locator("summary").click()
    desk.locator("#evidence-whatsapp").fill("told on the phone")
    desk.get_by_role("button", name="Record the withdrawal").click()

    expect(desk.locator(".gate")).to_contain_text("does not want to be reached by WhatsApp")
    expect(desk.get_by_role("button", name="Confirm and send")).to_have_count(0)


def test_number_is_shown_by_one_click_and_recorded(desk: Page, server: Server, scene: Stage) -> None:
    open_case(desk, server, scene)
    expect(desk.locator(".case-side")).not_to_contain_text(stage.PHONE)

    desk.get_by_role("button", name="Show phone").click()

    expect(desk.locator(".revealed")).to_have_text(stage.PHONE)
    event = AuditEvent.objects.get(action="customer.viewed")
    assert (event.subject_id, event.actor_id) == (str(scene.customer.pk), scene.manager.pk)


def test_spoken_message_can_be_heard(desk: Page, server: Server, scene: Stage) -> None:
    composing.draft(case=scene.case, channel="voice", by=scene.manager)
    open_case(desk, server, scene, "?channel=voice")

    lasts = """() => new Promise((done, failed) => {
      const audio = document.querySelector("audio");
      audio.onloadedmetadata = () => done(audio.duration);
      audio.onerror = () => failed(audio.error.message);
      audio.load();
    })"""

    assert desk.evaluate(lasts.replace("audio.load()", 'audio.preload = "metadata"; audio.load()')) > 1


def test_keyboard_takes_the_next_case(desk: Page, server: Server, scene: Stage) -> None:
    desk.goto(f"{server.url}/cases/")
    expect(desk.locator("#live")).to_have_text("Live")
    desk.keyboard.press("j")
    expect(desk.locator("[data-row] .open").first).to_be_focused()

    desk.keyboard.press("e")

    expect(desk.locator(".case-title")).to_contain_text("In progress")


def test_supervisor_reassigns_the_selected(server: Server, scene: Stage, page: Page) -> None:
    other = staff.manager("rm2")
    console.enter(page, server, staff.user("supervisor", roles.SUPERVISORS))
    page.goto(f"{server.url}/cases/")
    expect(page.locator("#bulk")).to_be_hidden()
    page.locator("[data-row] input[name=case]").first.check()
    expect(page.locator("#bulk")).to_contain_text("1 selected")
    page.locator("#bulk select[name=to]").select_option(str(other.pk))
    page.locator("#bulk input[name=reason]").fill("On leave")
    page.get_by_role("button", name="Apply to the selected").click()

    expect(page.locator(".said")).to_contain_text("1 case changed.")
    scene.case.refresh_from_db()
    assert scene.case.assigned_to == other


def primaries(page: Page) -> int:
    return page.locator(".btn-primary:visible").count()


def test_first_time_user_finds_why_and_sends_within_a_minute(
    server: Server, scene: Stage, page: Page, complaints: Complaints
) -> None:
    """From the login on; what is counted is clicks."""
    page.add_init_script(console.WATCH_POLICY)
    complaints.watch(page)
    scene.manager.set_password(console.PASSWORD)
    scene.manager.save()
    begun = time.monotonic()
    clicks: list[str] = []

    def click(place: Locator) -> None:
        clicks.append(place.inner_text())
        place.click()

    console.log_in(page, server, scene.manager.username)
    click(page.get_by_role("link", name="Interventions").first)
    assert primaries(page) == 1
    click(page.locator("[data-row] .open").first)
    expect(page.locator(".why .sentence")).to_contain_text("withdrawals")
    expect(page.locator(".why")).to_contain_text("HIGH")
    click(page.locator("#channels").get_by_role("link", name="SMS"))
    expect(page.locator(".gate")).to_contain_text("SMS: May be sent now")
    assert primaries(page) == 1
    click(page.get_by_role("button", name="Prepare this message"))
    expect(page.locator("#contact .consequence").first).to_have_text("Sends 1 SMS to +91 ••••• 3210 now.")
    assert primaries(page) == 1
    console.shot(page, "case-ready")
    click(page.get_by_role("button", name="Confirm and send"))
    expect(page.locator("#deliveries")).to_contain_text("Waiting to be sent")

    assert len(clicks) == 5, clicks
    assert time.monotonic() - begun < 60
    assert page.evaluate("window.violations") == []
    assert complaints.unexpected() == []


def snoozed(page: Page) -> None:
    page.locator("#step-snooze summary").click()
    page.locator("#snooze-reason").fill("They asked for time.")
    console.shot(page, "case-snooze")
    page.get_by_role("button", name="In 3 business days").click()


def test_snooze_is_undone_by_the_keyboard(desk: Page, server: Server, scene: Stage) -> None:
    open_case(desk, server, scene)
    snoozed(desk)
    toast = desk.locator("[data-toast]")
    expect(toast).to_contain_text("The case waits until")
    expect(desk.locator("#said")).to_have_attribute("aria-live", "polite")
    console.shot(desk, "toast")
    assert violations(desk) == []
    toast.get_by_role("button", name="Undo").focus()

    desk.keyboard.press("Control+z")

    expect(desk.locator("#said")).to_contain_text("Undone. It is as it was before.")
    scene.case.refresh_from_db()
    assert (scene.case.state, scene.case.snoozed_until) == (Case.State.ASSIGNED, None)
    expect(desk.locator("#history")).to_contain_text("Undone: it is not put off")


def test_toast_goes_after_ten_seconds_but_not_under_the_pointer(
    desk: Page, server: Server, scene: Stage, complaints: Complaints
) -> None:
    # The page's clock runs ahead of what the server answers.
    complaints.expected = "timeout"
    open_case(desk, server, scene)
    desk.clock.install()
    snoozed(desk)
    toast = desk.locator("[data-toast]")
    desk.clock.run_for(1_000)
    toast.hover()
    desk.clock.run_for(30_000)
    expect(toast).to_be_visible()

    desk.mouse.move(5, 5)
    desk.clock.run_for(8_000)
    expect(toast).to_be_visible()
    desk.clock.run_for(3_000)
    expect(toast).to_have_count(0)


def test_two_at_one_case_see_each_other(desk: Page, server: Server, scene: Stage, browser: Browser) -> None:
    open_case(desk, server, scene)
    expect(desk.locator("#present")).to_be_empty()
    context = browser.new_context()
    other = context.new_page()
    console.enter(other, server, staff.user("supervisor", roles.SUPERVISORS))
    open_case(other, server, scene)
    expect(other.locator("#present")).to_contain_text("rm1 is looking at this.")
    expect(desk.locator("#present")).to_contain_text("supervisor is looking at this.", timeout=15000)

    other.locator("#step-escalate summary").click()
    other.locator("#escalate-reason").fill("Half a sentence")

    expect(desk.locator("#present")).to_contain_text("supervisor is writing here.", timeout=15000)
    console.shot(desk, "case-collision")
    expect(other.locator("#escalate-reason")).to_have_value("Half a sentence")
    expect(other.locator("#escalate-reason")).to_be_focused()
    context.close()


LIES_ON = """
toast => {
  const box = toast.getBoundingClientRect();
  return [...document.querySelectorAll("main :is(input:not([type=hidden]), select, textarea)")]
    .filter(each => {
      const its = each.getBoundingClientRect();
      return its.right > box.left && its.left < box.right && its.bottom > box.top && its.top < box.bottom;
    })
    .map(each => each.name);
}
"""


def test_supervisor_hands_cases_over_from_the_board_and_undoes_it(
    server: Server, scene: Stage, page: Page, complaints: Complaints
) -> None:
    page.set_viewport_size({"width": 1440, "height": 900})
    page.add_init_script(console.WATCH_POLICY)
    complaints.watch(page)
    other = staff.manager("rm2")
    console.enter(page, server, staff.user("supervisor", roles.SUPERVISORS), at="/cases/")
    page.get_by_role("link", name="Board").click()
    expect(page.locator("#live")).to_have_text("Live")
    row = page.locator(f"#load-{scene.manager.pk}")
    expect(row.locator("[data-cell=open]")).to_contain_text("1 of 40")
    row.locator("[data-cell=open] a").click()
    expect(page.locator("[data-row]")).to_have_count(1)
    expect(page.locator(".narrowed")).to_contain_text("1 case")
    page.go_back()

    page.get_by_role("link", name="Reassign the cases of rm1").click()
    assert primaries(page) == 1
    page.get_by_label("To", exact=True).select_option(str(other.pk))
    page.get_by_label("Why").fill("On leave")
    page.get_by_role("button", name="Reassign", exact=True).click()
    expect(page.locator("#said")).to_contain_text("1 case of rm1 reassigned.")
    expect(page.locator(f"#load-{other.pk} [data-cell=open]")).to_contain_text("1 of 40")

    page.get_by_label("Why").focus()
    console.shot(page, "board-toast")
    assert page.locator("[data-toast]").evaluate(LIES_ON) == []

    page.get_by_role("button", name="Undo").click()

    expect(page.locator("#said")).to_contain_text("Undone.")
    expect(page.locator(f"#load-{scene.manager.pk} [data-cell=open]")).to_contain_text("1 of 40")
    assert page.evaluate("window.violations") == []
    assert complaints.unexpected() == []


def test_board_follows_what_happens(server: Server, scene: Stage, page: Page) -> None:
    console.enter(page, server, staff.user("supervisor", roles.SUPERVISORS), at="/cases/board/")
    expect(page.locator("#live")).to_have_text("Live")
    page.get_by_label("Why").fill("Half a sentence")
    cases.escalate(case_id=scene.case.pk, version=scene.case.version, by=scene.manager, reason="r")
    console.announce(scene.manager)

    expect(page.locator("#figure-escalated dd")).to_have_text("1", timeout=15000)
    expect(page.get_by_label("Why")).to_have_value("Half a sentence")


def test_board_is_fit_for_everybody(server: Server, scene: Stage, page: Page) -> None:
    stage.set_up(manager=scene.manager, name="Venkatanarasimharajuvaripeta Subramaniam Chidambaram Iyer")
    stage.set_up(manager=scene.manager, name="आशा वेंकटेश राव")
    console.enter(page, server, staff.user("supervisor", roles.SUPERVISORS), at="/cases/board/")
    for name, path in {
        "board": "/cases/board/",
        "cases": f"/cases/?level=HIGH&with={scene.manager.pk}",
        "case": f"/cases/{scene.case.pk}/",
    }.items():
        page.goto(f"{server.url}{path}")
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        for look in console.each_look(page, 1440, 1024, 360):
            console.shot(page, name, is_whole=True)
            assert violations(page) == [], f"{name} {look}"
            console.expect_nothing_cut_off(page)


def test_keys_select_and_the_selection_outlives_a_refresh(server: Server, scene: Stage, page: Page) -> None:
    second = stage.set_up(manager=scene.manager, name="Bina Das")
    console.enter(page, server, staff.user("supervisor", roles.SUPERVISORS), at="/cases/")
    expect(page.locator("#live")).to_have_text("Live")
    page.keyboard.press("j")
    page.keyboard.press("x")
    expect(page.locator("#bulk")).to_contain_text("1 selected")
    page.keyboard.press("j")
    page.keyboard.press("x")
    page.keyboard.press("k")
    expect(page.locator("#bulk")).to_contain_text("2 selected")
    cases.start(case_id=second.case.pk, version=second.case.version, by=scene.manager)

    with page.expect_response(lambda response: response.url.endswith("/cases/")):
        console.announce(scene.manager)

    expect(page.locator("#bulk")).to_contain_text("2 selected")
    expect(page.locator(f"#k{second.case.pk}")).to_contain_text("In progress")


def officer(username: str) -> User:
    made = staff.user(username, roles.COMPLIANCE_OFFICERS)
    made.is_staff = True
    made.save()
    return made


def take_step(page: Page, address: str, *, reason: str = "") -> None:
    """One step of a policy's life, on its own page of the administration."""
    page.goto(address)
    if reason:
        page.get_by_label("Reason").fill(reason)
    page.locator("form.eq-form button[type=submit]").click()
    expect(page.locator("form.eq-form")).to_have_count(0)


def test_what_two_officers_change_is_what_the_next_message_says(
    server: Server, scene: Stage, page: Page, browser: Browser
) -> None:
    address = f"{server.url}/admin/interventions/policytemplate"
    console.enter(page, server, officer("compliance"))
    take_step(page, f"{address}/{scene.policy.pk}/new-version/")
    draft = PolicyTemplate.objects.get(based_on=scene.policy)
    page.goto(f"{address}/{draft.pk}/change/")
    words = page.locator("[name=text_sms_en]")
    words.fill(words.input_value().replace("Dear {first_name}", "Good day {first_name}"))
    page.locator("[name=_save]").first.click()
    take_step(page, f"{address}/{draft.pk}/submit/")

    context = browser.new_context()
    second = context.new_page()
    console.enter(second, server, officer("compliance2"))
    take_step(second, f"{address}/{draft.pk}/approve/", reason="As respectful as before.")
    take_step(second, f"{address}/{draft.pk}/activate/")
    context.close()
    draft.refresh_from_db()
    assert draft.state == PolicyTemplate.State.ACTIVE

    console.enter(page, server, scene.manager)
    open_case(page, server, scene, "?channel=sms")
    expect(page.locator("#preview")).to_contain_text("Good day Asha")
    page.get_by_role("button", name="Prepare this message").click()
    page.get_by_role("button", name="Confirm and send").click()
    expect(page.locator("#deliveries")).to_contain_text("Waiting to be sent")
    sender.send_due(limit=5)
    assert SandboxMessage.objects.get().body.startswith("Good day Asha")


def test_axe_finds_nothing(desk: Page, server: Server, scene: Stage) -> None:
    for path in ("/cases/", f"/cases/{scene.case.pk}/?channel=email", "/outbox/"):
        desk.goto(server.url + path)
        expect(desk.get_by_role("heading", level=1)).to_be_visible()
        for look in console.each_look(desk, 1440, 360):
            assert violations(desk) == [], f"{path} {look}"
            console.expect_nothing_cut_off(desk)
        assert desk.evaluate("window.violations") == [], path


def test_works_without_javascript(server: Server, scene: Stage, browser: Browser) -> None:
    context = browser.new_context(java_script_enabled=False, viewport={**PHONE})  # type: ignore[typeddict-item]
    page = context.new_page()
    console.enter(page, server, scene.manager)
    open_case(page, server, scene, "?channel=sms")

    page.get_by_role("button", name="Prepare this message").click()
    page.get_by_role("button", name="Confirm and send").click()

    expect(page.locator("#deliveries")).to_contain_text("Waiting to be sent")
    page.get_by_role("button", name="Show phone").click()
    expect(page.locator(".case-side")).to_contain_text(stage.PHONE)
    open_case(page, server, scene)
    snoozed(page)
    expect(page.locator("#said")).to_contain_text("The case waits until")
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("#said")).to_contain_text("Undone.")
    context.close()
