"""A loan's schedule: one instalment a month, on the day of the month on which the loan began."""

import datetime as dt
from collections.abc import Mapping, Sequence

from django.db import connection

from customers.models import Loan


def schedules_create(*, loans: Sequence[Loan], recorded_at: Mapping[int, dt.datetime]) -> int:
    """Write the level schedule of loans, as their present version.

    Instalment n is due n months after the start; where a month is too short, on its last day.

    Args:
        loans: Stored loans whose present version has no instalments yet.
        recorded_at: By loan id, when the bank knew of the schedule, on the bank's clock.

    Returns:
        How many instalments were written.
    """
    ordered = sorted(loans, key=lambda loan: (loan.customer_id, loan.pk))
    with connection.cursor() as cursor:
        cursor.execute(_WRITE, [[loan.pk for loan in ordered], [recorded_at[loan.pk] for loan in ordered]])
        return int(cursor.rowcount)


# A date plus months is clamped to the month's end by PostgreSQL itself.
_WRITE = """
INSERT INTO customers_instalment
    (customer_id, loan_id, version, number, due_on, amount, cumulative_amount, recorded_at)
SELECT loan.customer_id, loan.id, loan.schedule_version, number,
    (loan.started_on + make_interval(months => number))::date,
    loan.instalment_amount, loan.instalment_amount * number, known.recorded_at
FROM unnest(%s::bigint[], %s::timestamptz[]) AS known(loan_id, recorded_at)
JOIN customers_loan loan ON loan.id = known.loan_id
CROSS JOIN generate_series(1, loan.tenure_months) AS number
ORDER BY loan.customer_id, loan.id, number
"""
