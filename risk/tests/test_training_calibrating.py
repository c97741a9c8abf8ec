"""Fitting calibrations: what was put in is found again, and isotonic only where it proves better."""

from typing import Any

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from risk.model.calibration import Isotonic, Platt
from risk.training.calibrating import ISOTONIC_FROM_MISSES, calibration_fit, isotonic_fit, platt_fit


def drawn(chances: Any, seed: int = 1) -> Any:
    return np.random.default_rng(seed).random(chances.size) < chances


def margins(rows: int) -> Any:
    return np.random.default_rng(2).normal(-1, 1.5, rows)


def test_platt_finds_the_slope_and_intercept_again() -> None:
    at = margins(200_000)

    found = platt_fit(at, drawn(1 / (1 + np.exp(-(0.8 * at - 2)))))

    assert (found.a, found.b) == pytest.approx((0.8, -2), abs=0.03)


def test_platt_equals_scikit_learn_on_many_rows() -> None:
    at = margins(50_000)
    missed = drawn(1 / (1 + np.exp(-(1.3 * at - 3))))
    theirs = LogisticRegression(C=np.inf).fit(at[:, None], missed)

    found = platt_fit(at, missed)

    assert found.apply(at) == pytest.approx(theirs.predict_proba(at[:, None])[:, 1], abs=2e-3)


@pytest.mark.parametrize("at", [np.zeros(1_000), -np.arange(1_000.0)])
def test_ranking_without_worth_gets_the_base_rate(at: Any) -> None:
    missed = np.arange(1_000) >= 900

    found = platt_fit(at, missed)

    assert found.a > 0
    assert found.apply(at) == pytest.approx(np.full(1_000, 0.1), abs=2e-3)


def test_perfect_ranking_stays_finite() -> None:
    at = np.concatenate([np.full(500, -3.0), np.full(20, 3.0)])

    found = platt_fit(at, at > 0)

    assert np.isfinite([found.a, found.b]).all()
    assert found.apply([-3.0, 3.0]) == pytest.approx([1 / 502, 21 / 22], rel=0.01)


def test_isotonic_rises_and_keeps_from_certainty() -> None:
    at = np.concatenate([np.full(500, -3.0), np.full(20, 3.0)])

    found = isotonic_fit(at, at > 0)

    assert found.apply([-3.0, 3.0]) == pytest.approx([0.5 / 520, 1 - 0.5 / 520])


def test_isotonic_is_taken_where_the_truth_is_a_step() -> None:
    at = margins(40_000)
    missed = drawn(np.where(at > 0, 0.30, 0.05))

    found = calibration_fit(margins=at, missed=missed, customers=np.arange(at.size))

    assert isinstance(found, Isotonic)
    assert found.apply([-2.0, 2.0]) == pytest.approx([0.05, 0.30], abs=0.02)


def test_platt_is_taken_where_the_truth_is_logistic() -> None:
    at = margins(20_000)

    found = calibration_fit(
        margins=at, missed=drawn(1 / (1 + np.exp(-(at - 1)))), customers=np.arange(at.size)
    )

    assert isinstance(found, Platt)


def test_few_misses_are_never_isotonic() -> None:
    at = margins(3_000)
    missed = drawn(np.where(at > 0, 0.30, 0.05))
    assert missed.sum() < 2 * ISOTONIC_FROM_MISSES

    assert isinstance(calibration_fit(margins=at, missed=missed, customers=np.arange(at.size)), Platt)
