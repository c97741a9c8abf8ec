"""The supervisors' board: every number leads to exactly its cases, and cases are given to others from there."""

import datetime as dt
import html
import re

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from interventions.casework import assignment, handing_over
from interventions.casework.case_steps import CaseRefused
from interventions.models import Case, StaffDuty
from interventions.tests import cases, staff
from interventions.tests.test_case_views import logged_in
from risk.levels import Level
from risk.tests.factories import NOON

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_noon")]
HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
NUMBER = re.compile(r'<a href="(/cases/\?[^"]+)">([\d,]+)</a>')
ROW = re.compile(r'id="k(\d+)"')


@pytest.fixture
def boss() -> User:
    return staff.supervisor()


def some_of_everything(first: User, second: User) -> None:
    cases.opened(to=first, sla_due_at=NOON - HOUR, level=Level.MEDIUM, opened_at=NOON - 20 * DAY)
    cases.opened(to=first, sla_at_risk_at=NOON - HOUR, opened_at=NOON - DAY)
    cases.brought(Case.State.WAITING, to=first)
    cases.brought(Case.State.IN_PROGRESS, to=second, sla_due_at=NOON - HOUR)
    cases.brought(Case.State.ESCALATED, to=second, opened_at=NOON - 6 * DAY)
    cases.brought(Case.State.RESOLVED, to=second)
    cases.opened()


def test_every_number_leads_to_exactly_its_cases(boss: User) -> None:
    some_of_everything(staff.manager("rm1"), staff.manager("rm2"))
    client = logged_in(boss)
    page = client.get("/cases/board/").content.decode()

    numbers = NUMBER.findall(page)

    assert len(numbers) >= 20
    for address, count in numbers:
        shown = client.get(html.unescape(address)).content.decode()
        assert len(set(ROW.findall(shown))) == int(count), address


def test_board_costs_the_same_however_many_cases(boss: User) -> None:
    client = logged_in(boss)
    counts: list[int] = []
    for _ in range(2):
        some_of_everything(staff.manager(f"a{len(counts)}"), staff.manager(f"b{len(counts)}"))
        with CaptureQueriesContext(connection) as captured:
            assert client.get("/cases/board/").status_code == 200
        counts.append(len(captured))

    assert counts[0] == counts[1]


def test_board_is_fetched_again_as_a_part(boss: User) -> None:
    part = logged_in(boss).get("/cases/board/", headers={"HX-Request": "true", "HX-Request-Type": "partial"})

    assert 'id="board"' in part.content.decode() and "<html" not in part.content.decode()


def test_only_supervisors_and_compliance_see_it(boss: User) -> None:
    assert logged_in(staff.manager()).get("/cases/board/").status_code == 403
    assert 'href="/cases/board/"' in logged_in(boss).get("/cases/").content.decode()
    assert 'href="/cases/board/"' not in logged_in(staff.manager("rm9")).get("/cases/").content.decode()


def hand_over(client: Client, of: User, **said: object) -> str:
    given = {"of": of.pk, "which": "all", "reason": "on leave", **said}
    return " ".join(client.post("/cases/board/reassign/", given, follow=True).content.decode().split())


def test_all_of_somebodys_cases_go_to_another_who_sees_why(boss: User) -> None:
    own, other = staff.manager("rm1"), staff.manager("rm2")
    made = [cases.opened(to=own), cases.brought(Case.State.WAITING, to=own)]
    cases.opened(to=other)

    page = hand_over(logged_in(boss), own, to=other.pk)

    assert "2 cases of rm1 reassigned." in page and "data-undo" in page
    assert set(Case.objects.filter(assigned_to=other)) >= set(made)
    assert made[0].transitions.latest("id").reason == "on leave"


def test_the_most_urgent_go_where_there_is_room_and_what_stays_is_named(boss: User) -> None:
    own, other = staff.manager("rm1"), staff.manager("rm2")
    assignment.set_duty(user=other, by=boss, case_limit=1)
    low, high, top = (cases.opened(to=own, rank=rank) for rank in (1.0, 5.0, 9.0))

    page = hand_over(logged_in(boss), own, which="some", most=2)

    assert "1 case of rm1 reassigned." in page
    assert f"1 case stays ({high.pk}): Nobody has room for it." in page
    top.refresh_from_db()
    low.refresh_from_db()
    assert (top.assigned_to, low.assigned_to) == (other, own)


def test_whoever_is_away_gets_no_new_cases_until_they_are_back(boss: User) -> None:
    own, client = staff.manager("rm1"), logged_in(boss)
    kept = cases.opened(to=own)

    page = hand_over(client, own, which="none", away_until_on=(NOON + 5 * DAY).date())

    assert "rm1 is away until 22 Feb. New cases go to others." in page
    kept.refresh_from_db()
    assert kept.assigned_to == own
    assert not next(desk for desk in assignment.desks(at=NOON) if desk.user_id == own.pk).has_room

    assert client.post("/cases/board/back/99999999999999999999/").status_code == 302
    client.post(f"/cases/board/back/{own.pk}/")
    assert StaffDuty.objects.get(user=own).away_until is None


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"of": ""}, "From"),
        ({"of": "99999999999999999999"}, "From"),
        ({"of": "\x00"}, "From"),
        ({"which": "some"}, "Say how many."),
        ({"which": "some", "most": "-1"}, "How many"),
        ({"which": "none"}, "Say until when they are away"),
        ({"away_until_on": "2026-02-17"}, "Choose a day from tomorrow on"),
        ({"reason": " "}, "Why"),
    ],
)
def test_what_is_missing_is_said_beside_its_field(boss: User, said: dict[str, str], words: str) -> None:
    own = staff.manager("rm1")
    made = cases.opened(to=own)
    given = {"of": str(own.pk), "which": "all", "reason": "r", **said}

    response = logged_in(boss).post("/cases/board/reassign/", given)

    assert response.status_code == 422
    assert words in response.content.decode() and "This could not be done:" in response.content.decode()
    made.refresh_from_db()
    assert made.assigned_to == own


def test_cases_are_not_given_to_whoever_has_them_or_is_away(boss: User) -> None:
    own, away = staff.manager("rm1"), staff.manager("rm2")
    assignment.set_duty(user=away, by=boss, away_until=NOON + DAY)
    client = logged_in(boss)

    assert "They have these cases already." in hand_over(client, own, to=own.pk)
    assert "rm2 is away. Choose somebody else." in hand_over(client, own, to=away.pk)
    assert "rm1 has no open case." in hand_over(client, own)


def test_service_is_for_supervisors_and_wants_a_reason(boss: User) -> None:
    own = staff.manager("rm1")

    with pytest.raises(PermissionDenied):
        handing_over.hand_over(of=own, by=own, reason="r")
    with pytest.raises(CaseRefused, match="Say why"):
        handing_over.hand_over(of=own, by=boss, reason=" ")
    with pytest.raises(CaseRefused, match="still to come"):
        handing_over.hand_over(of=own, by=boss, reason="r", away_until=NOON - DAY)
