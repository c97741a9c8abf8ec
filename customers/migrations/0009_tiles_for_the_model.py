"""Tiles grow what the early-warning model looks at, and the days that are stored already are filled in.

Constant defaults: no table is rewritten. Filling in reads every transaction once and changes the tiles that have
something to say; stop the consumers for it, as for every migration.
"""

from django.conf import settings
from django.db import migrations, models

import customers.money

CUSTOMERS_AT_ONCE = 5_000

# As the columns were defined when they came; `customers/tile_sql.py` may go on from here.
FILL = """
UPDATE customers_activitytile tile
SET loan_app_count = facts.loan_app_count, loan_app_credit_amount = facts.loan_app_credit_amount,
    gambling_amount = facts.gambling_amount, lowest_balance_amount = facts.lowest_balance_amount
FROM (
    SELECT customer_id, (occurred_at AT TIME ZONE %(zone)s)::date AS day_on,
        count(*) FILTER (WHERE is_loan_app AND status = 'BOOKED') AS loan_app_count,
        coalesce(sum(money) FILTER (WHERE is_loan_app), 0) AS loan_app_credit_amount,
        coalesce(sum(money) FILTER (WHERE is_gambling), 0) AS gambling_amount,
        min(balance_after_amount) AS lowest_balance_amount
    FROM (
        SELECT *, transaction_type = 'CREDIT' AND merchant_category = 'LOANAPP' AS is_loan_app,
            transaction_type = 'DEBIT' AND (
                merchant_category IN ('GAMBLING', '7800', '7801', '7802', '7995')
                OR mcc IN ('7800', '7801', '7802', '7995')
            ) AS is_gambling,
            CASE WHEN currency <> %(currency)s THEN 0 WHEN status = 'BOOKED' THEN amount
                WHEN status = 'RETURNED' AND reverses IS NOT NULL THEN -amount ELSE 0 END AS money
        FROM customers_transaction WHERE customer_id >= %(first)s AND customer_id < %(end)s
    ) entry
    WHERE is_loan_app OR is_gambling OR balance_after_amount IS NOT NULL
    GROUP BY 1, 2
) facts
WHERE tile.customer_id = facts.customer_id AND tile.day_on = facts.day_on
"""


def fill(apps, schema_editor):
    """Fill in the new columns from the transactions, some customers at a time; safe to repeat."""
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(min(id), 0), coalesce(max(id), -1) FROM customers_customer")
        smallest, largest = cursor.fetchone()
        for first in range(smallest, largest + 1, CUSTOMERS_AT_ONCE):
            cursor.execute(
                FILL,
                {
                    "first": first,
                    "end": first + CUSTOMERS_AT_ONCE,
                    "zone": settings.BANK_TIME_ZONE,
                    "currency": settings.BANK_CURRENCY,
                },
            )


class Migration(migrations.Migration):
    # Each step by itself, so that filling in holds no lock on the whole table.
    atomic = False

    dependencies = [("customers", "0008_plain_sources")]

    operations = [
        migrations.AddField(
            model_name="activitytile",
            name="loan_app_count",
            field=models.IntegerField(db_default=0, help_text="booked credits from loan apps"),
        ),
        migrations.AddField(
            model_name="activitytile",
            name="loan_app_credit_amount",
            field=customers.money.MoneyField(db_default=0),
        ),
        migrations.AddField(
            model_name="activitytile",
            name="gambling_amount",
            field=customers.money.MoneyField(db_default=0, help_text="debits; also in discretionary_amount"),
        ),
        migrations.AddField(
            model_name="activitytile",
            name="lowest_balance_amount",
            field=customers.money.MoneyField(
                null=True, help_text="lowest of the balances that the day's rows state"
            ),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
