"""How early a miss is announced: days from the first flag to the missed due date. Pure."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from risk.training.metrics import Bools, Floats

Days = NDArray[np.datetime64]


@dataclass(frozen=True, kw_only=True)
class LeadTime:
    """Lead times of the misses whose whole run-up was watched.

    Args:
        misses: how many such misses there were.
        lead_days: one element per flagged miss.
    """

    misses: int
    lead_days: Floats

    def as_json(self) -> dict[str, float | int | None]:
        """Counts, the median, and the shares with at least 7 and 14 days, of the flagged and of all misses."""
        found = self.lead_days.size
        result: dict[str, float | int | None] = {
            "misses": self.misses,
            "flagged": found,
            "flagged_share": found / self.misses if self.misses else None,
            "median_days": float(np.median(self.lead_days)) if found else None,
        }
        for days in (7, 14):
            early = int((self.lead_days >= days).sum())
            result[f"share_{days}d_of_flagged"] = early / found if found else None
            result[f"share_{days}d_of_all"] = early / self.misses if self.misses else None
        return result


def capture_of_misses(
    *,
    customers: NDArray[np.int64],
    due_on: Days,
    missed: Bools,
    ranks: Floats,
    rate: float,
) -> tuple[int, float | None]:
    """How many different instalments were missed, and which share of them was found.

    An instalment missed is a row at each moment of its run-up. It is found when at least one of these rows stands among
    the given share of all rows with the highest scores. Of rows of equal scores at the border none is among them.

    Args:
        customers, due_on, missed, ranks: one element per test row; rows without a due date do not count as misses.
        rate: the share of rows.

    Returns:
        The count, and the share; None where there are none.
    """
    chosen = missed & ~np.isnat(due_on)
    if not chosen.any():
        return 0, None
    found, counts = np.unique(ranks, return_counts=True)
    reach = counts[::-1].cumsum()[::-1]
    allowed = found[reach <= rate * ranks.size]
    flagged = ranks[chosen] >= (allowed[0] if allowed.size else np.inf)
    pairs = np.stack([customers[chosen], due_on[chosen].astype("datetime64[D]").astype(np.int64)], axis=1)
    _, codes = np.unique(pairs, axis=0, return_inverse=True)
    hits = np.bincount(codes.ravel(), weights=flagged) > 0
    return hits.size, float(hits.mean())


def lead_time(
    *,
    customers: NDArray[np.int64],
    as_of: Days,
    due_on: Days,
    missed: Bools,
    flagged: Bools,
    moments: Days,
    horizon_days: int,
) -> LeadTime:
    """Find for each miss the first moment of its run-up at which its customer was flagged.

    The run-up of a miss are the moments from `horizon_days` before the due date to the day before it. Only misses
    count of whose run-up no moment lies outside the test window: of the others, an early or a late flag could not
    have been seen.

    Args:
        customers, as_of, due_on, missed, flagged: one element per test row.
        moments: the test moments, rising.
        horizon_days: how far the label looks ahead.
    """
    spacing = (
        np.median(np.diff(moments)).astype("timedelta64[D]") if moments.size > 1 else np.timedelta64(1, "D")
    )
    first_due = moments[0] - spacing + np.timedelta64(horizon_days, "D")
    watched = missed & (due_on > first_due) & (due_on <= moments[-1] + spacing)
    pairs = np.stack([customers[watched], due_on[watched].astype("datetime64[D]").astype(np.int64)], axis=1)
    _, codes = np.unique(pairs, axis=0, return_inverse=True)
    misses = int(codes.max()) + 1 if codes.size else 0
    lead = (due_on[watched] - as_of[watched]).astype("timedelta64[D]").astype(np.float64)
    longest = np.zeros(misses)
    np.maximum.at(longest, codes.ravel(), np.where(flagged[watched], lead, 0.0))
    return LeadTime(misses=misses, lead_days=longest[longest > 0])
