import datetime as dt

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.http import QueryDict
from django.test import Client
from django.test.utils import CaptureQueriesContext

from customers import roles
from interventions.console import case_rows
from interventions.console.board.ageing import Age
from interventions.console.case_filters import CaseAddress, View, views_of
from interventions.models import Case, PolicyTemplate
from interventions.tests import cases, staff
from risk.levels import Level
from risk.tests.factories import NOON

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_noon")]


def listed(user: User, query: str = "") -> list[Case]:
    page = case_rows.case_list(user=user, address=CaseAddress.read(QueryDict(query), user))
    return [row.case for row in page.rows]


def test_lists_begin_with_what_a_role_works_on() -> None:
    assert views_of(staff.manager())[0] == View.MINE
    assert views_of(staff.supervisor())[0] == View.ALL
    assert View.MINE not in views_of(staff.user("someone", roles.ANALYSTS))


@pytest.mark.parametrize(
    ("asked", "kept"),
    [
        ("", ""),
        ("view=all", ""),
        ("view=nonsense&priority=LOUD&state=gone&late=2&after=x", ""),
        ("view=escalated&priority=URGENT&late=1&after=7", "?view=escalated&priority=URGENT&late=1&after=7"),
        ("state=waiting", "?state=waiting"),
        ("view=resolved&state=waiting&late=1", "?view=resolved"),
        ("level=NONE&age=9&with=x&due=never&to=me&at_risk=yes", ""),
        ("with=99999999999999999999&age=%00&level[]=HIGH", ""),
        (
            "at_risk=1&due=today&level=HIGH&age=1-3&with=nobody",
            "?at_risk=1&due=today&level=HIGH&age=1-3&with=nobody",
        ),
    ],
)
def test_address_keeps_what_it_understands(asked: str, kept: str) -> None:
    assert CaseAddress.read(QueryDict(asked), staff.supervisor()).query() == kept


def test_most_urgent_first_and_page_by_page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(case_rows, "PAGE_SIZE", 2)
    reader, manager = staff.supervisor(), staff.manager()
    made = [cases.opened(to=manager, rank=rank) for rank in (1.0, 5.0, 5.0, 9.0)]

    first = listed(reader)
    second = listed(reader, f"after={first[-1].pk}")

    assert [case.pk for case in first + second] == [made[3].pk, made[1].pk, made[2].pk, made[0].pk]
    assert listed(reader, "after=999999") == first


def test_each_list_holds_its_own() -> None:
    reader, manager = staff.supervisor(), staff.manager()
    mine = cases.opened(to=reader)
    free = cases.opened()
    up = cases.brought(Case.State.ESCALATED, to=manager)
    over = cases.brought(Case.State.RESOLVED, to=manager)

    assert listed(reader, "view=mine") == [mine]
    assert listed(reader, "view=unassigned") == [free]
    assert listed(reader, "view=escalated") == [up]
    assert listed(reader, "view=resolved") == [over]
    assert set(listed(reader)) == {mine, free, up}
    assert case_rows.case_counts(user=reader, views=views_of(reader))[View.ALL] == 3


def test_filters_narrow() -> None:
    reader, manager = staff.supervisor(), staff.manager()
    urgent = cases.opened(to=manager, priority=PolicyTemplate.Priority.URGENT)
    late = cases.opened(to=manager, sla_due_at=NOON - dt.timedelta(hours=1))
    waiting = cases.brought(Case.State.WAITING, to=manager)

    assert listed(reader, "priority=URGENT") == [urgent]
    assert listed(reader, "late=1") == [late]
    assert listed(reader, "state=waiting") == [waiting]


def test_list_is_narrowed_by_level_worker_day_and_risk_of_being_late() -> None:
    reader, manager = staff.supervisor(), staff.manager()
    today = cases.opened(to=manager, due_on=NOON.date(), level=Level.MEDIUM)
    soon = cases.opened(to=reader, sla_at_risk_at=NOON - dt.timedelta(hours=1))
    nobodys = cases.opened()
    mine = cases.brought(Case.State.ESCALATED, to=manager)
    Case.objects.filter(pk=mine.pk).update(escalated_to=reader)

    assert listed(reader, "due=today") == [today]
    assert listed(reader, "level=MEDIUM") == [today]
    assert listed(reader, "at_risk=1") == [soon]
    assert listed(reader, "with=nobody") == [nobodys]
    assert set(listed(reader, f"with={manager.pk}")) == {today, mine}
    assert listed(reader, "view=escalated&to=me") == [mine]
    # Of a manager only their own are listed: nobody else's can be asked for.
    assert CaseAddress.read(QueryDict("with=nobody"), manager).worker is None


def test_list_is_narrowed_by_age_in_business_days() -> None:
    reader = staff.supervisor()
    # NOON is a Tuesday; the bank is closed on Sundays and on some Saturdays.
    made = {
        days: cases.opened(to=None, opened_at=NOON - dt.timedelta(days=days)) for days in (0, 1, 3, 5, 20)
    }

    found = {age: {case.pk for case in listed(reader, f"age={age}")} for age in Age.values}

    assert set().union(*found.values()) == {case.pk for case in made.values()}
    assert sum(map(len, found.values())) == len(made)
    assert found["0"] == {made[0].pk} and made[1].pk in found["1-3"] and found["8"] == {made[20].pk}


@pytest.mark.parametrize(
    "query", ["", "late=1", "at_risk=1", "age=8", "with=nobody", "level=HIGH", "view=resolved"]
)
def test_count_is_that_of_the_list(query: str) -> None:
    reader, manager = staff.supervisor(), staff.manager()
    cases.opened(to=manager, sla_due_at=NOON - dt.timedelta(hours=1))
    cases.opened(sla_at_risk_at=NOON - dt.timedelta(hours=1), opened_at=NOON - dt.timedelta(days=30))
    cases.brought(Case.State.RESOLVED, to=manager)
    address = CaseAddress.read(QueryDict(query), reader)

    assert case_rows.case_count(user=reader, address=address) == len(listed(reader, query))


def test_queries_do_not_grow_with_cases() -> None:
    reader, manager = staff.supervisor(), staff.manager()
    client = Client()
    client.force_login(reader)
    counts = []
    for number in (1, 12):
        for _each in range(number):
            cases.opened(to=manager)
        with CaptureQueriesContext(connection) as captured:
            assert client.get("/cases/").status_code == 200
        counts.append(len(captured))

    assert counts[0] == counts[1]


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("", "No case is open"),
        ("view=mine", "You have no open case"),
        ("view=unassigned", "Every case is with somebody"),
        ("view=escalated", "Nothing is escalated"),
        ("view=resolved", "No case has been resolved yet"),
        ("priority=URGENT", "No case matches"),
        ("after=5", "Nothing at this place any more"),
    ],
)
def test_empty_says_what_would_fill_it(query: str, words: str) -> None:
    client = Client()
    client.force_login(staff.supervisor())

    assert words in client.get(f"/cases/?{query}").content.decode()
