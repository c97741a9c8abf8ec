"""Work in hand and immediate attention: each number against the cases it is of, and the list it leads to."""

import datetime as dt
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from customers import bank_clock, roles
from interventions.console.home.attention import MOST_ROWS, most_urgent
from interventions.console.home.work import Line, work_of
from interventions.effect import holdout
from interventions.effect.lots import is_drawn
from interventions.models import Case
from interventions.policy import governing
from interventions.tests import cases, governed, staff, stage
from interventions.tests.factories import AS_OF_ON
from risk.alerts import raise_operational
from risk.levels import Hardship, Level
from risk.models import MonitoringReport
from risk.tests import registered
from risk.tests.factories import NOON

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_noon")]
HOUR = dt.timedelta(hours=1)


def lines(user: User) -> dict[str, Line]:
    return {line.key: line for group in work_of(user) for line in group.lines}


def counts(user: User) -> dict[str, int]:
    return {key: line.count for key, line in lines(user).items()}


@pytest.fixture
def scene() -> tuple[User, User]:
    """Cases in every state, of one manager, another, and nobody."""
    mine, boss = staff.manager(), staff.supervisor()
    running: dict[str, Any] = {"sla_due_at": NOON + 9 * HOUR, "sla_at_risk_at": NOON + 8 * HOUR}
    cases.opened(to=mine, due_on=bank_clock.today(), **running)
    cases.opened(to=mine, sla_due_at=NOON + HOUR, sla_at_risk_at=NOON - HOUR)
    cases.opened(to=mine, sla_due_at=NOON - HOUR, sla_at_risk_at=NOON - 2 * HOUR)
    reached = cases.opened(to=mine, sla_due_at=NOON - HOUR)
    Case.objects.filter(pk=reached.pk).update(first_contact_at=NOON - 2 * HOUR)
    cases.brought(Case.State.WAITING, to=mine, **running)
    cases.brought(Case.State.RESOLVED, to=mine, due_on=bank_clock.today())
    cases.opened(sla_due_at=NOON - HOUR)
    escalated = cases.brought(Case.State.ESCALATED, to=staff.manager("rm2"), **running)
    Case.objects.filter(pk=escalated.pk).update(escalated_to=boss, assigned_to=None)
    return mine, boss


def test_manager_counts_their_own_cases(scene: tuple[User, User]) -> None:
    expected = {"asked": 0, "mine": 5, "due-today": 1, "at-risk": 1, "late": 1, "waiting": 1, "escalated": 0}

    assert counts(scene[0]) == expected


def test_supervisor_counts_what_is_nobodys_and_late(scene: tuple[User, User]) -> None:
    found = counts(scene[1])

    assert (found["unassigned"], found["breached"], found["escalated"], found["mine"]) == (2, 2, 1, 0)


@pytest.mark.parametrize("reader", [0, 1])
def test_each_number_leads_to_as_many_rows(scene: tuple[User, User], reader: int) -> None:
    client = Client()
    client.force_login(scene[reader])

    for line in lines(scene[reader]).values():
        html = client.get(line.url).content.decode()
        assert (line.key, html.count("data-row")) == (line.key, line.count)


def test_held_out_case_is_not_late() -> None:
    mine = staff.manager()
    case = stage.set_up(manager=mine, level=Level.MEDIUM, hardship=Hardship.OVERSPENDING).case
    salt = next(
        each for each in map(str, range(64)) if is_drawn(salt=each, customer_id=case.customer_id, share=0.5)
    )
    governed.active_holdout(share=0.5, salt=salt)
    holdout.assign_bulk([case])
    Case.objects.filter(pk=case.pk).update(sla_due_at=NOON - HOUR, first_contact_at=None)

    assert (counts(mine)["mine"], counts(mine)["late"]) == (1, 0)
    assert most_urgent(user=mine) == []


def test_compliance_officer_counts_what_waits_for_approval() -> None:
    officer = governed.officer()
    governing.submit(subject=governed.draft_policy(), by=officer)
    governed.draft_policy(action="only an idea")

    assert counts(officer)["policies"] == 1
    assert lines(officer)["policies"].url == ""
    officer.is_staff = True
    assert lines(officer)["policies"].url.endswith("/policytemplate/?state__exact=submitted")


def test_analyst_counts_what_the_model_page_marks() -> None:
    analyst = staff.user("analyst", roles.ANALYSTS)
    model = registered.candidate(seed=1)
    failed = {"verdict": "failed", "in_words": "the database was away"}
    for kind in ("parity", "fairness"):
        MonitoringReport.objects.create(kind=kind, model=model, as_of_on=AS_OF_ON, report=failed)

    client = Client()
    client.force_login(analyst)
    html = client.get(lines(analyst)["checks"].url).content.decode()

    assert counts(analyst) == {"checks": 2, "versions": 0, "alerts": 0}
    assert html.count("look at this") == 2


@pytest.mark.parametrize(("role", "about"), [(roles.COMPLIANCE_OFFICERS, "audit"), (roles.ANALYSTS, "model")])
def test_unread_alerts_are_as_many_as_their_list_has(role: str, about: str) -> None:
    reader = staff.user("reader", role)
    for number in range(3):
        raise_operational(dedupe_key=f"{about}.k{number}", message="Something stands still.", detail={})
    client = Client()
    client.force_login(reader)

    found = lines(reader)["alerts"]

    assert client.get(found.url).content.decode().count("Something stands still") == found.count == 3


def test_attention_is_the_worst_first_with_why_and_what_to_do() -> None:
    boss = staff.supervisor()
    governed.active_policy(action="Call and offer a moratorium")
    customer = staff.in_shock("Asha Rao", expected_salary_day=5)
    worst = cases.opened(customer, rank=9.0, due_on=bank_clock.today() + dt.timedelta(days=3))
    cases.opened(rank=1.0)

    found = most_urgent(user=boss)

    assert [each.row.case.rank for each in found] == [9.0, 1.0]
    assert (found[0].row.case, found[0].row.due_days) == (worst, 3)
    assert "Salary is 12 days later than usual" in found[0].sentence
    assert found[0].row.action == "Call and offer a moratorium"


def test_attention_is_the_readers_alone_and_never_more_than_ten() -> None:
    mine = staff.manager()
    for number in range(MOST_ROWS + 2):
        cases.opened(staff.assessed(f"c{number}", assigned_rm=mine, level=Level.HIGH), to=mine)
    cases.opened()
    cases.brought(Case.State.WAITING, to=mine, rank=99.0)

    found = most_urgent(user=mine)

    assert len(found) == MOST_ROWS
    assert {each.row.case.assigned_to for each in found} == {mine}
    assert {each.row.case.state for each in found} == {Case.State.ASSIGNED}
