"""Whether anything moved that a case's page shows: one statement, since every open page asks all the time."""

import datetime as dt
import hashlib

from django.db import connection

from interventions.models import Case

STAMP_LETTERS = 16


def stamp_of(case: Case, *, now: dt.datetime) -> str:
    """Changes with each of the bank's minutes, and whenever something that the page shows of a case was done, sent or
    said. One query.

    Args:
        case: As it was just read.
        now: On the bank's clock.
    """
    with connection.cursor() as cursor:
        cursor.execute(_MOVED, {"case": case.pk, "customer": case.customer_id})
        moved = cursor.fetchone()
    seen = [
        now.replace(second=0, microsecond=0),
        case.version,
        case.first_contact_at,
        case.sla_due_at,
        *moved,
    ]
    return hashlib.sha256(repr(seen).encode()).hexdigest()[:STAMP_LETTERS]


# What is only added to is told by its newest row; what also moves, by the states of its rows.
_MOVED = """
SELECT
    (SELECT max(id) FROM interventions_casetransition WHERE case_id = %(case)s),
    (SELECT string_agg(concat_ws(' ', id, state, not_before_at, denied_rule), ',' ORDER BY id)
        FROM interventions_delivery WHERE case_id = %(case)s),
    (SELECT string_agg(concat_ws(' ', id, state, scheduled_for), ',' ORDER BY id)
        FROM interventions_intervention WHERE case_id = %(case)s),
    (SELECT max(id) FROM interventions_conversation WHERE case_id = %(case)s),
    (SELECT max(id) FROM interventions_consentevent WHERE customer_id = %(customer)s),
    (SELECT string_agg(concat_ws(' ', id, lifted_at), ',' ORDER BY id)
        FROM interventions_contacthold WHERE customer_id = %(customer)s),
    (SELECT string_agg(concat_ws(' ', id, state), ',' ORDER BY id)
        FROM interventions_reliefoffer WHERE case_id = %(case)s),
    (SELECT string_agg(concat_ws(' ', id, state), ',' ORDER BY id)
        FROM interventions_promisetopay WHERE case_id = %(case)s),
    (SELECT max(id) FROM interventions_override WHERE case_id = %(case)s),
    (SELECT max(id) FROM interventions_customeranswer WHERE customer_id = %(customer)s),
    (SELECT max(decided.id) FROM interventions_answerdecision decided
        JOIN interventions_customeranswer given ON given.id = decided.answer_id
        WHERE given.customer_id = %(customer)s)
"""
