"""Of how many customers with a loan the model speaks, and why not of the others. Pure.

Where repayments or schedules stop arriving, nobody is left of whom it speaks: every other figure is then of few
customers, or of none, and nothing else would say so.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from risk.features import Bools
from risk.model.inputs import Payments, Schedules
from risk.model.settlement import HISTORY_DAYS, NOT_COVERED, settle
from risk.monitoring import words
from risk.monitoring.performance import wilson

COVERED, OVERDUE, UNKNOWN_HISTORY, NOTHING_DUE = "covered", "overdue", "unknown_history", "nothing_due"
IN_WORDS = {
    OVERDUE: words.IS_OVERDUE,
    UNKNOWN_HISTORY: words.NO_PAYMENT,
    NOTHING_DUE: words.NOTHING_DUE,
}
ALARM = "coverage"
LEAST_OF_USUAL = 0.5
FROM_FILE = "file"


@dataclass
class Coverage:
    """Counts of customers with a loan, each at several moments.

    Args:
        customers: how many different ones.
        rows: by `COVERED` or the reason why the model is silent.
    """

    customers: int = 0
    rows: Counter[str] = field(default_factory=Counter)

    @property
    def share(self) -> float | None:
        """Of how many the model speaks; None of nobody."""
        return self.rows[COVERED] / self.rows.total() if self.rows else None

    def has_fallen(self, usual: float | None) -> bool:
        """Whether the share lies below half of the usual one, by the whole of its interval.

        The interval (Wilson) is that of as many rows as customers, since a customer's rows are alike.
        """
        if usual is None or self.share is None:
            return False
        return wilson(self.share * self.customers, self.customers)[1] < LEAST_OF_USUAL * usual

    def as_json(self, *, usual: float | None) -> dict[str, Any]:
        """`customers`, `rows`, `share`, `usual_share` and, by reason, the shares of whom it does not speak of."""
        rows = self.rows.total()
        silent = {why: self.rows[why] / rows if rows else None for why in IN_WORDS}
        return {
            "customers": self.customers,
            "rows": rows,
            "share": self.share,
            "usual_share": usual,
            "silent": silent,
        }

    def in_words(self, *, usual: float | None) -> str:
        """Of how many it speaks, at training, and what mostly keeps it silent."""
        if self.share is None:
            return words.NO_LOANS
        speaks = words.COVERS if usual is None else words.COVERED
        said = speaks % {"share": 100 * self.share, "usual": 100 * (usual or 0.0)}
        why, count = max(((why, self.rows[why]) for why in IN_WORDS), key=lambda pair: pair[1])
        silent = {"share": 100 * count / self.rows.total(), "why": IN_WORDS[why]}
        return f"{said}; {words.SILENT % silent}" if count else said


def coverage_counts(
    *, schedules: Schedules, payments: Payments, customers: int, as_of: int, is_covered: Bools
) -> Counter[str]:
    """Count customers by whether the model speaks of them, and the first reason that applies why not.

    Args:
        schedules, payments: what was known of them.
        customers: how many customers.
        as_of: the bank day.
        is_covered: one element per customer: whether the model speaks of them.
    """
    found = settle(schedules=schedules, payments=payments, as_of=as_of)
    behind = as_of - schedules.due_day
    is_late = found.is_known & (found.covered_day == NOT_COVERED) & (behind >= 1) & (behind <= HISTORY_DAYS)

    def any_of(chosen: Bools) -> Bools:
        return np.asarray(np.bincount(schedules.customer[chosen], minlength=customers) > 0)

    is_overdue, is_unknown = any_of(is_late), any_of(~found.is_known)
    return Counter(
        {
            COVERED: int(is_covered.sum()),
            OVERDUE: int((~is_covered & is_overdue).sum()),
            UNKNOWN_HISTORY: int((~is_covered & ~is_overdue & is_unknown).sum()),
            NOTHING_DUE: int((~is_covered & ~is_overdue & ~is_unknown).sum()),
        }
    )


def covered_share_of(content: Mapping[str, Any]) -> float | None:
    """The share of customers with a loan, at the moments of a training set, of whom a model speaks.

    Args:
        content: of the training set, `_dataset.json`.

    Returns:
        None where the bank chose the rows, or the training set does not say whom it left out.
    """
    if content.get("labels_from") == FROM_FILE or not content.get("rows") or "skipped" not in content:
        return None
    return float(content["rows"] / (content["rows"] + sum(content["skipped"].values())))
