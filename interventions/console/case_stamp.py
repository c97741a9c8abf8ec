"""Whether anything moved that a case's page shows: one statement, since every open page asks all the time.

It also tells what there is none of, for which nobody has to ask again: a case that was just opened has no message, no
promise, no talk. What comes in between is noticed by the next stamp.
"""

import datetime as dt
import hashlib
from dataclasses import dataclass

from django.db import connection

from interventions.models import Case

STAMP_LETTERS = 16


@dataclass(frozen=True)
class Look:
    """What there was at one moment.

    Args:
        stamp: Changes with each of the bank's minutes, and whenever something that the page shows of a case was done,
            sent or said.
        kinds: What there is any of: the names of `_MOVED`.
    """

    stamp: str
    kinds: frozenset[str]


def look(case: Case, *, now: dt.datetime) -> Look:
    """What there is of a case. One query.

    Args:
        case: As it was just read.
        now: On the bank's clock.
    """
    with connection.cursor() as cursor:
        cursor.execute(_MOVED, {"case": case.pk, "customer": case.customer_id, "opened_at": case.opened_at})
        moved = dict(zip([column.name for column in cursor.description], cursor.fetchone(), strict=True))
    seen = [
        now.replace(second=0, microsecond=0),
        case.version,
        case.first_contact_at,
        case.sla_due_at,
        *moved.values(),
    ]
    return Look(
        stamp=hashlib.sha256(repr(seen).encode()).hexdigest()[:STAMP_LETTERS],
        kinds=frozenset(name for name, found in moved.items() if found is not None),
    )


# What is only added to is told by its newest row; what also moves, by the states of its rows.
_MOVED = """
SELECT
    (SELECT max(id) FROM interventions_casetransition WHERE case_id = %(case)s) AS transitions,
    (SELECT string_agg(concat_ws(' ', id, state, not_before_at, denied_rule), ',' ORDER BY id)
        FROM interventions_delivery WHERE case_id = %(case)s) AS deliveries,
    (SELECT string_agg(concat_ws(' ', id, state, scheduled_for), ',' ORDER BY id)
        FROM interventions_intervention WHERE case_id = %(case)s) AS messages,
    (SELECT max(id) FROM interventions_conversation WHERE case_id = %(case)s) AS conversations,
    (SELECT max(id) FROM interventions_conversation WHERE customer_id = %(customer)s) AS talks,
    (SELECT id FROM interventions_delivery WHERE customer_id = %(customer)s LIMIT 1) IS NOT NULL OR NULL AS contacts,
    (SELECT max(id) FROM interventions_holdoutassignment WHERE case_id = %(case)s) AS holdouts,
    (SELECT max(id) FROM interventions_consentevent WHERE customer_id = %(customer)s) AS consents,
    (SELECT max(id) FROM interventions_consentevent
        WHERE customer_id = %(customer)s AND happened_at >= %(opened_at)s) AS late_consents,
    (SELECT string_agg(concat_ws(' ', id, lifted_at), ',' ORDER BY id)
        FROM interventions_contacthold WHERE customer_id = %(customer)s) AS holds,
    (SELECT string_agg(concat_ws(' ', id, state), ',' ORDER BY id)
        FROM interventions_reliefoffer WHERE case_id = %(case)s) AS offers,
    (SELECT string_agg(concat_ws(' ', id, state), ',' ORDER BY id)
        FROM interventions_promisetopay WHERE case_id = %(case)s) AS promises,
    (SELECT max(id) FROM interventions_override WHERE case_id = %(case)s) AS overrides,
    (SELECT max(id) FROM interventions_customeranswer WHERE customer_id = %(customer)s) AS answers,
    (SELECT max(decided.id) FROM interventions_answerdecision decided
        JOIN interventions_customeranswer given ON given.id = decided.answer_id
        WHERE given.customer_id = %(customer)s) AS decided
"""
