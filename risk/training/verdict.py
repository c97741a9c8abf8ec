"""Whether a trained model may become a candidate, and why not. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

SUSPICIOUS_ROC_AUC = 0.97


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """The outcome of a run.

    Args:
        rejections: why the model must not be used; empty for a candidate.
        remarks: what whoever validates it should weigh.
    """

    rejections: tuple[str, ...]
    remarks: tuple[str, ...]

    @property
    def state(self) -> str:
        """The state in which the model is saved."""
        return "rejected" if self.rejections else "candidate"

    def as_json(self) -> dict[str, Any]:
        """State, rejections and remarks."""
        return {"state": self.state, "rejections": list(self.rejections), "remarks": list(self.remarks)}


def verdict_of(metrics: Mapping[str, Any], *, is_by_time: bool, lacks_bands: Sequence[str] = ()) -> Verdict:
    """Judge a model by the metrics of its run.

    Args:
        metrics: as `evaluate` returns them, and `own_holdout` with `comparisons`, as `measured_part` does.
        is_by_time: whether the test moments lie after the training moments.
        lacks_bands: for each fold why it has no bands, empty where it has some.
    """
    rejections = [
        *_leak(metrics),
        *_not_better(metrics, "scorecard", "the scorecard"),
        *_kept_not_better(metrics["own_holdout"]),
        *_without_bands(lacks_bands),
    ]
    remarks = _not_better(metrics, "logistic", "a logistic regression on the same features")
    if not is_by_time:
        remarks.append("The split is by customer only: nothing shows how the model holds in another time.")
    return Verdict(rejections=tuple(rejections), remarks=tuple(remarks))


def _leak(metrics: Mapping[str, Any]) -> list[str]:
    found = metrics["overall"]["model"]["roc_auc"]["value"]
    if found <= SUSPICIOUS_ROC_AUC:
        return []
    return [
        f"The model's ROC AUC of {found:.3f} is above {SUSPICIOUS_ROC_AUC}, too good for this question: suspected"
        " leak. Look for a feature that knows the outcome (the importance list is a start) before anything else."
    ]


def _without_bands(lacks_bands: Sequence[str]) -> list[str]:
    """A sentence where bands could not be set in a fold: nobody could be alerted by such a model."""
    found = [why for why in lacks_bands if why]
    if not found:
        return []
    return [f"No bands could be set in {len(found)} of {len(lacks_bands)} fold(s): {found[0]}"]


def _kept_not_better(own: Mapping[str, Any]) -> list[str]:
    """The same of the one model that is kept, on its own test customers: the folds together speak of all models."""
    if "comparisons" not in own:
        return [
            f"Of the kept model's own test customers only {own['missed_customers']} missed: too few to show that it is"
            " better than the scorecard."
        ]
    gain = own["comparisons"]["model_minus_scorecard"]["pr_auc"]
    if gain["low"] > 0:
        return []
    return [
        "The kept model alone, on its own test customers, is not better than the scorecard with 95 % confidence: its"
        f" PR AUC differs by {gain['value']:+.4f}, interval {gain['low']:+.4f} to {gain['high']:+.4f}."
    ]


def _not_better(metrics: Mapping[str, Any], other: str, in_words: str) -> list[str]:
    """A sentence where the 95 % interval of the paired difference in PR AUC reaches 0, or there is none."""
    gain = metrics["comparisons"][f"model_minus_{other}"]["pr_auc"]
    if gain["low"] > 0:
        return []
    return [
        f"The model is not better than {in_words} with 95 % confidence: its PR AUC differs by"
        f" {gain['value']:+.4f}, interval {gain['low']:+.4f} to {gain['high']:+.4f}."
    ]
