"""Every threshold of the scorecard on both sides; what the points add up to; the levels."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from risk import scorecard
from risk.levels import Level, Segment, Signal
from risk.rulebook import EQUILIBRATE_1
from risk.scorecard import Score
from risk.tests.samples import features_of, segments_of

UNPAID = {"salary_count": 0, "days_since_salary": -1}


def scored(changes: dict[str, Any], segment: Segment = Segment.STABLE) -> Score:
    return scorecard.score(features=features_of(changes), segments=segments_of(segment), rules=EQUILIBRATE_1)


@pytest.mark.parametrize(
    ("changes", "points"),
    [
        (UNPAID | {"txn_count": 3}, 0),
        (UNPAID | {"txn_count": 4}, 1),
        (UNPAID | {"txn_count": 7}, 1),
        (UNPAID | {"txn_count": 8}, 2),
        (UNPAID | {"txn_count": 14}, 2),
        (UNPAID | {"txn_count": 15}, 3),
        # Without a salary in the window, the days since an older one do not count.
        ({"salary_count": 0, "days_since_salary": 120, "txn_count": 3}, 0),
        ({"days_since_salary": 30}, 0),
        ({"days_since_salary": 31}, 1),
        ({"days_since_salary": 45}, 1),
        ({"days_since_salary": 46}, 2),
        ({"days_since_salary": -1}, 0),
    ],
)
def test_salary_gap_changes_exactly_at_its_bounds(changes: dict[str, Any], points: float) -> None:
    assert scored(changes).points[Signal.SALARY_GAP].item() == points


@pytest.mark.parametrize(
    ("withdrawals", "points"), [(0, 0), (3, 0), (4, 1), (5, 1), (6, 1.5), (11, 1.5), (12, 2), (40, 2)]
)
def test_withdrawal_spike_changes_exactly_at_its_bounds(withdrawals: int, points: float) -> None:
    result = scored({"atm_withdrawals_7d": withdrawals})

    assert result.points[Signal.WITHDRAWAL_SPIKE].item() == points


@pytest.mark.parametrize(
    ("change_pct", "points"),
    [(50.0, 0), (0.0, 0), (-35.0, 0), (-35.01, 1), (-60.0, 1), (-60.01, 2), (-100.0, 2)],
)
def test_spending_drop_changes_exactly_at_its_bounds(change_pct: float, points: float) -> None:
    result = scored({"spending_change_pct": change_pct})

    assert result.points[Signal.SPENDING_DROP].item() == points


@pytest.mark.parametrize(
    ("essential", "discretionary", "txn_count", "points"),
    [
        (100.0, 0.0, 11, 1),
        (100.0, 0.0, 10, 0),
        (0.0, 0.0, 11, 0),
        (400.0, 100.0, 11, 0),
        (400.01, 100.0, 11, 0.5),
        (400.01, 100.0, 10, 0.5),
    ],
)
def test_survival_mode_changes_exactly_at_its_bounds(
    essential: float, discretionary: float, txn_count: int, points: float
) -> None:
    result = scored(
        {"essential_spend": essential, "discretionary_spend": discretionary, "txn_count": txn_count}
    )

    assert result.points[Signal.SURVIVAL_MODE].item() == points


@pytest.mark.parametrize(
    ("segment", "changes", "points"),
    [
        (Segment.INCOME_SHOCK, UNPAID | {"txn_count": 8}, 1),
        (Segment.INCOME_SHOCK, UNPAID | {"txn_count": 7}, 0),
        (Segment.INCOME_SHOCK, UNPAID | {"txn_count": 7, "atm_withdrawals_7d": 4}, 1),
        (Segment.INCOME_SHOCK, {"days_since_salary": 46}, 0),
        (Segment.SILENT_DRAIN, UNPAID | {"txn_count": 9}, 0.5),
        (Segment.SILENT_DRAIN, UNPAID | {"txn_count": 10}, 0),
        (Segment.SILENT_DRAIN, UNPAID | {"txn_count": 7}, 0),
        (Segment.SILENT_DRAIN, {"days_since_salary": 46, "txn_count": 9}, 0),
        (Segment.STABLE, UNPAID | {"txn_count": 60}, 0),
        (Segment.OVERSPENDER, UNPAID | {"txn_count": 9}, 0),
        (Segment.UNKNOWN, UNPAID | {"txn_count": 9}, 0),
    ],
)
def test_segment_counts_only_beside_other_signals(
    segment: Segment, changes: dict[str, Any], points: float
) -> None:
    assert scored(changes, segment).points[Signal.SEGMENT].item() == points


@pytest.mark.parametrize(("txn_count", "score"), [(2, 0.0), (3, 5.0)])
def test_score_needs_three_transactions(txn_count: int, score: float) -> None:
    result = scored(
        {
            "txn_count": txn_count,
            "days_since_salary": 40,
            "atm_withdrawals_7d": 12,
            "spending_change_pct": -70.0,
        }
    )

    assert result.score.item() == score
    assert sum(points.item() for points in result.points.values()) == score


@pytest.mark.parametrize(
    ("score", "level"),
    [
        (0.0, Level.LOW),
        (2.5, Level.LOW),
        (3.0, Level.MEDIUM),
        (4.5, Level.MEDIUM),
        (5.0, Level.HIGH),
        (9.0, Level.HIGH),
    ],
)
def test_level_follows_the_unrounded_score(score: float, level: Level) -> None:
    assert scorecard.level(score=np.array([score]), rules=EQUILIBRATE_1).item() == level


def test_worst_customer_reaches_nine_points() -> None:
    worst = UNPAID | {
        "atm_withdrawals_7d": 12,
        "spending_change_pct": -70.0,
        "essential_spend": 900.0,
        "discretionary_spend": 0.0,
    }

    result = scored(worst, Segment.INCOME_SHOCK)

    assert result.score.item() == 9.0
    assert result.level.item() == Level.HIGH


@given(
    changes=st.fixed_dictionaries(
        {
            "txn_count": st.integers(0, 100),
            "salary_count": st.integers(0, 4),
            "days_since_salary": st.integers(-1, 120),
            "atm_withdrawals_7d": st.integers(0, 20),
            "essential_spend": st.integers(0, 5_000).map(float),
            "discretionary_spend": st.integers(0, 5_000).map(float),
            "spending_change_pct": st.floats(-100, 100),
        }
    ),
    segment=st.sampled_from(Segment),
)
def test_score_is_the_sum_of_its_points_in_half_points(changes: dict[str, Any], segment: Segment) -> None:
    result = scored(changes, segment)

    total = result.score.item()
    assert total == sum(points.item() for points in result.points.values())
    assert 0 <= total <= 10
    assert (2 * total).is_integer()
