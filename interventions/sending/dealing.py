"""Saying that somebody has looked into a message that did not arrive, or of which nobody knows."""

import uuid

from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext as _

from audit.services import record
from customers import roles
from customers.models import Customer
from interventions.models import Delivery, DeliveryDealt
from interventions.models.dealt import TROUBLED

MAY_DEAL = frozenset({roles.RELATIONSHIP_MANAGERS, roles.SUPERVISORS, roles.COMPLIANCE_OFFICERS})


class DealingRefused(ValueError):
    """Nothing was written; the text says why."""


def troubled(deliveries: QuerySet[Delivery]) -> QuerySet[Delivery]:
    """Those of some deliveries that nobody has looked into as they stand."""
    looked_into = DeliveryDealt.objects.filter(delivery=OuterRef("pk"), state=OuterRef("state"))
    return deliveries.filter(~Exists(looked_into), state__in=TROUBLED)


@transaction.atomic
def deal_with(*, delivery_id: uuid.UUID, by: User, deed: str) -> DeliveryDealt:
    """Record what somebody did about a delivery that failed or is unknown; it wants no look any more.

    Args:
        delivery_id: Of a delivery to a customer whom they see.
        by: Who looked into it.
        deed: A `DeliveryDealt.Deed`.

    Raises:
        Delivery.DoesNotExist: there is none, or it is not theirs to see.
        PermissionDenied: their role does not look into messages.
        DealingRefused: no such deed, or it wants no look: it went out, or somebody has looked into it.
    """
    visible = Delivery.objects.filter(customer__in=Customer.objects.visible_to(by))
    found = visible.select_for_update(of=("self",), no_key=True).get(pk=delivery_id)
    if not roles.of(by) & MAY_DEAL:
        raise PermissionDenied(_("Only those who look after customers, and compliance, look into messages."))
    if deed not in DeliveryDealt.Deed.values:
        raise DealingRefused(_("Say what you did."))
    if not troubled(visible.filter(pk=found.pk)).exists():
        raise DealingRefused(_("It wants no look any more: somebody has dealt with it, or it went out."))
    made = DeliveryDealt.objects.create(delivery=found, state=found.state, deed=deed, by=by)
    record(
        action="interventions.delivery.dealt_with",
        subject_type="delivery",
        subject_id=found.pk,
        actor=by,
        customer=found.customer_id,
        detail={"case_id": found.case_id, "state": found.state, "deed": deed},
    )
    return made
