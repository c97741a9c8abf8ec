"""The logistic baseline: prepared by the fitting rows alone, whatever is missing or extreme."""

from typing import Any

import numpy as np
import pytest

from risk.training.baselines import STRENGTHS, Logistic, Preparation
from risk.training.metrics import Ranking


def table(rows: int = 4_000) -> tuple[Any, Any]:
    """Risk in the first column, in being missing in the second, nothing in the third; the fourth is never known."""
    random = np.random.default_rng(1)
    values = random.normal(size=(rows, 4)).astype(np.float32)
    values[random.random(rows) < 0.2, 1] = np.nan
    values[:, 3] = np.nan
    log_odds = -3 + 1.5 * values[:, 0] + 1.5 * np.isnan(values[:, 1])
    return values, random.random(rows) < 1 / (1 + np.exp(-log_odds))


def test_columns_are_complete_and_comparable() -> None:
    values, _ = table()

    prepared = Preparation.of(values).apply(values)

    assert prepared.shape == (4_000, 5)
    assert np.isfinite(prepared).all()
    assert prepared[:, :3].mean(axis=0) == pytest.approx([0, 0, 0], abs=1e-5)
    assert prepared[:, :3].std(axis=0) == pytest.approx([1, 1, 1], abs=1e-5)
    assert prepared[:, 4].tolist() == np.isnan(values[:, 1]).tolist()


def test_other_rows_are_prepared_as_the_fitting_rows_were() -> None:
    values, _ = table()
    preparation = Preparation.of(values)
    extreme = np.array([[1e30, np.nan, -1e30, 5.0]], dtype=np.float32)

    prepared = preparation.apply(extreme)[0]

    assert prepared[0] == pytest.approx(
        (np.quantile(values[:, 0], 0.995) - preparation.means[0]) / preparation.deviations[0]
    )
    assert prepared[1] == pytest.approx(
        (preparation.medians[1] - preparation.means[1]) / preparation.deviations[1]
    )
    assert prepared[3:].tolist() == [0.0, 1.0]


def test_logistic_finds_the_risk_in_values_and_in_what_is_missing() -> None:
    values, missed = table()
    half = len(values) // 2

    model = Logistic.fit(
        values=values[:half], missed=missed[:half], stop_values=values[half:], stop_missed=missed[half:]
    )

    assert model.strength in STRENGTHS
    assert Ranking(model.margins(values[half:]), missed[half:]).curve().roc_auc() > 0.8
    present, absent = model.margins(np.array([[0, 0, 0, np.nan], [0, np.nan, 0, np.nan]], dtype=np.float32))
    assert absent > present
