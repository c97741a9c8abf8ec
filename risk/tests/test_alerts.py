"""Alerts: one per occasion, acknowledged by somebody; and how the rows of risk are called."""

import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.utils import timezone

from customers.tests.factories import CustomerFactory
from risk import alerts
from risk.alerts import TurnedHigh
from risk.models import (
    Alert,
    Assessment,
    CurrentRisk,
    DayRange,
    FeatureSnapshot,
    PendingDecision,
    SystemProbe,
)
from risk.refresh import Refresher
from risk.services import day_open, mark_dirty
from risk.tests.factories import TODAY

pytestmark = pytest.mark.django_db


def test_operational_alert_is_raised_once_per_occasion() -> None:
    for lag in (10, 20):
        alerts.raise_operational(dedupe_key="halt.3", message="The consumer has halted", detail={"lag": lag})

    alert = Alert.objects.get()
    assert (alert.kind, alert.customer, alert.detail) == (Alert.Kind.OPERATIONAL, None, {"lag": 10})
    assert str(alert) == "The consumer has halted"


def test_turning_high_twice_is_two_occasions() -> None:
    customer = CustomerFactory.create().pk
    first, second = (TurnedHigh(customer, revision, 6.0) for revision in (2, 9))

    alerts.raise_turned_high([first])
    alerts.raise_turned_high([first, second])
    alerts.raise_turned_high([])

    assert sorted(alert.detail["revision"] for alert in Alert.objects.all()) == [2, 9]


def test_alert_is_acknowledged_by_somebody_or_not_at_all() -> None:
    alerts.raise_operational(dedupe_key="halt.3", message="The consumer has halted", detail={})

    with pytest.raises(IntegrityError, match="acknowledged_by_somebody"), transaction.atomic():
        Alert.objects.update(acknowledged_at=timezone.now())

    Alert.objects.update(acknowledged_at=timezone.now(), acknowledged_by=User.objects.create_user("rm"))
    assert Alert.objects.get().acknowledged_by is not None


def test_alert_of_an_unknown_kind_is_refused() -> None:
    with pytest.raises(IntegrityError, match="kind_is_known"), transaction.atomic():
        Alert.objects.create(kind="gossip", dedupe_key="1", message="")


@pytest.mark.usefixtures("at_noon")
def test_rows_say_what_they_are() -> None:
    customer = CustomerFactory.create().pk
    mark_dirty([customer])
    Refresher().chunk()
    day_open(day=TODAY)
    probe = SystemProbe(name=SystemProbe.EVENT_LOG, is_ok=False)

    assert str(CurrentRisk.objects.get()) == "LOW 0.0"
    assert str(Assessment.objects.get()) == f"{customer} revision 1"
    assert str(PendingDecision.objects.get()) == f"customer {customer} revision 1"
    assert str(FeatureSnapshot.objects.get()).startswith(f"{customer} at 2026-02-17")
    assert str(DayRange.objects.get()) == f"{TODAY}: {customer}–{customer + 1_999}"
    assert str(probe) == "event_log: not ok"
