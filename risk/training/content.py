"""What a training set says of itself in `_dataset.json`."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from risk.model.settlement import GRACE_DAYS, HORIZON_DAYS
from risk.model.specs import NAMES, SCHEMA_HASH
from risk.reading import POSTGRES_DAY_ZERO
from risk.rulebook import RulebookContent
from risk.training.build import Summary
from risk.training.labels import LABEL_DAYS
from risk.training.moments import DataWindow

FROM_PAYMENTS = "payments"
FROM_FILE = "file"
BY_PAYMENTS = (
    f"an instalment due within {HORIZON_DAYS} days was not fully paid at the end of the day {GRACE_DAYS} days after its"
    " due day"
)
BY_THE_BANK = "stated by the bank"


@dataclass(frozen=True, kw_only=True)
class FromPayments:
    """Labels judged by payments.

    Args:
        window: the days of the data.
        history_days: how many of them lie before the first moment, at least.
    """

    window: DataWindow
    history_days: int

    def as_content(self) -> dict[str, Any]:
        """What is told of them."""
        return {
            "labels_from": FROM_PAYMENTS,
            "label": BY_PAYMENTS,
            "label_days": LABEL_DAYS,
            "data_from_on": self.window.from_on.isoformat(),
            "data_until_on": self.window.until_on.isoformat(),
            "history_days": self.history_days,
        }


@dataclass(frozen=True, kw_only=True)
class FromBank:
    """Labels that the bank states.

    Args:
        label_days: how many days after a moment its outcome was known.
    """

    label_days: int

    def as_content(self) -> dict[str, Any]:
        """What is told of them."""
        return {
            "labels_from": FROM_FILE,
            "label": BY_THE_BANK,
            "label_days": self.label_days,
            "data_from_on": None,
            "data_until_on": None,
            "history_days": None,
        }


Labels = FromPayments | FromBank


def content_of(*, summary: Summary, rules: RulebookContent, labels: Labels, share: float) -> dict[str, Any]:
    """Describe a training set.

    Args:
        summary: what was built.
        rules: the rulebook of the scorecard's columns.
        labels: where its labels are from.
        share: which share of the customers it holds.

    Returns:
        JSON-serialisable data. The same data and code give the same text: nothing in it is of the present moment.
    """
    days = sorted(summary.rows)
    return {
        "schema_hash": SCHEMA_HASH,
        "features": list(NAMES),
        "currency": settings.BANK_CURRENCY,
        "time_zone": settings.BANK_TIME_ZONE,
        "horizon_days": HORIZON_DAYS,
        "grace_days": GRACE_DAYS,
        **labels.as_content(),
        "moments": [as_date(day).isoformat() for day in days],
        "rows_per_moment": [summary.rows[day] for day in days],
        "misses_per_moment": [summary.misses[day] for day in days],
        "customers_share": share,
        "rows": summary.rows.total(),
        "misses": summary.misses.total(),
        "customers": summary.customers,
        "skipped": dict(sorted(summary.skipped.items())),
        "rulebook": rules.version,
        "rulebook_hash": rules.content_hash(),
        "code_version": settings.CODE_VERSION,
    }


def as_date(day: int) -> dt.date:
    """A day number, as PostgreSQL counts them, as a date."""
    return POSTGRES_DAY_ZERO + dt.timedelta(days=day)
