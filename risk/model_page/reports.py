"""The newest reports of the monitoring, question by question."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _

from risk.model_page import findings
from risk.model_page.findings import Content, Finding, State
from risk.models import MonitoringReport

EVERY_CHECK = "manage.py monitor_model"

Shape = Callable[[Content, str], Finding]


@dataclass(frozen=True, kw_only=True)
class Shown:
    """One question on the page.

    Args:
        question: that the report answers.
        command: which runs it.
        finding: None where it has never run, or its form is not known here.
        report: None where it has never run.
    """

    question: str
    command: str
    finding: Finding | None = None
    report: MonitoringReport | None = None


def shown(newest: Mapping[str, MonitoringReport], *, currency: str) -> list[Shown]:
    """Every question, with the newest report that answers it where there is one.

    Args:
        newest: by kind.
        currency: ISO 4217 code, for the grouping of digits.
    """
    return [
        Shown(
            question=question,
            command=command,
            finding=_finding(newest.get(kind), shape, currency),
            report=newest.get(kind),
        )
        for kind, question, command, shape in _questions()
    ]


def _questions() -> list[tuple[str, str, str, Shape]]:
    parity, drift = "manage.py check_parity --sample 1%", "manage.py check_drift"
    return [
        ("parity", _("Does the live stream compute what the raw rows say?"), parity, findings.parity),
        ("drift", _("Are customers still like those it learnt from?"), drift, findings.drift),
        ("drift", _("How well should it do, before outcomes are known?"), drift, findings.estimated),
        ("performance", _("Did what it said come true?"), EVERY_CHECK, findings.performance),
        ("fairness", _("Does it treat groups of customers alike?"), EVERY_CHECK, findings.fairness),
    ]


def _finding(report: MonitoringReport | None, shape: Shape, currency: str) -> Finding | None:
    if report is None:
        return None
    content = report.report
    if content.get("verdict") == "failed":
        return Finding(state=State.WRONG, words=_("The check failed: %(why)s") % {"why": content["in_words"]})
    try:
        return shape(content, currency)
    except (KeyError, TypeError):
        # Written by a release with another form: the page says that it cannot show it.
        return None
