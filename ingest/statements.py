"""The SQL of storing. Rows are sorted by key everywhere, so that two writers never wait for each other in a circle."""

from customers.tile_sql import FACTS, TILE_COLUMNS, merged, tile_select

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

_ROW_COLUMNS = (
    "customer_id", "occurred_at", "transaction_id", "amount", "currency", "transaction_type", "status", "channel",
    "merchant_category", "kind", "is_salary", "reverses", "balance_after_amount", "mcc", "merchant", "account_id",
    "recorded_at",
)  # fmt: skip

INSERT = f"""
WITH inserted AS (
    INSERT INTO customers_transaction ({", ".join(_ROW_COLUMNS)})
    SELECT {", ".join(_ROW_COLUMNS)} FROM incoming
    ORDER BY customer_id, occurred_at, transaction_id, position
    ON CONFLICT DO NOTHING
    RETURNING {", ".join(FACTS)}
), tiles AS (
    INSERT INTO customers_activitytile AS tile ({", ".join(TILE_COLUMNS)})
    {tile_select("inserted")}
    ORDER BY customer_id, day_on
    ON CONFLICT (customer_id, day_on) DO UPDATE SET
    {merged()}
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

# DO UPDATE, never DO NOTHING: see risk.models.DirtyCustomer. Where the newest row stands in the log is worked out from
# runs of consecutive offsets (`ingest.origins`); positions of different logs are not compared: the news are the later.
MARK = """
INSERT INTO risk_dirtycustomer AS mark
    (customer_id, marked_at, appended_at, repayment_from, log_id, log_position)
SELECT customer_id, clock_timestamp(), appended_at, repayment_from,
    (%(log_ids)s::int[])[run], (%(shifts)s::bigint[])[run] + newest + 1
FROM (
    SELECT customer_id, min(appended_at) AS appended_at,
        min(occurred_at) FILTER (WHERE kind = 'DEBT') AS repayment_from,
        max(position) AS newest, width_bucket(max(position), %(begins)s::int[]) AS run
    FROM incoming GROUP BY customer_id
) customer ORDER BY customer_id
ON CONFLICT (customer_id) DO UPDATE SET
    appended_at = least(mark.appended_at, excluded.appended_at),
    repayment_from = least(mark.repayment_from, excluded.repayment_from),
    log_id = coalesce(excluded.log_id, mark.log_id),
    log_position = CASE
        WHEN excluded.log_id IS NULL THEN mark.log_position
        WHEN excluded.log_id = mark.log_id THEN greatest(excluded.log_position, mark.log_position)
        ELSE excluded.log_position
    END,
    failed_at = NULL, error = ''
"""
