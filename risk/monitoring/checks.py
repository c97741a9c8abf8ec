"""What is asked of a model every bank day, and how an answer is kept: a report, a line of audit, perhaps an alert."""

import hashlib
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from audit.services import record
from risk.alerts import raise_operational
from risk.models import MonitoringReport
from risk.monitoring.sampling import Sample
from risk.monitoring.subject import Subject

Report = dict[str, Any]


@dataclass(frozen=True)
class Check:
    """One question about a model.

    Args:
        kind: of its reports.
        measure: answers it from a sample; JSON with at least `verdict`, `alarms` and `in_words`, which operators are
            told when there are alarms.
    """

    kind: str
    measure: Callable[[Subject, Sample], Report]


def check_run(*, check: Check, subject: Subject, sample: Sample) -> MonitoringReport:
    """Ask a question about a model, and keep the answer; an alarm is raised once for each model and bank day."""
    report = check.measure(subject, sample)
    model = subject.model
    with transaction.atomic():
        stored = MonitoringReport.objects.create(
            kind=check.kind,
            model=model,
            as_of_on=sample.day,
            report=in_json(
                {"model": str(model), "sample": {"asked": sample.count, "seed": sample.seed}, **report}
            ),
        )
        record(
            action="risk.model.monitored",
            subject_type="model",
            subject_id=model.pk,
            detail={
                "version": str(model),
                "kind": check.kind,
                "as_of_on": sample.day.isoformat(),
                "report": stored.pk,
                "verdict": report["verdict"],
                "alarms": report["alarms"],
            },
        )
        if report["alarms"]:
            raise_operational(
                dedupe_key=f"{check.kind}.{model.pk}.{sample.day}",
                message=f"{model}, {sample.day}: {report['in_words']}",
                detail={"report": stored.pk, "model": model.pk, "alarms": report["alarms"]},
            )
    return stored


def seed_of(*, subject: Subject, day: object) -> int:
    """The seed of a day's sample: the same for the same model and day, so that a report can be repeated."""
    digest = hashlib.sha256(f"{subject.model.manifest_sha256}:{day}".encode()).digest()
    return int.from_bytes(digest[:4])


def in_json(content: Any) -> Any:
    """The same with numbers rounded to six places, and None for what is no number, which JSON does not know."""
    if isinstance(content, dict):
        return {key: in_json(value) for key, value in content.items()}
    if isinstance(content, list | tuple):
        return [in_json(value) for value in content]
    if isinstance(content, float):
        return round(content, 6) if math.isfinite(content) else None
    return content
