"""Models with everything that the monitoring asks of a manifest."""

import datetime as dt
from typing import Any

import numpy as np

from risk.model.specs import NAMES
from risk.models import DayEvaluation, ModelVersion
from risk.monitoring.reference import reference_of
from risk.tests import registered
from risk.tests.factories import TODAY

UNSEEN_FROM = TODAY - dt.timedelta(days=100)


def manifest(**changes: Any) -> dict[str, Any]:
    """The entries of a manifest that the monitoring reads, of made-up training data."""
    draw = np.random.default_rng(5)
    customers, weeks = 60, 10
    rows = customers * weeks
    reference = reference_of(
        names=NAMES,
        values=draw.normal(size=(rows, len(NAMES))).astype(np.float32),
        probability=draw.random(rows),
        customers=np.repeat(np.arange(customers), weeks),
        as_of_days=np.tile(7 * np.arange(weeks), customers),
        draws=20,
    )
    train_moments = [(UNSEEN_FROM - dt.timedelta(days=days)).isoformat() for days in (40, 33)]
    return {"reference": reference, "training": {"splits": {"train_moments": train_moments}}} | changes


def active(**changes: Any) -> ModelVersion:
    """A model that scores and can be monitored."""
    return registered.active(**manifest(**changes))


def evaluated(day: dt.date = TODAY) -> None:
    """Everybody has been evaluated for a bank day."""
    DayEvaluation.objects.update_or_create(day_on=day, defaults={"state": DayEvaluation.State.DONE})
