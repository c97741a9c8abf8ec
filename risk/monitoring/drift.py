"""Drift: whether the customers of the last four weeks still look like those a model was trained on.

Beside it stands the performance to expect of the model on these customers, whose outcomes are not known yet.
"""

import datetime as dt
from typing import Any

from risk.monitoring.checks import Check, Report
from risk.monitoring.comparison import Comparison, Verdict, compare
from risk.monitoring.comparison import Sample as Compared
from risk.monitoring.estimate import estimated
from risk.monitoring.sampling import RECENT, Sample, look
from risk.monitoring.subject import Subject

KIND = "drift"
MOST_NAMES = 5


def measure(subject: Subject, sample: Sample) -> Report:
    """The drift report, described in docs/monitoring.md.

    Raises:
        ValueError: the manifest holds no reference that this version can read.
    """
    seen = look(sample=sample, back=RECENT, scorer=subject.scorer)
    found = compare(
        subject.reference,
        Compared(values=seen.values, probability=seen.probability, customers=seen.customers),
    )
    return {
        "moments": moments_in_json(sample.day, RECENT),
        "in_words": in_words(found),
        **found.as_json(),
        "estimated": estimated(seen.probability, subject.bands) if len(seen) else None,
    }


def in_words(found: Comparison) -> str:
    """What has drifted, the furthest first."""
    if found.verdict is Verdict.TOO_FEW:
        return f"{found.customers} customers are too few to conclude anything from"
    psi = dict(zip(found.names, found.distances.psi, strict=True))
    drifted = sorted(found.drifted, key=lambda name: -psi[name])
    named = ", ".join(f"{name} (PSI {psi[name]:.2f})" for name in drifted[:MOST_NAMES])
    more = f" and {len(drifted) - MOST_NAMES} more" if len(drifted) > MOST_NAMES else ""
    which = f": {named}{more}" if drifted else ""
    return f"{len(drifted)} of {len(psi)} columns drifted{which}"


def moments_in_json(day: dt.date, back: tuple[int, ...]) -> dict[str, Any]:
    """Between which bank days a sample was looked at."""
    return {
        "from_on": (day - dt.timedelta(days=max(back) + 6)).isoformat(),
        "until_on": (day - dt.timedelta(days=min(back))).isoformat(),
    }


CHECK = Check(kind=KIND, measure=measure)
