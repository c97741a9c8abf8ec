"""Made-up customers, tiles and events for measurements: plain and quick; behaviour belongs to the simulator."""

import datetime as dt
import random
import uuid
from collections.abc import Iterator

import psycopg

ZONE = dt.timezone(dt.timedelta(hours=5, minutes=30))
# (weight, category, channel, type, smallest, largest amount): the mix of an ordinary household.
MIX = (
    (28, "GROCERY", "UPI", "DEBIT", 80, 2500),
    (16, "SHOPPING", "POS", "DEBIT", 200, 6000),
    (14, "DINING", "UPI", "DEBIT", 100, 2500),
    (10, "TRAVEL", "UPI", "DEBIT", 40, 3000),
    (8, "UTILITY", "AUTODEBIT", "DEBIT", 200, 3500),
    (6, "ATM_WITHDRAWAL", "ATM", "DEBIT", 500, 10000),
    (5, "ENTERTAINMENT", "POS", "DEBIT", 100, 2000),
    (5, "MEDICAL", "POS", "DEBIT", 100, 4000),
    (4, "SALARY", "BANK_TRANSFER", "CREDIT", 18000, 90000),
    (2, "EMI", "AUTODEBIT", "DEBIT", 2000, 12000),
    (2, "RENT", "NETBANKING", "DEBIT", 6000, 25000),
)
HISTORY_DAYS = 30


def events(*, count: int, customers: int, at: dt.datetime, seed: int) -> Iterator[tuple[str, bytes]]:
    """Events as (customer id, JSON), spread over the hour before a moment."""
    draw = random.Random(seed)
    weights = [weight for weight, *_ in MIX]
    stamps = [(at - dt.timedelta(seconds=3600 * i / 2000)).astimezone(ZONE).isoformat() for i in range(2000)]
    for kind in draw.choices(MIX, weights, k=count):
        _, category, channel, way, least, most = kind
        customer_id = str(1 + int(draw.random() * customers))
        amount = least + draw.random() * (most - least)
        yield (
            customer_id,
            (
                f'{{"transaction_id":"{uuid.UUID(int=draw.getrandbits(128))}","customer_id":"{customer_id}",'
                f'"timestamp":"{stamps[int(draw.random() * 2000)]}","amount":{amount:.2f},'
                f'"transaction_type":"{way}","channel":"{channel}","merchant_category":"{category}",'
                f'"is_salary":{int(category == "SALARY")}}}'
            ).encode(),
        )


def create_customers(*, owner_url: str, count: int) -> None:
    """Customers 1 to count, whose database id equals their bank id."""
    with psycopg.connect(owner_url, autocommit=True) as connection:
        connection.execute(_CUSTOMERS, [count])
        connection.execute("SELECT setval('customers_customer_id_seq', %s)", [count])
        connection.execute("ANALYZE customers_customer")


def create_tiles(*, owner_url: str, customers: int, before: dt.date) -> None:
    """Thirty days of tiles for everybody, the last one the day before `before`, stored customer by customer."""
    with psycopg.connect(owner_url, autocommit=True) as connection:
        connection.execute("ALTER TABLE customers_activitytile DROP CONSTRAINT customers_activitytile_pkey")
        step = 100_000
        for first in range(1, customers + 1, step):
            last = min(customers, first + step - 1)
            connection.execute(_TILES, {"first": first, "last": last, "before": before, "days": HISTORY_DAYS})
        connection.execute("SET maintenance_work_mem = '1GB'")
        connection.execute("ALTER TABLE customers_activitytile ADD PRIMARY KEY (customer_id, day_on)")
        connection.execute("VACUUM ANALYZE customers_activitytile")


def create_loans(
    *, owner_url: str, started_on: dt.date, every: int = 3, instalments: int = 24, instalment: int = 5_000
) -> None:
    """A loan of monthly instalments, of so many units each, for every so many customers."""
    terms = {"started_on": started_on, "every": every, "instalments": instalments, "amount": 100 * instalment}
    with psycopg.connect(owner_url, autocommit=True) as connection:
        connection.execute(_LOANS, terms)
        connection.execute(_INSTALMENTS, terms)
        connection.execute("ANALYZE customers_loan, customers_instalment")


def create_payments(*, owner_url: str, until: dt.date) -> None:
    """Every instalment due before a day, paid when it was due: nobody has anything overdue."""
    with psycopg.connect(owner_url, autocommit=True) as connection:
        connection.execute(_PAYMENTS, {"until": until})
        connection.execute("ANALYZE customers_instalmentpayment")


_LOANS = """
INSERT INTO customers_loan (customer_id, reference, product, currency, principal_amount, outstanding_amount,
    instalment_amount, tenure_months, started_on, loss_given_default_prob, schedule_version)
SELECT id, 'L' || id, 'PERSONAL', 'INR', 10000000, 10000000, %(amount)s, %(instalments)s, %(started_on)s, 0.45, 1
FROM customers_customer WHERE id %% %(every)s = 0
"""
_INSTALMENTS = """
INSERT INTO customers_instalment (customer_id, loan_id, version, number, due_on, amount, cumulative_amount)
SELECT customer_id, id, 1, number, (started_on + number * interval '1 month')::date, instalment_amount,
    number * instalment_amount
FROM customers_loan CROSS JOIN generate_series(1, %(instalments)s) AS number
"""
_PAYMENTS = """
INSERT INTO customers_instalmentpayment (customer_id, loan_id, payment_id, amount, occurred_at, recorded_at, origin)
SELECT customer_id, loan_id, 'made-up-' || number, amount, due_on::timestamptz, due_on::timestamptz, 'import'
FROM customers_instalment WHERE due_on < %(until)s
"""
_CUSTOMERS = """
INSERT INTO customers_customer (id, source, bank_id, full_name, gender, city, time_zone, employment, phone, email,
    language, is_vulnerable, is_provisional, updated_at)
SELECT id, 'core', id::text, '', '', '', '', '', '', '', 'en', false, false, now()
FROM generate_series(1, %s) AS id
"""
_TILES = """
INSERT INTO customers_activitytile (customer_id, day_on, txn_count, debit_amount, credit_amount, essential_amount,
    discretionary_amount, cash_count, cash_amount, debt_count, debt_amount, salary_count, salary_amount,
    returned_count, returned_amount, declined_count, largest_unflagged_credit_amount, last_salary_at)
SELECT id, day, 1 + salary + cash + extra, 100 * (essential + discretionary + 2000 * cash), 4000000 * salary,
    100 * essential, 100 * discretionary, cash, 200000 * cash, 0, 0, salary, 4000000 * salary, 0, 0, 0, 0,
    CASE WHEN salary = 1 THEN day::timestamptz END
FROM generate_series(%(first)s::bigint, %(last)s::bigint) AS id
CROSS JOIN generate_series(%(before)s::date - %(days)s, %(before)s::date - 1, interval '1 day') AS at
CROSS JOIN LATERAL (
    SELECT at::date AS day, (id %% 30 = at::date - (%(before)s::date - %(days)s))::int AS salary,
        (random() < 0.06)::int AS cash, (random() * 3)::int AS extra,
        (100 + random() * 1200)::bigint AS essential, (random() * 1500)::bigint AS discretionary
) facts
ORDER BY id, day
"""
