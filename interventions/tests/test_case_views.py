import datetime as dt
import re
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.contrib.auth.models import User
from django.test import Client
from pytest_django.fixtures import Settings

from audit.models import AuditEvent
from customers import roles
from customers.models import Customer
from interventions.casework import cases as steps
from interventions.contact import consents, holds
from interventions.models import Case, GateDecision, Intervention
from interventions.tests import cases, staff, stage
from risk.tests.factories import NOON

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_noon")]
HIDDEN = re.compile(r'name="(version|seen|once|words|holds|intervention)" value="([^"]*)"')


def logged_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def text_of(client: Client, address: str, status: int = 200) -> str:
    response = client.get(address)
    assert response.status_code == status
    return " ".join(response.content.decode().split())


def hidden(client: Client, case: Case, query: str = "") -> dict[str, str]:
    """What the page's forms carry."""
    html = client.get(f"/cases/{case.pk}/{query}").content.decode()
    return dict(HIDDEN.findall(html))


def send(client: Client, case: Case, name: str, *, query: str = "", **said: object) -> str:
    """Fill in a form of the page and follow where it leads."""
    carried = {**hidden(client, case, query), **said}
    response = client.post(f"/cases/{case.pk}/{name}/", carried, follow=True)
    return " ".join(response.content.decode().split())


def test_page_says_why_and_what_may_be_said() -> None:
    scene = stage.set_up()

    html = text_of(logged_in(scene.manager), f"/cases/{scene.case.pk}/?channel=sms")

    assert "Asha Rao" in html
    assert "8 cash withdrawals in 7 days" in html
    assert "SMS: May be sent now" in html
    assert "Dear Asha, if anything has changed for you" in html
    assert "+91 ••••• 3210" in html
    assert stage.PHONE not in html


def test_form_that_was_sent_acts_once() -> None:
    scene = stage.set_up()
    client = logged_in(scene.manager)
    said = {**hidden(client, scene.case), "channel": "call", "result": "no_answer"}

    first = client.post(f"/cases/{scene.case.pk}/conversation/", said, follow=True).content.decode()
    again = client.post(f"/cases/{scene.case.pk}/conversation/", said, follow=True).content.decode()

    assert "The conversation is recorded" in first
    assert "it acted once" in again
    assert scene.case.conversations.count() == 1


def test_what_the_gate_denies_is_kept_and_said() -> None:
    scene = stage.set_up()
    client = logged_in(scene.manager)
    send(client, scene.case, "draft", channel="sms")
    consents.withdraw(
        customer=scene.customer,
        channel="sms",
        purpose="support",
        source="staff",
        by=scene.manager,
        evidence="told",
    )

    html = send(client, scene.case, "confirm", query="?channel=sms", when="now", **words_of(scene.case))

    assert "does not want to be reached" in html
    assert scene.case.interventions.get().state == Intervention.State.DRAFT
    assert GateDecision.objects.filter(is_allowed=False, moment="confirm").count() == 1


@pytest.mark.parametrize("name", ["approve", "refuse"])
def test_decision_is_about_the_words_on_the_page(name: str) -> None:
    """What its author changed after the page was made is not decided upon unseen."""
    scene = stage.set_up()
    author, reader = logged_in(scene.manager), logged_in(staff.supervisor())
    send(author, scene.case, "draft", channel="sms")
    body = scene.case.interventions.get().body
    edit = {"subject": "", "intervention": scene.case.interventions.get().pk}
    send(author, scene.case, "edit", query="?channel=sms", body=body.replace("Dear", "Good day"), **edit)
    page = hidden(reader, scene.case, "?channel=sms")
    send(author, scene.case, "edit", query="?channel=sms", body=body.replace("Dear", "Hallo"), **edit)

    said = {**page, "reason": "kind"}
    html = reader.post(f"/cases/{scene.case.pk}/{name}/", said, follow=True).content.decode()
    assert "The words were changed since you read them" in html
    assert not scene.case.interventions.get().edit_decisions.exists()

    assert "The words are" in send(reader, scene.case, name, query="?channel=sms", reason="kind")


@pytest.mark.parametrize("is_hold", [True, False])
def test_confirming_is_no_look_at_a_hold_that_came_after_the_page(is_hold: bool) -> None:
    scene = stage.set_up()
    client = logged_in(scene.manager)
    send(client, scene.case, "draft", channel="sms")
    page = hidden(client, scene.case, "?channel=sms")
    if is_hold:
        holds.place(customer=scene.customer, kind="vulnerability", reason="ill", by=staff.supervisor())
    else:
        Customer.objects.filter(pk=scene.customer.pk).update(is_vulnerable=True)

    said = {**page, "when": "now"}
    html = client.post(f"/cases/{scene.case.pk}/confirm/", said, follow=True).content.decode()
    assert "What is to be heeded about this customer has changed" in html
    assert scene.case.interventions.get().state == Intervention.State.DRAFT

    assert "Confirmed." in send(client, scene.case, "confirm", query="?channel=sms", when="now")


def words_of(case: Case) -> dict[str, object]:
    message = case.interventions.get()
    return {"intervention": message.pk, "words": message.body_sha256}


@pytest.mark.parametrize("when", ["lawful", "then"])
def test_message_may_wait_for_its_time(when: str, at_noon: time_machine.Traveller) -> None:
    scene = stage.set_up()
    client = logged_in(scene.manager)
    send(client, scene.case, "draft", channel="sms")
    if when == "lawful":
        at_noon.move_to(NOON + dt.timedelta(hours=10))
        client = logged_in(scene.manager)
    said = {"when": when, "scheduled_for": "2026-02-18T10:00", **words_of(scene.case)}

    html = send(client, scene.case, "confirm", query="?channel=sms", **said)

    assert "It goes out on 18 Feb" in html
    hour = 8 if when == "lawful" else 10
    due_at = scene.case.deliveries.get().not_before_at.astimezone(ZoneInfo("Asia/Kolkata"))
    assert (due_at.day, due_at.hour) == (18, hour)


@pytest.mark.parametrize(("days", "is_offered"), [(14, True), (0, False)])
def test_waiting_is_offered_only_as_long_as_a_message_waits(
    days: int, is_offered: bool, at_noon: time_machine.Traveller, settings: Settings
) -> None:
    settings.MESSAGE_WAITS_DAYS_MAX = days
    scene = stage.set_up()
    client = logged_in(scene.manager)
    send(client, scene.case, "draft", channel="sms")
    at_noon.move_to(NOON + dt.timedelta(hours=10))

    html = text_of(client, f"/cases/{scene.case.pk}/?channel=sms")

    assert ("Confirm for the next lawful time" in html) is is_offered
    assert ("It cannot be confirmed while the gate does not allow it" in html) is not is_offered


def test_time_that_is_past_is_refused_beside_its_field() -> None:
    scene = stage.set_up()
    client = logged_in(scene.manager)
    send(client, scene.case, "draft", channel="sms")
    said = {"when": "then", "scheduled_for": "2026-02-16T10:00", **words_of(scene.case)}

    html = send(client, scene.case, "confirm", query="?channel=sms", **said)

    assert "Choose a time after 17 Feb" in html
    assert not scene.case.deliveries.exists()


def test_call_is_planned_and_nothing_is_sent() -> None:
    scene = stage.set_up()
    client = logged_in(scene.manager)
    send(client, scene.case, "draft", channel="call")
    said = {"when": "then", "scheduled_for": "2026-02-18T10:00", **words_of(scene.case)}

    html = send(client, scene.case, "confirm", query="?channel=call", **said)

    assert "The call is planned for " in html
    assert not scene.case.deliveries.exists()


def test_stale_form_does_nothing_and_says_what_changed() -> None:
    scene = stage.set_up()
    client = logged_in(scene.manager)
    old = hidden(client, scene.case)
    steps.escalate(case_id=scene.case.pk, version=scene.case.version, by=scene.manager, reason="Beyond me")

    response = client.post(f"/cases/{scene.case.pk}/resolve/", {**old, "outcome": "helped"})

    html = response.content.decode()
    assert response.status_code == 409
    assert "Nothing was done: the case changed" in html
    assert "Beyond me" in html
    scene.case.refresh_from_db()
    assert scene.case.state == Case.State.ESCALATED


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("consent", {"channel": "sms", "purpose": "support", "is_granted": "1", "evidence": "letter 17"}),
        ("override", {"chosen": "letter 17", "category": "customer_asked"}),
    ],
)
def test_what_was_typed_into_a_stale_form_is_not_lost(name: str, said: dict[str, str]) -> None:
    scene = stage.set_up()
    client = logged_in(scene.manager)
    old = hidden(client, scene.case)
    steps.start(case_id=scene.case.pk, version=scene.case.version, by=scene.manager)

    response = client.post(f"/cases/{scene.case.pk}/{name}/", {**old, **said})

    assert response.status_code == 409
    assert "What you wrote: letter 17" in " ".join(response.content.decode().split())


def test_resolved_case_takes_no_more_work_and_keeps_its_page() -> None:
    scene = stage.set_up()
    client = logged_in(scene.manager)
    send(client, scene.case, "resolve", outcome="helped")

    html = text_of(client, f"/cases/{scene.case.pk}/")

    assert "Resolved" in html
    assert "What to say, and how" not in html
    assert client.get(f"/cases/{scene.case.pk}/resolve/")["Location"] == f"/cases/{scene.case.pk}/"


def test_revealing_is_recorded_once_per_look() -> None:
    scene = stage.set_up()
    client = logged_in(scene.manager)

    shown = client.post(f"/cases/{scene.case.pk}/reveal/email/", headers={"HX-Request": "true"})

    assert stage.EMAIL in shown.content.decode()
    event = AuditEvent.objects.get(action="customer.viewed")
    assert event.detail["what"] == "email"
    assert stage.EMAIL not in str(event.detail)
    assert client.post(f"/cases/{scene.case.pk}/reveal/birth_on/").status_code == 404


def test_case_without_policy_says_who_writes_one() -> None:
    manager = staff.manager()
    case = cases.opened(to=manager)

    html = text_of(logged_in(manager), f"/cases/{case.pk}/")

    assert "There is no approved policy" in html


def test_next_case_is_begun_or_there_is_none() -> None:
    scene = stage.set_up()
    client = logged_in(scene.manager)

    assert client.post("/cases/next/", {"once": "a"})["Location"] == f"/cases/{scene.case.pk}/"
    assert client.post("/cases/next/", {"once": "a"})["Location"] == f"/cases/{scene.case.pk}/"
    html = client.post("/cases/next/", {"once": "b"}, follow=True).content.decode()
    assert "No case is waiting for you" in html
    assert client.post("/cases/next/", {"once": "b"})["Location"] == f"/cases/{scene.case.pk}/"


def test_double_click_takes_one_case() -> None:
    manager = staff.manager()
    for _number in range(2):
        cases.opened(to=manager)
    client = logged_in(manager)

    led_to = {client.post("/cases/next/", {"once": "a"})["Location"] for _click in range(2)}

    assert len(led_to) == 1
    assert Case.objects.filter(state=Case.State.IN_PROGRESS).count() == 1


def test_opening_a_case_is_recorded() -> None:
    scene = stage.set_up()

    logged_in(scene.manager).get(f"/cases/{scene.case.pk}/")

    event = AuditEvent.objects.get(action="case.viewed")
    assert (event.subject_id, event.actor_id) == (str(scene.case.pk), scene.manager.pk)


def test_bulk_leaves_alone_what_changed_meanwhile() -> None:
    made = cases.opened(to=staff.manager())
    said = {"verb": "escalate", "reason": "r", "case": made.pk, f"version-{made.pk}": made.version}
    client = logged_in(staff.supervisor())

    assert "1 case changed." in client.post("/cases/bulk/", said, follow=True).content.decode()
    assert (
        "has changed since you opened it" in client.post("/cases/bulk/", said, follow=True).content.decode()
    )


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"verb": "escalate", "reason": "r"}, "Select the cases first"),
        ({"verb": "assign", "reason": "r", "case": "1"}, "Choose to whom they go"),
        ({"verb": "snooze", "reason": "r", "case": "1"}, "Say for how many days"),
        ({"verb": "escalate", "case": "1"}, "Say why"),
    ],
)
def test_bulk_says_what_is_missing(said: dict[str, str], words: str) -> None:
    client = logged_in(staff.supervisor())

    assert words in client.post("/cases/bulk/", said, follow=True).content.decode()


@pytest.mark.parametrize("verb", ["assign", "snooze", "escalate"])
def test_bulk_changes_each_that_it_can(verb: str) -> None:
    supervisor, other = staff.supervisor(), staff.manager("rm2")
    made = cases.opened(to=staff.manager())
    over = cases.brought(Case.State.RESOLVED, to=other)
    said = {
        "verb": verb,
        "reason": "r",
        "to": other.pk,
        "days": 2,
        "case": [made.pk, over.pk],
        "back": "//evil",
    }

    response = logged_in(supervisor).post("/cases/bulk/", said, follow=True)

    html = response.content.decode()
    assert response.redirect_chain[0][0] == "/cases/"
    assert "1 case changed." in html
    assert f"Case {over.pk}: The case is resolved" in html


def test_breaker_is_opened_and_reset_by_two() -> None:
    one, two = logged_in(staff.supervisor()), logged_in(staff.user("second", roles.SUPERVISORS))

    assert (
        "Sending is stopped"
        in one.post("/outbox/breaker/open/", {"reason": "r", "once": "a"}, follow=True).content.decode()
    )
    assert (
        "stopped already"
        in two.post("/outbox/breaker/open/", {"reason": "r", "once": "b"}, follow=True).content.decode()
    )
    assert (
        "Somebody else has to confirm"
        in one.post("/outbox/breaker/ask/", {"reason": "r", "once": "c"}, follow=True).content.decode()
    )
    assert "Confirm: messages go out again" in two.get("/outbox/").content.decode()
    assert (
        "Messages go out again"
        in two.post("/outbox/breaker/confirm/", {"once": "d"}, follow=True).content.decode()
    )
    assert two.post("/outbox/breaker/confirm/", {"once": "d"}).status_code == 302


def test_case_and_outbox_carry_no_inline_script_or_style() -> None:
    scene = stage.set_up()
    client = logged_in(scene.manager)

    for address in (f"/cases/{scene.case.pk}/", "/cases/", "/outbox/"):
        assert not re.search(
            r"<script(?![^>]*\ssrc=)|<style|\sstyle=|\son\w+=", client.get(address).content.decode()
        )
