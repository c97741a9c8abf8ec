"""A model of realistic size that knows nothing: for measuring what scoring costs, never what it is worth."""

import hashlib
import random
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from risk.model.inputs import Matrix

ROWS = 20_000
TREES = 250
DEPTH = 4
# The budgets that training has by default: as many customers are told why as a bank would see.
ALERT_BUDGET, HIGH_BUDGET = 0.10, 0.03
SAMPLE = 4_000


def activate(*, alert_budget: float = ALERT_BUDGET, high_budget: float = HIGH_BUDGET) -> None:
    """Train it and set its bands on some of the customers there, approve and activate it in the running stack.

    Args:
        alert_budget: Share of customers whom it is to put at MEDIUM or above.
        high_budget: Share of customers whom it is to put at HIGH.
    """
    from django.contrib.auth.models import Group, User

    from customers import roles
    from risk.model import registry

    staff = {}
    for role in (roles.ANALYSTS, roles.COMPLIANCE_OFFICERS):
        user = User.objects.create_user(username=role.split()[0].lower())
        user.groups.add(Group.objects.get(name=role))
        staff[role] = user
    values = _sample()
    ubj = train(values)
    manifest = manifest_of(ubj)
    manifest["bands"] = {**_bands_of(ubj, values, alert_budget, high_budget), "basis": {"made_up": True}}
    model = registry.model_save(
        author=staff[roles.ANALYSTS], ubj=ubj, manifest=manifest, metrics={"made_up": True}
    )
    officer = staff[roles.COMPLIANCE_OFFICERS]
    registry.model_validate(model=model, by=officer, findings="for a measurement only")
    registry.model_approve(model=model, by=officer, reason="for a measurement only")
    registry.model_activate(model=model, by=officer)


def train(values: "Matrix | None" = None) -> bytes:
    """A booster of full size on noise with a pattern.

    Args:
        values: (customers, features) to find thresholds among; by default, normal ones with missing values as real
            features have them.
    """
    import xgboost

    from risk.model.specs import NAMES

    draw = np.random.default_rng(1)
    if values is None:
        values = draw.normal(size=(ROWS, len(NAMES)))
        values[draw.random(values.shape) < 0.1] = np.nan
    # Ranks: the pattern is among all features alike, whatever their units.
    ranks = np.argsort(np.argsort(values, axis=0), axis=0) / len(values) - 0.5
    drawn = ranks @ draw.normal(size=len(NAMES)) + draw.normal(scale=0.5, size=len(values))
    options = {"objective": "binary:logistic", "max_depth": DEPTH, "eta": 0.05, "tree_method": "hist"}
    matrix = xgboost.DMatrix(
        values.astype(np.float32), label=drawn > np.quantile(drawn, 0.9), feature_names=list(NAMES)
    )
    return bytes(xgboost.train(options, matrix, num_boost_round=TREES).save_raw("ubj"))


def _sample() -> "Matrix":
    """The features of some of the customers there."""
    from customers import bank_clock
    from customers.models import Customer
    from risk.model.speaking import inputs_of
    from risk.rulebook import EQUILIBRATE_1

    everybody = list(Customer.objects.order_by("pk").values_list("pk", flat=True))
    # Drawn, not every nth: pay days and loans go round with the number of the customer, too.
    ids = sorted(random.Random(1).sample(everybody, min(SAMPLE, len(everybody))))
    _, inputs = inputs_of(ids=ids, as_of=bank_clock.today(), rules=EQUILIBRATE_1)
    assert inputs.is_covered.all(), "the model would be silent about some"
    return inputs.values


def _bands_of(ubj: bytes, values: "Matrix", alert_budget: float, high_budget: float) -> dict[str, float]:
    from risk.model.scorer import Scorer
    from risk.training.bands import bands_for_budget

    scores = Scorer.load(ubj, manifest_of(ubj)).score(values)
    bands = bands_for_budget(scores.probability, alert_budget=alert_budget, high_budget=high_budget)
    return {"medium_from_prob": bands.medium_from_prob, "high_from_prob": bands.high_from_prob}


def manifest_of(ubj: bytes) -> dict[str, Any]:
    """Its manifest, with bands that a fair share of customers reach."""
    from risk.model.specs import NAMES, SCHEMA_HASH

    return {
        "format": 1,
        "name": "made-up",
        "schema_hash": SCHEMA_HASH,
        "features": list(NAMES),
        "ubj_sha256": hashlib.sha256(ubj).hexdigest(),
        "calibration": {"kind": "platt", "a": 1.0, "b": 0.0},
        "bands": {"medium_from_prob": 0.1, "high_from_prob": 0.3, "basis": {"made_up": True}},
        "population": {"horizon_days": 30, "grace_days": 3},
    }
