"""Metrics as a run of training leaves them, made up: `test_model_page` checks that a real run's have this form."""

from typing import Any

RANKERS = ("model", "logistic", "scorecard", "days_since_salary")
FIGURES = ("pr_auc", "roc_auc", "brier")
RATES = ("2pct", "5pct", "10pct")


def figure(value: float, *, spread: float = 0.03) -> dict[str, float]:
    """A figure with its interval."""
    return {"value": value, "low": value - spread, "high": value + spread}


def ranker(value: float) -> dict[str, Any]:
    """Every figure of a ranking that is so good."""
    found = {name: figure(value) for name in FIGURES}
    return found | {f"{kind}_at_{rate}": figure(value) for kind in ("capture", "precision") for rate in RATES}


def part(value: float = 0.4) -> dict[str, Any]:
    """Counts and figures of some rows."""
    rankers = {name: ranker(value - 0.05 * place) for place, name in enumerate(RANKERS)}
    return {
        "rows": 123_456,
        "misses": 4_321,
        "customers": 20_000,
        "missed_customers": 900,
        "rankers": rankers,
    }


def few() -> dict[str, Any]:
    """A part with too few misses for intervals, and none for some figures."""
    found = part()
    for each in found["rankers"].values():
        for name in each:
            each[name] = {"value": 0.25}
        each["pr_auc"] = {"value": None}
    return found


def lead_time(**changes: Any) -> dict[str, Any]:
    """One way of flagging."""
    shares = {"share_7d_of_flagged": 0.87, "share_14d_of_flagged": 0.7, "share_7d_of_all": 0.5}
    return {
        "misses": 509,
        "flagged": 300,
        "flagged_share": 0.59,
        "median_days": 16.0,
        **shares,
        "share_14d_of_all": 0.41,
        "alert_rate": 0.1,
        "precision": 0.3,
    } | changes


def calibration_bin(start: float) -> dict[str, float]:
    """Rows with like probabilities."""
    said = {"mean_prob": start + 0.05, "observed_prob": start + 0.04}
    return {"rows": 1_000, "misses": 9, "from_prob": start, "until_prob": start + 0.1, **said}


def metrics(**changes: Any) -> dict[str, Any]:
    """A whole file."""
    overall = part()
    bins = [calibration_bin(start) for start in (0.0, 0.1, 0.2)]
    return {
        "format": 1,
        "draws": 1_000,
        "folds": 5,
        "overall": overall.pop("rankers"),
        **overall,
        "segments": {"INCOME_SHOCK": part(), "STABLE": few()},
        "months": {"2026-04": part()},
        "calibration": {
            "model": {"bins": bins, "expected_error_prob": 0.012, "mean_prob": 0.031, "observed_prob": 0.03}
        },
        "bands": {
            name: {"rows": 900, "share": share, "misses": 90, "mean_prob": 0.1, "observed_prob": observed}
            for name, share, observed in (("LOW", 0.9, 0.02), ("MEDIUM", 0.07, 0.2), ("HIGH", 0.03, None))
        },
        "lead_time": {
            "final_level": lead_time(),
            "model_band": lead_time(),
            "scorecard_level": lead_time(
                median_days=None, share_7d_of_flagged=None, share_14d_of_flagged=None
            ),
        },
        "own_holdout": part(0.39),
        "importance": [
            {"feature": "salary_late_days", "mean_log_odds": 0.7},
            {"feature": "income_change", "mean_log_odds": 0.2},
        ],
        "verdict": {"state": "candidate", "rejections": [], "remarks": ["Weigh this."]},
        "manifest": {
            "bands": {"medium_from_prob": 0.1, "high_from_prob": 0.3, "basis": {"words": "The worst tenth."}}
        },
    } | changes
