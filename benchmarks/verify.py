"""Whether what is stored is what the transactions come to, computed again from scratch."""

import datetime as dt
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from risk.models import CurrentRisk


def mismatched_tiles() -> set[int]:
    """Customers with a tile that differs from what their transactions add up to."""
    from django.conf import settings
    from django.db import connection

    from customers.tile_sql import TILE_COLUMNS, tile_select

    names = ", ".join(TILE_COLUMNS)
    fresh = f"SELECT {names} FROM ({tile_select('customers_transaction')}) AS tile"
    kept = f"SELECT {names} FROM customers_activitytile"
    query = f"""
        SELECT customer_id FROM (({fresh}) EXCEPT ({kept})) AS missing
        UNION SELECT customer_id FROM (({kept}) EXCEPT ({fresh})) AS extra
    """
    with connection.cursor() as cursor:
        cursor.execute(query, {"zone": settings.BANK_TIME_ZONE, "currency": settings.BANK_CURRENCY})
        return {customer_id for (customer_id,) in cursor.fetchall()}


def mismatched_risk() -> set[int]:
    """Customers whose stored risk or next due instalment differs from an evaluation from scratch, or who have none."""
    from customers.models import Customer
    from risk.models import CurrentRisk

    ids = set(Customer.objects.values_list("id", flat=True))
    current = {row.customer_id: row for row in CurrentRisk.objects.all()}
    wrong = ids - current.keys()
    for as_of in {row.as_of_on for row in current.values()}:
        wrong |= _wrong_on_day({i: row for i, row in current.items() if row.as_of_on == as_of}, as_of)
    return wrong


def _wrong_on_day(current: "dict[int, CurrentRisk]", as_of: dt.date) -> set[int]:
    from risk import reading
    from risk.evaluation import evaluate
    from risk.levels import Signal
    from risk.rulebook import EQUILIBRATE_1

    ids = sorted(current)
    fresh = evaluate(
        tiles=reading.read_tiles(ids=ids, as_of=as_of, rules=EQUILIBRATE_1),
        customers=len(ids),
        as_of=reading.day_number(as_of),
        last_salary_day=reading.read_previous(ids=ids, as_of=as_of).last_salary_day,
        rules=EQUILIBRATE_1,
    )
    dues = reading.read_dues(ids=ids, as_of=as_of)
    wrong = set()
    for index, customer_id in enumerate(ids):
        row, due = current[customer_id], dues.get(customer_id)
        stored = [row.score_level, row.score, row.segment, row.hardship, row.next_due_on]
        scratch = [
            fresh.score.level[index],
            fresh.score.score[index],
            fresh.segments[index],
            fresh.hardships[index],
            due.due_on if due else None,
        ]
        for signal in Signal:
            stored.append(getattr(row, f"{signal.value}_points"))
            scratch.append(fresh.score.points[signal][index])
        is_the_higher = row.level == max(row.score_level or 0, row.band or 0)
        if stored != scratch or not is_the_higher:
            wrong.add(customer_id)
    return wrong


def mismatched_payments() -> set[int]:
    """Customers with a loan whose payments are not exactly their booked EMI debits."""
    return _customers(_MISMATCHED_PAYMENTS)


def mismatched_receipts() -> set[int]:
    """Customers whose newest assessment does not say what their current risk says, or who have none."""
    return _customers(_MISMATCHED_RECEIPTS)


def _customers(query: str) -> set[int]:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(query)
        return {customer_id for (customer_id,) in cursor.fetchall()}


_MISMATCHED_PAYMENTS = """
SELECT coalesce(debit.customer_id, payment.customer_id) FROM (
    SELECT loan.customer_id, count(*) AS number, sum(debit.amount) AS amount
    FROM customers_loan loan JOIN customers_transaction debit USING (customer_id)
    WHERE debit.merchant_category = 'EMI' AND debit.occurred_at >= loan.started_on
    GROUP BY 1
) debit FULL JOIN (
    SELECT customer_id, count(*) AS number, sum(amount) AS amount FROM customers_instalmentpayment GROUP BY 1
) payment USING (customer_id)
WHERE (debit.number, debit.amount) IS DISTINCT FROM (payment.number, payment.amount)
"""
_MISMATCHED_RECEIPTS = """
SELECT risk.customer_id FROM risk_currentrisk risk LEFT JOIN LATERAL (
    SELECT * FROM risk_assessment WHERE customer_id = risk.customer_id ORDER BY revision DESC LIMIT 1
) receipt ON true
WHERE (risk.level, risk.hardship, risk.score) IS DISTINCT FROM (receipt.level, receipt.hardship, receipt.score)
    OR receipt.revision > risk.revision
"""
