"""Who looked at whose data: one row for each page that shows it, none for its refreshes."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from audit.models import AuditEvent
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
    address = f"/?open={scene.customer.pk}"
    page = {**REFRESH, "Page-Id": "a page"}

    client.get("/", headers=page)
    assert views() == []
    for _ in range(3):
        client.get(address, headers=page)

    assert views() == [{"what": "row of the queue", "page": "a page"}]
    event = AuditEvent.objects.get(action="customer.viewed")
    assert (event.customer_key, event.actor_id) == (str(scene.customer.pk), scene.manager.pk)


def test_new_page_is_a_new_view(scene: Stage) -> None:
    client = client_of(scene.manager)
    address = f"/?open={scene.customer.pk}"

    for headers in ({}, {}, {**REFRESH, "Page-Id": "another"}):
        client.get(address, headers=headers)

    pages = [each["page"] for each in views()]
    assert len(pages) == len(set(pages)) == 3


def test_row_of_another_managers_customer_is_no_view(scene: Stage) -> None:
    other = stage.set_up(manager=User.objects.create(username="rm9"), name="Ravi Das")

    client_of(scene.manager).get(f"/?open={other.customer.pk}")

    assert views() == []


def test_channel_of_a_case_page_is_no_other_view(scene: Stage) -> None:
    client = client_of(scene.manager)
    address = f"/cases/{scene.case.pk}/"
    html = client.get(address).content.decode()
    page = html.split('"Page-Id": "')[1].split('"')[0]

    client.get(f"{address}?channel=sms", headers={"HX-Request": "true", "Page-Id": page})
    client.get(f"{address}freshness/?stamp=old&version=1", headers={"HX-Request": "true"})

    assert views("case.viewed") == [{"what": "case page", "page": page}]


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
