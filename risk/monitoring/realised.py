"""Realised performance: what came true of what the model would have said at the newest moments with an outcome.

Help changes outcomes: who was helped in time does not miss, and the alert then looks false. Once help is given, the
figures are those of model and help together; a holdout of customers who are not helped shows the model alone.
"""

from risk.monitoring import words
from risk.monitoring.checks import Check, Report
from risk.monitoring.drift import moments_in_json
from risk.monitoring.performance import Rows, realised
from risk.monitoring.sampling import MATURED, Sample, look
from risk.monitoring.subject import Subject
from risk.reading import day_number

KIND = "performance"


def measure(subject: Subject, sample: Sample) -> Report:
    """The report of realised performance, described in docs/monitoring.md.

    Moments whose outcomes the model learnt from are left out: it knows those.
    """
    unseen_from_on = subject.unseen_from_on
    seen = look(sample=sample, back=MATURED, scorer=subject.scorer)
    seen = seen.where(seen.as_of >= day_number(unseen_from_on))
    rows = Rows(customers=seen.customers, probability=seen.probability, band=seen.band, missed=seen.missed)
    found = realised(
        rows,
        trained=subject.trained_figures,
        seed=sample.seed,
        is_same_outcome=subject.learnt_missed_instalments,
    )
    return {
        "moments": moments_in_json(sample.day, MATURED),
        "unseen_from_on": unseen_from_on.isoformat(),
        "in_words": in_words(found),
        **found,
    }


def in_words(found: Report) -> str:
    """What has become worse."""
    if found["verdict"] == "too_few":
        return words.TOO_FEW_MISSED % {"customers": found["missed_customers"]}
    if found["verdict"] == "measured":
        return f"{words.OF_MISSES % found['figures']['roc_auc']}; {words.NOT_LEARNT}"
    if not found["alarms"]:
        steady: str = words.AS_AT_TRAINING % found["figures"]["roc_auc"]
        return steady
    return words.WORSE % {"found": ", ".join(_said(name, found) for name in found["alarms"])}


def _said(name: str, found: Report) -> str:
    if name == "calibration":
        calibration = found["calibration"]
        counts = {"misses": calibration["misses"], "expected": calibration["expected_misses"]}
        return words.MISSES % {name: round(count) for name, count in counts.items()}
    figure = found["figures"][name]
    return words.THEN % {"figure": name, "value": figure["value"], "before": figure["trained"]["value"]}


CHECK = Check(kind=KIND, measure=measure)
