"""The partitioned transaction table, and the one door through which the application role makes partitions."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

import customers.money

TABLE = """
CREATE TABLE customers_transaction (
    customer_id bigint NOT NULL,
    occurred_at timestamptz NOT NULL,
    transaction_id varchar(64) NOT NULL,
    amount bigint NOT NULL CHECK (amount > 0),
    currency varchar(3) NOT NULL,
    transaction_type varchar(6) NOT NULL CHECK (transaction_type IN ('DEBIT', 'CREDIT')),
    status varchar(8) NOT NULL CHECK (status IN ('BOOKED', 'RETURNED', 'DECLINED')),
    channel varchar(32) NOT NULL,
    merchant_category varchar(64) NOT NULL,
    kind varchar(13) NOT NULL CHECK (kind IN ('ESSENTIAL', 'DISCRETIONARY', 'CASH', 'INCOME', 'DEBT')),
    is_salary boolean,
    reverses varchar(64),
    balance_after_amount bigint,
    mcc varchar(4),
    merchant varchar(200),
    account_id varchar(64),
    recorded_at timestamptz NOT NULL,
    stored_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (customer_id, occurred_at, transaction_id)
) PARTITION BY RANGE (occurred_at);
"""

# SECURITY DEFINER: the application role owns nothing and so cannot create tables, but a new month must never stop
# ingestion. The function creates nothing but a month of the tables named here.
FUNCTION = """
CREATE FUNCTION equilibrate_ensure_month(parent text, month date) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    first_on date := date_trunc('month', month)::date;
    child text := format('%s_%s', parent, to_char(first_on, 'YYYYMM'));
BEGIN
    IF parent NOT IN ('customers_transaction', 'risk_featuresnapshot') THEN
        RAISE EXCEPTION 'no monthly table %', parent;
    END IF;
    IF to_regclass(child) IS NULL THEN
        PERFORM pg_advisory_xact_lock(hashtext(child));
        EXECUTE format(
            'CREATE TABLE IF NOT EXISTS %I PARTITION OF %I FOR VALUES FROM (%L) TO (%L)',
            child, parent,
            first_on::timestamp AT TIME ZONE 'UTC', (first_on + interval '1 month') AT TIME ZONE 'UTC'
        );
    END IF;
    RETURN child;
END $$;
REVOKE ALL ON FUNCTION equilibrate_ensure_month(text, date) FROM PUBLIC;
"""

STORAGE = """
ALTER TABLE customers_activitytile SET (fillfactor = 80);
"""


class Migration(migrations.Migration):
    dependencies = [("customers", "0001_initial")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(TABLE, "DROP TABLE customers_transaction;")],
            state_operations=[
                migrations.CreateModel(
                    name="Transaction",
                    fields=[
                        (
                            "pk",
                            models.CompositePrimaryKey(
                                "customer_id",
                                "occurred_at",
                                "transaction_id",
                                blank=True,
                                editable=False,
                                primary_key=True,
                                serialize=False,
                            ),
                        ),
                        (
                            "customer",
                            models.ForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="transactions",
                                to="customers.customer",
                            ),
                        ),
                        ("occurred_at", models.DateTimeField()),
                        ("transaction_id", models.CharField(max_length=64)),
                        ("amount", customers.money.MoneyField()),
                        ("currency", models.CharField(max_length=3)),
                        (
                            "transaction_type",
                            models.CharField(
                                choices=[("DEBIT", "debit"), ("CREDIT", "credit")], max_length=6
                            ),
                        ),
                        (
                            "status",
                            models.CharField(
                                choices=[
                                    ("BOOKED", "booked"),
                                    ("RETURNED", "returned"),
                                    ("DECLINED", "declined"),
                                ],
                                max_length=8,
                            ),
                        ),
                        ("channel", models.CharField(max_length=32)),
                        ("merchant_category", models.CharField(max_length=64)),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("ESSENTIAL", "essential"),
                                    ("DISCRETIONARY", "discretionary"),
                                    ("CASH", "cash"),
                                    ("INCOME", "income"),
                                    ("DEBT", "debt"),
                                ],
                                max_length=13,
                            ),
                        ),
                        (
                            "is_salary",
                            models.BooleanField(help_text="empty: the source does not say", null=True),
                        ),
                        ("reverses", models.CharField(max_length=64, null=True)),
                        ("balance_after_amount", customers.money.MoneyField(null=True)),
                        ("mcc", models.CharField(max_length=4, null=True)),
                        ("merchant", models.CharField(max_length=200, null=True)),
                        ("account_id", models.CharField(max_length=64, null=True)),
                        (
                            "recorded_at",
                            models.DateTimeField(help_text="when the bank knew of it, on the bank's clock"),
                        ),
                        (
                            "stored_at",
                            models.DateTimeField(
                                db_default=django.db.models.functions.datetime.Now(), editable=False
                            ),
                        ),
                    ],
                    options={
                        "db_table": "customers_transaction",
                    },
                )
            ],
        ),
        migrations.RunSQL(FUNCTION, "DROP FUNCTION equilibrate_ensure_month(text, date);"),
        migrations.RunSQL(STORAGE, "ALTER TABLE customers_activitytile RESET (fillfactor);"),
    ]
