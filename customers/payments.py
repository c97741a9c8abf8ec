"""Booked EMI debits become payments of a loan's instalments, and their returns take them back."""

import datetime as dt
from collections.abc import Mapping

from django.conf import settings
from django.db import connection


def payments_book(*, since: Mapping[int, dt.datetime]) -> int:
    """Turn debt debits that are not payments yet into payments, and their returns into negative ones.

    A debit belongs to the loan its account names, else the one whose instalment it equals, else the oldest that
    was open on its bank day, else the oldest. What is booked stays with its loan, whatever is known of loans later:
    a payment's id is its transaction's identity, and a customer has it once. So this is safe to repeat.

    A return belongs to the loan of the debit it names and takes back no more than what is left of that debit. One
    that arrives before its debit is booked with it, since it happened after it.

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
    booked = 0
    with connection.cursor() as cursor:
        for statement in (_BOOK_DEBITS, _BOOK_RETURNS):
            cursor.execute(statement, parameters)
            booked += cursor.rowcount
    return booked


def _payment_id(*, occurred_at: str, transaction_id: str) -> str:
    """The SQL of the id of the payment that a transaction becomes."""
    return f"'txn:' || (extract(epoch FROM {occurred_at}) * 1000000)::bigint || ':' || {transaction_id}"


def _payment_id_of(row: str) -> str:
    return _payment_id(occurred_at=f"{row}.occurred_at", transaction_id=f"{row}.transaction_id")


# OFFSET 0, here and below: probes for the customers asked for, never a join that reads everybody's rows. `first` says
# once more what `since` says, so that the planner leaves out earlier months.
_NEWS = """
unnest(%(ids)s::bigint[], %(moments)s::timestamptz[]) AS news(customer_id, since)
CROSS JOIN LATERAL (
    SELECT * FROM customers_transaction entry
    WHERE entry.customer_id = news.customer_id AND entry.occurred_at >= news.since
        AND entry.occurred_at >= %(first)s AND entry.kind = 'DEBT' AND entry.transaction_type = 'DEBIT'
    OFFSET 0
)
"""
_INSERT = """
INSERT INTO customers_instalmentpayment
    (customer_id, loan_id, payment_id, amount, occurred_at, recorded_at, origin)
"""

_BOOK_DEBITS = f"""
{_INSERT}
SELECT debit.customer_id, loan.id, {_payment_id_of("debit")}, debit.amount,
    debit.occurred_at, debit.recorded_at, 'transaction'
FROM {_NEWS} debit
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
WHERE debit.status = 'BOOKED'
ORDER BY debit.customer_id, loan.id, debit.occurred_at, debit.transaction_id
ON CONFLICT DO NOTHING
"""  # noqa: S608 - our own words

_REVERSED = _payment_id(occurred_at="payment.occurred_at", transaction_id="returned.reverses")
# What is left of a debit: its amount, less the returns booked in earlier runs, less the earlier ones of this run.
_BOOK_RETURNS = f"""
{_INSERT}
SELECT customer_id, loan_id, payment_id, -least(amount, left_amount), occurred_at, recorded_at, 'transaction'
FROM (
    SELECT returned.customer_id, debit.loan_id, returned.payment_id, returned.amount, returned.occurred_at,
        returned.recorded_at, debit.amount - earlier.amount - coalesce(sum(returned.amount) OVER (
            PARTITION BY returned.customer_id, debit.payment_id
            ORDER BY returned.occurred_at, returned.transaction_id
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        ), 0) AS left_amount
    FROM (
        SELECT entry.*, {_payment_id_of("entry")} AS payment_id
        FROM {_NEWS} entry
        WHERE entry.status = 'RETURNED' AND entry.reverses IS NOT NULL
    ) returned
    CROSS JOIN LATERAL (
        SELECT payment.loan_id, payment.payment_id, payment.amount, payment.occurred_at
        FROM customers_instalmentpayment payment JOIN customers_loan loan ON loan.id = payment.loan_id
        WHERE payment.customer_id = returned.customer_id AND payment.origin = 'transaction' AND payment.amount > 0
            AND payment.occurred_at <= returned.occurred_at AND loan.currency = returned.currency
            AND payment.payment_id = {_REVERSED}
        ORDER BY payment.occurred_at DESC LIMIT 1
    ) debit
    CROSS JOIN LATERAL (
        SELECT coalesce(-sum(payment.amount), 0) AS amount
        FROM customers_instalmentpayment payment
        JOIN customers_transaction entry ON entry.customer_id = payment.customer_id
            AND entry.occurred_at = payment.occurred_at AND entry.reverses = returned.reverses
            AND payment.payment_id = {_payment_id_of("entry")}
        WHERE payment.customer_id = returned.customer_id AND payment.loan_id = debit.loan_id
            AND payment.origin = 'transaction' AND payment.amount < 0
            AND payment.occurred_at >= debit.occurred_at
    ) earlier
    WHERE NOT EXISTS (
        SELECT FROM customers_instalmentpayment payment
        WHERE payment.customer_id = returned.customer_id AND payment.payment_id = returned.payment_id
            AND payment.origin = 'transaction'
        OFFSET 0
    )
) booking
WHERE left_amount > 0
ORDER BY customer_id, loan_id, occurred_at, payment_id
ON CONFLICT DO NOTHING
"""  # noqa: S608 - our own words
