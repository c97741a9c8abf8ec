"""Small models that look at the real features, trained in a moment: for the tests of whatever scores."""

import hashlib
from typing import Any

import numpy as np
import xgboost

from risk.model import specs
from risk.model.inputs import Matrix

ROWS = 800
SHARE_MISSING = 0.1


def rows(*, count: int = ROWS, seed: int = 0) -> Matrix:
    """Made-up feature values, some of them missing."""
    random = np.random.default_rng(seed)
    found = random.normal(size=(count, len(specs.NAMES))).astype(np.float32)
    found[random.random(found.shape) < SHARE_MISSING] = np.nan
    return found


def booster(*, seed: int = 0, rounds: int = 30, depth: int = 4, **parameters: Any) -> xgboost.Booster:
    """A booster that has learnt a pattern of the first three features from made-up rows."""
    values = rows(seed=seed)
    known = np.nan_to_num(values)
    margin = 1.5 * known[:, 0] + known[:, 1] * known[:, 2] - 1.5
    chance = np.random.default_rng(seed + 1).random(len(values))
    target = (chance < 1 / (1 + np.exp(-margin))).astype(np.float32)
    matrix = xgboost.DMatrix(values, target, nthread=1, feature_names=list(specs.NAMES))
    settings = {"objective": "binary:logistic", "max_depth": depth, "nthread": 1, "seed": seed}
    return xgboost.train(settings | parameters, matrix, rounds)


def model_of(values: Matrix, labels: Any, *, rounds: int = 30) -> tuple[bytes, dict[str, Any]]:
    """The bytes and the manifest of a small model that has learnt these labels of these rows."""
    matrix = xgboost.DMatrix(values, labels, nthread=1, feature_names=list(specs.NAMES))
    settings = {"objective": "binary:logistic", "max_depth": 3, "nthread": 1, "seed": 0}
    ubj = bytes(xgboost.train(settings, matrix, rounds).save_raw("ubj"))
    return ubj, manifest(ubj)


def manifest(ubj: bytes, **changes: Any) -> dict[str, Any]:
    """The manifest of a model's bytes, with other entries where they are given."""
    return {
        "format": 1,
        "name": "early-warning",
        "schema_hash": specs.SCHEMA_HASH,
        "features": list(specs.NAMES),
        "ubj_sha256": hashlib.sha256(ubj).hexdigest(),
        "calibration": {"kind": "platt", "a": 1.0, "b": 0.0},
        "bands": {"medium_from_prob": 0.3, "high_from_prob": 0.6, "basis": {"alert_budget": 0.1}},
        "population": {"horizon_days": 30, "grace_days": 3},
        "training": {"seed": 0, "rows": ROWS},
        "reference": {},
    } | changes


def model(**changes: Any) -> tuple[bytes, dict[str, Any]]:
    """The bytes and the manifest of a small model."""
    ubj = bytes(booster().save_raw("ubj"))
    return ubj, manifest(ubj, **changes)
