"""What if: sliders that change a customer's situation and have it judged by the real functions. Reads only."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import structlog
from django.conf import settings
from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from customers import formats
from customers.models import Customer
from interventions.console.profile.money_path import MoneyPath, money_path
from interventions.console.profile.risk_history import SIGNAL_WORDS
from risk.levels import Level
from risk.model import changing
from risk.model.changing import Changeable, Unit, changeable, changed
from risk.model.counterfactual import inputs_of
from risk.model.judging import Held, Judgement, judged
from risk.model.levers import Situation
from risk.model.on_reading import SAME_PROBABILITY, process_reader
from risk.model.standing import Scoring
from risk.models import CurrentRisk

# In log-odds: what moves by less is the same.
SMALLEST = 0.005
LONGEST_NUMBER = 20
log = structlog.get_logger(__name__)
LABELS: dict[str, Promise] = {
    changing.LATE: gettext_lazy("Salary comes later"),
    changing.SALARY: gettext_lazy("Last salary"),
    changing.ESSENTIAL: gettext_lazy("Spent on essentials"),
    changing.DISCRETIONARY: gettext_lazy("Spent on wants"),
    changing.CASH: gettext_lazy("Cash withdrawals"),
    changing.BALANCE: gettext_lazy("Balance today"),
    changing.DUE: gettext_lazy("Due date"),
    changing.INSTALMENT: gettext_lazy("Instalments"),
}
HELP: dict[str, Promise] = {
    changing.LATE: gettext_lazy(
        "The next one comes so many days later than usual, and is awaited for longer."
    ),
    changing.SALARY: gettext_lazy("The difference is missing from the account since then, or is there."),
    changing.ESSENTIAL: gettext_lazy("In the last 30 days; what is not spent stays in the account."),
    changing.DISCRETIONARY: gettext_lazy("In the last 30 days; what is not spent stays in the account."),
    changing.CASH: gettext_lazy("In the last 7 days, each as large as usual."),
    changing.BALANCE: gettext_lazy("Such as savings that are brought, or a bill that comes."),
    changing.DUE: gettext_lazy("Of the next instalment."),
    changing.INSTALMENT: gettext_lazy("All that fall due within 30 days."),
}
THEMES: dict[str, Promise] = {
    "salary": gettext_lazy("When the salary comes"),
    "income": gettext_lazy("How much comes in"),
    "pay_day": gettext_lazy("Pay day against the due date"),
    "spending": gettext_lazy("Spending"),
    "cash": gettext_lazy("Cash"),
    "burden": gettext_lazy("Instalments against income"),
    "history": gettext_lazy("How instalments were paid"),
    "returns": gettext_lazy("Returned and declined payments"),
    "loan_apps": gettext_lazy("Loan apps"),
    "gambling": gettext_lazy("Gambling"),
    "balance": gettext_lazy("Balance"),
    "activity": gettext_lazy("Activity"),
}


@dataclass(frozen=True, kw_only=True)
class Slider:
    """One input of the page.

    Args:
        what: what it changes, and how far.
        by: how far it is moved; 0: not at all.
        text: where it stands then, in words.
    """

    what: Changeable
    by: float
    label: str
    help: str
    text: str

    @property
    def is_moved(self) -> bool:
        """Whether it changes anything."""
        return self.by != 0

    @property
    def least(self) -> str:
        """The lower end, as an attribute."""
        return _number(self.what.least)

    @property
    def most(self) -> str:
        """The upper end, as an attribute."""
        return _number(self.what.most)

    @property
    def step(self) -> str:
        """As an attribute."""
        return _number(self.what.step)

    @property
    def value(self) -> str:
        """How far it is moved, as an attribute."""
        return _number(self.by)


@dataclass(frozen=True, kw_only=True)
class Moved:
    """A part of score or margin that changed, or did not."""

    name: str
    before: float
    after: float

    @property
    def by(self) -> float:
        """How much it changed."""
        return self.after - self.before


@dataclass(frozen=True, kw_only=True)
class WhatIf:
    """Today, and what would be said otherwise.

    Args:
        sliders: what can be changed.
        before, after: what is said of it.
        points: the scorecard's signals.
        themes: the model's themes that moved, the most first.
        path_before, path_after: the cash flow.
        is_outdated: what is said of today is not what the last evaluation said: news have come since.
        has_failed: the model could not judge it: the rules do alone.
    """

    sliders: Sequence[Slider]
    before: Judgement
    after: Judgement
    points: Sequence[Moved]
    themes: Sequence[Moved]
    path_before: MoneyPath
    path_after: MoneyPath
    is_outdated: bool
    has_failed: bool = False

    @property
    def is_moved(self) -> bool:
        """Whether any slider is moved."""
        return any(slider.is_moved for slider in self.sliders)


def what_if(customer: Customer, situation: Situation, asked: Mapping[str, float]) -> WhatIf:
    """Judge a customer's situation as it is and with some things changed. Writes nothing.

    Args:
        customer: With `risk` at hand.
        situation: Theirs.
        asked: How far sliders are moved, by their names; what is too far goes as far as may be.
    """
    risk: CurrentRisk | None = getattr(customer, "risk", None)
    loaded = process_reader().active()
    held = _held(risk)
    facts = inputs_of([situation]).facts
    what = changeable(situation, {name: float(column[0]) for name, column in facts.items()})
    by = {each.name: _within(each, asked.get(each.name, 0.0)) for each in what}
    otherwise = changed(situation, what=what, by=by)
    has_failed = False
    try:
        before, after = _both(situation, otherwise, scorer=loaded.scorer if loaded else None, held=held)
    except Exception:
        # The refresh, which meets the same failure, tells operators: a page must not fail for it.
        log.exception("model failed on what if", model=loaded.registered.label if loaded else "")
        before, after = _both(situation, otherwise, scorer=None, held=held)
        has_failed = True
    return WhatIf(
        sliders=[_slider(each, by[each.name]) for each in what],
        before=before,
        after=after,
        points=_points(before, after),
        themes=_themes(before, after),
        path_before=money_path(customer, situation),
        path_after=money_path(customer, otherwise),
        is_outdated=not has_failed and risk is not None and not _is_as_evaluated(risk, before),
        has_failed=has_failed,
    )


def _both(
    situation: Situation, otherwise: Situation, *, scorer: Scoring | None, held: Held | None
) -> tuple[Judgement, Judgement]:
    before = judged(situation, scorer=scorer, held=held)
    return before, before if otherwise is situation else judged(otherwise, scorer=scorer, held=held)


def read_changes(query: QueryDict) -> dict[str, float]:
    """How far sliders are moved; what is no number is left out."""
    found = {}
    for name in LABELS:
        typed = query.get(name, "")[:LONGEST_NUMBER]
        try:
            number = float(typed or 0)
        except ValueError:
            continue
        if math.isfinite(number):
            found[name] = number
    return found


def _within(what: Changeable, by: float) -> float:
    """A whole number of steps, no further than may be."""
    stepped = round(by / what.step) * what.step
    return min(max(stepped, what.least), what.most)


def _is_as_evaluated(risk: CurrentRisk, said: Judgement) -> bool:
    """Whether today's figures are those of the last evaluation, as far as anybody sees them."""
    is_same = (risk.score, risk.level) == (said.score, said.level)
    if risk.probability is None or said.probability is None:
        return is_same and risk.probability is said.probability
    return is_same and abs(risk.probability - said.probability) <= SAME_PROBABILITY


def _held(risk: CurrentRisk | None) -> Held | None:
    if risk is None or risk.probability is None or risk.band is None:
        return None
    return Held(probability=risk.probability, band=Level(risk.band))


def _slider(what: Changeable, by: float) -> Slider:
    return Slider(
        what=what,
        by=by,
        label=str(LABELS[what.name]),
        help=str(HELP[what.name]),
        text=in_words(what, by),
    )


def in_words(what: Changeable, by: float) -> str:
    """Where something stands once it is changed."""
    after = what.after(by)
    match what.name:
        case changing.LATE:
            # One that is not due yet moves away from today; one that is late is later still.
            return _late(round(after if what.now > 0 else what.now - (after - what.now)))
        case changing.DUE:
            days = round(after)
            return ngettext("in %(n)d day", "in %(n)d days", days) % {"n": days} if days else str(_("today"))
        case changing.CASH:
            return ngettext("%(n)d withdrawal", "%(n)d withdrawals", round(after)) % {"n": round(after)}
    text = formats.money(after, settings.BANK_CURRENCY)
    if what.unit == Unit.PERCENT and by:
        return _("%(amount)s (%(percent)s %%)") % {"amount": text, "percent": f"{by:+.0f}".replace("-", "−")}
    return text


def _late(days: int) -> str:
    if days > 0:
        return ngettext("%(n)d day late", "%(n)d days late", days) % {"n": days}
    if days == 0:
        return _("due today")
    return ngettext("due in %(n)d day", "due in %(n)d days", -days) % {"n": -days}


def _points(before: Judgement, after: Judgement) -> list[Moved]:
    return [
        Moved(name=str(name), before=before.points[signal], after=after.points[signal])
        for signal, name in SIGNAL_WORDS.items()
    ]


def _themes(before: Judgement, after: Judgement) -> list[Moved]:
    if not before.themes or not after.themes:
        return []
    moved = [
        Moved(name=str(THEMES[code]), before=weight, after=after.themes[code])
        for code, weight in before.themes.items()
        if abs(after.themes[code] - weight) >= SMALLEST
    ]
    return sorted(moved, key=lambda each: -abs(each.by))


def _number(number: float) -> str:
    # Adding nothing takes the sign from a zero.
    number = float(number) + 0.0
    return f"{number:g}" if abs(number) < 100_000 else f"{number:.0f}"
