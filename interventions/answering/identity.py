"""Whether whoever has the link is the customer: the last digits of the telephone on file, and the birth date.

Both are known here already; nothing is sent, and nothing is remembered: the instalment stands in the answer to the form
and nowhere else. After a few wrong tries no link of the customer leads to it any more; the rest of the page goes on.
"""

import datetime as dt
import hmac
from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction
from django.db.models import F, Sum

from audit.services import record
from customers import bank_clock
from interventions.contact import addresses, spoken_of
from interventions.contact.contact_facts import lock_customer
from interventions.models import Channel, PageLink

TRIES_MAX = 5
DIGITS = 4


@dataclass(frozen=True, kw_only=True)
class Shown:
    """What only the customer sees.

    Args:
        name: The whole one.
        due_on: Of the next instalment; None: none is known.
        amount: What is left of it.
    """

    name: str
    due_on: dt.date | None
    amount: Decimal | None


def can_be_asked(link: PageLink) -> bool:
    """Whether we know what to ask for, and tries are left."""
    customer = link.customer
    is_known = bool(customer.birth_on and addresses.of_customer(customer, Channel.CALL))
    return is_known and _failures(link.customer_id) < TRIES_MAX


@transaction.atomic
def identify(*, link: PageLink, phone_end: str, birth_on: dt.date) -> Shown | None:
    """What the customer may see, where both fit; None where one does not, or too much was tried.

    Which of them was wrong is not told. Tries count for the customer, whichever link they come by, one after the other.
    """
    customer = lock_customer(link.customer_id)
    if not can_be_asked(link):
        return None
    known = addresses.of_customer(customer, Channel.CALL)[-DIGITS:]
    is_phone = hmac.compare_digest(known.encode(), phone_end.encode())
    is_theirs = is_phone and customer.birth_on == birth_on
    if not is_theirs:
        PageLink.objects.filter(pk=link.pk).update(failed_identifications=F("failed_identifications") + 1)
    record(
        action=f"interventions.page.{'identified' if is_theirs else 'not_identified'}",
        subject_type="page_link",
        subject_id=link.pk,
        customer=customer.pk,
        detail={"customer_id": customer.pk},
    )
    if not is_theirs:
        return None
    due_on, amount = spoken_of.next_due(customer.pk) or (None, None)
    return Shown(name=customer.full_name, due_on=due_on, amount=amount)


def _failures(customer_id: int) -> int:
    """By links that still lead somewhere: each lives for some weeks."""
    standing = PageLink.objects.filter(customer=customer_id, expires_at__gt=bank_clock.now())
    return int(standing.aggregate(failed=Sum("failed_identifications"))["failed"] or 0)
