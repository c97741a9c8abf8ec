"""Where a form leads whoever sent it, also where the case is theirs no more or the form was made up."""

import pytest
from django.test import Client

from interventions.casework import cases
from interventions.models import Channel
from interventions.tests import staff, stage
from interventions.tests.test_case_views import hidden, logged_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_noon")]


def in_for_another() -> tuple[stage.Stage, Client]:
    """A case given to somebody who stands in for the customer's manager, and their browser."""
    scene, deputy = stage.set_up(manager=staff.manager("own")), staff.manager("deputy")
    cases.assign(
        case_id=scene.case.pk, version=scene.case.version, by=staff.supervisor(), to=deputy, reason="busy"
    )
    return scene, logged_in(deputy)


def test_whoever_stood_in_is_led_to_the_list_when_the_case_is_over() -> None:
    scene, client = in_for_another()
    said = {**hidden(client, scene.case), "outcome": "helped", "reason": "spoke"}

    response = client.post(f"/cases/{scene.case.pk}/resolve/", said, follow=True)

    assert response.redirect_chain == [("/cases/", 302)]
    assert "The case is resolved: helped." in response.content.decode()
    assert client.get(f"/cases/{scene.case.pk}/").status_code == 404


def opened(**more: str) -> dict[str, str]:
    """What the forms of a page say that is open."""
    return {"channel": Channel.SMS, "history": "gate", "all": "1", **more}


def test_form_carries_what_is_open() -> None:
    scene = stage.set_up()
    client = logged_in(scene.manager)

    html = client.get(f"/cases/{scene.case.pk}/?channel=sms&history=gate&all=1").content.decode()

    form = html.split(f'action="/cases/{scene.case.pk}/snooze/"')[1].split("</form>")[0]
    for name, value in opened().items():
        assert f'<input type="hidden" name="{name}" value="{value}" data-shown>' in form


def test_form_that_acted_leads_back_to_what_was_open() -> None:
    scene = stage.set_up()
    client = logged_in(scene.manager)
    said = {**hidden(client, scene.case), **opened(), "reason": "too big for me"}

    response = client.post(f"/cases/{scene.case.pk}/escalate/", said)

    assert response.headers["Location"] == f"/cases/{scene.case.pk}/?channel=sms&history=gate&all=1"


@pytest.mark.parametrize(("step", "status"), [("escalate", 422), ("reveal/phone", 200)])
def test_page_that_a_form_brings_shows_what_was_open(step: str, status: int) -> None:
    scene = stage.set_up()
    client = logged_in(scene.manager)

    response = client.post(
        f"/cases/{scene.case.pk}/{step}/", {**hidden(client, scene.case), **opened(), "reason": ""}
    )

    assert response.status_code == status
    html = response.content.decode()
    assert f'href="/cases/{scene.case.pk}/?channel=sms&amp;history=gate" aria-current="true"' in html
    assert 'class="history-case"' not in html


def test_made_up_view_of_a_form_is_left_out() -> None:
    scene = stage.set_up()
    client = logged_in(scene.manager)
    said = {**hidden(client, scene.case), **opened(channel="pigeon", history="//evil"), "reason": "why"}

    response = client.post(f"/cases/{scene.case.pk}/escalate/", said)

    assert response.headers["Location"] == f"/cases/{scene.case.pk}/?all=1"


def test_channel_that_there_is_not_is_refused_in_words() -> None:
    scene = stage.set_up()
    client = logged_in(scene.manager)

    response = client.post(
        f"/cases/{scene.case.pk}/draft/", {**hidden(client, scene.case), "channel": "pigeon"}
    )

    assert response.status_code == 422
    assert "has no text for pigeon" in response.content.decode()


def told(scene: stage.Stage, client: Client, **said: str) -> dict[str, str]:
    return {
        **hidden(client, scene.case),
        "channel": Channel.WHATSAPP,
        "purpose": "support",
        "about": Channel.WHATSAPP,
        "evidence": "",
        **said,
    }


def test_withdrawal_holds_without_evidence_and_a_consent_does_not() -> None:
    scene = stage.set_up()
    client = logged_in(scene.manager)
    address = f"/cases/{scene.case.pk}/consent/"

    withdrawn = client.post(address, told(scene, client, is_granted="0"))
    granted = client.post(address, told(scene, client, is_granted="1"))

    assert withdrawn.status_code == 302
    assert granted.status_code == 422
    assert "Say where the consent can be looked up." in granted.content.decode()
    last = scene.case.customer.consent_events.order_by("-id").first()
    assert last is not None
    assert not last.is_granted


def test_page_of_a_case_that_is_over_leads_to_the_next_one() -> None:
    scene = stage.set_up()
    client = logged_in(scene.manager)
    client.post(f"/cases/{scene.case.pk}/resolve/", {**hidden(client, scene.case), "outcome": "helped"})

    html = client.get(f"/cases/{scene.case.pk}/").content.decode()

    assert 'action="/cases/next/"' in html
    assert "Next case" in html
