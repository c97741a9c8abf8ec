"""Realised performance, and what is expected of probabilities before outcomes are known."""

import json
import re
from dataclasses import fields

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from risk.levels import Level
from risk.model.scorer import Bands
from risk.monitoring import estimate
from risk.monitoring.performance import Rows, calibration_by_band, realised, wilson
from risk.monitoring.realised import in_words
from risk.training.metrics import Ranking, figures

BANDS = Bands(medium_from_prob=0.15, high_from_prob=0.4)


def rows(
    *, customers: int = 3_000, per_customer: int = 4, seed: int = 1, odds: float = 1.0, sharpness: float = 1.0
) -> Rows:
    """Rows of customers, whose misses follow from the probabilities.

    Args:
        customers: how many.
        per_customer: rows of each.
        seed: of the draws.
        odds: how much likelier (in odds) misses are than was said.
        sharpness: how much of the differences in probability is true; below 1, the ranking is worse than it says.
    """
    draw = np.random.default_rng(seed)
    who = np.repeat(np.arange(customers), per_customer)
    log_odds = draw.normal(-3.0, 1.3, size=customers)[who] + draw.normal(0, 0.5, size=who.size)
    true_log_odds = np.log(odds) + log_odds * sharpness + (1 - sharpness) * -3.0
    probability = 1 / (1 + np.exp(-log_odds))
    return Rows(
        customers=who,
        probability=probability,
        band=BANDS.of(probability),
        missed=draw.random(who.size) < 1 / (1 + np.exp(-true_log_odds)),
    )


def trained() -> dict[str, dict[str, float]]:
    """The figures of a training on rows like these."""
    found = realised(rows(seed=99), trained={}, seed=1)["figures"]
    return {name: {key: found[name][key] for key in ("value", "low", "high")} for name in found}


def test_estimate_agrees_with_what_comes_true_of_calibrated_probabilities():
    many = rows(customers=40_000, seed=5)
    expected = estimate.estimated(many.probability, BANDS, customers=many.customers)
    came_true = figures(Ranking(many.probability, many.missed).curve())

    for name in ("roc_auc", "pr_auc", "capture_at_10pct", "precision_at_10pct"):
        assert expected["figures"][name] == pytest.approx(came_true[name], abs=0.02), name
    brier = ((many.probability - many.missed) ** 2).mean()
    assert expected["figures"]["brier"] == pytest.approx(brier, abs=0.002)
    assert expected["misses"]["low"] <= many.missed.sum() <= expected["misses"]["high"]
    for name, from_prob in (("medium", BANDS.medium_from_prob), ("high", BANDS.high_from_prob)):
        alerted = many.probability >= from_prob
        assert expected[name]["precision"] == pytest.approx(many.missed[alerted].mean(), abs=0.02)
        assert expected[name]["recall"] == pytest.approx(
            many.missed[alerted].sum() / many.missed.sum(), abs=0.02
        )
        assert expected[name]["alert_rate"] == alerted.mean()


def test_estimate_sees_a_population_that_is_harder_to_rank():
    many = rows(customers=20_000, seed=6)
    alike = (many.probability > 0.02) & (many.probability < 0.06)

    everybody, some = (
        estimate.expected_figures(many.probability[chosen]) for chosen in (alike | True, alike)
    )

    came_true = figures(Ranking(many.probability[alike], many.missed[alike]).curve())
    assert some["roc_auc"] < everybody["roc_auc"] - 0.1
    assert some["roc_auc"] == pytest.approx(came_true["roc_auc"], abs=0.03)


def test_estimate_by_hand():
    found = estimate.estimated(np.array([0.5, 0.2, 0.1]), BANDS, customers=np.array([7, 7, 8]))

    assert found["misses"]["expected"] == pytest.approx(0.8)
    # Customer 7: 0.5 + 0.4; customer 8: 0.3.
    assert found["misses"]["high"] == pytest.approx(0.8 + 1.96 * np.sqrt(0.9**2 + 0.3**2), abs=1e-4)
    assert found["medium"] == {"from_prob": 0.15, "alert_rate": 2 / 3, "precision": 0.35, "recall": 0.875}
    assert found["high"] == {"from_prob": 0.4, "alert_rate": 1 / 3, "precision": 0.5, "recall": 0.625}
    assert found["figures"]["brier"] == pytest.approx((0.25 + 0.16 + 0.09) / 3)
    # Average precision: 0.5 of 0.8 misses at precision 0.5, 0.2 at 0.7 / 2, 0.1 at 0.8 / 3.
    assert found["figures"]["pr_auc"] == pytest.approx((0.5 * 0.5 + 0.2 * 0.35 + 0.1 * 0.8 / 3) / 0.8)


def test_nobody_alerted_has_no_precision():
    found = estimate.estimated(np.array([0.01, 0.02]), BANDS, customers=np.array([1, 2]))

    assert (found["high"]["precision"], found["high"]["recall"]) == (None, 0.0)
    assert json.dumps(found, allow_nan=False)


def test_expected_misses_hold_where_a_customers_rows_miss_together():
    """Four rows of a customer about one instalment: all miss, or none."""
    draw = np.random.default_rng(8)
    customers = np.repeat(np.arange(600), 4)
    probability = np.repeat(draw.beta(1, 12, size=600), 4)
    _, low, high = estimate.expected_misses(probability, customers)
    _, *as_if_independent = estimate.expected_misses(probability, np.arange(probability.size))

    came_true = 4 * (draw.random((2_000, 600)) < probability[::4]).sum(axis=1)

    assert 0.93 < ((low <= came_true) & (came_true <= high)).mean() < 0.97
    inside = (as_if_independent[0] <= came_true) & (came_true <= as_if_independent[1])
    assert inside.mean() < 0.75


def test_performance_like_the_training_is_steady():
    found = realised(rows(seed=2), trained=trained(), seed=1)

    assert (found["verdict"], found["alarms"]) == ("steady", [])
    assert found["figures"]["roc_auc"]["low"] < found["figures"]["roc_auc"]["trained"]["value"]
    assert (found["rows"], found["customers"]) == (12_000, 3_000)
    assert found["missed_customers"] <= found["misses"]
    assert json.dumps(found, allow_nan=False)


def test_ranking_that_has_become_worse_alarms():
    found = realised(rows(seed=3, sharpness=0.3), trained=trained(), seed=1)

    assert found["verdict"] == "worse"
    assert "roc_auc" in found["alarms"]


def test_fewer_misses_alone_are_no_worse_ranking():
    """PR AUC falls with the share of misses, though the ranking is as good as ever."""
    fewer = rows(seed=7)
    kept = ~fewer.missed | (np.random.default_rng(1).random(fewer.missed.size) < 0.4)
    fewer = Rows(**{each.name: getattr(fewer, each.name)[kept] for each in fields(Rows)})

    found = realised(fewer, trained=trained(), seed=1)

    pr_auc = found["figures"]["pr_auc"]
    assert pr_auc["high"] < pr_auc["trained"]["low"]
    assert found["alarms"] == ["calibration"]


@pytest.mark.parametrize("odds", [0.4, 2.2])
def test_probabilities_that_are_wrong_alarm(odds):
    found = realised(rows(seed=4, odds=odds), trained={}, seed=1)

    assert found["alarms"] == ["calibration"]
    assert (found["calibration"]["ratio"] > 1) == (odds > 1)


def test_without_figures_of_the_training_there_is_nothing_to_fall_below():
    found = realised(rows(seed=3, sharpness=0.3), trained={"roc_auc": {"value": 0.9}}, seed=1)

    assert "roc_auc" not in found["alarms"]
    assert found["figures"]["pr_auc"]["trained"] is None


def test_model_of_another_outcome_is_measured_and_held_to_nothing():
    found = realised(rows(seed=4, odds=4.0), trained=trained(), seed=1, is_same_outcome=False)

    assert (found["verdict"], found["alarms"]) == ("measured", [])
    assert found["figures"]["roc_auc"]["trained"] is None
    assert in_words(found).endswith("an outcome of the bank's own, so that nothing is compared")


def test_few_misses_conclude_nothing():
    few = rows(customers=40, seed=1, odds=0.3)

    found = realised(few, trained=trained(), seed=1)

    assert (found["verdict"], found["alarms"], found["figures"], found["calibration"]) == (
        "too_few",
        [],
        {},
        {},
    )
    assert found["missed_customers"] < 20


def test_nobody_at_all_concludes_nothing():
    nothing = np.zeros(0)
    found = realised(
        Rows(
            customers=nothing.astype(np.int64),
            probability=nothing,
            band=nothing.astype(np.int64),
            missed=nothing.astype(np.bool_),
        ),
        trained={},
        seed=1,
    )

    assert (found["verdict"], found["rows"]) == ("too_few", 0)
    assert [band["miss_rate"] for band in found["bands"]] == [None, None, None]


def test_performance_in_words():
    steady = in_words(realised(rows(seed=2), trained=trained(), seed=1))
    worse = in_words(realised(rows(seed=3, sharpness=0.3, odds=4.0), trained=trained(), seed=1))
    few = in_words(realised(rows(customers=40, seed=1, odds=0.3), trained={}, seed=1))

    assert re.fullmatch(r"ROC AUC 0\.8\d\d, as at training", steady)
    assert re.fullmatch(
        r"worse than at training: roc_auc 0\.\d{3} \(then 0\.8\d\d\),"
        r" \d+ misses where \d+ were expected",
        worse,
    )
    assert re.fullmatch(r"\d+ customers who missed are too few to conclude anything from", few)


def test_calibration_by_band_by_hand():
    table = calibration_by_band(
        Rows(
            customers=np.arange(6),
            probability=np.array([0.1, 0.1, 0.1, 0.3, 0.5, 0.7]),
            band=np.array([Level.LOW, Level.LOW, Level.LOW, Level.MEDIUM, Level.HIGH, Level.HIGH]),
            missed=np.array([False, False, True, False, True, True]),
        )
    )

    assert [band["band"] for band in table] == ["LOW", "MEDIUM", "HIGH"]
    assert [band["rows"] for band in table] == [3, 1, 2]
    assert [band["misses"] for band in table] == [1, 0, 2]
    assert [band["mean_prob"] for band in table] == pytest.approx([0.1, 0.3, 0.6])
    assert [band["miss_rate"] for band in table] == pytest.approx([1 / 3, 0, 1])
    assert (table[0]["miss_rate_low"], table[0]["miss_rate_high"]) == wilson(1, 3)


def test_wilson_as_published():
    """Newcombe (1998), Statistics in Medicine 17: 81 of 263 has the interval 0.2553 to 0.3662."""
    assert wilson(81, 263) == pytest.approx((0.2553, 0.3662), abs=5e-5)


@given(st.integers(1, 10_000).flatmap(lambda of: st.tuples(st.integers(0, of), st.just(of))))
def test_wilson_holds_the_share(counts):
    low, high = wilson(*counts)

    assert 0 <= low <= counts[0] / counts[1] + 1e-12
    assert counts[0] / counts[1] - 1e-12 <= high <= 1
