"""What the model looks at, as it stands now: tiles, schedules and payments of a sorted list of customers.

Three statements for a chunk of any size. `risk.model.as_of` reads the same from raw rows as known at past moments.
"""

import datetime as dt

import numpy as np
from django.conf import settings

from customers import bank_clock
from risk.arrays import Column, array_of, read_columns, read_sparse_columns
from risk.features import Ints, salary_days, tile_days
from risk.model.features_arithmetic import MISSING
from risk.model.features_days import DAYS
from risk.model.inputs import DayFacts, Payments, Schedules
from risk.model.settlement import AHEAD_DAYS, HISTORY_DAYS
from risk.reading import day_number
from risk.rulebook import RulebookContent


def read_inputs(
    *, ids: list[int], as_of: dt.date, rules: RulebookContent
) -> tuple[DayFacts, Schedules, Payments]:
    """Everything that `risk.model.features.compute` needs; `customer` is the index into `ids`.

    Args:
        ids: database ids, ascending.
        as_of: the bank's today.
        rules: the rulebook, which says how far back salaries are sought.
    """
    return (
        read_days(ids=ids, as_of=as_of, rules=rules),
        read_schedules(ids=ids, as_of=as_of),
        read_payments(ids=ids, as_of=as_of),
    )


def read_days(*, ids: list[int], as_of: dt.date, rules: RulebookContent) -> DayFacts:
    """The tiles that the model needs, and with them all that the scorecard needs."""
    full_days = max(DAYS, tile_days(rules))
    read = read_sparse_columns(
        _TILE_COLUMNS,
        _RARE_FACTS,
        _TILES,
        {
            "ids": array_of(ids),
            "as_of": as_of,
            "full_from": as_of - dt.timedelta(days=full_days),
            "salaries_from": as_of - dt.timedelta(days=max(full_days, salary_days(rules))),
        },
    )
    facts = {name: read[name].astype(np.float64) for name in (*_USUAL_FACTS, *_RARE_FACTS)}
    for name in _BALANCES:
        facts[name] = np.where(read[name] == _UNKNOWN, MISSING, read[name])
    return DayFacts(customer=_index(ids, read), day=read["day"], **facts)


def read_schedules(*, ids: list[int], as_of: dt.date) -> Schedules:
    """Instalments of open loans, a year back and to the day after the horizon, of the schedules that hold now.

    Loans in another currency than the bank's are left out, here and in `read_payments`.
    """
    read = read_columns(
        _SCHEDULE_COLUMNS,
        _SCHEDULES,
        {
            "ids": array_of(ids),
            "as_of": as_of,
            "currency": settings.BANK_CURRENCY,
            "first": as_of - dt.timedelta(days=HISTORY_DAYS),
            "last": as_of + dt.timedelta(days=AHEAD_DAYS),
        },
    )
    return Schedules(
        customer=_index(ids, read),
        loan=read["loan_id"],
        due_day=read["day"],
        amount=read["amount"].astype(np.float64),
        cumulative_amount=read["cumulative_amount"].astype(np.float64),
    )


def read_payments(*, ids: list[int], as_of: dt.date) -> Payments:
    """What open loans were paid by day: days of the year back, and one sum of everything earlier the day before."""
    read = read_columns(
        _PAYMENT_COLUMNS,
        _PAYMENTS,
        {
            "ids": array_of(ids),
            "as_of": as_of,
            "currency": settings.BANK_CURRENCY,
            "before": day_number(as_of) - HISTORY_DAYS - 1,
            "until": bank_clock.start_of(as_of + dt.timedelta(days=1)),
            "zone": settings.BANK_TIME_ZONE,
        },
    )
    return Payments(
        customer=_index(ids, read),
        loan=read["loan_id"],
        day=read["day"],
        amount=read["amount"].astype(np.float64),
    )


def _index(ids: list[int], read: dict[str, Column]) -> Ints:
    return np.searchsorted(np.asarray(ids, dtype=np.int64), read["customer_id"])


# What stands for an empty balance: no amount reaches it.
_UNKNOWN = np.iinfo(np.int64).min
_BALANCES = ("last_balance_amount", "lowest_balance_amount")
_USUAL_FACTS = {
    "txn_count": ("i4", "txn_count"),
    **{
        name: ("i8", name)
        for name in ("debit_amount", "credit_amount", "essential_amount", "discretionary_amount")
    },
}
# Most days have nothing of these: to send them for the others only takes half the time.
_RARE_FACTS = {
    "cash_count": ("i4", "cash_count"),
    "cash_amount": ("i8", "cash_amount"),
    "debt_count": ("i4", "debt_count"),
    "debt_amount": ("i8", "debt_amount"),
    "salary_count": ("i4", "salary_count"),
    "salary_amount": ("i8", "salary_amount"),
    "returned_count": ("i4", "returned_count"),
    "returned_amount": ("i8", "returned_amount"),
    "declined_count": ("i4", "declined_count"),
    "largest_unflagged_credit_amount": ("i8", "largest_unflagged_credit_amount"),
    "loan_app_count": ("i4", "loan_app_count"),
    "loan_app_credit_amount": ("i8", "loan_app_credit_amount"),
    "gambling_amount": ("i8", "gambling_amount"),
}
_TILE_COLUMNS = {
    "customer_id": ("i8", "customer_id"),
    "day": ("i4", "day_on - date '2000-01-01'"),
    **_USUAL_FACTS,
    **{name: ("i8", f"coalesce({name}, ({_UNKNOWN})::bigint)") for name in _BALANCES},
}
_TILES = """
unnest(%(ids)s::bigint[]) AS wanted(id)
CROSS JOIN LATERAL (
    SELECT * FROM customers_activitytile
    WHERE customer_id = wanted.id AND day_on > %(salaries_from)s AND day_on <= %(as_of)s
        AND (day_on > %(full_from)s OR salary_count > 0 OR largest_unflagged_credit_amount > 0)
) tile
"""

# OFFSET 0, here and below: probes for the customers asked for, never a join that reads everybody's rows.
_LOANS = """
unnest(%(ids)s::bigint[]) AS wanted(id)
CROSS JOIN LATERAL (
    SELECT * FROM customers_loan
    WHERE customer_id = wanted.id AND currency = %(currency)s
        AND started_on <= %(as_of)s AND (closed_on IS NULL OR closed_on > %(as_of)s)
    OFFSET 0
) loan
"""
_SCHEDULE_COLUMNS = {
    "customer_id": ("i8", "loan.customer_id"),
    "loan_id": ("i8", "loan.id"),
    "day": ("i4", "instalment.due_on - date '2000-01-01'"),
    "amount": ("i8", "instalment.amount"),
    "cumulative_amount": ("i8", "instalment.cumulative_amount"),
}
_SCHEDULES = f"""
{_LOANS}
CROSS JOIN LATERAL (
    SELECT due_on, amount, cumulative_amount FROM customers_instalment
    WHERE customer_id = loan.customer_id AND loan_id = loan.id AND version = loan.schedule_version
        AND due_on BETWEEN %(first)s AND %(last)s
    OFFSET 0
) instalment
"""  # noqa: S608 - our own words
_PAYMENT_COLUMNS = {
    "customer_id": ("i8", "loan.customer_id"),
    "loan_id": ("i8", "loan.id"),
    "day": ("i4", "payment.day"),
    "amount": ("i8", "payment.amount"),
}
_PAYMENTS = f"""
{_LOANS}
CROSS JOIN LATERAL (
    SELECT greatest((occurred_at AT TIME ZONE %(zone)s)::date - date '2000-01-01', %(before)s::int) AS day,
        sum(amount)::bigint AS amount
    FROM customers_instalmentpayment
    WHERE customer_id = loan.customer_id AND loan_id = loan.id AND occurred_at < %(until)s
    GROUP BY 1
) payment
"""  # noqa: S608 - our own words
