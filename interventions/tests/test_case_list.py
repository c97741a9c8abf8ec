import datetime as dt

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.http import QueryDict
from django.test import Client
from django.test.utils import CaptureQueriesContext

from customers import roles
from interventions.console import case_rows
from interventions.console.case_filters import CaseAddress, View, views_of
from interventions.models import Case, PolicyTemplate
from interventions.tests import cases, staff
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
