"""What a training set says of itself in `_dataset.json`."""

import datetime as dt
from typing import Any

from django.conf import settings

from risk.model.settlement import GRACE_DAYS, HORIZON_DAYS
from risk.model.specs import NAMES, SCHEMA_HASH
from risk.reading import POSTGRES_DAY_ZERO
from risk.rulebook import RulebookContent
from risk.training.build import Summary
from risk.training.moments import DataWindow

FROM_PAYMENTS = "payments"
FROM_FILE = "file"


def content_of(
    *, summary: Summary, rules: RulebookContent, window: DataWindow | None, share: float
) -> dict[str, Any]:
    """Describe a training set.

    Args:
        summary: what was built.
        rules: the rulebook of the scorecard's columns.
        window: the days of the data on which labels were judged; None where the bank gave them.
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
        "labels_from": FROM_FILE if window is None else FROM_PAYMENTS,
        "moments": [as_date(day).isoformat() for day in days],
        "rows_per_moment": [summary.rows[day] for day in days],
        "misses_per_moment": [summary.misses[day] for day in days],
        "data_from_on": window.from_on.isoformat() if window else None,
        "data_until_on": window.until_on.isoformat() if window else None,
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
