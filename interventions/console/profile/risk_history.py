"""How a customer was assessed over time, receipt by receipt, and the score as the sum of its points."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers import formats
from customers.models import Customer
from interventions.console import words
from risk.levels import Hardship, Level, Segment, Signal
from risk.models import Assessment, CurrentRisk
from risk.rulebook import RulebookContent

SHOWN = 50
SIGNAL_WORDS: dict[str, Promise] = {
    Signal.SALARY_GAP: gettext_lazy("Salary that stays away"),
    Signal.WITHDRAWAL_SPIKE: gettext_lazy("Many cash withdrawals"),
    Signal.SPENDING_DROP: gettext_lazy("A sudden drop in spending"),
    Signal.SURVIVAL_MODE: gettext_lazy("Essentials only"),
    Signal.SEGMENT: gettext_lazy("Pattern of behaviour"),
}


@dataclass(frozen=True)
class Points:
    """What one signal adds to the score, and at most could."""

    name: str | Promise
    points: float
    most: float


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One receipt, and what changed against the one before."""

    assessment: Assessment
    changes: Sequence[str]


def breakdown(risk: CurrentRisk, rules: RulebookContent) -> list[Points]:
    """The score signal by signal: the points sum to it."""
    book = rules.score
    most = {
        Signal.SALARY_GAP: _largest(book.no_salary_txns_at_least, book.days_since_salary_over),
        Signal.WITHDRAWAL_SPIKE: _largest(book.withdrawals_at_least),
        Signal.SPENDING_DROP: _largest(book.spending_change_under),
        Signal.SURVIVAL_MODE: max(book.survival_full_points, book.survival_ratio_points),
        Signal.SEGMENT: max(book.income_shock_points, book.silent_drain_points),
    }
    return [
        Points(SIGNAL_WORDS[signal], getattr(risk, f"{signal.value}_points"), most[signal])
        for signal in Signal
    ]


def history(customer: Customer) -> list[Entry]:
    """The newest receipts first. One query."""
    rows = list(
        Assessment.objects.filter(customer=customer)
        .select_related("rulebook", "model")
        .defer(
            "model_inputs", "rulebook__content", "model__manifest_text", "model__metrics", "reasons", "inputs"
        )
        .order_by("-revision")[: SHOWN + 1]
    )
    entries = [
        Entry(assessment=row, changes=changes(row, rows[place + 1] if place + 1 < len(rows) else None))
        for place, row in enumerate(rows)
    ]
    return entries[:SHOWN]


def changes(now: Assessment, before: Assessment | None) -> list[str]:
    """What one receipt says otherwise than the one before, in words."""
    if before is None:
        return [_("First assessment that is kept")]
    found = []
    for text, was, is_now in (
        (_("Level %(was)s → %(now)s"), Level(before.level).label, Level(now.level).label),
        (_("Score %(was)s → %(now)s"), formats.score(before.score), formats.score(now.score)),
        (_("Probability %(was)s → %(now)s"), _percent(before.probability), _percent(now.probability)),
        (_("Hardship: %(was)s → %(now)s"), _hardship(before.hardship), _hardship(now.hardship)),
        (_("Behaviour: %(was)s → %(now)s"), _segment(before.segment), _segment(now.segment)),
    ):
        if was != is_now:
            found.append(text % {"was": was, "now": is_now})
    return found or [_points(now, before)]


def _points(now: Assessment, before: Assessment) -> str:
    moved = [
        str(SIGNAL_WORDS[signal])
        for signal in Signal
        if now.points.get(signal.value, 0) != before.points.get(signal.value, 0)
    ]
    if moved:
        return _("Other points for the same score: %(signals)s") % {"signals": ", ".join(moved)}
    return _("The same figures, by another model or rulebook, or for other hardships beside the first")


def receipt(customer: Customer, revision: int) -> Assessment | None:
    """One receipt with everything that is kept of it."""
    found = Assessment.objects.filter(customer=customer, revision=revision)
    return (
        found.select_related("rulebook", "model").defer("rulebook__content", "model__manifest_text").first()
    )


def plain(content: dict[str, Any] | None) -> list[tuple[str, str]]:
    """Names and numbers as a receipt holds them, unrounded."""
    return [(name, "–" if value is None else f"{value}") for name, value in sorted((content or {}).items())]


def _largest(*steps: Sequence[tuple[float, float]]) -> float:
    return max(points for each in steps for _bound, points in each)


def _percent(share: float | None) -> str:
    return _("none") if share is None else formats.percent(share)


def _hardship(code: int) -> str:
    return str(words.HARDSHIPS[Hardship(code)])


def _segment(code: int) -> str:
    return str(words.SEGMENTS[Segment(code)])
