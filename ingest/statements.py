"""The SQL of storing. Rows are sorted by key everywhere, so that two writers never wait for each other in a circle."""

STAGE = """
CREATE TEMP TABLE IF NOT EXISTS incoming (
    position int, customer_id bigint, occurred_at timestamptz, transaction_id text COLLATE "C", amount bigint,
    currency text, transaction_type text, status text, channel text, merchant_category text, kind text,
    is_salary boolean, reverses text, balance_after_amount bigint, mcc text, merchant text, account_id text,
    recorded_at timestamptz, appended_at timestamptz
) ON COMMIT DELETE ROWS;
DELETE FROM incoming;
"""

COPY = "COPY incoming FROM STDIN (FORMAT BINARY)"

CONTENT = (
    "amount", "currency", "transaction_type", "status", "channel", "merchant_category", "is_salary",
    "reverses", "balance_after_amount", "mcc", "merchant", "account_id",
)  # fmt: skip

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
}
MAXIMA = {
    "largest_unflagged_credit_amount": (
        "coalesce(max(m) FILTER (WHERE NOT is_debit AND is_salary IS NULL AND status = 'BOOKED'"
        " AND reverses IS NULL), 0)"
    ),
    "last_salary_at": "max(occurred_at) FILTER (WHERE is_paid)",
}
# The balance of the latest row that states one, ties broken by transaction id.
BALANCE = {
    "last_balance_amount": "balance_after_amount",
    "last_balance_at": "occurred_at",
    "last_balance_transaction_id": "transaction_id",
}
LATEST = '(array_agg({} ORDER BY occurred_at DESC, transaction_id COLLATE "C" DESC) FILTER (WHERE balance_after_amount IS NOT NULL))[1]'  # noqa: E501


def tile_select(rows: str) -> str:
    """The SELECT that turns transactions into tiles; `rows` names a table, CTE or subquery of transactions.

    Parameters: %(zone)s, the bank's time zone, and %(currency)s, its currency.
    """
    aggregates = {**SUMS, **MAXIMA, **{name: LATEST.format(column) for name, column in BALANCE.items()}}
    columns = ",\n    ".join(f"{expression} AS {name}" for name, expression in aggregates.items())
    return f"""
SELECT customer_id, day_on,
    {columns}
FROM (
    SELECT *, (occurred_at AT TIME ZONE %(zone)s)::date AS day_on, transaction_type = 'DEBIT' AS is_debit,
        CASE WHEN currency = %(currency)s THEN amount ELSE 0 END AS own,
        CASE WHEN currency <> %(currency)s THEN 0 WHEN status = 'BOOKED' THEN amount
            WHEN status = 'RETURNED' AND reverses IS NOT NULL THEN -amount ELSE 0 END AS m,
        is_salary AND status = 'BOOKED' AND transaction_type = 'CREDIT' AS is_paid
    FROM {rows}
) facts
GROUP BY customer_id, day_on
"""


def _merged() -> str:
    """How a tile that exists takes up new rows: sums add, maxima grow, the later balance wins."""
    sums = [f"{name} = tile.{name} + excluded.{name}" for name in SUMS]
    maxima = [f"{name} = greatest(tile.{name}, excluded.{name})" for name in MAXIMA]
    later = (
        "excluded.last_balance_at IS NOT NULL AND (tile.last_balance_at IS NULL OR"
        ' (excluded.last_balance_at, excluded.last_balance_transaction_id COLLATE "C")'
        ' > (tile.last_balance_at, tile.last_balance_transaction_id COLLATE "C"))'
    )
    balance = [f"{name} = CASE WHEN {later} THEN excluded.{name} ELSE tile.{name} END" for name in BALANCE]
    return ",\n    ".join(sums + maxima + balance)


TILE_COLUMNS = ("customer_id", "day_on", *SUMS, *MAXIMA, *BALANCE)
_ROW_COLUMNS = (
    "customer_id", "occurred_at", "transaction_id", "amount", "currency", "transaction_type", "status", "channel",
    "merchant_category", "kind", "is_salary", "reverses", "balance_after_amount", "mcc", "merchant", "account_id",
    "recorded_at",
)  # fmt: skip
_FACTS = (
    "customer_id, occurred_at, transaction_id, amount, currency, transaction_type, status, kind, is_salary,"
    " reverses, balance_after_amount"
)

INSERT = f"""
WITH inserted AS (
    INSERT INTO customers_transaction ({", ".join(_ROW_COLUMNS)})
    SELECT {", ".join(_ROW_COLUMNS)} FROM incoming
    ORDER BY customer_id, occurred_at, transaction_id, position
    ON CONFLICT DO NOTHING
    RETURNING {_FACTS}
), tiles AS (
    INSERT INTO customers_activitytile AS tile ({", ".join(TILE_COLUMNS)})
    {tile_select("inserted")}
    ORDER BY customer_id, day_on
    ON CONFLICT (customer_id, day_on) DO UPDATE SET
    {_merged()}
)
SELECT count(*), max(occurred_at) FROM inserted
"""

CONFLICTS = f"""
SELECT incoming.position
FROM incoming JOIN customers_transaction stored USING (customer_id, occurred_at, transaction_id)
WHERE ({", ".join("incoming." + name for name in CONTENT)})
    IS DISTINCT FROM ({", ".join("stored." + name for name in CONTENT)})
ORDER BY incoming.position
"""

# DO UPDATE, never DO NOTHING: see risk.models.DirtyCustomer.
MARK = """
INSERT INTO risk_dirtycustomer AS mark (customer_id, marked_at, appended_at, repayment_from)
SELECT customer_id, clock_timestamp(), min(appended_at),
    min(occurred_at) FILTER (WHERE kind = 'DEBT')
FROM incoming GROUP BY customer_id ORDER BY customer_id
ON CONFLICT (customer_id) DO UPDATE SET
    appended_at = least(mark.appended_at, excluded.appended_at),
    repayment_from = least(mark.repayment_from, excluded.repayment_from),
    failed_at = NULL, error = ''
"""
