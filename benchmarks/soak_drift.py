"""Watch models over many quiet days, and then do something to the data: silence first, an alarm then.

Each portfolio is simulated anew, with a model of its own trained on its first months; the days after them are quiet by
construction. What is done to the data is done to the raw rows, as a source would, and undone again.
"""

import argparse
import datetime as dt
import io
import random
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg

from benchmarks import report
from benchmarks.report import Row
from benchmarks.stack import Stack

if TYPE_CHECKING:
    from risk.monitoring.subject import Subject

HISTORY_DAYS = 270
QUIET_SPAN_DAYS = 90
LABEL_DAYS = 34
# Portfolios end at different times of the year, so that no holiday is common to all of them.
SEASON_DAYS = 37
UNREACHABLE = "redis://127.0.0.1:1/0"


@dataclass(frozen=True)
class Change:
    """What is done to raw rows of the last days.

    Args:
        days: how many days.
        statement: what is done to `rows`, a copy of them that takes their place.
        table: whose rows.
    """

    days: int
    statement: str
    table: str = "customers_transaction"


CHANGES = {
    "amounts in another unit": Change(
        14,
        "UPDATE {rows} SET amount = amount * 100 WHERE transaction_type = 'DEBIT'",
    ),
    "another unit for half of the customers": Change(
        21,
        "UPDATE {rows} SET amount = amount * 100 WHERE transaction_type = 'DEBIT' AND customer_id % 2 = 0",
    ),
    "balances gone": Change(28, "UPDATE {rows} SET balance_after_amount = NULL"),
    "half of the rows lost": Change(21, "DELETE FROM {rows} WHERE hashtext(transaction_id) % 2 = 0"),
    "rows late by ten days": Change(21, "UPDATE {rows} SET recorded_at = recorded_at + interval '10 days'"),
    "salaries lost": Change(28, "DELETE FROM {rows} WHERE merchant_category = 'SALARY'"),
    "salaries halved": Change(
        35,
        "UPDATE {rows} SET amount = round(amount / 2, 2) WHERE merchant_category = 'SALARY'",
    ),
    "everything is groceries": Change(
        28,
        "UPDATE {rows} SET merchant_category = 'GROCERY', kind = 'ESSENTIAL' WHERE kind = 'DISCRETIONARY'",
    ),
    "payments lost": Change(45, "DELETE FROM {rows}", table="customers_instalmentpayment"),
}


@dataclass
class Found:
    """What the alarm did.

    Args:
        quiet_days: looked at.
        false_alarms: of them in alarm.
        drifted: days looked at by change.
        found: of them in alarm, by change.
    """

    quiet_days: int = 0
    false_alarms: int = 0
    drifted: Counter[str] = field(default_factory=Counter)
    found: Counter[str] = field(default_factory=Counter)


@dataclass
class Bank:
    """One simulated portfolio with its model.

    Args:
        seed: of the portfolio.
        end_on: its last bank day.
        options: of the soak.
        owner_url: of the database.
    """

    seed: int
    end_on: dt.date
    options: argparse.Namespace
    owner_url: str

    def watch(self, found: Found) -> None:
        """Simulate, train, and look at quiet days and at changed ones."""
        subject = self._trained()
        for day in self._quiet_days():
            alarms = self._alarms(subject, day)
            found.quiet_days += 1
            found.false_alarms += bool(alarms)
            if alarms:
                report.progress(f"  {day}, quiet: {alarms}")
        for name, change in CHANGES.items():
            with self._changed(change):
                alarms = self._alarms(subject, self.end_on + dt.timedelta(days=1))
            found.drifted[name] += 1
            found.found[name] += bool(alarms)
            report.progress(f"  {name}: {alarms or 'NOT FOUND'}")

    def _trained(self) -> "Subject":
        from risk.models import ModelVersion
        from risk.monitoring.subject import subject_of

        self._empty()
        run(
            "simulate_portfolio",
            customers=self.options.customers,
            days=HISTORY_DAYS + QUIET_SPAN_DAYS,
            seed=self.seed,
            end=self.end_on,
        )
        until_on = self.end_on - dt.timedelta(days=QUIET_SPAN_DAYS + LABEL_DAYS)
        with tempfile.TemporaryDirectory() as directory:
            out = Path(directory) / "set"
            run("build_training_set", out=out, until_on=until_on)
            try:
                run("train_model", data=out, author=analyst(), folds=1, draws=50, simulated=True)
            except SystemExit:
                report.progress("  the model is rejected, and watched all the same")
        return subject_of(ModelVersion.objects.latest("pk"))

    def _quiet_days(self) -> list[dt.date]:
        """Days spread over those that the model was not trained on."""
        step = (QUIET_SPAN_DAYS - 1) / max(1, self.options.days - 1)
        first = self.end_on - dt.timedelta(days=QUIET_SPAN_DAYS - 2)
        return [first + dt.timedelta(days=round(step * number)) for number in range(self.options.days)]

    def _alarms(self, subject: "Subject", day: dt.date) -> list[str]:
        from risk.monitoring import drift
        from risk.monitoring.checks import seed_of
        from risk.monitoring.sampling import Sample

        sample = Sample(day=day, count=self.options.sample, seed=seed_of(subject=subject, day=day))
        found: dict[str, Any] = drift.measure(subject, sample)
        if found["verdict"] == "too_few":
            raise ValueError(f"{found['customers']} customers are too few: raise --sample or --customers")
        alarms: list[str] = found["alarms"]
        return alarms

    @contextmanager
    def _changed(self, change: Change) -> Iterator[None]:
        """Change the rows of the last days, and put them back."""
        from_on = self.end_on - dt.timedelta(days=change.days - 1)
        with psycopg.connect(self.owner_url, autocommit=True) as owner:
            for table in ("kept", "changed"):
                rows = f"SELECT * FROM {change.table} WHERE occurred_at >= '{from_on}'"
                owner.execute(f"CREATE TABLE {table} AS {rows}")
            owner.execute(change.statement.format(rows="changed"))
            _put(owner, "changed", into=change.table, from_on=from_on)
            try:
                yield
            finally:
                _put(owner, "kept", into=change.table, from_on=from_on)
                owner.execute("DROP TABLE kept, changed")

    def _empty(self) -> None:
        with psycopg.connect(self.owner_url, autocommit=True) as owner:
            owner.execute(_EMPTY)


def _put(owner: "psycopg.Connection[Any]", table: str, *, into: str, from_on: dt.date) -> None:
    """Put a table's rows in place of those stored from a day on."""
    with owner.transaction():
        owner.execute(f"ALTER TABLE {into} DISABLE TRIGGER USER")
        owner.execute(f"DELETE FROM {into} WHERE occurred_at >= %s", [from_on])
        owner.execute(f"INSERT INTO {into} SELECT * FROM {table}")
        # What a foreign key still has to look at would forbid to change the table.
        owner.execute("SET CONSTRAINTS ALL IMMEDIATE")
        owner.execute(f"ALTER TABLE {into} ENABLE TRIGGER USER")
    owner.execute(f"ANALYZE {into}")


def main() -> int:
    """Run the soak and print `quiet_days`, `false_alarms`, `drifted_days`, `found`."""
    options = _options()
    seed = options.seed if options.seed is not None else random.SystemRandom().randrange(10**6)
    report.progress(f"seed {seed}")
    settings = {"REDIS_URL": UNREACHABLE, "CACHE_URL": UNREACHABLE, "KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1"}
    directory = report.ROOT / "var" / f"soak-{options.name}"
    found = Found()
    with Stack(directory, settings=settings, servers=("postgresql",)) as stack:
        stack.use_django()
        for number in range(options.portfolios):
            end_on = options.end - dt.timedelta(days=SEASON_DAYS * number)
            report.progress(f"portfolio {number + 1} of {options.portfolios}, until {end_on}")
            Bank(seed + number, end_on, options, stack.environment["DATABASE_OWNER_URL"]).watch(found)
    return report.finish(bench=options.name, rows=_rows(found), as_json=options.json)


def run(command: str, **options: Any) -> None:
    """Run one of our commands here; standard output is for the result."""
    from django.core.management import call_command

    call_command(command, stdout=io.StringIO(), **options)


def analyst() -> str:
    """The name of the user who trains."""
    from django.contrib.auth.models import Group, User

    from customers import roles

    user, _ = User.objects.get_or_create(username="analyst")
    user.groups.set(Group.objects.filter(name=roles.ANALYSTS))
    return user.username


def _rows(found: Found) -> list[Row]:
    drifted = sum(found.drifted.values())
    by_change = [
        Row(f"found_{name.replace(' ', '_')}", found.found[name], f"of {found.drifted[name]}")
        for name in CHANGES
    ]
    return [
        Row("quiet_days", found.quiet_days, "days"),
        report.at_most("false_alarms", found.false_alarms, "days", found.quiet_days / 30),
        Row("drifted_days", drifted, "days"),
        report.at_least("found", sum(found.found.values()), "days", drifted),
        *by_change,
    ]


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="script/soak drift", description=__doc__)
    parser.add_argument("--portfolios", type=int, default=10)
    parser.add_argument("--days", type=int, default=30, help="quiet days looked at of each portfolio")
    parser.add_argument("--customers", type=int, default=5_000, help="of each portfolio")
    parser.add_argument("--sample", type=int, default=1_200, help="customers looked at each day")
    yesterday = dt.datetime.now(dt.UTC).date() - dt.timedelta(days=1)
    last = "last bank day of the first portfolio; each further one ends earlier"
    parser.add_argument("--end", type=dt.date.fromisoformat, default=yesterday, help=last)
    parser.add_argument("--seed", type=int)
    parser.add_argument("--name", default="drift", help="name of the kept result")
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


_EMPTY = """
TRUNCATE customers_customer, customers_transaction, customers_activitytile, ingest_simulatedportfolio,
    risk_dirtycustomer CASCADE
"""

if __name__ == "__main__":
    raise SystemExit(main())
