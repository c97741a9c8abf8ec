"""Whatever a bank can import can be trained on: without balances, without is_salary, in another currency and zone."""

import datetime as dt
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.core.management import call_command

from risk.model.specs import NAMES, SPECS
from risk.tests.factories import TODAY
from risk.training.rows import TrainingSet
from risk.training.splits import BUCKETS

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("at_noon")]
DAYS = 240
STARTED = TODAY - dt.timedelta(days=DAYS)
CUSTOMERS = 4
FORGETFUL = 2


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
    header = "transaction_id,customer_id,timestamp,amount,transaction_type,channel,merchant_category"
    rows = [",".join(map(str, (number, f"V{line[0]}", *line[1:]))) for number, line in enumerate(lines)]
    return "\n".join([header, *rows])


def imported(directory: Path) -> None:
    for kind, content in (("customers", customers_csv()), ("transactions", transactions_csv())):
        path = directory / f"{kind}.csv"
        path.write_text(content)
        call_command(f"import_{kind}", str(path), stdout=StringIO())


def test_an_imported_portfolio_can_be_trained_on(tmp_path: Path, settings: Any) -> None:
    settings.BANK_CURRENCY = "EUR"
    settings.BANK_TIME_ZONE = "Europe/Vienna"
    imported(tmp_path)

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
