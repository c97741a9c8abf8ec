"""The model's features by name: what each means, and which way theory says it points."""

import dataclasses
import hashlib
import json
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class FeatureSpec:
    """One feature of the early-warning model.

    Args:
        name: its name everywhere: column, receipt, document.
        family: income, spending, cash, debt, returns, distress, balance or activity.
        window: over which bank days, in words.
        unit: days, ratio, count, sd or share.
        formula: in words.
        missing: what a missing value means.
        monotone: 1 where more of it can only raise the risk, -1 where it can only lower it, 0 where theory is silent.
        is_actionable: whether help or the customer can change it within weeks; a counterfactual changes only these.
    """

    name: str
    family: str
    window: str
    unit: str
    formula: str
    missing: str
    monotone: int = 0
    is_actionable: bool = False


SPECS: tuple[FeatureSpec, ...] = ()
NAMES: tuple[str, ...] = tuple(spec.name for spec in SPECS)


def schema_hash(specs: tuple[FeatureSpec, ...] = SPECS) -> str:
    """sha256 of the canonical JSON of all definitions: a model speaks of exactly one schema."""
    canonical = json.dumps(
        [dataclasses.asdict(spec) for spec in specs], sort_keys=True, separators=(",", ":")
    )
    return hashlib.sha256(canonical.encode()).hexdigest()


SCHEMA_HASH = schema_hash()
