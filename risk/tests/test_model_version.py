"""What a version is in the database: its states, and what the columns beside the score may hold."""

import importlib
import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models.functions import Now

from customers.tests.factories import CustomerFactory
from risk.levels import Level
from risk.model import registry
from risk.models import CurrentRisk, ModelVersion, MonitoringReport, ShadowRisk
from risk.refresh import Refresher
from risk.services import mark_dirty
from risk.tests.factories import TODAY
from risk.tests.registered import active, analyst, approved, candidate, officer, validated

pytestmark = pytest.mark.django_db
State = ModelVersion.State


def retired() -> ModelVersion:
    return registry.model_retire(model=active(), by=officer(), reason="drifted")


def rejected() -> ModelVersion:
    return registry.model_reject(model=candidate(), by=analyst(), reason="leaks")


IN_STATE: dict[State, Callable[[], ModelVersion]] = {
    State.CANDIDATE: candidate,
    State.VALIDATED: validated,
    State.APPROVED: approved,
    State.ACTIVE: active,
    State.RETIRED: retired,
    State.REJECTED: rejected,
}
FORBIDDEN = [
    (before, after)
    for before in State
    for after in State
    if before != after and (before, after) not in ModelVersion.TRANSITIONS
]


@pytest.mark.parametrize(("before", "after"), FORBIDDEN)
def test_state_moves_only_along_its_transitions(before: State, after: State) -> None:
    model = IN_STATE[before]()

    with pytest.raises(IntegrityError, match=f"{before} does not become {after}"), transaction.atomic():
        ModelVersion.objects.filter(pk=model.pk).update(
            state=after, state_reason="so", activated_at=Now(), retired_at=Now(), shadow_since=None
        )


def test_unknown_state_is_refused() -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        ModelVersion.objects.filter(pk=candidate().pk).update(state="trusted")


def evaluated() -> CurrentRisk:
    customer = CustomerFactory.create()
    mark_dirty([customer.pk])
    Refresher().run(until=time.monotonic() + 60)
    return CurrentRisk.objects.get(customer=customer)


@pytest.mark.parametrize(
    "said",
    [
        {"probability": 0.5},
        {"model_id": 1, "probability": 0.5},
        {"model_id": 1, "probability": 1.5, "band": Level.HIGH},
        {"model_id": 1, "probability": -0.5, "band": Level.HIGH},
        {"model_id": 1, "probability": float("nan"), "band": Level.HIGH},
    ],
)
def test_risk_is_scored_wholly_or_not_at_all(said: dict[str, Any]) -> None:
    risk = evaluated()

    with pytest.raises(IntegrityError, match="risk_scored_wholly"), transaction.atomic():
        CurrentRisk.objects.filter(pk=risk.pk).update(**said)


def test_score_level_of_rows_from_before_is_filled_in() -> None:
    risk = evaluated()
    CurrentRisk.objects.update(score_level=None, level=Level.MEDIUM)
    migration = importlib.import_module("risk.migrations.0011_score_level_from_before")

    migration.fill(None, SimpleNamespace(connection=connection))

    risk.refresh_from_db()
    assert risk.score_level == Level.MEDIUM


def test_filling_in_an_empty_table_does_nothing() -> None:
    migration = importlib.import_module("risk.migrations.0011_score_level_from_before")

    migration.fill(None, SimpleNamespace(connection=connection))


def test_registry_speaks_of_itself() -> None:
    model = active()
    decision = model.decisions.latest("pk")
    report = MonitoringReport.objects.create(kind="drift", model=model, as_of_on=TODAY, report={})

    assert [str(each) for each in (model, model.artifact, decision, report)] == [
        "early-warning-1", model.manifest["ubj_sha256"], f"{model.pk} approved", "drift 2026-02-17",
    ]  # fmt: skip
    assert str(ShadowRisk(customer_id=7, probability=0.25)) == "7 0.250"
