"""Immediate attention: the open cases where most is at stake and least time is left, with why and what to do."""

import datetime as dt
from dataclasses import dataclass, replace

from django.contrib.auth.models import User
from django.utils.translation import gettext as _

from customers import bank_clock
from interventions.console import case_conditions, case_rows, selectors
from interventions.console.case_conditions import HELD_OUT
from interventions.console.case_rows import CaseRow
from interventions.console.queue_rows import queue_row
from interventions.models import Case
from interventions.policy import policies
from risk.models import Assessment

MOST_ROWS = 10


@dataclass(frozen=True)
class Urgent:
    """One case, and why it was opened in one sentence."""

    row: CaseRow
    sentence: str


def most_urgent(*, user: User) -> list[Urgent]:
    """At most ten of the open cases a user may see, by rank: expected harm, and how near the due date is.

    Those whose customer asked to talk come before the others. Those that nobody is to work on now are left out: put off
    until later, or only watched. Four queries.
    """
    waiting = Case.objects.visible_to(user).open().exclude(state=Case.State.WAITING)
    people = waiting.exclude(HELD_OUT).select_related(
        "customer__risk", "customer__assigned_rm", "assigned_to", "policy"
    )
    by_rank = people.order_by("-rank", "id")
    asked = list(by_rank.filter(case_conditions.asked_to_talk())[:MOST_ROWS])
    others = by_rank.exclude(pk__in=[case.pk for case in asked])[: MOST_ROWS - len(asked)]
    cases = [*asked, *others]
    receipts = selectors.newest_assessments(case.customer_id for case in cases)
    now = bank_clock.now()
    standing = policies.active_policies(now)
    return [
        Urgent(
            row=replace(case_rows.case_row(case, standing=standing, now=now), wants_talk=place < len(asked)),
            sentence=_sentence(case, receipts.get(case.customer_id), today_on=bank_clock.day_of(now)),
        )
        for place, case in enumerate(cases)
    ]


def _sentence(case: Case, receipt: Assessment | None, *, today_on: dt.date) -> str:
    """Why, as the queue says it."""
    if not hasattr(case.customer, "risk"):
        return _("No reasons are recorded yet.")
    row = queue_row(
        customer=case.customer,
        assessment=receipt,
        is_open=False,
        reading=None,
        action=None,
        today_on=today_on,
        case=case,
    )
    return row.sentence
