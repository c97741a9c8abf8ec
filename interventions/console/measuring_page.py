"""The measuring page: what `measuring.report` found, as headlines, a chart of intervals and tables. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from customers import formats
from interventions.console import words
from interventions.effect.intervals import Estimate
from interventions.effect.measuring import FEWEST_FOR_SHARE, Arm, Report, Uplift
from interventions.effect.measuring_reading import Work
from interventions.models import Case, Override, PromiseToPay, ReliefOffer
from risk.model_page.figures import NONE, share
from risk.model_page.tables import Table, table

# The chart reaches as far as the widest interval, but never less far than this many points to each side.
NARROWEST = 0.05


@dataclass(frozen=True)
class Headline:
    """One figure that counts."""

    label: str
    figure: str
    against: str


@dataclass(frozen=True)
class Mark:
    """One line of the chart: a range and its value, in percent of the width; 50 is no difference."""

    label: str
    text: str
    x: str
    width: str
    at: str
    is_first: bool


@dataclass(frozen=True, kw_only=True)
class MeasuringPage:
    """Everything the page shows."""

    headlines: list[Headline]
    marks: list[Mark]
    too_few: list[str]
    comparison: Table
    outcomes: Table
    overrides: Table
    relief: Table
    excluded: Table | None


def page_of(report: Report, *, currency: str) -> MeasuringPage:
    """Shape a report."""
    uplifts = [report.total, *report.parts]
    return MeasuringPage(
        headlines=_headlines(report.work, currency),
        marks=_marks(uplifts),
        too_few=[_name(each) for each in report.parts if each.is_too_few],
        comparison=_comparison(uplifts),
        outcomes=_counts(
            _("What became of the cases?"),
            _("Outcome"),
            report.work.outcomes,
            {each.value: str(each.label) for each in Case.Outcome},
        ),
        overrides=_counts(
            _("Why did staff do otherwise?"),
            _("Because"),
            report.work.overrides,
            {each.value: str(each.label) for each in Override.Category},
        ),
        relief=_relief(report.work),
        excluded=_excluded(report),
    )


def points(value: float) -> str:
    """A difference of two shares in percentage points: −3.1."""
    return f"{100 * value:+.1f}".replace("-", "−")


def _headlines(work: Work, currency: str) -> list[Headline]:
    judged = work.sla_kept + work.sla_breached
    return [
        Headline(_("Cases opened"), formats.grouped(work.cases, currency), ""),
        Headline(
            _("First contact in time"),
            _part(work.sla_kept, judged),
            _("of %(judged)d due; %(late)d late, %(running)d still have time")
            % {"judged": judged, "late": work.sla_breached, "running": work.sla_running},
        ),
        _hours(work),
        Headline(
            _("Did otherwise"),
            _part(work.overridden, work.cases),
            ngettext("of %(cases)s case", "of %(cases)s cases", work.cases)
            % {"cases": formats.grouped(work.cases, currency)},
        ),
    ]


def _hours(work: Work) -> Headline:
    label, hours = _("Hours to first contact"), work.first_contact_hours_median
    values = {"contacted": work.contacted, "fewest": FEWEST_FOR_SHARE}
    if hours is None or work.contacted < FEWEST_FOR_SHARE:
        return Headline(
            label, NONE, _("too few first contacts to say: %(contacted)d, of %(fewest)d needed") % values
        )
    return Headline(label, f"{hours:.1f}", _("half of %(contacted)d; by the clock, nights included") % values)


def _part(hits: int, whole: int) -> str:
    """A share in percent; of few, the counts themselves."""
    if whole and whole < FEWEST_FOR_SHARE:
        return _("%(hits)d of %(whole)d") % {"hits": hits, "whole": whole}
    return share(hits / whole if whole else None)


def _marks(uplifts: Sequence[Uplift]) -> list[Mark]:
    known = [(each, each.difference) for each in uplifts if each.difference is not None]
    reach = max([NARROWEST, *(abs(end) for _each, found in known for end in (found.low, found.high))])
    return [_mark(each, found, reach) for each, found in known]


def _mark(uplift: Uplift, found: Estimate, reach: float) -> Mark:
    low, at, high = (50 + 50 * value / reach for value in (found.low, found.value, found.high))
    return Mark(
        label=_name(uplift),
        text=f"{points(found.value)} ({points(found.low)} … {points(found.high)})",
        x=f"{low:.2f}",
        width=f"{max(0.6, high - low):.2f}",
        at=f"{at:.2f}",
        is_first=uplift.hardship is None,
    )


def _name(uplift: Uplift) -> str:
    if uplift.hardship is None or uplift.level is None:
        return _("All together")
    return f"{words.HARDSHIPS[uplift.hardship]}, {uplift.level.label}"


def _comparison(uplifts: Sequence[Uplift]) -> Table:
    lines = []
    for each in uplifts:
        helped, held = each.arms.get(Arm.TREATED), each.arms.get(Arm.HELD_OUT)
        lines.append(
            [
                _name(each),
                each.action or NONE,
                *(_counted(arm.missed, arm.cases) if arm else NONE for arm in (helped, held)),
                points(each.difference.value) if each.difference else _("too few"),
                *(_counted(arm.self_cured, arm.ended) if arm else NONE for arm in (helped, held)),
            ]
        )
    return table(
        _("Does help prevent missed payments?"),
        [
            _("Who"),
            _("What the policy asks for"),
            _("Missed, helped"),
            _("Missed, held out"),
            _("Difference, points"),
            _("Risk fell by itself, helped"),
            _("Risk fell by itself, held out"),
        ],
        lines,
        note=_(
            "In brackets, of how many cases. Below 0, fewer payments were missed with help; that may be chance where"
            " the interval above reaches across 0. Every case counts where its lot put it, whatever became of it."
        ),
        text_columns=[_("What the policy asks for")],
    )


def _counted(hits: int, whole: int) -> str:
    """A share and of how many; of few, the counts themselves."""
    return f"{_part(hits, whole)} ({whole})" if whole >= FEWEST_FOR_SHARE else _part(hits, whole)


def _counts(caption: str, header: str, counted: object, names: dict[str, str]) -> Table:
    found = dict(counted)  # type: ignore[call-overload]
    lines = [
        [str(names.get(key, key)).capitalize(), str(number)]
        for key, number in sorted(found.items(), key=lambda item: -item[1])
    ]
    return table(caption, [header, _("Cases")], lines)


def _relief(work: Work) -> Table:
    kinds, states = dict(ReliefOffer.Kind.choices), dict(ReliefOffer.State.choices)
    promised = dict(PromiseToPay.State.choices)
    lines = [
        [_("Promise to pay"), str(promised.get(state, state)), str(number)]
        for state, number in work.promises.items()
    ]
    lines += [
        [str(kinds.get(kind, kind)).capitalize(), str(states.get(state, state)), str(number)]
        for (kind, state), number in work.offers.items()
    ]
    return table(
        _("What came of promises and offers?"),
        [_("What"), _("State"), _("How many")],
        lines,
        text_columns=[_("State")],
    )


def _excluded(report: Report) -> Table | None:
    if not report.excluded:
        return None
    lines = [
        [reason.replace("_", " ").capitalize(), str(number)] for reason, number in report.excluded.items()
    ]
    return table(_("Who took no part in the comparison, and why?"), [_("Why"), _("Cases")], lines)
