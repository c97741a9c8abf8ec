"""A bank of a million customers with staff, policies and 10,000 open cases, made up for `script/bench console`."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

import psycopg

from benchmarks import load, made_up_model, report
from benchmarks.stack import Stack, wait_until

MANAGERS = 400
# Who logs in: most of those who sit in front of the console are relationship managers.
SUPERVISORS, OFFICERS, ANALYSTS = 6, 2, 2
# So that about one customer in a hundred has a case, most of them at MEDIUM.
ALERT_BUDGET, HIGH_BUDGET = 0.023, 0.006
TRANSACTIONS_OF_CASES = 150
SETTLE_SECONDS = 1_800


@dataclass(frozen=True)
class Reader:
    """Somebody who sits in front of the console.

    Attributes:
        session: the key of a session that was made beforehand.
        sees_bank: whether the role covers every customer.
        customers: ids that the reader may see and that have an open case, the most urgent first.
        cases: the ids of those cases.
    """

    session: str
    sees_bank: bool
    customers: list[int]
    cases: list[int]


def build(stack: Stack, *, customers: int) -> None:
    """Customers with a month of tiles and a loan each, evaluated with a model; workers decide about cases."""
    from django.core.management import call_command
    from django.utils import timezone

    from customers import bank_clock, partitions
    from customers.models import BankClock
    from risk import services

    now = timezone.now()
    today = bank_clock.day_of(now)
    # Not midnight, when everybody would be evaluated once more in the middle of a measurement.
    BankClock.objects.create(bank_at=_noon(today), wall_at=now, speed=1.0)
    owner_url = stack.environment["DATABASE_OWNER_URL"]
    _staff()
    call_command("approve_policies", pack="india", submit_by="author", approve_by="approver", verbosity=0)
    report.progress(f"loading {customers:,} customers with {load.HISTORY_DAYS} days of tiles and a loan each")
    load.create_customers(owner_url=owner_url, count=customers)
    with psycopg.connect(owner_url, autocommit=True) as owner:
        owner.execute(_WHO_THEY_ARE, {"managers": _manager_ids()})
        owner.execute("VACUUM ANALYZE customers_customer")
    load.create_loans(
        owner_url=owner_url,
        started_on=today - dt.timedelta(days=100),
        every=1,
        instalments=12,
        instalment=1_000_000,
    )
    load.create_payments(owner_url=owner_url, until=today)
    load.create_tiles(owner_url=owner_url, customers=customers, before=today)
    made_up_model.activate(alert_budget=ALERT_BUDGET, high_budget=HIGH_BUDGET)
    start(stack)
    report.progress("evaluating everybody and deciding about cases")
    services.bank_day_tick()
    _wait_until_decided(customers)
    with psycopg.connect(owner_url, autocommit=True) as owner:
        report.progress("putting back in time what did not change today")
        owner.execute(_SOME_DAYS_AGO)
        report.progress("transactions of those with a case")
        partitions.ensure_months(
            table=partitions.TRANSACTIONS,
            months=[partitions.month_of(now - dt.timedelta(days=30 * n)) for n in range(5)],
        )
        owner.execute(_TRANSACTIONS, {"each": TRANSACTIONS_OF_CASES, "until": now})
        for table in ("risk_currentrisk", "risk_assessment", "interventions_case", "customers_transaction"):
            owner.execute(f"VACUUM ANALYZE {table}")  # type: ignore[arg-type]  # names of ours


def start(stack: Stack) -> None:
    """The worker and beat that work beside the readers."""
    stack.start_worker(concurrency=2)
    stack.start_beat()


def readers(*, count: int) -> list[Reader]:
    """So many people with sessions: supervisors, officers, analysts, and managers for the rest."""
    from django.contrib.auth.models import User
    from django.test import Client

    from interventions.models import Case

    found = []
    few = [f"supervisor{n}" for n in range(SUPERVISORS)]
    few += [f"officer{n}" for n in range(OFFICERS)] + [f"analyst{n}" for n in range(ANALYSTS)]
    names = few + [f"manager{n}" for n in range(count - len(few))]
    for name in names:
        user = User.objects.get(username=name)
        client = Client()
        client.force_login(user)
        cases = Case.objects.open().visible_to(user).order_by("-rank", "pk")[:200]
        found.append(
            Reader(
                session=client.session.session_key or "",
                sees_bank=not name.startswith("manager"),
                customers=[case.customer_id for case in cases],
                cases=[case.pk for case in cases],
            )
        )
    return found


def customers() -> int:
    """How many customers the bank has."""
    from customers.models import Customer

    return Customer.objects.count()


def open_cases() -> int:
    """How many cases are open."""
    from interventions.models import Case

    return int(Case.objects.open().count())


def _staff() -> None:
    from django.contrib.auth.models import Group, User

    from customers import roles

    groups: dict[str, Any] = {group.name: group for group in Group.objects.all()}
    kinds = (
        ("manager", MANAGERS, roles.RELATIONSHIP_MANAGERS),
        ("supervisor", SUPERVISORS, roles.SUPERVISORS),
        ("officer", OFFICERS, roles.COMPLIANCE_OFFICERS),
        ("analyst", ANALYSTS, roles.ANALYSTS),
    )
    for kind, number, role in kinds:
        for n in range(number):
            User.objects.create(username=f"{kind}{n}", first_name=kind.title(), last_name=str(n)).groups.add(
                groups[role]
            )
    for name in ("author", "approver"):
        User.objects.create(username=name).groups.add(groups[roles.COMPLIANCE_OFFICERS])


def _manager_ids() -> list[int]:
    from django.contrib.auth.models import User

    return list(
        User.objects.filter(username__startswith="manager").order_by("pk").values_list("pk", flat=True)
    )


def _noon(day: dt.date) -> dt.datetime:
    from customers import bank_clock

    return dt.datetime.combine(day, dt.time(12), bank_clock.zone())


def _wait_until_decided(customers: int) -> None:
    from risk.models import CurrentRisk, DayRange, PendingDecision

    def is_done() -> bool:
        return (
            not DayRange.objects.exists()
            and not PendingDecision.objects.exists()
            and CurrentRisk.objects.count() == customers
        )

    wait_until(is_done, timeout_seconds=SETTLE_SECONDS, what="risk and cases", every_seconds=1.0)


# Names, cities and employments as an ordinary bank has them: few of the last, some dozens of cities of unlike size.
_WHO_THEY_ARE = """
UPDATE customers_customer SET
    full_name = (ARRAY['Asha','Bina','Chetan','Divya','Esha','Farhan','Gita','Harish','Indira','Jatin','Kavita','Lalit',
        'Meera','Nikhil','Omana','Priya','Rahul','Sunita','Tarun','Usha'])[1 + id %% 20] || ' '
        || (ARRAY['Rao','Sharma','Iyer','Khan','Patel','Das','Nair','Singh','Gupta','Reddy','Joshi','Pillai','Bose',
        'Verma','Kulkarni','Menon','Chauhan','Dutta'])[1 + (id / 20) %% 18],
    city = (ARRAY['Mumbai','Delhi','Bengaluru','Hyderabad','Chennai','Kolkata','Pune','Ahmedabad','Jaipur','Surat',
        'Lucknow','Kanpur','Nagpur','Indore','Bhopal','Patna','Vadodara','Kochi','Coimbatore','Guwahati','Ranchi',
        'Mysuru','Shillong','Panaji'])[1 + floor(24 * power(random(), 1.7))::int],
    employment = (ARRAY['SALARIED','SALARIED','SALARIED','SELF_EMPLOYED','GIG','RETIRED'])[1 + id %% 6],
    phone = '+9198' || lpad((id %% 100000000)::text, 8, '0'),
    assigned_rm_id = (%(managers)s::int[])[1 + id %% cardinality(%(managers)s::int[])]
"""
# Everybody was evaluated for the first time just now. In a bank that has worked for a while, the risk of most customers
# did not change today: of so many only one in fourteen did, which is once in two weeks for each.
_SOME_DAYS_AGO = """
ALTER TABLE risk_assessment DISABLE TRIGGER USER;
UPDATE risk_assessment SET assessed_at = assessed_at - (customer_id % 14) * interval '1 day' WHERE customer_id % 14 > 0;
ALTER TABLE risk_assessment ENABLE TRIGGER USER;
UPDATE risk_currentrisk SET changed_at = changed_at - (customer_id % 14) * interval '1 day' WHERE customer_id % 14 > 0;
"""
_TRANSACTIONS = """
INSERT INTO customers_transaction (customer_id, occurred_at, transaction_id, amount, currency, transaction_type, status,
    channel, merchant_category, kind, is_salary, recorded_at)
SELECT customer_id, at, 't' || n, 10000 + (n * 7919) %% 400000, 'INR', 'DEBIT', 'BOOKED', what.channel, what.category,
    what.kind, false, at
FROM interventions_case CROSS JOIN generate_series(1, %(each)s) AS n
CROSS JOIN LATERAL (SELECT %(until)s::timestamptz - n * interval '14 hours' AS at) moment
JOIN (VALUES (0, 'UPI', 'GROCERY', 'ESSENTIAL'), (1, 'POS', 'SHOPPING', 'DISCRETIONARY'),
    (2, 'UPI', 'DINING', 'DISCRETIONARY'), (3, 'AUTODEBIT', 'UTILITY', 'ESSENTIAL'),
    (4, 'ATM', 'ATM_WITHDRAWAL', 'CASH')) AS what(number, channel, category, kind) ON what.number = n %% 5
WHERE state <> 'resolved'
"""
