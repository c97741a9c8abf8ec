"""Booked EMI debits become payments of a loan's instalments."""

from collections.abc import Iterable

from django.conf import settings
from django.db import connection


def payments_book(*, customer_ids: Iterable[int]) -> int:
    """Turn debt debits that are not payments yet into payments, and their reversals into negative ones.

    A debit belongs to the loan its account names, else the one whose instalment it equals, else the oldest that
    was open on its bank day, else the oldest. Safe to repeat: a payment's id is its transaction's identity.

    Returns:
        How many payments were new.
    """
    with connection.cursor() as cursor:
        cursor.execute(_BOOK, {"ids": sorted(customer_ids), "zone": settings.BANK_TIME_ZONE})
        return int(cursor.rowcount)


_BOOK = """
INSERT INTO customers_instalmentpayment
    (customer_id, loan_id, payment_id, amount, occurred_at, recorded_at, origin)
SELECT debit.customer_id, loan.id,
    'txn:' || (extract(epoch FROM debit.occurred_at) * 1000000)::bigint || ':' || debit.transaction_id,
    CASE debit.status WHEN 'BOOKED' THEN debit.amount ELSE -debit.amount END,
    debit.occurred_at, debit.recorded_at, 'transaction'
FROM customers_transaction debit
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
WHERE debit.customer_id = ANY(%(ids)s::bigint[]) AND debit.kind = 'DEBT' AND debit.transaction_type = 'DEBIT'
    AND (debit.status = 'BOOKED' OR (debit.status = 'RETURNED' AND debit.reverses IS NOT NULL))
ORDER BY debit.customer_id, loan.id, debit.occurred_at, debit.transaction_id
ON CONFLICT DO NOTHING
"""
