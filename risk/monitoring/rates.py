"""Rates by group, for the audit of fairness: who is alerted, who without need, who of those that miss. Pure."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from risk.features import Bools
from risk.monitoring.performance import wilson

SMALLEST = 30
"""A rate of fewer rows is not shown: it says little, and too much of the few people it is about."""
RATES = ("alert_rate", "false_positive_rate", "true_positive_rate")
Labels = NDArray[np.str_]


@dataclass(frozen=True, kw_only=True)
class Alerted:
    """Rows with what was said and what came true, one element each.

    Args:
        alerted: whether the model's band was MEDIUM or HIGH.
        missed: whether an instalment was missed.
    """

    alerted: Bools
    missed: Bools

    def shares(self, chosen: Bools) -> dict[str, tuple[int, int]]:
        """(hits, of how many) by rate.

        `alert_rate` is of all chosen rows; `false_positive_rate` of those without a miss, `true_positive_rate` of those
        with one: the share that was alerted.
        """
        alerted, missed = self.alerted[chosen], self.missed[chosen]
        return {
            "alert_rate": (int(alerted.sum()), alerted.size),
            "false_positive_rate": (int((alerted & ~missed).sum()), int((~missed).sum())),
            "true_positive_rate": (int((alerted & missed).sum()), int(missed.sum())),
        }


def overall_rates(rows: Alerted) -> dict[str, Any]:
    """The rates of everybody, as in `group_rates`."""
    everybody = np.ones(rows.alerted.size, dtype=np.bool_)
    return {"rows": rows.alerted.size, **_rates(rows.shares(everybody), overall=None)}


def group_rates(rows: Alerted, groups: Labels) -> list[dict[str, Any]]:
    """The rates of each group, in the order of their names.

    Args:
        rows: all rows.
        groups: the group of each row.

    Returns:
        For each group `group`, `rows` (None where fewer than `SMALLEST`), and by rate `hits`, `of`, `rate`, `low`,
        `high` (Wilson), `ratio` to the rate of everybody, and `differs`: whether that lies outside the interval. A
        rate of fewer than `SMALLEST` rows is None.
    """
    everybody = rows.shares(np.ones(groups.size, dtype=np.bool_))
    table = []
    for group in np.unique(groups).tolist():
        chosen = groups == group
        count = int(chosen.sum())
        shown = count if count >= SMALLEST else None
        table.append({"group": group, "rows": shown, **_rates(rows.shares(chosen), overall=everybody)})
    return table


def _rates(
    shares: dict[str, tuple[int, int]], *, overall: dict[str, tuple[int, int]] | None
) -> dict[str, Any]:
    return {name: _rate(*shares[name], overall=overall[name] if overall else None) for name in RATES}


def _rate(hits: int, of: int, *, overall: tuple[int, int] | None) -> dict[str, Any] | None:
    if of < SMALLEST:
        return None
    low, high = wilson(hits, of)
    found: dict[str, Any] = {"hits": hits, "of": of, "rate": hits / of, "low": low, "high": high}
    if overall is None:
        return found
    usual = overall[0] / overall[1]
    return found | {
        "ratio": hits / of / usual if usual else None,
        "differs": not low <= usual <= high,
    }
