"""The metrics against scikit-learn's, with weights and ties, and against figures reckoned by hand."""

import itertools
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, roc_auc_score

from risk.training.bootstrap import draw, gain_in_pr_auc
from risk.training.metrics import Ranking, calibration_table, expected_calibration_error, figures

rows = st.lists(st.tuples(st.integers(-3, 3), st.booleans(), st.integers(0, 3)), min_size=2, max_size=60)


def split(found: list[tuple[int, bool, int]]) -> tuple[Any, Any, Any]:
    scores, missed, weights = (np.array(column) for column in zip(*found, strict=True))
    return scores.astype(np.float32), missed, weights.astype(np.float64)


@given(rows)
def test_areas_equal_those_of_scikit_learn(found: list[tuple[int, bool, int]]) -> None:
    scores, missed, weights = split(found)
    assume(weights[missed].sum() > 0 and weights[~missed].sum() > 0)

    curve = Ranking(scores, missed).curve(weights)

    assert curve.roc_auc() == pytest.approx(roc_auc_score(missed, scores, sample_weight=weights))
    assert curve.pr_auc() == pytest.approx(average_precision_score(missed, scores, sample_weight=weights))


@given(rows)
def test_weights_of_one_are_no_weights(found: list[tuple[int, bool, int]]) -> None:
    scores, missed, _ = split(found)
    ranking = Ranking(scores, missed)

    without, with_ones = figures(ranking.curve()), figures(ranking.curve(np.ones(len(found))))

    assert without == pytest.approx(with_ones, nan_ok=True)


@given(rows, st.integers(1, 4))
def test_a_row_of_weight_two_is_two_rows(found: list[tuple[int, bool, int]], factor: int) -> None:
    scores, missed, weights = split(found)
    assume(weights.sum() > 0)
    repeated = np.repeat(np.arange(len(found)), weights.astype(int) * factor)

    weighted = figures(Ranking(scores, missed).curve(weights))
    again = figures(Ranking(scores[repeated], missed[repeated]).curve())

    assert weighted == pytest.approx(again, nan_ok=True)


def test_capture_and_precision_by_hand() -> None:
    missed = np.zeros(100, dtype=bool)
    missed[[0, 1, 2, 7, 50]] = True
    curve = Ranking(-np.arange(100, dtype=np.float32), missed).curve()

    assert curve.capture(0.02) == pytest.approx(2 / 5)
    assert curve.precision(0.02) == pytest.approx(1.0)
    assert curve.capture(0.10) == pytest.approx(4 / 5)
    assert curve.precision(0.10) == pytest.approx(4 / 10)


def test_order_of_ties_changes_nothing_by_hand() -> None:
    for missed in ([True, False, False, False], [False, False, False, True]):
        curve = Ranking(np.zeros(4, dtype=np.float32), np.array(missed)).curve()

        assert curve.roc_auc() == 0.5
        assert curve.pr_auc() == 0.25
        assert curve.pr_auc_random_ties() == pytest.approx((1 + 1 / 2 + 1 / 3 + 1 / 4) / 4)
        assert curve.capture(0.5) == 0.5
        assert curve.precision(0.5) == 0.25


@settings(max_examples=30)
@given(st.lists(st.tuples(st.integers(0, 2), st.booleans()), min_size=1, max_size=5))
def test_random_ties_are_the_mean_of_all_orders(found: list[tuple[int, bool]]) -> None:
    assume(any(is_miss for _, is_miss in found))
    scores, missed = (np.array(column) for column in zip(*found, strict=True))

    expected = Ranking(scores, missed).curve().pr_auc_random_ties()

    # Every order of the rows, taken as the order within each group.
    orders = [
        sorted(order, key=lambda row: -scores[row]) for order in itertools.permutations(range(len(found)))
    ]
    places = np.arange(1, len(found) + 1)
    each = [(missed[order].cumsum() / places)[missed[order]].mean() for order in orders]
    assert expected == pytest.approx(np.mean(each))


@given(rows)
def test_without_ties_both_ways_are_one(found: list[tuple[int, bool, int]]) -> None:
    _, missed, _ = split(found)
    assume(missed.any())
    curve = Ranking(np.arange(len(found), dtype=float), missed).curve()

    assert curve.pr_auc_random_ties() == pytest.approx(curve.pr_auc())


@given(rows)
def test_random_ties_of_a_row_of_weight_two_are_those_of_two_rows(found: list[tuple[int, bool, int]]) -> None:
    scores, missed, weights = split(found)
    assume(weights[missed].sum() > 0)
    repeated = np.repeat(np.arange(len(found)), weights.astype(int))

    weighted = Ranking(scores, missed).curve(weights).pr_auc_random_ties()

    assert weighted == pytest.approx(Ranking(scores[repeated], missed[repeated]).curve().pr_auc_random_ties())


def test_gain_counts_ties_against_the_first() -> None:
    coarse, fine = {"pr_auc": 0.30, "pr_auc_random_ties": 0.34}, {"pr_auc": 0.33, "pr_auc_random_ties": 0.32}

    assert gain_in_pr_auc(fine, coarse) == pytest.approx(-0.02)
    assert gain_in_pr_auc(coarse, fine) == pytest.approx(-0.03)


def test_scorecard_is_compared_by_the_larger_way() -> None:
    random = np.random.default_rng(2)
    missed = random.random(3_000) < 0.1
    fine, coarse = random.normal(size=3_000) + missed, np.round(random.normal(size=3_000) + missed)
    customers = np.arange(3_000)
    drawn = draw(
        rankings={name: Ranking(scores, missed, customers) for name, scores in (("f", fine), ("c", coarse))},
        squared_errors={"f": np.zeros(3_000), "c": np.zeros(3_000)},
        rows=np.ones(3_000),
        draws=50,
        seed=1,
    )

    plain, against = drawn.difference("f", "c", "pr_auc", value=0.0), drawn.gain("f", "c", value=0.0)

    assert against.low < plain.low - 0.001
    assert (drawn.values["c"]["pr_auc_random_ties"] > drawn.values["c"]["pr_auc"]).all()


@pytest.mark.parametrize("missed", [[False, False], [True, True]])
def test_one_kind_alone_has_no_roc_auc(missed: list[bool]) -> None:
    curve = Ranking(np.array([1.0, 2.0]), np.array(missed)).curve()

    assert math.isnan(curve.roc_auc())
    assert math.isnan(curve.pr_auc()) is not any(missed)
    assert math.isnan(curve.capture(0.1)) is not any(missed)


def test_nothing_at_all_has_no_precision() -> None:
    curve = Ranking(np.array([1.0]), np.array([True])).curve(np.zeros(1))

    assert math.isnan(curve.precision(0.1))


def test_calibration_table_compares_predicted_and_observed() -> None:
    probs = np.repeat([0.1, 0.3], 100)
    missed = np.concatenate([np.arange(100) < 10, np.arange(100) < 40])

    table = calibration_table(probs, missed, bins=2)

    assert [(each.rows, each.misses) for each in table] == [(100, 10), (100, 40)]
    assert [each.mean_prob for each in table] == pytest.approx([0.1, 0.3])
    assert [each.observed_prob for each in table] == pytest.approx([0.1, 0.4])
    assert expected_calibration_error(table) == pytest.approx(0.05)


def test_equal_probabilities_share_a_bin() -> None:
    table = calibration_table(np.full(50, 0.2), np.arange(50) < 10)

    assert [(each.rows, each.from_prob, each.until_prob) for each in table] == [(50, 0.2, 0.2)]


def many(customers: int, repeats: int, seed: int) -> tuple[Any, Any, Any]:
    """Customers whose rows are all alike: the repeats tell nothing new."""
    random = np.random.default_rng(seed)
    scores = random.normal(size=customers)
    missed = random.random(customers) < 1 / (1 + np.exp(3 - scores))
    return np.repeat(scores, repeats), np.repeat(missed, repeats), np.repeat(np.arange(customers), repeats)


def interval_of(scores: Any, missed: Any, customers: Any, figure: str = "pr_auc") -> Any:
    drawn = draw(
        rankings={"one": Ranking(scores, missed, customers)},
        squared_errors={"one": np.bincount(customers, weights=(0.05 - missed) ** 2).astype(np.float64)},
        rows=np.bincount(customers).astype(np.float64),
        draws=400,
        seed=5,
    )
    return drawn.interval("one", figure, value=0.0)


def test_repeats_of_a_customer_do_not_narrow_the_interval() -> None:
    once, often = many(800, 1, seed=3), many(800, 6, seed=3)

    clustered, single = interval_of(*often), interval_of(*once)
    as_if_independent = interval_of(often[0], often[1], np.arange(often[0].size))

    width = single.high - single.low
    assert clustered.high - clustered.low == pytest.approx(width, rel=0.01)
    assert as_if_independent.high - as_if_independent.low < 0.7 * width


def test_interval_covers_what_it_estimates() -> None:
    scores, missed, customers = many(2_000, 1, seed=4)

    found = interval_of(scores, missed, customers, "brier")

    assert found.low < ((0.05 - missed) ** 2).mean() < found.high


def test_difference_is_paired() -> None:
    scores, missed, customers = many(500, 2, seed=6)
    errors = np.bincount(customers, weights=(0.05 - missed) ** 2).astype(np.float64)
    drawn = draw(
        rankings={name: Ranking(scores, missed, customers) for name in ("one", "same")},
        squared_errors={"one": errors, "same": errors},
        rows=np.bincount(customers).astype(np.float64),
        draws=50,
        seed=1,
    )

    found = drawn.difference("one", "same", "pr_auc", value=0.0)

    assert (found.low, found.high) == (0.0, 0.0)
    assert drawn.interval("one", "pr_auc", value=0.0).low < drawn.interval("one", "pr_auc", value=0.0).high


def test_draws_without_a_miss_are_left_out_and_without_any_there_is_no_interval() -> None:
    customers = np.arange(20)
    seldom = interval_of(np.arange(20.0), customers == 3, customers, "roc_auc")
    never = interval_of(np.arange(20.0), customers < 0, customers, "roc_auc")

    assert 0 <= seldom.low <= seldom.high <= 1
    assert math.isnan(never.low) and math.isnan(never.high)
