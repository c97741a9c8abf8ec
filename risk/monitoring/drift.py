"""Drift: whether the customers of the last four weeks still look like those a model was trained on.

Beside it stands of how many customers with a loan the model speaks at all, and the performance to expect of it on
those, whose outcomes are not known yet.
"""

import datetime as dt
from typing import Any

from risk.models import ModelVersion
from risk.monitoring import words
from risk.monitoring.checks import Check, Report
from risk.monitoring.comparison import Comparison, Verdict, compare
from risk.monitoring.comparison import Sample as Compared
from risk.monitoring.coverage import ALARM as COVERAGE
from risk.monitoring.coverage import Coverage
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
    coverage = Coverage()
    seen = look(sample=sample, back=RECENT, scorer=subject.scorer, coverage=coverage)
    found = compare(
        subject.reference,
        Compared(values=seen.values, probability=seen.probability, customers=seen.customers),
    )
    usual = subject.covered_share
    alarms = [*found.drifted, *missing_alarms(found, has_fallen=coverage.has_fallen(usual), subject=subject)]
    return {
        "moments": moments_in_json(sample.day, RECENT),
        "in_words": f"{in_words(found)}; {coverage.in_words(usual=usual)}",
        **found.as_json(),
        "verdict": (Verdict.DRIFTED if coverage.has_fallen(usual) else found.verdict).value,
        "alarms": alarms,
        "coverage": coverage.as_json(usual=usual),
        "estimated": (
            estimated(seen.probability, subject.bands, customers=seen.customers) if len(seen) else None
        ),
    }


def missing_alarms(found: Comparison, *, has_fallen: bool, subject: Subject) -> list[str]:
    """What to tell operators where there is too little to look at: silence must not pass for quiet.

    Of a model that decides nothing, only that the customers are gone.
    """
    is_blind = found.verdict is Verdict.TOO_FEW and subject.model.state == ModelVersion.State.ACTIVE
    return [*([COVERAGE] if has_fallen else []), *([Verdict.TOO_FEW.value] if is_blind else [])]


def in_words(found: Comparison) -> str:
    """What has drifted, the furthest first."""
    if found.verdict is Verdict.TOO_FEW:
        return words.TOO_FEW % {"customers": found.customers}
    psi = dict(zip(found.names, found.distances.psi, strict=True))
    drifted = sorted(found.drifted, key=lambda name: -psi[name])
    named = ", ".join(f"{name} (PSI {psi[name]:.2f})" for name in drifted[:MOST_NAMES])
    filled = {
        "drifted": len(drifted), "columns": len(psi), "named": named, "more": len(drifted) - MOST_NAMES,
    }  # fmt: skip
    if not drifted:
        return words.NONE_DRIFTED % filled
    return (words.MORE_DRIFTED if len(drifted) > MOST_NAMES else words.DRIFTED) % filled


def moments_in_json(day: dt.date, back: tuple[int, ...]) -> dict[str, Any]:
    """Between which bank days a sample was looked at."""
    return {
        "from_on": (day - dt.timedelta(days=max(back) + 6)).isoformat(),
        "until_on": (day - dt.timedelta(days=min(back))).isoformat(),
    }


CHECK = Check(kind=KIND, measure=measure)
