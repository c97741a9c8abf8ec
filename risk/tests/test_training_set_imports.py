"""Whatever a bank can import can be trained on: without balances, without is_salary, in another currency and zone."""

import datetime as dt
import json
import random
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.core.management import call_command

from risk.management.commands.train_model import REJECTED
from risk.model.specs import NAMES, SPECS
from risk.tests.factories import TODAY
from risk.training.rows import TrainingSet
from risk.training.splits import BUCKETS

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("at_noon")]
DAYS = 240
STARTED = TODAY - dt.timedelta(days=DAYS)
CUSTOMERS = 4
FORGETFUL = 2
# Enough for every part of a split to have its misses.
MANY = 450


def customers_csv() -> str:
    terms = f"12000,24,500,{STARTED}"
    lines = [f"V{number},{terms}" for number in range(CUSTOMERS)]
    return "\n".join(["customer_id,loan_amount,loan_tenure_months,emi_amount,loan_start_date", *lines])


def transactions_csv() -> str:
    """Pay on the 27th, groceries every other day, instalments when they fall due, but for the last of one customer."""
    lines: list[tuple[object, ...]] = []
    for customer in range(CUSTOMERS):
        for age in range(DAYS):
            day = TODAY - dt.timedelta(days=age)
            if day.day == 27:
                lines.append((customer, f"{day} 08:00:00", 2_400, "CREDIT", "BANK_TRANSFER", "TRANSFER"))
            if age % 2 and age:
                lines.append((customer, f"{day} 18:30:00", 35.5, "DEBIT", "POS", "GROCERY"))
            is_forgotten = customer == FORGETFUL and age < 45
            if day.day == STARTED.day and day > STARTED and not is_forgotten:
                lines.append((customer, f"{day} 05:00:00", 500, "DEBIT", "AUTODEBIT", "EMI"))
    return as_csv(lines)


def as_csv(lines: list[tuple[object, ...]]) -> str:
    header = "transaction_id,customer_id,timestamp,amount,transaction_type,channel,merchant_category"
    rows = [",".join(map(str, (number, f"V{line[0]}", *line[1:]))) for number, line in enumerate(lines)]
    return "\n".join([header, *rows])


def imported(directory: Path, customers: str, transactions: str) -> None:
    for kind, content in (("customers", customers), ("transactions", transactions)):
        path = directory / f"{kind}.csv"
        path.write_text(content)
        call_command(f"import_{kind}", str(path), stdout=StringIO())


def test_an_imported_portfolio_can_be_trained_on(tmp_path: Path, settings: Any) -> None:
    settings.BANK_CURRENCY = "EUR"
    settings.BANK_TIME_ZONE = "Europe/Vienna"
    imported(tmp_path, customers_csv(), transactions_csv())

    call_command("build_training_set", "--out", str(tmp_path / "set"), stdout=StringIO())

    training_set = TrainingSet.open(tmp_path / "set")
    rows = training_set.rows(range(BUCKETS), training_set.moments)
    known = {name: np.isfinite(rows.values[:, at]).all() for at, name in enumerate(NAMES)}
    families = {spec.name: spec.family for spec in SPECS}
    assert (training_set.content["currency"], training_set.content["time_zone"]) == ("EUR", "Europe/Vienna")
    assert len(rows) == CUSTOMERS * len(training_set.moments)
    assert np.isnan(rows.values[:, [families[name] == "balance" for name in NAMES]]).all()
    assert known["instalment_to_income"]
    # Pay that nobody flagged is found by its rhythm.
    assert known["salary_late_days"]
    assert set(rows.facts.customer[rows.facts.missed]) == {np.unique(rows.facts.customer)[FORGETFUL]}


def begun_on(number: int) -> dt.date:
    return dt.date(2025, 6, 1 + number % 28)


def dues_of(number: int) -> dict[dt.date, bool]:
    """Monthly due days, and whether the instalment is paid late: one in four is, at random."""
    begun, dice = begun_on(number), random.Random(number)  # noqa: S311
    months = [divmod(begun.month - 1 + month, 12) for month in range(1, 9)]
    return {
        begun.replace(year=begun.year + year, month=month + 1): dice.random() < 0.25 for year, month in months
    }


def many_customers_csv() -> str:
    lines = [f"V{number},12000,24,500,{begun_on(number)}" for number in range(MANY)]
    return "\n".join(["customer_id,loan_amount,loan_tenure_months,emi_amount,loan_start_date", *lines])


def many_transactions_csv() -> str:
    """Pay on the 27th, but for most of the months in which an instalment is paid ten days late."""
    days = [TODAY - dt.timedelta(days=age) for age in range(1, DAYS)]
    lines: list[tuple[object, ...]] = []
    for number in range(MANY):
        dues = dues_of(number)
        for day in days:
            if (day.toordinal() + number) % 6 == 0:
                lines.append((number, f"{day} 18:30:00", 35.5, "DEBIT", "POS", "GROCERY"))
            is_late = next((late for due_on, late in dues.items() if due_on > day), False)
            if day.day == 27 and (number % 4 == 0 or not is_late):
                lines.append((number, f"{day} 08:00:00", 2_400, "CREDIT", "BANK_TRANSFER", "TRANSFER"))
        paid = [due_on + dt.timedelta(days=10 * late) for due_on, late in dues.items()]
        lines += [
            (number, f"{day} 05:00:00", 500, "DEBIT", "AUTODEBIT", "EMI") for day in paid if day < TODAY
        ]
    return as_csv(lines)


@pytest.mark.slow
def test_a_model_can_be_trained_on_an_imported_portfolio(tmp_path: Path, settings: Any) -> None:
    settings.BANK_CURRENCY = "EUR"
    settings.BANK_TIME_ZONE = "Europe/Vienna"
    imported(tmp_path, many_customers_csv(), many_transactions_csv())
    data, metrics = tmp_path / "set", tmp_path / "metrics.json"
    call_command("build_training_set", "--out", str(data), stdout=StringIO())

    try:
        call_command(
            "train_model",
            *("--data", str(data), "--metrics", str(metrics)),
            *("--folds", "1", "--draws", "50", "--dry-run"),
            stdout=StringIO(),
            stderr=StringIO(),
        )
    except SystemExit as ended:
        # So few customers make a model, if not one that is good enough to be used.
        assert ended.code == REJECTED

    told = json.loads(metrics.read_text())
    assert told["overall"]["model"]["roc_auc"]["value"] > 0.65
    assert told["overall"]["model"]["roc_auc"]["value"] > told["overall"]["scorecard"]["roc_auc"]["value"]
