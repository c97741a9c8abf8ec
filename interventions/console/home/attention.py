"""Immediate attention: the open cases where most is at stake and least time is left, with why and what to do."""

import datetime as dt
from dataclasses import dataclass, replace

from django.contrib.auth.models import User
from django.db.models import Value
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
    wanted = _first(user)
    people = Case.objects.select_related("customer__risk", "assigned_to").in_bulk(list(wanted))
    # Whoever was deleted meanwhile is no case any more.
    cases = [people[pk] for pk in wanted if pk in people]
    receipts = selectors.newest_assessments(case.customer_id for case in cases)
    now = bank_clock.now()
    standing = policies.active_policies(now, of={(case.hardship, case.level) for case in cases})
    return [
        Urgent(
            row=replace(case_rows.case_row(case, standing=standing, now=now), wants_talk=wanted[case.pk]),
            sentence=_sentence(case, receipts.get(case.customer_id), today_on=bank_clock.day_of(now)),
        )
        for case in cases
    ]


def _first(user: User) -> dict[int, bool]:
    """The ids of those cases in order, each with whether its customer asked to talk. One query, of cases alone: what
    belongs to them is read of those that are shown, not of everybody's to find them.
    """
    waiting = Case.objects.visible_to(user).open().exclude(state=Case.State.WAITING).exclude(HELD_OUT)
    by_rank = waiting.order_by("-rank", "id")
    asked = by_rank.filter(case_conditions.asked_to_talk()).values_list("pk", "rank", Value(True))
    anybody = by_rank.values_list("pk", "rank", Value(False))
    rows = asked[:MOST_ROWS].union(anybody[:MOST_ROWS], all=True)
    found: dict[int, bool] = {}
    for pk, _rank, wants_talk in sorted(rows, key=lambda row: (not row[2], -row[1], row[0])):
        found.setdefault(pk, wants_talk)
    return dict(list(found.items())[:MOST_ROWS])


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
