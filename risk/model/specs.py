"""The model's features by name: what each means, and which way theory says it points."""

import dataclasses
import hashlib
import json

from risk.model import (
    features_activity,
    features_balance,
    features_cash,
    features_debt,
    features_income,
    features_returns,
    features_spending,
)
from risk.model.features_spec import Companion, Fact, FeatureSpec

__all__ = [
    "COMPANIONS",
    "FACTS",
    "NAMES",
    "SCHEMA_HASH",
    "SPECS",
    "Companion",
    "Fact",
    "FeatureSpec",
    "schema_hash",
]

_FAMILIES = (
    features_income,
    features_spending,
    features_cash,
    features_debt,
    features_returns,
    features_balance,
    features_activity,
)

SPECS: tuple[FeatureSpec, ...] = tuple(spec for family in _FAMILIES for spec in family.SPECS)
NAMES: tuple[str, ...] = tuple(spec.name for spec in SPECS)
FACTS: tuple[Fact, ...] = tuple(fact for family in _FAMILIES for fact in family.FACTS)
COMPANIONS: dict[str, Companion] = {
    name: companion for family in _FAMILIES for name, companion in family.COMPANIONS.items()
}


def schema_hash(specs: tuple[FeatureSpec, ...] = SPECS) -> str:
    """sha256 of the canonical JSON of all definitions: a model speaks of exactly one schema."""
    canonical = json.dumps(
        [dataclasses.asdict(spec) for spec in specs], sort_keys=True, separators=(",", ":")
    )
    return hashlib.sha256(canonical.encode()).hexdigest()


SCHEMA_HASH = schema_hash()
