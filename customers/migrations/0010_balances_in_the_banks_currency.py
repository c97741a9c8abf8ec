"""The balances of stored tiles are those of rows in the bank's currency, as tiles have them from now on.

Reads every transaction once and changes only days with a balance in another currency; stop the consumers for it, as for
every migration.
"""

from django.conf import settings
from django.db import migrations

CUSTOMERS_AT_ONCE = 5_000

# As the columns are defined now; `customers/tile_sql.py` may go on from here.
CORRECT = """
UPDATE customers_activitytile tile
SET lowest_balance_amount = facts.lowest, last_balance_amount = facts.amounts[1], last_balance_at = facts.times[1],
    last_balance_transaction_id = facts.transactions[1]
FROM (
    SELECT customer_id, day_on, min(stated) AS lowest,
        array_agg(stated ORDER BY occurred_at DESC, transaction_id COLLATE "C" DESC)
            FILTER (WHERE stated IS NOT NULL) AS amounts,
        array_agg(occurred_at ORDER BY occurred_at DESC, transaction_id COLLATE "C" DESC)
            FILTER (WHERE stated IS NOT NULL) AS times,
        array_agg(transaction_id ORDER BY occurred_at DESC, transaction_id COLLATE "C" DESC)
            FILTER (WHERE stated IS NOT NULL) AS transactions
    FROM (
        SELECT customer_id, occurred_at, transaction_id, (occurred_at AT TIME ZONE %(zone)s)::date AS day_on,
            CASE WHEN currency = %(currency)s THEN balance_after_amount END AS stated,
            currency <> %(currency)s AS is_foreign
        FROM customers_transaction
        WHERE customer_id >= %(first)s AND customer_id < %(end)s AND balance_after_amount IS NOT NULL
    ) entry
    GROUP BY 1, 2 HAVING bool_or(is_foreign)
) facts
WHERE tile.customer_id = facts.customer_id AND tile.day_on = facts.day_on
"""


def correct(apps, schema_editor):
    """Find the balances anew where another currency's may stand, some customers at a time; safe to repeat."""
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(min(id), 0), coalesce(max(id), -1) FROM customers_customer")
        smallest, largest = cursor.fetchone()
        for first in range(smallest, largest + 1, CUSTOMERS_AT_ONCE):
            cursor.execute(
                CORRECT,
                {
                    "first": first,
                    "end": first + CUSTOMERS_AT_ONCE,
                    "zone": settings.BANK_TIME_ZONE,
                    "currency": settings.BANK_CURRENCY,
                },
            )


class Migration(migrations.Migration):
    # Some customers at a time, so that no lock is held for long.
    atomic = False

    dependencies = [("customers", "0009_tiles_for_the_model")]

    operations = [migrations.RunPython(correct, migrations.RunPython.noop)]
