"""What the filters offer: only values that customers the reader may see really have."""

from dataclasses import dataclass

from django.contrib.auth.models import User
from django.db import connection
from django.db.models import QuerySet
from psycopg import sql

from customers import roles
from customers.models import Customer

MOST_OFFERED = 500
# One index probe per distinct value instead of a scan over a million rows.
DISTINCT_BY_INDEX = sql.SQL(
    """
    WITH RECURSIVE offered AS (
        (
            SELECT {column} AS value, 1 AS number FROM customers_customer
            WHERE {column} > '' ORDER BY {column} LIMIT 1
        )
        UNION ALL
        SELECT following.value, offered.number + 1
        FROM offered, LATERAL (
            SELECT {column} AS value FROM customers_customer
            WHERE {column} > offered.value ORDER BY {column} LIMIT 1
        ) following
        WHERE offered.number < %s
    )
    SELECT value FROM offered
    """
)


@dataclass(frozen=True, kw_only=True)
class Offered:
    """Values for the filters, each list sorted; no managers for those who see only their own customers."""

    cities: list[str]
    employments: list[str]
    managers: list[tuple[int, str]]


def offered(user: User) -> Offered:
    """What the filters offer a user. Three queries, whatever the number of customers."""
    if roles.sees_everybody(user):
        return Offered(
            cities=_distinct("city"), employments=_distinct("employment"), managers=_relationship_managers()
        )
    return Offered(cities=_own(user, "city"), employments=_own(user, "employment"), managers=[])


def _distinct(column: str) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(DISTINCT_BY_INDEX.format(column=sql.Identifier(column)), [MOST_OFFERED])
        return [value for (value,) in cursor.fetchall()]


def _own(user: User, column: str) -> list[str]:
    visible = Customer.objects.visible_to(user).exclude(**{column: ""})
    return list(visible.order_by(column).values_list(column, flat=True).distinct()[:MOST_OFFERED])


def _relationship_managers() -> list[tuple[int, str]]:
    managers = User.objects.filter(groups__name=roles.RELATIONSHIP_MANAGERS).order_by("username")
    return names_of(managers[:MOST_OFFERED])


def names_of(people: QuerySet[User]) -> list[tuple[int, str]]:
    """Ids and names of staff, hundreds of them: nothing else is read."""
    found = people.values_list("pk", "username", "first_name", "last_name")
    return [(pk, f"{first} {last}".strip() or username) for pk, username, first, last in found]
