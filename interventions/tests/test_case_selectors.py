"""The supervisors' board."""

import datetime as dt

import pytest
import time_machine
from django.core.exceptions import PermissionDenied
from pytest_django.fixtures import DjangoAssertNumQueries

from interventions.casework import assignment
from interventions.casework.assignment import Desk
from interventions.console.case_selectors import Counts, load_board
from interventions.models import Case
from interventions.tests.cases import brought, opened
from interventions.tests.staff import manager, supervisor
from risk.levels import Level
from risk.tests.factories import NOON

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_noon")]
HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)


def test_board_counts_what_everybody_has(
    at_noon: time_machine.Traveller, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    busy, away, boss = manager("rm1"), manager("rm2"), supervisor()
    assignment.set_duty(user=away, by=boss, away_until=NOON + DAY, case_limit=3)
    opened(to=busy, level=Level.MEDIUM)
    brought(Case.State.IN_PROGRESS, to=busy, sla_due_at=NOON + 2 * HOUR, sla_at_risk_at=NOON + HOUR)
    brought(Case.State.WAITING, to=busy)
    brought(Case.State.RESOLVED, to=busy)
    opened()
    at_noon.move_to(NOON + 3 * HOUR)

    with django_assert_num_queries(6):
        board = load_board(user=boss)

    assert [load.user for load in board.loads] == [busy, away]
    assert board.loads[0].counts == Counts(open=3, in_progress=1, waiting=1, high=2, at_risk=2, late=1)
    assert board.loads[1].desk == Desk(away.pk, 0, 3, is_away=True)
    assert board.unassigned == Counts(open=1, high=1, at_risk=1)
    assert board.ages == {"0": 4, "1-3": 0, "4-7": 0, "8": 0}
    assert board.priorities == {"URGENT": 0, "HIGH": 4, "MEDIUM": 0, "ROUTINE": 0}
    assert board.total == Counts(open=4, in_progress=1, waiting=1, high=3, at_risk=3, late=1)


def test_board_shows_cases_of_those_who_have_gone() -> None:
    gone = manager()
    opened(to=gone)
    gone.is_active = False
    gone.save()

    (load,) = load_board(user=supervisor()).loads

    assert (load.user, load.desk, load.counts.open) == (gone, None, 1)


def test_board_is_not_for_managers() -> None:
    with pytest.raises(PermissionDenied, match="everybody's load"):
        load_board(user=manager())
