"""Reading what the measuring page counts: cases of the comparison with their outcomes, and how the work goes."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from django.db import connection
from django.db.models import Count

from customers import bank_clock
from interventions.models import HoldoutAssignment, Override, PolicyTemplate, PromiseToPay, ReliefOffer
from risk.model.as_of import Wanted
from risk.reading import day_number
from risk.training.labels import LABEL_DAYS, read_outcomes

CHUNK = 2_000
_EPOCH = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)


@dataclass(frozen=True, kw_only=True)
class Followed:
    """One case of the comparison, and what became of the instalment it is about.

    Args:
        arm: where its lot put it.
        propensity: the probability of being held out.
        hardship: when the lot was drawn.
        level: when the lot was drawn.
        is_missed: whether something due within the horizon was unpaid three days after; None: not known.
        is_pending: whether that cannot be known yet.
        has_relief: whether relief was agreed on in the case.
        is_ended: whether the case is resolved.
        is_self_cured: because the risk fell by itself.
    """

    arm: str
    propensity: float
    hardship: int
    level: int
    is_missed: bool | None
    is_pending: bool = False
    has_relief: bool = False
    is_ended: bool = False
    is_self_cured: bool = False


@dataclass(frozen=True, kw_only=True)
class Work:
    """How the work goes. Cases that are held out are nobody's work and do not count.

    Args:
        cases: opened.
        sla_kept: first contact in time.
        sla_breached: too late, or not yet though it is too late.
        sla_running: not yet, and there is time.
        sla_unneeded: ended in time without a contact, or without a deadline.
        contacted: those with a first contact, from which the hours are.
        first_contact_hours_median: from opening to first contact, by the clock; None where there was none.
        first_contact_hours_p90: nine of ten were contacted within.
        outcomes: ended cases by outcome.
        overridden: cases in which somebody did otherwise than recommended.
        overrides: how often, by category.
        promises: by state.
        offers: by kind and state.
    """

    cases: int
    sla_kept: int
    sla_breached: int
    sla_running: int
    sla_unneeded: int
    contacted: int
    first_contact_hours_median: float | None
    first_contact_hours_p90: float | None
    outcomes: Mapping[str, int]
    overridden: int
    overrides: Mapping[str, int]
    promises: Mapping[str, int]
    offers: Mapping[tuple[str, str], int]


def read_followed(*, since: dt.datetime, until: dt.datetime, now: dt.datetime) -> list[Followed]:
    """Cases of the comparison: each customer's first one under a design, opened in a span of time."""
    first = (
        HoldoutAssignment.objects.exclude(arm=HoldoutAssignment.Arm.EXCLUDED)
        .order_by("design_id", "customer_id", "assigned_at", "id")
        .distinct("design_id", "customer_id")
    )
    found = (
        HoldoutAssignment.objects.filter(
            pk__in=first.values("pk"), assigned_at__gte=since, assigned_at__lt=until
        )
        .select_related("case")
        .order_by("pk")
    )
    last_day = bank_clock.day_of(now) - dt.timedelta(days=LABEL_DAYS + 1)
    rows: list[HoldoutAssignment] = list(found)
    return [
        each
        for start in range(0, len(rows), CHUNK)
        for each in _followed(rows[start : start + CHUNK], last_day)
    ]


def _followed(rows: Sequence[HoldoutAssignment], last_day: dt.date) -> list[Followed]:
    """Outcomes as the early-warning model's label defines them, with the schedules known when the lot was drawn."""
    days = [bank_clock.day_of(row.assigned_at) for row in rows]
    outcomes = read_outcomes(
        Wanted(
            customer_id=np.asarray([row.customer_id for row in rows], dtype=np.int64),
            as_of=np.asarray([day_number(day) for day in days], dtype=np.int64),
            known_us=np.asarray(
                [(row.assigned_at - _EPOCH) // dt.timedelta(microseconds=1) for row in rows], dtype=np.int64
            ),
        )
    )
    eased = _eased(rows)
    return [
        Followed(
            arm=row.arm,
            propensity=row.propensity,
            hardship=row.hardship,
            level=row.level,
            is_missed=bool(outcomes.is_missed[place])
            if day <= last_day and outcomes.is_due[place] and not outcomes.is_undecided[place]
            else None,
            is_pending=day > last_day,
            has_relief=row.case_id in eased,
            is_ended=bool(row.case.outcome),
            is_self_cured=row.case.outcome == row.case.Outcome.SELF_CURED,
        )
        for place, (row, day) in enumerate(zip(rows, days, strict=True))
    ]


def _eased(rows: Sequence[HoldoutAssignment]) -> set[int]:
    """Cases in which relief was agreed on."""
    agreed = ReliefOffer.objects.filter(
        case_id__in=[row.case_id for row in rows], state=ReliefOffer.State.ACCEPTED
    )
    return set(agreed.values_list("case_id", flat=True))


def read_excluded(*, since: dt.datetime, until: dt.datetime) -> dict[str, int]:
    """How many cases took no part in the comparison, by why."""
    excluded = HoldoutAssignment.objects.filter(
        arm=HoldoutAssignment.Arm.EXCLUDED, assigned_at__gte=since, assigned_at__lt=until
    )
    counts = excluded.values("excluded_for").annotate(count=Count("pk")).order_by("-count", "excluded_for")
    return dict(counts.values_list("excluded_for", "count"))


def actions(now: dt.datetime) -> dict[tuple[int, int], str]:
    """What the policies that stand now ask for, by hardship and level."""
    standing = PolicyTemplate.objects.filter(state=PolicyTemplate.State.ACTIVE)
    return {(each.hardship, each.level): each.action for each in standing}


def read_work(*, since: dt.datetime, until: dt.datetime, now: dt.datetime) -> Work:
    """How the work on cases opened in a span of time goes. Five statements."""
    with connection.cursor() as cursor:
        cursor.execute(_WORK, {"since": since, "until": until, "now": now})
        cases, kept, breached, running, unneeded, contacted, median, p90, overridden = cursor.fetchone()
        cursor.execute(_OUTCOMES, {"since": since, "until": until})
        outcomes = dict(cursor.fetchall())
    span = {"case__opened_at__gte": since, "case__opened_at__lt": until}
    overrides = Override.objects.filter(**span).values_list("category").annotate(count=Count("pk"))
    promises = PromiseToPay.objects.filter(**span).values_list("state").annotate(count=Count("pk"))
    offers = ReliefOffer.objects.filter(**span).values_list("kind", "state").annotate(count=Count("pk"))
    return Work(
        cases=cases,
        sla_kept=kept,
        sla_breached=breached,
        sla_running=running,
        sla_unneeded=unneeded,
        contacted=contacted,
        first_contact_hours_median=median,
        first_contact_hours_p90=p90,
        outcomes=outcomes,
        overridden=overridden,
        overrides=dict(overrides.order_by("category")),
        promises=dict(promises.order_by("state")),
        offers={(kind, state): count for kind, state, count in offers.order_by("kind", "state")},
    )


# Cases that a lot keeps from being contacted have no deadline of their own.
_OURS = """
FROM interventions_case opened
WHERE opened_at >= %(since)s AND opened_at < %(until)s AND NOT EXISTS (
    SELECT FROM interventions_holdoutassignment lot WHERE lot.case_id = opened.id AND lot.arm = 'held_out'
)
"""
_WORK = f"""
SELECT count(*),
    count(*) FILTER (WHERE first_contact_at <= sla_due_at),
    count(*) FILTER (WHERE sla_due_at < coalesce(first_contact_at, least(resolved_at, %(now)s))),
    count(*) FILTER (WHERE first_contact_at IS NULL AND resolved_at IS NULL AND sla_due_at >= %(now)s),
    count(*) FILTER (WHERE sla_due_at IS NULL
        OR first_contact_at IS NULL AND resolved_at <= sla_due_at),
    count(first_contact_at),
    percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM first_contact_at - opened_at) / 3600.0)
        FILTER (WHERE first_contact_at IS NOT NULL),
    percentile_cont(0.9) WITHIN GROUP (ORDER BY extract(epoch FROM first_contact_at - opened_at) / 3600.0)
        FILTER (WHERE first_contact_at IS NOT NULL),
    count(*) FILTER (WHERE EXISTS (SELECT FROM interventions_override WHERE case_id = opened.id))
{_OURS}
"""  # noqa: S608 - our own words
_OUTCOMES = f"SELECT outcome, count(*) {_OURS} AND outcome <> '' GROUP BY outcome ORDER BY 2 DESC, 1"
