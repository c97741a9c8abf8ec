"""The metrics of a run as JSON: every ranking on the same test rows, overall, by segment and by month."""

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np

from risk.levels import Level, Segment
from risk.training.bootstrap import Draws, draw, gain_in_pr_auc
from risk.training.lead_time import capture_of_misses, lead_time
from risk.training.metrics import Bools, Ranking, calibration_table, expected_calibration_error, figures
from risk.training.scored import MODEL, RANKERS, Scored

# Fewer customers with a miss in a part say too little about it: no intervals, and the page says so.
LEAST_MISSED_CUSTOMERS = 20


def evaluate(scored: Scored, *, draws: int, seed: int) -> dict[str, Any]:
    """Figures of every ranker, differences, and where the model does well and badly.

    Args:
        scored: all test rows.
        draws: of the bootstrap.
        seed: of the bootstrap.

    Returns:
        JSON: `overall`, `comparisons`, `segments`, `months`, `calibration` and `bands`.
    """
    facts = scored.facts
    months = facts.as_of.astype("datetime64[M]")
    part = measured_part(scored, draws=draws, seed=seed, compared=True)
    return {
        "overall": part["rankers"],
        "comparisons": part["comparisons"],
        "rows": part["rows"],
        "misses": part["misses"],
        "customers": part["customers"],
        "missed_customers": part["missed_customers"],
        "segments": {
            Segment(code).name: measured_part(scored.where(facts.segment == code), draws=draws, seed=seed)
            for code in np.unique(facts.segment).tolist()
        },
        "months": {
            str(month): measured_part(scored.where(months == month), draws=draws, seed=seed)
            for month in np.unique(months)
        },
        "calibration": {name: _calibration(scored, name) for name in RANKERS},
        "bands": _bands(scored),
    }


def measured_part(scored: Scored, *, draws: int, seed: int, compared: bool = False) -> dict[str, Any]:
    """Counts and figures of some rows; intervals, and comparisons if wanted, where enough customers missed.

    Returns:
        JSON: `rows`, `misses`, `customers`, `missed_customers`, `rankers` (by ranker and figure: `value`, `low`,
        `high`), and `comparisons` (the model minus each other ranker).
    """
    facts = scored.facts
    missed_customers = np.unique(facts.customer[facts.missed]).size
    result: dict[str, Any] = {
        "rows": len(scored),
        "misses": int(facts.missed.sum()),
        "customers": int(np.unique(facts.customer).size),
        "missed_customers": missed_customers,
    }
    numbers = np.unique(facts.customer, return_inverse=True)[1]
    rankings = {name: Ranking(scored.ranks[name], facts.missed, numbers) for name in RANKERS}
    every = np.ones(result["customers"])
    curves = {name: rankings[name].curve(every) for name in RANKERS}
    values = {name: figures(curve) for name, curve in curves.items()}
    errors = {name: (scored.probs[name] - facts.missed) ** 2 for name in RANKERS}
    for name in RANKERS:
        values[name]["brier"] = float(errors[name].mean())
        values[name]["pr_auc_random_ties"] = curves[name].pr_auc_random_ties()
    if missed_customers < LEAST_MISSED_CUSTOMERS:
        return result | {"rankers": {n: {key: {"value": v} for key, v in values[n].items()} for n in RANKERS}}
    drawn = draw(
        rankings=rankings,
        squared_errors={
            name: np.bincount(numbers, weights=errors[name]).astype(np.float64) for name in RANKERS
        },
        rows=np.bincount(numbers).astype(np.float64),
        draws=draws,
        seed=seed,
    )
    result["rankers"] = {
        name: {key: drawn.interval(name, key, value=value).as_json() for key, value in values[name].items()}
        for name in RANKERS
    }
    if compared:
        result["comparisons"] = _comparisons(drawn, values)
    return result


def _comparisons(drawn: Draws, values: Mapping[str, Mapping[str, float]]) -> dict[str, Any]:
    """The model minus each of the others, draw by draw; in `pr_auc`, ties count against the model."""
    found = {
        f"{MODEL}_minus_{other}": {
            key: drawn.difference(MODEL, other, key, value=values[MODEL][key] - values[other][key]).as_json()
            for key in values[MODEL]
        }
        for other in RANKERS
        if other != MODEL
    }
    for other in RANKERS:
        if other != MODEL:
            value = float(gain_in_pr_auc(values[MODEL], values[other]))
            found[f"{MODEL}_minus_{other}"]["pr_auc"] = drawn.gain(MODEL, other, value=value).as_json()
    return found


def _calibration(scored: Scored, name: str) -> dict[str, Any]:
    table = calibration_table(scored.probs[name], scored.facts.missed)
    return {
        "bins": [dataclasses.asdict(each) for each in table],
        "expected_error_prob": expected_calibration_error(table),
        "mean_prob": float(scored.probs[name].mean()),
        "observed_prob": float(scored.facts.missed.mean()),
    }


def _bands(scored: Scored) -> dict[str, Any]:
    """How many rows stand in each band, and what came true of them."""
    return {
        level.name: {
            "rows": int((scored.band == level).sum()),
            "share": float((scored.band == level).mean()),
            "misses": int(scored.facts.missed[scored.band == level].sum()),
            "mean_prob": _mean(scored.probs[MODEL][scored.band == level]),
            "observed_prob": _mean(scored.facts.missed[scored.band == level]),
        }
        for level in Level
    }


def lead_times(scored: Scored, *, horizon_days: int) -> dict[str, Any]:
    """How early misses are announced: by the final level, by the model's band alone, by the scorecard alone.

    Args:
        scored: all test rows.
        horizon_days: how far the label looks ahead.

    Returns:
        JSON by way of flagging: `LeadTime.as_json`, with `alert_rate` (share of rows flagged) and `precision`.
    """
    facts = scored.facts
    ways: dict[str, Bools] = {
        "final_level": np.maximum(scored.band, facts.score_level) >= Level.MEDIUM,
        "model_band": scored.band >= Level.MEDIUM,
        "scorecard_level": facts.score_level >= Level.MEDIUM,
    }
    moments = np.unique(facts.as_of)
    known = ~np.isnat(facts.due_on)
    return {
        way: {
            **lead_time(
                customers=facts.customer,
                as_of=facts.as_of,
                due_on=facts.due_on,
                missed=facts.missed & known,
                flagged=flagged,
                moments=moments,
                horizon_days=horizon_days,
            ).as_json(),
            "alert_rate": float(flagged.mean()),
            "precision": _mean(facts.missed[flagged]),
        }
        for way, flagged in ways.items()
    }


def distinct_misses(scored: Scored) -> dict[str, float | int | None]:
    """`misses`, how many different instalments were missed, and `capture_at_10pct`, the share the model found."""
    facts = scored.facts
    misses, capture = capture_of_misses(
        customers=facts.customer,
        due_on=facts.due_on,
        missed=facts.missed,
        ranks=scored.ranks[MODEL],
        rate=0.10,
    )
    return {"misses": misses, "capture_at_10pct": capture}


def _mean(values: Any) -> float | None:
    return float(values.mean()) if values.size else None
