"""What customers said about themselves and a colleague confirmed: it counts until its day has passed."""

import datetime as dt

from django.contrib.auth.models import User
from django.db import transaction

from audit.services import record
from customers import bank_clock
from customers.models import Customer, StatedPayDay


@transaction.atomic
def keep(*, customer: Customer, pay_on: dt.date, said_at: dt.datetime, by: User) -> StatedPayDay:
    """The customer's pay comes on a day; what was said before counts no more.

    Args:
        customer: Whose pay.
        pay_on: The bank day; through it, the salary is not late.
        said_at: When the customer said so, on the bank's clock.
        by: Who confirmed it.
    """
    kept, _is_new = StatedPayDay.objects.update_or_create(
        customer=customer,
        defaults={
            "pay_on": pay_on,
            "said_at": said_at,
            "confirmed_by": by,
            "confirmed_at": bank_clock.now(),
        },
    )
    record(
        action="customers.pay_day.stated",
        subject_type="customer",
        subject_id=customer.pk,
        actor=by,
        customer=customer.pk,
        personal={"after": {"pay_on": pay_on.isoformat()}},
    )
    return kept


def pay_day_of(customer: Customer) -> StatedPayDay | None:
    """The pay day that counts now; None where none was confirmed, or it has passed."""
    return (
        StatedPayDay.objects.filter(customer=customer, pay_on__gte=bank_clock.today())
        .select_related("confirmed_by")
        .first()
    )
