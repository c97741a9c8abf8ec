"""Why we wrote, as the customer reads it: at most four plain sentences, none of which says what the bank believes.

They are chosen by what the case was opened for, and speak of nobody's account. Whoever opens the page need not be the
customer: no figure, no day, no debt, no level. The words pass the rules of every message (a test sees to it).
"""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from interventions.models import Case
from risk.levels import Hardship, Signal
from risk.models import Assessment

MOST = 4
ALWAYS = _("We write to our customers early, so that there is time to choose what suits you.")
BY_SIGNAL: Mapping[str, Promise] = {
    Signal.SALARY_GAP: _("Pay days can move. If yours has, tell us, and we go by the new day."),
    Signal.WITHDRAWAL_SPIKE: _("Some months ask for more than others. A short talk often makes them easier."),
    Signal.SPENDING_DROP: _("Plans change. We can look together at what fits yours now."),
    Signal.SURVIVAL_MODE: _("Everyday things have become dearer for many. There are ways to have more room."),
    Signal.SEGMENT: _("Income can change from one month to the next. We can go by that."),
}
BY_HARDSHIP: Mapping[int, Promise] = {
    Hardship.INCOME_SHOCK: BY_SIGNAL[Signal.SEGMENT],
    Hardship.LIQUIDITY_STRESS: BY_SIGNAL[Signal.WITHDRAWAL_SPIKE],
    Hardship.EXPENSE_COMPRESSION: BY_SIGNAL[Signal.SURVIVAL_MODE],
    Hardship.OVER_LEVERAGE: _("Regular payments often come close together. Their days can be spread."),
    Hardship.OVERSPENDING: _("An overview of the month makes it easier to plan. We can make one with you."),
}
CLOSING = _("Help is free, and asking changes nothing by itself: you decide.")


def reasons_of(case: Case) -> list[str]:
    """Why we wrote about a case: what it was last decided by, the strongest first."""
    points = (
        Assessment.objects.filter(customer_id=case.customer_id, revision__lte=case.revision)
        .order_by("-revision")
        .values_list("points", flat=True)
        .first()
    )
    return chosen(points=points or {}, hardship=case.hardship)


def chosen(*, points: Mapping[str, float], hardship: int) -> list[str]:
    """At most four sentences, the first and the last always the same. Pure.

    Args:
        points: By `Signal`, of the scorecard.
        hardship: A `Hardship`.
    """
    strongest = sorted(
        (signal for signal in BY_SIGNAL if points.get(signal, 0) > 0), key=lambda signal: -points[signal]
    )
    found = [BY_HARDSHIP[hardship]] if hardship in BY_HARDSHIP else []
    found += [BY_SIGNAL[signal] for signal in strongest]
    between = list(dict.fromkeys(map(str, found)))[: MOST - 2]
    return [str(ALWAYS), *between, str(CLOSING)]
