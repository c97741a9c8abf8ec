"""Bands: a budget is kept, a cost ratio is met, and what cannot be is refused in words."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from risk.levels import Level
from risk.training.artefact import Basis, later_half
from risk.training.bands import BandsImpossible, TooAlike, bands_for_budget, bands_for_cost

PROBS = np.arange(1, 1001) / 1001


@given(
    st.lists(st.integers(1, 999), min_size=40, max_size=300, unique=True),
    st.floats(0.03, 0.5),
    st.floats(0.1, 1.0),
)
def test_budget_is_never_exceeded_and_used_up(numbers: list[int], alert: float, part: float) -> None:
    probs = np.array(numbers) / 1000
    high = max(alert * part, 1 / probs.size)
    alert = max(alert, high)

    bands = bands_for_budget(probs, alert_budget=alert, high_budget=high).of(probs)

    for reached, budget in (((bands >= Level.MEDIUM).sum(), alert), ((bands == Level.HIGH).sum(), high)):
        rows = budget * probs.size
        # A budget of 39.9996 rows is one of 40: the thousandth of a row allows for floating point.
        assert rows - 1 < reached + 1e-9
        assert reached <= rows + 1.1e-3


def test_thresholds_belong_to_the_band_above() -> None:
    bands = bands_for_budget(PROBS, alert_budget=0.10, high_budget=0.03)

    assert bands.of(PROBS).tolist() == [1] * 900 + [2] * 70 + [3] * 30
    assert bands.of(np.array([bands.medium_from_prob, bands.high_from_prob])).tolist() == [2, 3]


def test_probabilities_shared_by_too_many_are_left_below() -> None:
    probs = np.array([0.5] * 20 + [0.9] * 5 + [0.1] * 75)

    bands = bands_for_budget(probs, alert_budget=0.10, high_budget=0.05)

    assert (bands.medium_from_prob, bands.high_from_prob) == (0.9, 0.9)


@pytest.mark.parametrize(("alert", "high"), [(0.0, 0.0), (0.1, 0.2), (1.0, 0.1), (0.1, 0.0)])
def test_budgets_that_are_none_are_refused(alert: float, high: float) -> None:
    with pytest.raises(BandsImpossible, match="must satisfy"):
        bands_for_budget(PROBS, alert_budget=alert, high_budget=high)


def test_equal_probabilities_meet_no_budget() -> None:
    with pytest.raises(TooAlike, match="shared by more than"):
        bands_for_budget(np.full(100, 0.2), alert_budget=0.1, high_budget=0.1)


def test_cost_ratio_sets_medium_and_the_budget_high() -> None:
    bands = bands_for_cost(PROBS, miss_cost=2_000, contact_cost=100, high_budget=0.03)

    assert bands.medium_from_prob == 0.05
    assert (bands.of(PROBS) == Level.HIGH).sum() == 30


def test_high_never_lies_below_medium() -> None:
    bands = bands_for_cost(PROBS, miss_cost=1_000, contact_cost=995, high_budget=0.03)

    assert bands.high_from_prob == bands.medium_from_prob == 0.995


@pytest.mark.parametrize(("miss", "contact"), [(100.0, 100.0), (100.0, 0.0), (-1.0, 1.0)])
def test_costs_without_a_threshold_are_refused(miss: float, contact: float) -> None:
    with pytest.raises(BandsImpossible, match="less than what it saves"):
        bands_for_cost(PROBS, miss_cost=miss, contact_cost=contact, high_budget=0.03)


def test_basis_says_what_the_bands_are_set_from() -> None:
    budget, cost = Basis(), Basis(miss_cost=2_000, contact_cost=100)

    assert budget.bands(PROBS) == bands_for_budget(PROBS, alert_budget=0.10, high_budget=0.03)
    assert budget.as_json()["alert_budget"] == 0.10
    assert "MEDIUM and HIGH together: the 10.0%" in budget.as_json()["words"]
    assert cost.bands(PROBS).medium_from_prob == 0.05
    assert "alert_budget" not in cost.as_json()
    assert "a contact for 100 costs no more than the 2000 it saves" in cost.as_json()["words"]


def test_later_half_are_the_later_moments() -> None:
    as_of = np.datetime64("2026-01-07") + 7 * np.array([0, 1, 2, 3, 3, 0])

    assert later_half(as_of).tolist() == [False, False, True, True, True, False]
    assert later_half(as_of[:1]).tolist() == [True]
