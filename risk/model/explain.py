"""Reasons: from what each feature contributed to at most four things that can be said of a customer. Pure.

Features that tell of the same thing share a theme: four reasons are four different things. A reason carries its
theme's whole contribution and is spoken through the strongest feature in it. Base, reasons and the rest sum to the
margin, in the numbers as they are stored.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from risk.features import Bools, Floats
from risk.levels import Level
from risk.model import specs
from risk.model.inputs import ModelInputs
from risk.model.scorer import Scores

MOST_REASONS = 4
# In log-odds: what moves the odds by less than a twentieth is no reason.
SMALLEST = 0.05
DECIMALS = 6
FACT_DECIMALS = 2
RAISES, LOWERS = "raises", "lowers"
NOTHING = -1

THEMES: Mapping[str, tuple[str, ...]] = {
    "salary": ("salary_late_days", "days_since_salary", "salary_count_90d"),
    "income": ("income_change", "last_salary_change", "income_variation"),
    "pay_day": ("salary_before_due_days", "days_to_due"),
    "spending": (
        "spend_change", "essential_change", "discretionary_change", "week_on_week_change", "spend_to_income_30d",
        "spend_to_income_90d", "discretionary_share", "spend_week_z", "discretionary_week_z",
    ),
    "cash": ("cash_count_7d", "cash_count_z", "cash_share_30d", "cash_rise_14d"),
    "burden": ("instalment_to_income", "obligations_to_income"),
    "history": (
        "misses_180d", "misses_365d", "worst_dpd_365d", "days_since_last_miss", "payment_delay_days",
        "instalments_paid",
    ),
    "returns": ("returned_30d", "returned_90d", "returned_run_90d", "declined_30d"),
    "loan_apps": ("loan_app_count_90d", "loan_app_to_income"),
    "gambling": ("gambling_share_30d",),
    "balance": (
        "balance_to_due", "lowest_balance_to_due_30d", "lowest_balance_to_due_90d", "days_under_due_30d",
        "balance_slope_30d", "balance_change", "balance_same_day_change", "projected_balance_to_due",
        "projected_worst_to_due", "projected_shortfall_to_income",
    ),
    "activity": ("txn_change_14d", "days_inactive"),
}  # fmt: skip
_CODES = tuple(THEMES)
_MEMBERS = tuple(np.array([specs.NAMES.index(name) for name in names]) for names in THEMES.values())


@dataclass(frozen=True, slots=True)
class Reason:
    """One thing that moved a customer's probability.

    Args:
        code: the theme.
        feature: the strongest feature in it, through which it is spoken.
        value: the feature as the model saw it, None where missing.
        fact: what is said aloud of it (`specs.COMPANIONS`), in the fact's own unit; None where unknown.
        baseline: the customer's own usual of the same, or what it is held against; None where there is none.
        direction: whether the theme raises or lowers the risk.
        contribution: of the whole theme, in log-odds.
    """

    code: str
    feature: str
    value: float | None
    fact: float | None
    baseline: float | None
    direction: str
    contribution: float

    def as_json(self) -> dict[str, Any]:
        """As it is stored."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why the model says what it says about one customer; base + reasons + rest = margin, in log-odds."""

    margin: float
    base: float
    reasons: tuple[Reason, ...]
    rest: float

    def as_json(self) -> dict[str, Any]:
        """As it is stored in an assessment."""
        return {
            "margin": self.margin,
            "base": self.base,
            "reasons": [reason.as_json() for reason in self.reasons],
            "rest": self.rest,
        }

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> "Explanation":
        """Read what `as_json` wrote."""
        reasons = tuple(Reason(**reason) for reason in content["reasons"])
        return cls(content["margin"], content["base"], reasons, content["rest"])


def explain(
    *, scores: Scores, contributions: Floats, inputs: ModelInputs, indices: NDArray[np.int64]
) -> Iterator[Explanation]:
    """Explain some customers, in the order of their indices.

    HIGH and MEDIUM are explained by what raises the risk, LOW by the strongest whichever way it points; so is a
    customer whom nothing raises above the average of a worrying population.

    Args:
        scores: Of everybody in `inputs`.
        contributions: From `Scorer.contributions`, one row per index.
        inputs: What the model saw, and the facts.
        indices: Which customers.
    """
    sums, spoken = _themes(contributions)
    chosen = _strongest(sums, is_worrying=scores.band[indices] > Level.LOW)
    margin, base = np.round(scores.margin[indices], DECIMALS), np.round(contributions[:, -1], DECIMALS)
    told = np.where(chosen == NOTHING, 0.0, np.take_along_axis(sums, chosen, axis=1))
    # One after the other, as in `_themes`.
    rest = np.round(margin - base - np.cumsum(told, axis=1)[:, -1], DECIMALS)
    words = _Spoken(inputs, indices)
    lines = zip(
        margin.tolist(),
        base.tolist(),
        chosen.tolist(),
        told.tolist(),
        spoken.tolist(),
        rest.tolist(),
        strict=True,
    )
    for row, (its_margin, its_base, themes, weights, feature_of, its_rest) in enumerate(lines):
        reasons = tuple(
            words.reason(row, theme, feature_of[theme], weight)
            for theme, weight in zip(themes, weights, strict=True)
            if theme != NOTHING
        )
        yield Explanation(its_margin, its_base, reasons, its_rest)


def theme_sums(contributions: Floats) -> dict[str, float]:
    """What every theme adds to the margin of one customer, in log-odds, as it is summed for reasons.

    Args:
        contributions: one row of `Scorer.contributions`.
    """
    sums, _spoken = _themes(contributions)
    return dict(zip(_CODES, sums[0].tolist(), strict=True))


def _themes(contributions: Floats) -> tuple[Floats, NDArray[np.int64]]:
    """Of each customer and theme, the sum of its contributions as stored, and its strongest feature that way."""
    sums = np.empty((len(contributions), len(_CODES)))
    spoken = np.empty(sums.shape, dtype=np.int64)
    for theme, members in enumerate(_MEMBERS):
        # One after the other: a sum must not depend on how many customers come together.
        total = np.zeros(len(contributions))
        for member in members:
            total += contributions[:, member]
        sums[:, theme] = np.round(total, DECIMALS)
        same_way = contributions[:, members] * np.sign(total)[:, None]
        spoken[:, theme] = members[np.argmax(same_way, axis=1)]
    return sums, spoken


def _strongest(sums: Floats, *, is_worrying: Bools) -> NDArray[np.int64]:
    """The themes to speak of, strongest first; NOTHING where there is nothing more to say."""
    raising = np.maximum(sums, 0.0)
    only_raising = is_worrying & (raising.max(axis=1, initial=0.0) >= SMALLEST)
    strength = np.where(only_raising[:, None], raising, np.abs(sums))
    order = np.argsort(-strength, axis=1, kind="stable")[:, :MOST_REASONS]
    return np.where(np.take_along_axis(strength, order, axis=1) >= SMALLEST, order, NOTHING)


class _Spoken:
    """Looks up what is said of a feature. Whole columns become lists once: one by one takes far longer."""

    def __init__(self, inputs: ModelInputs, indices: NDArray[np.int64]) -> None:
        self._values = inputs.values[indices].tolist()
        self._facts = {
            name: np.round(column[indices], FACT_DECIMALS).tolist() for name, column in inputs.facts.items()
        }

    def reason(self, row: int, theme: int, feature: int, contribution: float) -> Reason:
        name = specs.NAMES[feature]
        companion = specs.COMPANIONS[name]
        return Reason(
            _CODES[theme],
            name,
            _known(self._values[row][feature]),
            _known(self._facts[companion.fact][row]),
            _known(self._facts[companion.baseline][row]) if companion.baseline else None,
            RAISES if contribution > 0 else LOWERS,
            contribution,
        )


def _known(value: float) -> float | None:
    return None if math.isnan(value) else value
