"""Reads of the intervention centre. The number of queries never depends on the number of cases."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import User
from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _

from customers import bank_clock
from interventions import stored_words
from interventions.answering import asks
from interventions.console import case_conditions
from interventions.console.case_filters import CaseAddress, Nobody, View
from interventions.console.case_words import Sla, sla_of
from interventions.models import Case, PolicyTemplate
from interventions.policy import policies
from risk.levels import Level

PAGE_SIZE = 50


@dataclass(frozen=True, kw_only=True)
class CaseRow:
    """One case in the list, ready to show, with what the customer asked for on their page."""

    case: Case
    due_days: int | None
    sla: Sla
    action: str
    wants_talk: bool = False
    has_to_confirm: bool = False

    @property
    def worker(self) -> str:
        """Whose it is; empty while it is nobody's."""
        user = self.case.assigned_to
        return (user.get_full_name() or user.get_username()) if user else ""


@dataclass(frozen=True, kw_only=True)
class CaseListPage:
    """One page of cases."""

    rows: list[CaseRow]
    has_next: bool


def case_list(*, user: User, address: CaseAddress) -> CaseListPage:
    """The page an address names: who asked to talk, then the most urgent first; of resolved ones the last first."""
    found = _matching(user, address).select_related("customer", "assigned_to", "policy")
    waits = {"wants_talk": asks.WANTS_TALK, "has_to_confirm": asks.HAS_TO_CONFIRM}
    taken = _taken(found.annotate(is_held_out=case_conditions.IS_HELD_OUT, **waits), address)
    now = bank_clock.now()
    standing = policies.active_policies(now)
    rows = [
        case_row(case, standing=standing, now=now, is_held_out=case.is_held_out) for case in taken[:PAGE_SIZE]
    ]
    return CaseListPage(rows=rows, has_next=len(taken) > PAGE_SIZE)


def case_counts(*, user: User, views: tuple[View, ...]) -> dict[View, int]:
    """How many cases each list has. Resolved ones, which are ever more, are not counted. One query."""
    counted = [view for view in views if view != View.RESOLVED]
    counts = {view.name: Count("pk", filter=_in_view(user, view)) for view in counted}
    found = Case.objects.visible_to(user).open().aggregate(**counts)
    return {view: found[view.name] for view in counted}


def case_count(*, user: User, address: CaseAddress) -> int:
    """How many cases the list has that an address names, on all its pages."""
    return _matching(user, address).count()


def case_row(
    case: Case, *, standing: dict[policies.Key, PolicyTemplate], now: dt.datetime, is_held_out: bool = False
) -> CaseRow:
    """Put a row together."""
    policy = standing.get((case.hardship, case.level))
    return CaseRow(
        case=case,
        due_days=(case.due_on - bank_clock.day_of(now)).days if case.due_on else None,
        sla=sla_of(case, now=now, is_held_out=is_held_out),
        action=stored_words.shown(policy.action) if policy else _("No approved policy"),
        # Of the list's rows alone, which read it with the cases.
        wants_talk=getattr(case, "wants_talk", False),
        has_to_confirm=getattr(case, "has_to_confirm", False),
    )


def _of_view(user: User, view: View) -> QuerySet[Case]:
    found = Case.objects.visible_to(user)
    if view == View.RESOLVED:
        return found.filter(state=Case.State.RESOLVED)
    return found.open().filter(_in_view(user, view))


def _in_view(user: User, view: View) -> Q:
    """Which open cases are in a list."""
    match view:
        case View.MINE:
            return Q(assigned_to=user)
        case View.UNASSIGNED:
            return Q(assigned_to=None)
        case View.ESCALATED:
            return Q(state=Case.State.ESCALATED)
        case _:
            return Q()


def _matching(user: User, address: CaseAddress) -> QuerySet[Case]:
    found = _of_view(user, address.view)
    if address.priority:
        found = found.filter(priority=address.priority)
    if address.state:
        found = found.filter(state=address.state)
    if address.level:
        found = found.filter(level=Level[address.level])
    if address.worker is not None:
        found = found.filter(assigned_to=None if address.worker == Nobody.NOBODY else address.worker)
    if address.is_to_me:
        found = found.filter(escalated_to=user)
    if address.is_talk:
        found = found.filter(case_conditions.asked_to_talk())
    return _at(found, address, bank_clock.now())


def _at(found: QuerySet[Case], address: CaseAddress, now: dt.datetime) -> QuerySet[Case]:
    """Narrowed by what moves with the clock."""
    if address.is_late:
        found = found.filter(case_conditions.late(now))
    if address.is_at_risk:
        found = found.filter(case_conditions.at_risk(now))
    if address.is_due_today:
        found = found.filter(due_on=bank_clock.day_of(now))
    if address.age is not None:
        found = found.filter(case_conditions.ages(now)[address.age])
    return found


def _taken(found: QuerySet[Any], address: CaseAddress) -> list[Any]:
    """The cases of a page, and one more where there is another page. Two queries for a first page."""
    most = PAGE_SIZE + 1
    if address.view == View.RESOLVED:
        return list(_behind(found, address, column="resolved_at").order_by("-resolved_at", "id")[:most])
    # Two lists, each in the order of its index: who asked to talk, however few, and everybody else.
    talk = case_conditions.asked_to_talk()
    asked, others = found.filter(talk), found.exclude(talk)
    if address.after is None or Case.objects.filter(talk, pk=address.after).exists():
        first = list(_behind(asked, address, column="rank").order_by("-rank", "id")[:most])
    else:
        first, others = [], _behind(others, address, column="rank")
    return first + list(others.order_by("-rank", "id")[: most - len(first)])


def _behind(found: QuerySet[Case], address: CaseAddress, *, column: str) -> QuerySet[Case]:
    """Those that come after the last case of the page before, wherever that stands now."""
    last = Case.objects.filter(pk=address.after).values_list(column, "id").first() if address.after else None
    if last is None or last[0] is None:
        return found
    place, number = last
    return found.filter(**{f"{column}__lte": place}).exclude(**{column: place, "id__lte": number})
