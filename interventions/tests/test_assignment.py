"""Whose a case becomes; who is away; and the commands that say so."""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest
import time_machine
from django.core.exceptions import PermissionDenied
from django.core.management import CommandError, call_command
from hypothesis import given
from hypothesis import strategies as st
from pytest_django.fixtures import Settings

from audit.models import AuditEvent
from interventions.casework import assignment, bank_calendar
from interventions.casework.assignment import Desk, Desks, Given
from interventions.models import BankHoliday, Case, StaffDuty
from interventions.tests.cases import brought, opened
from interventions.tests.staff import assessed, manager, supervisor
from risk.tests.factories import NOON, TODAY

in_database = [pytest.mark.django_db, pytest.mark.usefixtures("at_noon")]
DAY = dt.timedelta(days=1)


def given_away(desks: list[Desk], *managers: int | None) -> list[Given | None]:
    room = Desks(desks)
    return [room.give(manager_id) for manager_id in managers]


def test_own_manager_first_then_whoever_has_least() -> None:
    desks = [Desk(1, open_count=1, case_limit=2), Desk(2, open_count=0, case_limit=2), Desk(3, is_away=True)]

    assert given_away(desks, 1, 1, 3, None, 1) == [
        Given(1, is_cover=False),
        Given(2, is_cover=True),
        Given(2, is_cover=True),
        None,
        None,
    ]


def test_customer_of_nobody_known_is_covered() -> None:
    assert given_away([Desk(1)], 77) == [Given(1, is_cover=True)]


@given(
    limits=st.lists(st.integers(0, 4), min_size=1, max_size=5),
    asked=st.lists(st.none() | st.integers(0, 6), max_size=30),
)
def test_limits_hold_and_no_room_is_wasted(limits: list[int], asked: list[int | None]) -> None:
    given = given_away([Desk(number, case_limit=limit) for number, limit in enumerate(limits)], *asked)

    to = [each.user_id for each in given if each]
    assert all(to.count(number) <= limit for number, limit in enumerate(limits))
    assert len(to) == min(len(asked), sum(limits))
    assert all(
        each.is_cover == (each.user_id != manager) for each, manager in zip(given, asked, strict=True) if each
    )


class TestInDatabase:
    """What the database knows."""

    pytestmark = in_database

    def test_desks_count_open_cases_of_active_managers(self) -> None:
        first, second, gone = manager("rm1"), manager("rm2"), manager("rm3")
        gone.is_active = False
        gone.save()
        opened(to=first)
        brought(Case.State.RESOLVED, to=first)
        assignment.set_duty(user=second, by=None, away_until=NOON + DAY, case_limit=3)

        found = {desk.user_id: desk for desk in assignment.desks(at=NOON)}

        assert found == {first.pk: Desk(first.pk, 1, 40), second.pk: Desk(second.pk, 0, 3, is_away=True)}

    def test_duty_in_the_past_is_over(self, at_noon: time_machine.Traveller) -> None:
        rm = manager()
        assignment.set_duty(user=rm, by=rm, away_until=NOON + DAY)

        assert not assignment.desks(at=NOON)[0].has_room
        assert assignment.desks(at=NOON + DAY)[0].has_room

    def test_cases_that_are_nobodys_go_to_whoever_gets_room(self) -> None:
        rm = manager()
        assignment.set_duty(user=rm, by=None, case_limit=0)
        own, other = opened(assessed(assigned_rm=rm), rank=1.0), opened(rank=2.0)
        least = opened(rank=0.5)
        assert assignment.assign_unassigned() == 0

        assignment.set_duty(user=rm, by=None, case_limit=2)
        assert assignment.assign_unassigned() == 2

        for case in (own, other, least):
            case.refresh_from_db()
        assert (own.assigned_to, other.assigned_to, least.assigned_to) == (rm, rm, None)
        other.customer.refresh_from_db()
        own.customer.refresh_from_db()
        assert (other.customer.covering_rm, own.customer.covering_rm) == (rm, None)
        assert own.transitions.get().verb == "assigned"

    def test_duty_is_the_supervisors_to_set_and_absence_ones_own(self) -> None:
        rm, boss = manager(), supervisor()

        assert assignment.set_duty(user=rm, by=rm, away_until=NOON + DAY).away_until == NOON + DAY
        assert assignment.set_duty(user=rm, by=boss, case_limit=5).away_until == NOON + DAY
        with pytest.raises(PermissionDenied, match="Only a supervisor"):
            assignment.set_duty(user=rm, by=rm, case_limit=500)
        with pytest.raises(PermissionDenied, match="Only a supervisor"):
            assignment.set_duty(user=boss, by=rm, away_until=NOON + DAY)
        event = AuditEvent.objects.filter(action="interventions.duty.set").latest("id")
        assert (event.actor, event.detail["case_limit"]) == (boss, 5)

    def test_duty_by_command(self, capsys: pytest.CaptureFixture[str]) -> None:
        manager("rm1")

        call_command("set_duty", "rm1", "--away-until", "2026-03-01", "--limit", "12")
        assert capsys.readouterr().out == "rm1: away until 2026-03-01 00:00, at most 12 cases.\n"
        call_command("set_duty", "rm1", "--away-until", "2026-03-01T09:00:00+00:00")
        assert "away until 2026-03-01 14:30, at most 12" in capsys.readouterr().out
        call_command("set_duty", "rm1", "--here")
        assert capsys.readouterr().out == "rm1: here, at most 12 cases.\n"
        assert str(StaffDuty.objects.get()).startswith("duty of")

    @pytest.mark.parametrize(
        "arguments", [["nobody"], ["rm1", "--limit", "-1"], ["rm1", "--away-until", "soon"]]
    )
    def test_duty_command_refuses(self, arguments: list[str]) -> None:
        manager("rm1")

        with pytest.raises(CommandError):
            call_command("set_duty", *arguments)


class TestHolidays:
    """`manage.py import_holidays`."""

    pytestmark = in_database

    @pytest.fixture
    def file(self, tmp_path: Path) -> Iterator[Path]:
        yield tmp_path / "holidays.csv"

    def test_holidays_are_imported_and_named_anew(
        self, file: Path, capsys: pytest.CaptureFixture[str], settings: Settings
    ) -> None:
        settings.BANK_REGION = "MH"
        file.write_text("day,region,name\n2026-01-26,,Republic Day\n2026-05-01,MH,Maharashtra Day\n")
        call_command("import_holidays", str(file))
        file.write_text("day,region,name\n2026-01-26,,Gantantra Divas\n2026-01-26,,Republic Day\n")
        call_command("import_holidays", str(file))

        assert capsys.readouterr().out == "2 holidays read, 2 of them new.\n1 holidays read, 0 of them new.\n"
        assert [str(each) for each in BankHoliday.objects.order_by("day_on")] == [
            "2026-01-26 Republic Day",
            "2026-05-01 Maharashtra Day",
        ]
        assert AuditEvent.objects.filter(action="interventions.holidays.imported").count() == 2

    @pytest.mark.parametrize(
        ("content", "because"),
        [
            ("day,name\n", "must name the fields"),
            ("day,region,name\n26.01.2026,,Republic Day\n", "Line 2"),
            ("day,region,name\n2026-01-26,,\n", "Line 2: a name"),
            ("day,region,name\n2026-01-26\n", "Line 2: a name"),
        ],
    )
    def test_file_is_refused_as_a_whole(self, file: Path, content: str, because: str) -> None:
        file.write_text(content)

        with pytest.raises(CommandError, match=because):
            call_command("import_holidays", str(file))
        assert not BankHoliday.objects.exists()

    def test_missing_file_is_refused(self, file: Path) -> None:
        with pytest.raises(CommandError, match="cannot be read"):
            call_command("import_holidays", str(file))

    def test_calendar_has_the_holidays_of_its_region(self, settings: Settings) -> None:
        settings.BANK_REGION = "MH"
        for region in ("", "MH", "KA"):
            BankHoliday.objects.create(day_on=TODAY + len(region) * DAY, region=region, name="closed")
        BankHoliday.objects.filter(region="KA").update(day_on=TODAY + 9 * DAY)

        calendar = bank_calendar.calendar()

        assert calendar.holidays == {TODAY, TODAY + 2 * DAY}
        assert not calendar.is_open_on(dt.date(2026, 2, 14))
