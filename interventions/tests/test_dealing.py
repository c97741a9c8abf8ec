"""Failed messages leave "What needs a look" when somebody says what they did."""

import uuid

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, IntegrityError, connection, transaction

from audit.models import AuditEvent
from customers import roles
from interventions.models import Delivery, DeliveryDealt
from interventions.sending import dealing
from interventions.tests import deliveries, staff, stage
from interventions.tests.stage import Stage
from interventions.tests.test_case_views import logged_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_noon")]


@pytest.fixture
def scene() -> Stage:
    return stage.set_up()


def failed(scene: Stage) -> Delivery:
    made = deliveries.queued(deliveries.confirmed(scene.case, channel="email", subject="s"))
    Delivery.objects.filter(pk=made.pk).update(state=Delivery.State.FAILED)
    made.refresh_from_db()
    return made


def test_failed_message_is_dealt_with_once_and_audited(scene: Stage) -> None:
    delivery = failed(scene)

    made = dealing.deal_with(delivery_id=delivery.pk, by=scene.manager, deed="asked_customer")

    assert (made.state, made.by) == ("failed", scene.manager)
    assert not dealing.troubled(Delivery.objects.all()).exists()
    event = AuditEvent.objects.get(action="interventions.delivery.dealt_with")
    assert event.detail == {"case_id": scene.case.pk, "state": "failed", "deed": "asked_customer"}
    with pytest.raises(dealing.DealingRefused, match="no look any more"):
        dealing.deal_with(delivery_id=delivery.pk, by=scene.manager, deed="nothing")


def test_what_waits_or_is_anothers_is_not_dealt_with(scene: Stage) -> None:
    delivery = failed(scene)

    with pytest.raises(dealing.DealingRefused, match="Say what you did"):
        dealing.deal_with(delivery_id=delivery.pk, by=scene.manager, deed="sighed")
    with pytest.raises(PermissionDenied):
        dealing.deal_with(delivery_id=delivery.pk, by=staff.user("a", roles.ANALYSTS), deed="nothing")
    with pytest.raises(Delivery.DoesNotExist):
        dealing.deal_with(delivery_id=delivery.pk, by=staff.manager("rm2"), deed="nothing")


def test_database_keeps_what_was_done_and_refuses_what_cannot_be(scene: Stage) -> None:
    delivery = failed(scene)
    dealing.deal_with(delivery_id=delivery.pk, by=scene.manager, deed="nothing")

    for change in (
        "UPDATE interventions_deliverydealt SET deed = 'asked_customer'",
        "DELETE FROM interventions_deliverydealt",
        "TRUNCATE interventions_deliverydealt",
    ):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(change)
    with pytest.raises(IntegrityError, match="it is not unknown"), transaction.atomic():
        DeliveryDealt.objects.create(delivery=delivery, state="unknown", deed="nothing", by=scene.manager)


def test_outbox_lets_it_go(scene: Stage) -> None:
    delivery, client = failed(scene), logged_in(scene.manager)
    assert "What needs a look" in client.get("/outbox/").content.decode()

    refused = client.post(f"/outbox/{delivery.pk}/dealt/", {"once": "a"}, follow=True).content.decode()
    html = client.post(
        f"/outbox/{delivery.pk}/dealt/", {"once": "b", "deed": "written_again"}, follow=True
    ).content.decode()

    assert "Say what you did." in refused
    assert "What needs a look" not in html and "Dealt with last" in html
    assert client.post(f"/outbox/{uuid.uuid4()}/dealt/", {"deed": "nothing"}).status_code == 404
