"""The SQL that turns transactions into tiles: one definition for the consumer, the bulk load and views of the past.

Every column is a stateless fact of rows that can be merged: sums add, maxima and minima compare, the later balance
wins. So any order of arrival gives the same tile.
"""

from collections.abc import Sequence

# Merchant category codes of ISO 18245: lotteries, casinos, races, betting.
GAMBLING = "('GAMBLING', '7800', '7801', '7802', '7995')"
LOAN_APP = "'LOANAPP'"

# What each tile column sums up, over booked and returned rows. `m` is the money a row moves in the bank's currency:
# its amount when booked, and minus its amount when it returns a booked one (it names it in `reverses`), whose money
# comes back; a RETURNED row that reverses nothing bounced before any money moved.
SUMS = {
    "txn_count": "count(*) FILTER (WHERE status = 'BOOKED')",
    "debit_amount": "coalesce(sum(m) FILTER (WHERE is_debit), 0)",
    "credit_amount": "coalesce(sum(m) FILTER (WHERE NOT is_debit), 0)",
    "essential_amount": "coalesce(sum(m) FILTER (WHERE is_debit AND kind IN ('ESSENTIAL', 'DEBT')), 0)",
    "discretionary_amount": "coalesce(sum(m) FILTER (WHERE is_debit AND kind NOT IN ('ESSENTIAL', 'DEBT', 'CASH')), 0)",
    "cash_count": "count(*) FILTER (WHERE status = 'BOOKED' AND is_debit AND kind = 'CASH')",
    "cash_amount": "coalesce(sum(m) FILTER (WHERE is_debit AND kind = 'CASH'), 0)",
    "debt_count": "count(*) FILTER (WHERE status = 'BOOKED' AND is_debit AND kind = 'DEBT')",
    "debt_amount": "coalesce(sum(m) FILTER (WHERE is_debit AND kind = 'DEBT'), 0)",
    "salary_count": "count(*) FILTER (WHERE is_paid)",
    "salary_amount": "coalesce(sum(m) FILTER (WHERE is_paid), 0)",
    "returned_count": "count(*) FILTER (WHERE status = 'RETURNED' AND is_debit)",
    "returned_amount": "coalesce(sum(own) FILTER (WHERE status = 'RETURNED' AND is_debit), 0)",
    "declined_count": "count(*) FILTER (WHERE status = 'DECLINED')",
    "loan_app_count": "count(*) FILTER (WHERE status = 'BOOKED' AND is_loan_app)",
    "loan_app_credit_amount": "coalesce(sum(m) FILTER (WHERE is_loan_app), 0)",
    "gambling_amount": "coalesce(sum(m) FILTER (WHERE is_debit AND is_gambling), 0)",
}
MAXIMA = {
    "largest_unflagged_credit_amount": (
        "coalesce(max(m) FILTER (WHERE NOT is_debit AND is_salary IS NULL AND status = 'BOOKED'"
        " AND reverses IS NULL), 0)"
    ),
    "last_salary_at": "max(occurred_at) FILTER (WHERE is_paid)",
}
# `stated` is the balance after a row in the bank's currency: that of another account is no amount of this one.
MINIMA = {"lowest_balance_amount": "min(stated)"}
# The balance of the latest row that states one, ties broken by transaction id.
BALANCE = {
    "last_balance_amount": "stated",
    "last_balance_at": "occurred_at",
    "last_balance_transaction_id": "transaction_id",
}
LATEST = (
    '(array_agg({} ORDER BY occurred_at DESC, transaction_id COLLATE "C" DESC)'
    " FILTER (WHERE stated IS NOT NULL))[1]"
)

TILE_KEY = ("customer_id", "day_on")
TILE_COLUMNS = (*TILE_KEY, *SUMS, *MAXIMA, *MINIMA, *BALANCE)
# What of a transaction the tiles are made of.
FACTS = (
    "customer_id", "occurred_at", "transaction_id", "amount", "currency", "transaction_type", "status",
    "merchant_category", "kind", "is_salary", "reverses", "balance_after_amount", "mcc",
)  # fmt: skip


def tile_select(rows: str, extra_keys: Sequence[str] = ()) -> str:
    """The SELECT that turns transactions into tiles, with the columns `TILE_COLUMNS`.

    Parameters of the statement: %(zone)s, the bank's time zone, and %(currency)s, its currency.

    Args:
        rows: a trusted table, CTE or subquery of transactions, with the columns `FACTS`.
        extra_keys: further columns of `rows` by which a tile is cut into pieces; they come first in the result.
            Pieces of one tile merge into it as `merged` says.
    """
    aggregates = {
        **SUMS,
        **MAXIMA,
        **MINIMA,
        **{name: LATEST.format(column) for name, column in BALANCE.items()},
    }
    columns = ",\n    ".join(f"{expression} AS {name}" for name, expression in aggregates.items())
    keys = ", ".join([*extra_keys, *TILE_KEY])
    return f"""
SELECT {keys},
    {columns}
FROM (
    SELECT *, (occurred_at AT TIME ZONE %(zone)s)::date AS day_on, transaction_type = 'DEBIT' AS is_debit,
        CASE WHEN currency = %(currency)s THEN amount ELSE 0 END AS own,
        CASE WHEN currency = %(currency)s THEN balance_after_amount END AS stated,
        CASE WHEN currency <> %(currency)s THEN 0 WHEN status = 'BOOKED' THEN amount
            WHEN status = 'RETURNED' AND reverses IS NOT NULL THEN -amount ELSE 0 END AS m,
        is_salary AND status = 'BOOKED' AND transaction_type = 'CREDIT' AS is_paid,
        transaction_type = 'CREDIT' AND merchant_category = {LOAN_APP} AS is_loan_app,
        merchant_category IN {GAMBLING} OR mcc IN {GAMBLING} AS is_gambling
    FROM {rows}
) facts
GROUP BY {keys}
"""  # noqa: S608 - our own words


def merged() -> str:
    """The SET list by which the tile `tile` takes up the tile `excluded` of further rows of its day."""
    sums = [f"{name} = tile.{name} + excluded.{name}" for name in SUMS]
    # greatest() and least() leave NULLs out.
    maxima = [f"{name} = greatest(tile.{name}, excluded.{name})" for name in MAXIMA]
    minima = [f"{name} = least(tile.{name}, excluded.{name})" for name in MINIMA]
    later = (
        "excluded.last_balance_at IS NOT NULL AND (tile.last_balance_at IS NULL OR"
        ' (excluded.last_balance_at, excluded.last_balance_transaction_id COLLATE "C")'
        ' > (tile.last_balance_at, tile.last_balance_transaction_id COLLATE "C"))'
    )
    balance = [f"{name} = CASE WHEN {later} THEN excluded.{name} ELSE tile.{name} END" for name in BALANCE]
    return ",\n    ".join(sums + maxima + minima + balance)
