"""The whole way on a simulated portfolio: a model is monitored, all is quiet, and then a source goes wrong."""

import datetime as dt
from io import StringIO
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection

from risk.model import registry
from risk.model.scorer import Scorer
from risk.model.specs import NAMES
from risk.models import Alert, ModelVersion, MonitoringReport
from risk.monitoring.reference import reference_of
from risk.monitoring.sampling import Sample, Seen, look
from risk.tests import registered, small_models
from risk.tests.factories import TODAY
from risk.tests.voices import Voice

pytestmark = [
    pytest.mark.slow,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("at_noon"),
]
CUSTOMERS, DAYS, WEEKS = 1_000, 270, 11
COVERED_SHARE = 0.8
LAST_TRAINED = TODAY - dt.timedelta(days=100)


def trained_model() -> ModelVersion:
    """A model that has learnt what became of the portfolio, active."""
    seen = weekly_rows()
    ubj, manifest = small_models.model_of(seen.values, seen.missed, rounds=20)
    manifest["bands"] |= {"medium_from_prob": 0.05, "high_from_prob": 0.2}
    manifest["training"] |= {"splits": {"train_moments": [LAST_TRAINED.isoformat()]}}
    reference = reference_of(
        names=NAMES,
        values=seen.values,
        probability=Scorer.load(ubj, manifest).score(seen.values).probability,
        customers=seen.customers,
        as_of_days=seen.as_of,
        draws=120,
    )
    manifest["reference"] = reference | {"covered_share": COVERED_SHARE}
    model = registry.model_save(author=registered.analyst(), ubj=ubj, manifest=manifest, metrics={})
    registry.model_validate(model=model, by=registered.analyst(), findings="sound")
    officer = registered.officer()
    registry.model_approve(model=model, by=officer, reason="fit for use")
    return registry.model_activate(model=model, by=officer)


def weekly_rows() -> Seen:
    """Everybody at the weekly noons of the training."""
    sample = Sample(day=LAST_TRAINED + dt.timedelta(days=1), count=CUSTOMERS, seed=1)
    return look(sample=sample, back=[1 + 7 * week for week in range(WEEKS)], scorer=Voice())


def send_amounts_in_paise(days: int) -> None:
    """All debits of the last days come once more, a hundred times as large, as if a source had changed its unit."""
    with connection.cursor() as cursor:
        cursor.execute(_IN_PAISE, [TODAY - dt.timedelta(days=days)])


def lose_payments(days: int) -> None:
    """What was paid in the last days has never arrived."""
    with psycopg.connect(settings.DATABASE_OWNER_URL, autocommit=True) as owner:
        owner.execute("ALTER TABLE customers_instalmentpayment DISABLE TRIGGER USER")
        since = TODAY - dt.timedelta(days=days)
        owner.execute("DELETE FROM customers_instalmentpayment WHERE occurred_at >= %s", [since])
        owner.execute("ALTER TABLE customers_instalmentpayment ENABLE TRIGGER USER")


def run(command: str, **options: object) -> str:
    output = StringIO()
    call_command(command, stdout=output, **options)
    return output.getvalue()


def report_of(kind: str) -> dict[str, Any]:
    report: dict[str, Any] = MonitoringReport.objects.filter(kind=kind).latest("id").report
    return report


def test_portfolio_is_quiet_until_a_source_changes_its_unit():
    run("simulate_portfolio", customers=CUSTOMERS, days=DAYS, seed=3, end=TODAY - dt.timedelta(days=1))
    model = trained_model()

    told = run("monitor_model")

    assert len(told.splitlines()) == 4
    drift, performance, fairness = (report_of(kind) for kind in ("drift", "performance", "fairness"))
    assert (drift["verdict"], drift["model"]) == ("steady", str(model))
    assert drift["customers"] > 500
    assert drift["coverage"]["share"] > 0.6
    assert drift["coverage"]["rows"] == 4 * drift["coverage"]["customers"]
    assert drift["estimated"]["misses"]["expected"] > 0
    assert performance["rows"] > 1_000
    assert performance["misses"] == sum(band["misses"] for band in performance["bands"])
    assert fairness["overall"]["rows"] == sum(
        group["rows"] or 0 for group in fairness["attributes"]["gender"]
    )
    assert not Alert.objects.filter(kind=Alert.Kind.OPERATIONAL).exists()

    send_amounts_in_paise(days=14)
    with pytest.raises(CommandError, match="Something drifted"):
        run("check_drift")

    assert "spend_change" in report_of("drift")["alarms"]
    [alert] = Alert.objects.filter(kind=Alert.Kind.OPERATIONAL)
    assert alert.dedupe_key == f"drift.{model.pk}.{TODAY}"

    lose_payments(days=45)
    with pytest.raises(CommandError, match="Something drifted"):
        run("check_drift")

    blind = report_of("drift")
    assert "coverage" in blind["alarms"]
    assert blind["coverage"]["share"] < COVERED_SHARE / 2
    assert blind["coverage"]["silent"]["overdue"] > 0.5
    assert "since something is overdue" in blind["in_words"]


_IN_PAISE = """
INSERT INTO customers_transaction (customer_id, occurred_at, transaction_id, amount, currency, transaction_type,
    status, channel, merchant_category, kind, is_salary, recorded_at)
SELECT customer_id, occurred_at, 'P' || transaction_id, 100 * amount, currency, transaction_type, status, channel,
    merchant_category, kind, is_salary, recorded_at
FROM customers_transaction WHERE transaction_type = 'DEBIT' AND status = 'BOOKED' AND occurred_at >= %s
"""
