"""What a feature, a fact and their companionship are."""

from collections.abc import Mapping
from dataclasses import dataclass

from risk.features import Floats


@dataclass(frozen=True, kw_only=True)
class FeatureSpec:
    """One feature of the early-warning model.

    Args:
        name: its name everywhere: column, receipt, document.
        family: income, spending, cash, debt, returns, distress, balance or activity.
        window: over which bank days, as ages: how many days before the as-of day, whose own age is 0.
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


@dataclass(frozen=True, kw_only=True)
class Fact:
    """Something that reasons say aloud.

    Args:
        name: its name in `ModelInputs.facts`.
        unit: amount (units of the bank's currency), amount per day, days, count, share or sd.
        meaning: in words.
    """

    name: str
    unit: str
    meaning: str


@dataclass(frozen=True)
class Companion:
    """Which fact shows a feature's value, and which one the customer's own baseline, None where there is none."""

    fact: str
    baseline: str | None = None


@dataclass(frozen=True)
class Family:
    """One family's features and facts by name, one element per customer; NaN is missing."""

    values: Mapping[str, Floats]
    facts: Mapping[str, Floats]
