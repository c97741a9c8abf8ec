"""What help does: outcomes by arm of the holdout, the difference that it makes, and how the work goes.

docs/measuring.md says what each figure means. Every case counts in the arm its lot put it in, whatever became of it
(intention to treat), and each customer once per design, with their first case.
"""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from django.conf import settings
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _

from customers import bank_clock, roles
from interventions.effect import measuring_reading as reading
from interventions.effect.intervals import Counted, Estimate, Stratum, stratified_difference
from interventions.effect.measuring_reading import Followed, Work
from interventions.models import HoldoutAssignment
from risk.levels import Hardship, Level

Arm = HoldoutAssignment.Arm
ARMS = (Arm.TREATED, Arm.HELD_OUT)
# Of fewer, a share in percent or a median says more than is known: the page shows the counts, or that they are few.
FEWEST_FOR_SHARE = 20


@dataclass(frozen=True, kw_only=True)
class ArmFigures:
    """One arm.

    Args:
        cases: cases whose outcome is known: something was due, and its days of grace are over.
        missed: of those, with an instalment unpaid three days after it was due.
        under_relief: of the missed, those to which relief had been agreed: they pay later by agreement.
        pending: cases whose outcome is not known yet.
        undue: cases to which nothing was due within the horizon, or of which nobody can say what became.
        self_cured: cases that ended because the risk fell by itself.
        ended: cases that ended.
    """

    cases: int = 0
    missed: int = 0
    under_relief: int = 0
    pending: int = 0
    undue: int = 0
    self_cured: int = 0
    ended: int = 0


@dataclass(frozen=True, kw_only=True)
class Uplift:
    """What help did in one part of the comparison.

    Args:
        hardship: which; None: all.
        level: which; None: all.
        action: what the policy asks for there now; "" for all.
        arms: the figures of each arm.
        difference: missed among the treated less missed among the held out, 0.02 being two points more; below 0 help
            prevents. None: too few to say.
        fewest: how many each arm needs, so that a figure is shown.
    """

    hardship: Hardship | None
    level: Level | None
    action: str
    arms: Mapping[str, ArmFigures]
    difference: Estimate | None
    fewest: int

    @property
    def is_too_few(self) -> bool:
        """Whether there are not enough outcomes for a figure."""
        return self.difference is None


@dataclass(frozen=True, kw_only=True)
class Report:
    """The measuring page.

    Args:
        since_on: cases opened from this bank day on.
        until_on: to this one, inclusive.
        total: the comparison as a whole.
        parts: by hardship and level, that is by action.
        excluded: cases that took no part, by why.
        work: how the work goes: deadlines, first contacts, overrides, promises, offers.
    """

    since_on: dt.date
    until_on: dt.date
    total: Uplift
    parts: Sequence[Uplift]
    excluded: Mapping[str, int] = field(default_factory=dict)
    work: Work


def report(*, by: User, since_on: dt.date, until_on: dt.date) -> Report:
    """Everything the measuring page shows.

    Args:
        by: A supervisor, compliance officer or analyst.
        since_on: The first bank day on which a case was opened.
        until_on: The last.

    Raises:
        PermissionDenied: for anybody else.
    """
    if not roles.sees_everybody(by):
        raise PermissionDenied(_("The figures are for supervisors, compliance officers and analysts."))
    since, until = bank_clock.start_of(since_on), bank_clock.start_of(until_on + dt.timedelta(days=1))
    now = bank_clock.now()
    followed = reading.read_followed(since=since, until=until, now=now)
    actions = reading.actions(now)
    parts = sorted({(each.hardship, each.level) for each in followed}, key=lambda key: (-key[1], key[0]))
    return Report(
        since_on=since_on,
        until_on=until_on,
        total=uplift(followed),
        parts=[
            uplift(
                [each for each in followed if (each.hardship, each.level) == (hardship, level)],
                hardship=Hardship(hardship),
                level=Level(level),
                action=actions.get((hardship, level), ""),
            )
            for hardship, level in parts
        ],
        excluded=reading.read_excluded(since=since, until=until),
        work=reading.read_work(since=since, until=until, now=now),
    )


def uplift(
    followed: Sequence[Followed],
    *,
    hardship: Hardship | None = None,
    level: Level | None = None,
    action: str = "",
    fewest: int | None = None,
) -> Uplift:
    """Compare the arms among some cases.

    Cases with different probabilities of being held out are compared among themselves, and the differences averaged by
    their numbers. A figure is shown only where each arm has enough outcomes altogether, and where all that have an
    outcome can be compared.

    Args:
        followed: Cases of the comparison.
        hardship: What the cases share.
        level: What the cases share.
        action: What the policy asks for there.
        fewest: How many outcomes each arm needs; None: as the settings say.
    """
    fewest = settings.MEASURING_FEWEST_PER_ARM if fewest is None else fewest
    arms = {str(arm): figures(each for each in followed if each.arm == arm) for arm in ARMS}
    strata = _strata(followed)
    is_enough = min(each.cases for each in arms.values()) >= max(1, fewest)
    is_comparable = sum(each.size for each in strata) == sum(each.cases for each in arms.values())
    return Uplift(
        hardship=hardship,
        level=level,
        action=action,
        arms=arms,
        difference=stratified_difference(strata) if is_enough and is_comparable else None,
        fewest=fewest,
    )


def figures(followed: Iterable[Followed]) -> ArmFigures:
    """Count what became of cases."""
    all_of = list(followed)
    known = [each for each in all_of if each.is_missed is not None]
    return ArmFigures(
        cases=len(known),
        missed=sum(bool(each.is_missed) for each in known),
        under_relief=sum(bool(each.is_missed) and each.has_relief for each in known),
        pending=sum(each.is_pending for each in all_of),
        undue=sum(each.is_missed is None and not each.is_pending for each in all_of),
        self_cured=sum(each.is_self_cured for each in all_of),
        ended=sum(each.is_ended for each in all_of),
    )


def _strata(followed: Sequence[Followed]) -> list[Stratum]:
    """The cases with an outcome, by the probability of being held out; those without one of both arms left out."""
    by_propensity: dict[float, dict[str, list[bool]]] = {}
    for each in followed:
        if each.is_missed is not None:
            arms = by_propensity.setdefault(each.propensity, {str(arm): [] for arm in ARMS})
            arms[each.arm].append(each.is_missed)
    return [
        Stratum(treated=_counted(arms[Arm.TREATED]), held_out=_counted(arms[Arm.HELD_OUT]))
        for _propensity, arms in sorted(by_propensity.items())
        if all(arms.values())
    ]


def _counted(missed: Sequence[bool]) -> Counted:
    return Counted(sum(missed), len(missed))
