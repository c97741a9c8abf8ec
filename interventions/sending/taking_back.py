"""Messages that wait, and are not true any more, are taken back before their time: somebody may write them anew.

The same is asked once more right before a message goes out (`asking`); this tells whoever confirmed it sooner.
"""

import uuid
from collections.abc import Iterator

from django.db import transaction
from django.utils.translation import gettext as _

from interventions.contact import spoken_of
from interventions.contact.delivery_steps import State, held, settle
from interventions.models import Delivery, PolicyTemplate
from interventions.sending import stuck

CHUNK = 500


def take_back_outdated() -> int:
    """Cancel every waiting message that is outdated, with why; returns how many. One that fails holds up no other."""
    count = 0
    for delivery_id in _outdated():
        try:
            count += _take_back(delivery_id)
        except Exception as error:
            stuck.tell(delivery_id, error)
    return count


def _outdated() -> Iterator[uuid.UUID]:
    """Looked through in chunks, without a lock."""
    waiting = (
        Delivery.objects.filter(state=State.PENDING)
        .select_related("intervention", "template", "case__assigned_to")
        .select_related("case__customer__covering_rm", "case__customer__assigned_rm")
        .order_by("pk")
    )
    last = uuid.UUID(int=0)
    while chunk := list(waiting.filter(pk__gt=last)[:CHUNK]):
        yield from (each.pk for each in chunk if _why(each))
        last = chunk[-1].pk


@transaction.atomic
def _take_back(delivery_id: uuid.UUID) -> bool:
    """One message, looked at again under its lock."""
    delivery = held(delivery_id)
    if delivery.state != State.PENDING or not (why := _why(delivery)):
        return False
    settle(delivery, State.CANCELLED, "cancelled", error=why)
    return True


def _why(delivery: Delivery) -> str:
    if delivery.template.state == PolicyTemplate.State.RETIRED:
        return _(
            "The text was withdrawn or replaced after this was confirmed. Write the message anew, if it is still"
            " needed."
        )
    return spoken_of.outdated(delivery)
