"""The verdict on a run: of all folds together, and of the one model that is kept."""

from typing import Any

import pytest

from risk.training.verdict import verdict_of


def gain(low: float) -> dict[str, Any]:
    return {"pr_auc": {"value": low + 0.02, "low": low, "high": low + 0.04}}


def metrics(*, roc_auc: float = 0.8, scorecard: float = 0.1, logistic: float = 0.01, own: Any = 0.1) -> Any:
    holdout = {} if own is None else {"comparisons": {"model_minus_scorecard": gain(own)}}
    return {
        "overall": {"model": {"roc_auc": {"value": roc_auc}}},
        "comparisons": {"model_minus_scorecard": gain(scorecard), "model_minus_logistic": gain(logistic)},
        "own_holdout": {"missed_customers": 17, **holdout},
    }


def test_model_that_is_better_in_every_way_is_a_candidate() -> None:
    found = verdict_of(metrics(), is_by_time=True, lacks_bands=["", ""])

    assert (found.state, found.rejections, found.remarks) == ("candidate", (), ())


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"roc_auc": 0.98}, "suspected leak"),
        (
            {"scorecard": 0.0},
            "not better than the scorecard with 95 % confidence: its PR AUC differs by +0.0200",
        ),
        ({"own": 0.0}, "The kept model alone, on its own test customers, is not better than the scorecard"),
        ({"own": -0.05}, "interval -0.0500 to -0.0100"),
        ({"own": None}, "only 17 missed: too few to show"),
    ],
)
def test_each_fault_rejects_in_words(changes: dict[str, Any], why: str) -> None:
    found = verdict_of(metrics(**changes), is_by_time=True)

    assert found.state == "rejected"
    [sentence] = found.rejections
    assert why in sentence


def test_folds_without_bands_reject() -> None:
    found = verdict_of(metrics(), is_by_time=True, lacks_bands=["", "They are all alike.", "Too alike."])

    assert found.rejections == ("No bands could be set in 2 of 3 fold(s): They are all alike.",)


def test_logistic_regression_and_split_by_customer_are_remarked_on() -> None:
    found = verdict_of(metrics(logistic=-0.1), is_by_time=False)

    assert found.state == "candidate"
    assert ["logistic regression" in found.remarks[0], "by customer only" in found.remarks[1]] == [True, True]
