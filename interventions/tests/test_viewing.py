"""Who looked at whose data: one row for each page that shows it, none for its refreshes."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from audit.models import AuditEvent
from interventions.messages import composing
from interventions.models import SandboxMessage
from interventions.tests import stage
from interventions.tests.deliveries import confirmed, queued
from interventions.tests.stage import Stage

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_noon")]
REFRESH = {"HX-Request": "true", "HX-Request-Type": "partial"}


@pytest.fixture
def scene() -> Stage:
    return stage.set_up()


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def views(action: str = "customer.viewed") -> list[dict[str, Any]]:
    return list(AuditEvent.objects.filter(action=action).order_by("pk").values_list("detail", flat=True))


def test_open_row_is_one_view_however_often_it_is_refreshed(scene: Stage) -> None:
    client = client_of(scene.manager)
    address = f"/queue/?open={scene.customer.pk}"
    page = {**REFRESH, "Page-Id": "a page"}

    client.get("/queue/", headers=page)
    assert views() == []
    for _ in range(3):
        client.get(address, headers=page)

    assert views() == [{"what": "row of the queue", "page": "a page"}]
    event = AuditEvent.objects.get(action="customer.viewed")
    assert (event.customer_key, event.actor_id) == (str(scene.customer.pk), scene.manager.pk)


def test_new_page_is_a_new_view(scene: Stage) -> None:
    client = client_of(scene.manager)
    address = f"/queue/?open={scene.customer.pk}"

    for headers in ({}, {}, {**REFRESH, "Page-Id": "another"}):
        client.get(address, headers=headers)

    pages = [each["page"] for each in views()]
    assert len(pages) == len(set(pages)) == 3


def test_row_of_another_managers_customer_is_no_view(scene: Stage) -> None:
    other = stage.set_up(manager=User.objects.create(username="rm9"), name="Ravi Das")

    client_of(scene.manager).get(f"/queue/?open={other.customer.pk}")

    assert views() == []


def test_channel_of_a_case_page_is_no_other_view(scene: Stage) -> None:
    client = client_of(scene.manager)
    address = f"/cases/{scene.case.pk}/"
    html = client.get(address).content.decode()
    page = html.split('"Page-Id": "')[1].split('"')[0]

    client.get(f"{address}?channel=sms", headers={"HX-Request": "true", "Page-Id": page})
    client.get(f"{address}freshness/?stamp=old", headers={"HX-Request": "true", "Page-Id": page})
    client.get(f"{address}preview/?channel=sms", headers={"HX-Request": "true", "Page-Id": page})

    assert views("case.viewed") == [{"what": "case page", "page": page}]
    assert f'hx-headers=\'{{"Page-Id": "{page}"}}\'' in html


@pytest.mark.parametrize("part", ["freshness/", "preview/?channel=sms", "act"])
def test_part_of_a_case_that_is_asked_for_by_its_address_is_a_view(scene: Stage, part: str) -> None:
    client, address = client_of(scene.manager), f"/cases/{scene.case.pk}/"

    if part == "act":
        # A form that is refused shows the page as well.
        assert client.post(f"{address}escalate/", {}).status_code == 422
    else:
        assert client.get(f"{address}{part}").status_code == 200

    assert [each["what"] for each in views("case.viewed")] == ["case page"]


def test_listening_to_a_message_is_a_view(scene: Stage) -> None:
    message = composing.draft(case=scene.case, channel="voice", by=scene.manager)

    client_of(scene.manager).get(f"/cases/{scene.case.pk}/spoken/{message.pk}/")

    assert [each["what"] for each in views("case.viewed")] == ["spoken message"]


def test_outbox_names_everybody_whose_messages_it_showed(scene: Stage) -> None:
    client = client_of(scene.manager)
    client.get("/outbox/")
    assert views("outbox.viewed") == []
    delivery = queued(confirmed(scene.case, by=scene.manager))
    SandboxMessage.objects.create(
        key=delivery.idempotency_key, channel="sms", address=stage.PHONE, body=delivery.body
    )

    client.get("/outbox/")

    assert views("outbox.viewed") == [{"what": "outbox", "customers": [scene.customer.pk]}]
