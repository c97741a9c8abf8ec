"""What of the case page moves by itself."""

import datetime as dt
import re
from urllib.parse import urlencode

import pytest
import time_machine
from django.contrib.auth.models import User
from django.test import Client

from customers import roles
from interventions.casework import cases
from interventions.console import case_history
from interventions.console.case_matters import Matters
from interventions.contact import consents
from interventions.effect import holdout
from interventions.effect.lots import is_drawn
from interventions.help import considering, offers
from interventions.messages import composing
from interventions.models import Case, Channel, HoldoutEnd
from interventions.tests import governed, staff, stage
from interventions.tests.helped import lending
from interventions.tests.stage import Stage
from risk.levels import Hardship, Level
from risk.tests.factories import NOON

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_noon")]
POLLED = re.compile(r'hx-get="([^"]*freshness[^"]*)"')
SHOWN = re.compile(r'<input type="hidden" name="([^"]*)" value="([^"]*)">')


@pytest.fixture
def scene() -> Stage:
    return stage.set_up()


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def polled(client: Client, case: Case, query: str = "") -> str:
    """The address that the page asks again and again, with what it shows."""
    html = client.get(f"/cases/{case.pk}/{query}").content.decode()
    (address,) = POLLED.findall(html)
    shown = SHOWN.findall(html.partition('id="contact-shown"')[2].partition("</div>")[0])
    return f"{address}&{urlencode(shown)}".replace("&amp;", "&")


def words(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200
    # Moments are read as they are seen, not as they are marked.
    return " ".join(re.sub(r"</?time[^>]*>", "", response.content.decode()).split())


def test_nothing_is_said_while_nothing_moves(scene: Stage) -> None:
    client = client_of(scene.manager)

    assert client.get(polled(client, scene.case, "?channel=sms")).status_code == 204


def test_first_contact_history_and_channels_follow(scene: Stage) -> None:
    client = client_of(scene.manager)
    address = polled(client, scene.case, "?channel=sms")
    assert "first contact made" not in words(client, f"/cases/{scene.case.pk}/").lower()

    cases.contacted(case=scene.case, at=NOON)

    html = words(client, address)
    assert 'id="case-facts" hx-swap-oob' in html and "✓</span> made" in html
    assert "First contact made" in html
    assert 'id="channels"' in html and 'id="verdict" hx-swap-oob' in html
    # The forms stay those that the reader has begun.
    assert "This case has changed" not in html and "<form" not in html
    assert client.get(POLLED.findall(html)[0].replace("&amp;", "&")).status_code == 204


def test_change_by_somebody_else_is_told_until_the_page_is_made_anew(scene: Stage) -> None:
    client = client_of(scene.manager)
    address = polled(client, scene.case)
    cases.start(case_id=scene.case.pk, version=scene.case.version, by=staff.supervisor())

    html = words(client, address)

    assert "This case has changed." in html and "supervisor" in html
    assert f"version={scene.case.version}&amp;" in html


def test_draft_that_is_gone_is_told(scene: Stage) -> None:
    message = composing.draft(case=scene.case, channel="sms", by=scene.manager)
    client = client_of(scene.manager)
    address = polled(client, scene.case, "?channel=sms")
    composing.cancel(intervention=message, by=scene.manager, reason="another way")

    assert "What can be said has changed." in words(client, address)


def test_reason_for_another_channel_stays_unless_the_reader_chose_it(scene: Stage) -> None:
    consents.withdraw(customer=scene.customer, channel=Channel.CALL, purpose="support", source="reply")
    client = client_of(scene.manager)
    suggested, chosen = polled(client, scene.case), polled(client, scene.case, "?channel=sms")

    cases.contacted(case=scene.case, at=NOON)

    assert "The policy recommends: Call" in words(client, suggested)
    assert "The policy recommends" not in words(client, chosen)


def test_deadline_and_quiet_hours_follow_the_clock(scene: Stage, at_noon: time_machine.Traveller) -> None:
    Case.objects.filter(pk=scene.case.pk).update(sla_due_at=NOON + dt.timedelta(hours=9))
    client = client_of(scene.manager)
    address = polled(client, scene.case, "?channel=sms")
    assert client.get(address).status_code == 204

    at_noon.move_to(NOON + dt.timedelta(hours=8))

    html = words(client, address)
    assert "58 min left" in html or "59 min left" in html or "1 h left" in html
    assert "SMS: May not be sent now" in html and "from 18 Feb, 08:00" in html


def test_offer_by_a_colleague_is_in_the_history(scene: Stage) -> None:
    lending(scene.customer)
    client = client_of(scene.manager)
    address = polled(client, scene.case)

    (found, *_others) = considering.eligible(scene.case)
    offers.offer(case=scene.case, eligible=found, by=scene.manager)

    assert "Offered: " in words(client, address)


def test_call_whose_time_came_at_night_is_not_asked_for(
    scene: Stage, at_noon: time_machine.Traveller
) -> None:
    call = composing.draft(case=scene.case, channel="call", by=scene.manager)
    composing.confirm(intervention=call, by=scene.manager, scheduled_for=NOON + dt.timedelta(hours=2))
    client = client_of(scene.manager)

    at_noon.move_to(NOON + dt.timedelta(hours=3))
    assert "Its time has come. Log the conversation" in words(client, f"/cases/{scene.case.pk}/")
    at_noon.move_to(NOON + dt.timedelta(hours=8))

    html = words(client, f"/cases/{scene.case.pk}/")
    assert "Its time has come, but the gate does not allow it now." in html
    assert "Log the conversation when you have made it." not in html


def test_history_names_whoever_called_a_call_off(scene: Stage) -> None:
    call = composing.draft(case=scene.case, channel="call", by=scene.manager)
    composing.confirm(intervention=call, by=scene.manager, scheduled_for=NOON + dt.timedelta(hours=2))
    boss = staff.supervisor()
    composing.cancel(intervention=call, by=boss, reason="on leave")

    found = case_history.history(Matters.of(scene.case, now=NOON))

    assert [each.by for each in found if each.text == "Call cancelled"] == [boss]


def test_planned_call_is_shown_and_says_when_it_is_called_off(scene: Stage) -> None:
    call = composing.draft(case=scene.case, channel="call", by=scene.manager)
    composing.confirm(intervention=call, by=scene.manager, scheduled_for=NOON + dt.timedelta(hours=2))
    client = client_of(scene.manager)
    html = words(client, f"/cases/{scene.case.pk}/")
    assert "Call planned" in html and "Call off the call of 17 Feb, 14:00" in html
    address = polled(client, scene.case)

    consents.withdraw(customer=scene.customer, channel="call", purpose="support", source="reply")

    html = words(client, address)
    assert "Call planned" not in html
    assert "Call cancelled" in html and "The customer withdrew their consent." in html


def test_recommended_channel_is_open_and_another_says_why(scene: Stage) -> None:
    client = client_of(scene.manager)
    assert scene.policy.action.startswith("Call; ")
    assert "Call: May be made now" in words(client, f"/cases/{scene.case.pk}/")
    consents.withdraw(customer=scene.customer, channel=Channel.CALL, purpose="support", source="reply")

    html = words(client, f"/cases/{scene.case.pk}/")

    assert "SMS: May be sent now" in html
    assert "The policy recommends: Call, but the send gate does not allow it now" in html


def held_out(scene: Stage) -> None:
    pk = scene.customer.pk
    salt = next(each for each in map(str, range(64)) if is_drawn(salt=each, customer_id=pk, share=0.5))
    governed.active_holdout(share=0.5, salt=salt)
    governed.active_policy(hardship=Hardship.OVERSPENDING, level=Level.MEDIUM)
    Case.objects.filter(pk=scene.case.pk).update(level=Level.MEDIUM, hardship=Hardship.OVERSPENDING)
    scene.case.refresh_from_db()
    holdout.assign_bulk([scene.case])
    Case.objects.filter(pk=scene.case.pk).update(sla_due_at=NOON - dt.timedelta(days=2))


def test_supervisor_takes_a_case_out_of_the_holdout(scene: Stage) -> None:
    held_out(scene)
    boss, address = staff.user("boss", roles.SUPERVISORS), f"/cases/{scene.case.pk}/"
    html = words(client_of(scene.manager), address)
    assert "Watch only." in html and "Take out of the holdout" not in html
    assert "watch only" in words(client_of(boss), "/cases/") and "sla-late" not in words(
        client_of(boss), address
    )
    assert f'id="k{scene.case.pk}"' not in words(client_of(boss), "/cases/?late=1")
    assert "Take out of the holdout" in words(client_of(boss), address)

    said = {"version": scene.case.version, "once": "k", "seen": 0, "reason": "asked in the branch"}
    html = client_of(boss).post(f"{address}end_holdout/", said, follow=True).content.decode()

    assert "The case is out of the holdout" in html and "Watch only." not in html
    assert HoldoutEnd.objects.get().reason == "asked in the branch"
    scene.case.refresh_from_db()
    assert scene.case.sla_due_at is not None and scene.case.sla_due_at > NOON


def test_denial_is_a_sentence_in_the_history(scene: Stage) -> None:
    message = composing.draft(case=scene.case, channel="sms", by=scene.manager)
    consents.withdraw(customer=scene.customer, channel="sms", purpose="support", source="reply")
    composing.confirm(intervention=message, by=scene.manager)

    html = words(client_of(scene.manager), f"/cases/{scene.case.pk}/?channel=email")

    assert "The gate did not allow SMS" in html
    assert "The customer does not want to be reached by SMS" in html
