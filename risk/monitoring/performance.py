"""How well a model did, from rows whose outcome is known: against its training, band by band, and overall. Pure."""

from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

import numpy as np

from risk.features import Bools, Floats, Ints
from risk.levels import Level
from risk.training.bootstrap import draw
from risk.training.metrics import Ranking, figures

Z_95 = NormalDist().inv_cdf(0.975)
DRAWS = 200
# With fewer customers who missed, intervals are so wide that nothing can be concluded.
LEAST_MISSED_CUSTOMERS = 20
# PR AUC rises and falls with the share of misses, however well a model ranks: it is shown, and no alarm.
WATCHED = ("roc_auc",)
# Misses observed for each expected: outside these bounds, probabilities are wrong enough to matter to a decision.
CALIBRATION_BOUNDS = (2 / 3, 3 / 2)
MODEL = "model"


@dataclass(frozen=True, kw_only=True)
class Rows:
    """Rows with their outcomes, one element each.

    Args:
        customers: ids.
        probability: what the model said of a miss.
        band: `risk.levels.Level` codes.
        missed: what came true.
    """

    customers: Ints
    probability: Floats
    band: Ints
    missed: Bools

    @property
    def missed_customers(self) -> int:
        """How many different customers missed."""
        return int(np.unique(self.customers[self.missed]).size)


def realised(
    rows: Rows, *, trained: dict[str, dict[str, float]], seed: int, is_same_outcome: bool = True
) -> dict[str, Any]:
    """Figures of rows whose outcome is known, and what they say against the training.

    Args:
        rows: of customers and moments the model was not trained on.
        trained: `value`, `low` and `high` by figure, from the training's metrics; empty where they are not known.
        seed: of the bootstrap.
        is_same_outcome: whether the model learnt to foretell a missed instalment. One that learnt another outcome of
            the bank's own is measured, but held to nothing.

    Returns:
        JSON: `rows`, `customers`, `misses`, `missed_customers`, `verdict` ("steady", "worse", "too_few", or "measured"
        where it was trained on another outcome), `alarms`
        (figures; `calibration` among them), `figures` (by name `value`, `low`, `high`, `trained`), `bands` (see
        `calibration_by_band`) and `calibration` (`expected_misses`, `misses`, `ratio`, `low`, `high`). Without enough
        misses, figures have no interval and there is no alarm.
    """
    found: dict[str, Any] = {
        "rows": rows.customers.size,
        "customers": int(np.unique(rows.customers).size),
        "misses": int(rows.missed.sum()),
        "missed_customers": rows.missed_customers,
        "bands": calibration_by_band(rows),
        "verdict": "too_few",
        "alarms": [],
        "figures": {},
        "calibration": {},
    }
    if rows.missed_customers < LEAST_MISSED_CUSTOMERS:
        return found
    found["figures"] = _figures(rows, trained=trained if is_same_outcome else {}, seed=seed)
    found["calibration"] = calibration_ratio(rows, seed=seed)
    if not is_same_outcome:
        return found | {"verdict": "measured"}
    found["alarms"] = [
        *(name for name in WATCHED if _is_worse(found["figures"][name])),
        *(["calibration"] if _is_off(found["calibration"]) else []),
    ]
    found["verdict"] = "worse" if found["alarms"] else "steady"
    return found


def calibration_by_band(rows: Rows) -> list[dict[str, Any]]:
    """What was said and what came true, band by band.

    Returns:
        For each band `band`, `rows`, `misses`, `mean_prob` (said), `miss_rate` (observed) with `miss_rate_low` and
        `miss_rate_high`, the ends of Wilson's interval; None where a band is empty.
    """
    table = []
    for level in Level:
        inside = rows.band == level
        count, misses = int(inside.sum()), int(rows.missed[inside].sum())
        low, high = wilson(misses, count) if count else (None, None)
        table.append(
            {
                "band": level.label,
                "rows": count,
                "misses": misses,
                "mean_prob": float(rows.probability[inside].mean()) if count else None,
                "miss_rate": misses / count if count else None,
                "miss_rate_low": low,
                "miss_rate_high": high,
            }
        )
    return table


def calibration_ratio(rows: Rows, *, seed: int) -> dict[str, float]:
    """Misses observed for each that was expected, with a 95 % interval from drawing customers again.

    Args:
        rows: with at least one expected miss.
        seed: of the bootstrap.
    """
    _, who = np.unique(rows.customers, return_inverse=True)
    observed = np.bincount(who, weights=rows.missed)
    expected = np.bincount(who, weights=rows.probability)
    chosen = np.random.default_rng(seed).integers(observed.size, size=(DRAWS, observed.size))
    low, high = np.quantile(observed[chosen].sum(axis=1) / expected[chosen].sum(axis=1), (0.025, 0.975))
    return {
        "expected_misses": float(expected.sum()),
        "misses": float(observed.sum()),
        "ratio": float(observed.sum() / expected.sum()),
        "low": float(low),
        "high": float(high),
    }


def wilson(successes: float, rows: float) -> tuple[float, float]:
    """The 95 % score interval of a share.

    Args:
        successes: how many.
        rows: of how many, above 0.

    Source:
        E. B. Wilson, Probable inference, the law of succession, and statistical inference, JASA 22 (1927).
    """
    share, z2 = successes / rows, Z_95**2
    centre = (share + z2 / (2 * rows)) / (1 + z2 / rows)
    half = Z_95 / (1 + z2 / rows) * np.sqrt(share * (1 - share) / rows + z2 / (4 * rows**2))
    return max(0.0, float(centre - half)), min(1.0, float(centre + half))


def _figures(rows: Rows, *, trained: dict[str, dict[str, float]], seed: int) -> dict[str, Any]:
    _, who = np.unique(rows.customers, return_inverse=True)
    ranking = Ranking(rows.probability, rows.missed, who)
    errors = (rows.probability - rows.missed) ** 2
    drawn = draw(
        rankings={MODEL: ranking},
        squared_errors={MODEL: np.bincount(who, weights=errors).astype(np.float64)},
        rows=np.bincount(who).astype(np.float64),
        draws=DRAWS,
        seed=seed,
    )
    values = figures(ranking.curve()) | {"brier": float(errors.mean())}
    return {
        name: drawn.interval(MODEL, name, value=value).as_json() | {"trained": trained.get(name)}
        for name, value in values.items()
    }


def _is_worse(figure: dict[str, Any]) -> bool:
    """Whether the intervals lie apart, the new one below: a drop that neither sample's chance explains."""
    trained = figure["trained"] or {}
    return "low" in trained and figure["high"] < trained["low"]


def _is_off(ratio: dict[str, float]) -> bool:
    """Whether the whole interval lies where probabilities are wrong enough to matter."""
    return ratio["high"] < CALIBRATION_BOUNDS[0] or ratio["low"] > CALIBRATION_BOUNDS[1]
