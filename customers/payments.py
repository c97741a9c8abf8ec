"""Booked EMI debits become payments of a loan's instalments."""

import datetime as dt
from collections.abc import Mapping

from django.conf import settings
from django.db import connection


def payments_book(*, since: Mapping[int, dt.datetime]) -> int:
    """Turn debt debits that are not payments yet into payments, and their reversals into negative ones.

    A debit belongs to the loan its account names, else the one whose instalment it equals, else the oldest that
    was open on its bank day, else the oldest. What is booked stays with its loan, whatever is known of loans later:
    a payment's id is its transaction's identity, and a customer has it once. So this is safe to repeat.

    Args:
        since: from which moment on to look at transactions, by customer id.

    Returns:
        How many payments were new.
    """
    if not since:
        return 0
    ids = sorted(since)
    parameters = {
        "ids": ids,
        "moments": [since[customer_id] for customer_id in ids],
        "first": min(since.values()),
        "zone": settings.BANK_TIME_ZONE,
    }
    with connection.cursor() as cursor:
        cursor.execute(_BOOK, parameters)
        return int(cursor.rowcount)


# OFFSET 0: probes for the customers asked for, never a join that reads everybody's rows. `first` says
# once more what `since` says, so that the planner leaves out earlier months.
_BOOK = """
INSERT INTO customers_instalmentpayment
    (customer_id, loan_id, payment_id, amount, occurred_at, recorded_at, origin)
SELECT debit.customer_id, loan.id,
    'txn:' || (extract(epoch FROM debit.occurred_at) * 1000000)::bigint || ':' || debit.transaction_id,
    CASE debit.status WHEN 'BOOKED' THEN debit.amount ELSE -debit.amount END,
    debit.occurred_at, debit.recorded_at, 'transaction'
FROM unnest(%(ids)s::bigint[], %(moments)s::timestamptz[]) AS news(customer_id, since)
CROSS JOIN LATERAL (
    SELECT * FROM customers_transaction entry
    WHERE entry.customer_id = news.customer_id AND entry.occurred_at >= news.since
        AND entry.occurred_at >= %(first)s AND entry.kind = 'DEBT' AND entry.transaction_type = 'DEBIT'
    OFFSET 0
) debit
CROSS JOIN LATERAL (
    SELECT (debit.occurred_at AT TIME ZONE %(zone)s)::date AS day_on
) bank
CROSS JOIN LATERAL (
    SELECT id FROM customers_loan loan
    WHERE loan.customer_id = debit.customer_id AND loan.currency = debit.currency
        AND loan.started_on <= bank.day_on
    ORDER BY (loan.reference = debit.account_id) IS TRUE DESC, (loan.instalment_amount = debit.amount) DESC,
        (loan.closed_on < bank.day_on) IS TRUE, loan.id
    LIMIT 1
) loan
WHERE debit.status = 'BOOKED' OR (debit.status = 'RETURNED' AND debit.reverses IS NOT NULL)
ORDER BY debit.customer_id, loan.id, debit.occurred_at, debit.transaction_id
ON CONFLICT DO NOTHING
"""
