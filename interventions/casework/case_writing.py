"""Many cases written at once, for the system's decisions."""

from collections.abc import Sequence

from django.db import connection, models

from interventions.models import Case

# What a decision may change, with the types of PostgreSQL.
COLUMNS = {
    "state": "text",
    "level": "smallint",
    "hardship": "smallint",
    "priority": "text",
    "rank": "float8",
    "expected_harm_amount": "bigint",
    "due_on": "date",
    "revision": "bigint",
    "policy_id": "bigint",
    "sla_due_at": "timestamptz",
    "sla_at_risk_at": "timestamptz",
    "snoozed_until": "timestamptz",
    "calm_since": "timestamptz",
    "escalated_to_id": "integer",
    "outcome": "text",
    "resolved_at": "timestamptz",
    "sla_breached_at": "timestamptz",
}


def write(cases: Sequence[Case]) -> None:
    """Store what may have changed of cases that the caller has locked, in one statement.

    The versions of the objects are not brought up to date.
    """
    if not cases:
        return
    values = [
        [field.get_prep_value(getattr(case, column)) for case in cases] for column, field in _fields().items()
    ]
    with connection.cursor() as cursor:
        cursor.execute(_UPDATE, [[case.pk for case in cases], *values])


def _fields() -> "dict[str, models.Field[object, object]]":
    """The field of each column."""
    found = {field.attname: field for field in Case._meta.concrete_fields}
    return {column: _holding(found[column]) for column in COLUMNS}


def _holding(field: "models.Field[object, object]") -> "models.Field[object, object]":
    """Of a foreign key the field it points to, whose values it holds."""
    return field.target_field if isinstance(field, models.ForeignKey) else field


_UPDATE = f"""
UPDATE interventions_case held SET {", ".join(f"{column} = anew.{column}" for column in COLUMNS)}, updated_at = now()
FROM unnest(%s::bigint[], {", ".join(f"%s::{kind}[]" for kind in COLUMNS.values())})
    AS anew(id, {", ".join(COLUMNS)})
WHERE held.id = anew.id
"""  # noqa: S608 - our own words
