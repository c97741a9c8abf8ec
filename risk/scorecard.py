"""The scorecard: points per signal, score and level. Pure: arrays in, arrays out."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from risk.features import Bools, Features, Floats, Ints
from risk.levels import Level, Segment, Signal
from risk.rulebook import RulebookContent, ScoreRules


@dataclass(frozen=True)
class Score:
    """Points per signal and what they add up to, one element per customer."""

    points: dict[Signal, Floats]
    score: Floats
    level: NDArray[np.int64]


def score(*, features: Features, segments: NDArray[np.int64], rules: RulebookContent) -> Score:
    """Score customers.

    Args:
        features: One element per customer.
        segments: `Segment` codes, one per customer.
        rules: The rulebook.

    Returns:
        Points per signal, the score (0–10, in half points; 0 with too few transactions) and the level.

    Source: docs/scorecard.md.
    """
    book = rules.score
    points = {
        Signal.SALARY_GAP: _salary_gap(features, book),
        Signal.WITHDRAWAL_SPIKE: _at_least(features.atm_withdrawals_7d, book.withdrawals_at_least),
        Signal.SPENDING_DROP: _at_least(-features.spending_change_pct, _negated(book), strictly=True),
        Signal.SURVIVAL_MODE: _survival_mode(features, book),
    }
    rest = sum(points.values(), np.zeros(segments.shape))
    points[Signal.SEGMENT] = _segment(features, segments, rest, book)
    scored = features.txn_count >= book.scored_from_txns
    points = {signal: np.where(scored, each, 0.0) for signal, each in points.items()}
    total = sum(points.values(), np.zeros(segments.shape))
    return Score(points=points, score=total, level=level(score=total, rules=rules))


def level(*, score: Floats, rules: RulebookContent) -> NDArray[np.int64]:
    """The level of each unrounded score, as `Level` codes."""
    book = rules.score
    return np.select(
        [score >= book.high_from, score >= book.medium_from],
        [int(Level.HIGH), int(Level.MEDIUM)],
        default=int(Level.LOW),
    ).astype(np.int64)


def _salary_gap(features: Features, book: ScoreRules) -> Floats:
    without = _at_least(features.txn_count, book.no_salary_txns_at_least)
    late = _at_least(features.days_since_salary, book.days_since_salary_over, strictly=True)
    return np.where(features.salary_count == 0, without, late)


def _survival_mode(features: Features, book: ScoreRules) -> Floats:
    essential, discretionary = features.essential_spend, features.discretionary_spend
    nothing_else = (essential > 0) & (discretionary == 0) & (features.txn_count > book.survival_txns_over)
    mostly = (discretionary > 0) & (essential > book.survival_ratio * discretionary)
    return np.select(
        [nothing_else, mostly], [book.survival_full_points, book.survival_ratio_points], default=0.0
    )


def _segment(features: Features, segments: NDArray[np.int64], rest: Floats, book: ScoreRules) -> Floats:
    no_salary: Bools = features.salary_count == 0
    shock = (segments == Segment.INCOME_SHOCK) & no_salary
    drain = (
        (segments == Segment.SILENT_DRAIN) & no_salary & (features.txn_count < book.silent_drain_txns_under)
    )
    enough = rest >= book.segment_from_points
    return np.select(
        [enough & shock, enough & drain], [book.income_shock_points, book.silent_drain_points], default=0.0
    )


def _at_least(
    values: Ints | Floats, steps: Sequence[tuple[float, float]], *, strictly: bool = False
) -> Floats:
    """Points of the first step whose bound the value reaches (or, strictly, exceeds)."""
    reached = [values > bound if strictly else values >= bound for bound, _ in steps]
    return np.select(reached, [points for _, points in steps], default=0.0)


def _negated(book: ScoreRules) -> list[tuple[float, float]]:
    """Falls under a bound are rises of the negated value over the negated bound."""
    return [(-bound, points) for bound, points in book.spending_change_under]
