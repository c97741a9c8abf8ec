"""A model of realistic size that knows nothing: for measuring what scoring costs, never what it is worth."""

import hashlib
from typing import Any

import numpy as np

ROWS = 20_000
TREES = 250
DEPTH = 4


def activate() -> None:
    """Train, approve and activate it in the running stack."""
    from django.contrib.auth.models import Group, User

    from customers import roles
    from risk.model import registry

    staff = {}
    for role in (roles.ANALYSTS, roles.COMPLIANCE_OFFICERS):
        user = User.objects.create_user(username=role.split()[0].lower())
        user.groups.add(Group.objects.get(name=role))
        staff[role] = user
    ubj = train()
    model = registry.model_save(
        author=staff[roles.ANALYSTS], ubj=ubj, manifest=manifest_of(ubj), metrics={"made_up": True}
    )
    officer = staff[roles.COMPLIANCE_OFFICERS]
    registry.model_validate(model=model, by=officer, findings="for a measurement only")
    registry.model_approve(model=model, by=officer, reason="for a measurement only")
    registry.model_activate(model=model, by=officer)


def train() -> bytes:
    """A booster of full size on noise with a pattern, with missing values as real features have them."""
    import xgboost

    from risk.model.specs import NAMES

    draw = np.random.default_rng(1)
    values = draw.normal(size=(ROWS, len(NAMES))).astype(np.float32)
    labels = values[:, :10].sum(axis=1) + draw.normal(size=ROWS) > 4
    values[draw.random(values.shape) < 0.1] = np.nan
    options = {"objective": "binary:logistic", "max_depth": DEPTH, "eta": 0.05, "tree_method": "hist"}
    matrix = xgboost.DMatrix(values, label=labels, feature_names=list(NAMES))
    return bytes(xgboost.train(options, matrix, num_boost_round=TREES).save_raw("ubj"))


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
