"""Writes of the customers app that others ask for."""

from django.contrib.auth.models import User
from django.db import connection

from customers import roles


def customers_assign_unassigned() -> int:
    """Give customers without a relationship manager one, evenly by id; returns how many were assigned."""
    managers = list(
        User.objects.filter(groups__name=roles.RELATIONSHIP_MANAGERS, is_active=True)
        .order_by("id")
        .values_list("id", flat=True)
    )
    if not managers:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE customers_customer SET assigned_rm_id = (%s::int[])[1 + id %% %s] WHERE assigned_rm_id IS NULL",
            [managers, len(managers)],
        )
        return int(cursor.rowcount)
