"""Bank holidays: from a list of public holidays, shown first, stored once; and a word before the list runs out."""

import datetime as dt
import io
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from pytest_django.fixtures import Settings

from audit.models import AuditEvent
from interventions import tasks
from interventions.casework import bank_calendar, holiday_library
from interventions.models import BankHoliday
from interventions.models.case import regions_kept_in
from risk.models import Alert
from risk.tests.factories import TODAY

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_noon")]
DAY = dt.timedelta(days=1)


def told(*arguments: str, **options: Any) -> str:
    out = io.StringIO()
    call_command("import_holidays", *arguments, stdout=out, **options)
    return out.getvalue()


def stored() -> set[str]:
    return {f"{each.day_on} {each.region} {each.name}" for each in BankHoliday.objects.all()}


def test_holidays_of_a_country_are_those_of_its_list() -> None:
    told("--country", "in", "--subdivision", "mh", "--years", "2026", "2027")

    # Fixed days, which no correction of the library moves.
    assert {
        "2026-01-26 IN-MH Republic Day",
        "2026-10-02 IN-MH Mahatma Gandhi's Birthday",
        "2027-05-01 IN-MH Maharashtra Day",
        "2026-12-25 IN-MH Christmas",
    } <= stored()
    assert {each.day_on.year for each in BankHoliday.objects.all()} == {2026, 2027}


def test_years_are_this_one_and_the_next_where_none_is_named() -> None:
    told("--country", "IN")

    assert {each.day_on.year for each in BankHoliday.objects.all()} == {TODAY.year, TODAY.year + 1}


def test_repeated_it_changes_nothing_and_is_audited() -> None:
    told("--country", "IN", "--years", "2026")
    before = stored()

    again = told("--country", "IN", "--years", "2026")

    assert stored() == before
    assert f"{len(before)} holidays read, 0 of them new." in again
    first, second = AuditEvent.objects.filter(action="interventions.holidays.imported").order_by("id")
    assert (first.detail["source"], first.detail["added"]) == (holiday_library.VERSION, len(before))
    assert "2026-01-26 IN" in first.detail["days"]
    assert (second.detail["added"], second.detail["renamed"], second.detail["days"]) == (0, 0, [])


def test_it_says_that_a_bank_must_check_them() -> None:
    assert "Check them against the list of your own authority" in told("--country", "IN")


def test_shown_first_nothing_is_stored() -> None:
    BankHoliday.objects.create(day_on=dt.date(2026, 1, 26), region="IN", name="Gantantra Divas")
    BankHoliday.objects.create(day_on=dt.date(2026, 10, 2), region="IN", name="Mahatma Gandhi's Birthday")

    said = told("--country", "IN", "--years", "2026", "--dry-run")

    assert "2026-01-26 Mon  IN  Republic Day  (renamed)" in said
    assert "2026-10-02 Fri  IN  Mahatma Gandhi's Birthday  (known)" in said
    assert "2026-12-25 Fri  IN  Christmas  (new)" in said
    assert "Nothing was stored" in said
    assert BankHoliday.objects.count() == 2
    assert not AuditEvent.objects.filter(action="interventions.holidays.imported").exists()


def test_day_that_is_no_longer_listed_stays_and_is_told() -> None:
    BankHoliday.objects.create(day_on=dt.date(2026, 2, 2), region="IN", name="Closed for the move")
    BankHoliday.objects.create(day_on=dt.date(2026, 2, 3), region="US", name="Elsewhere")

    said = told("--country", "IN", "--years", "2026")

    assert "they stay: 2026-02-02 Closed for the move." in said
    assert "2026-02-02 IN Closed for the move" in stored()


def test_file_may_be_shown_first_too(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("day,region,name\n2026-01-26,,Republic Day\n")

    assert "2026-01-26 Mon  everywhere  Republic Day  (new)" in told(str(tmp_path / "x.csv"), "--dry-run")
    assert not BankHoliday.objects.exists()


@pytest.mark.parametrize(
    ("arguments", "because"),
    [
        ([], "Name a file, or a --country"),
        (["x.csv", "--country", "IN"], "Name a file, or a --country"),
        (["x.csv", "--years", "2026"], "go with --country"),
        (["--country", "ZZ"], 'no country "ZZ"'),
        (["--country", "IN", "--subdivision", "ZZ"], 'no subdivision "ZZ", but AN'),
        (["--country", "IN", "--years", "1800"], "knows no holiday of IN in these years"),
    ],
)
def test_what_cannot_be_is_refused(arguments: list[str], because: str) -> None:
    with pytest.raises(CommandError, match=because):
        told(*arguments)
    assert not BankHoliday.objects.exists()


@pytest.mark.parametrize(
    ("region", "expected"), [("", [""]), ("IN", ["", "IN"]), ("IN-MH", ["", "IN", "IN-MH"])]
)
def test_region_keeps_the_holidays_of_what_it_is_a_part_of(region: str, expected: list[str]) -> None:
    assert regions_kept_in(region) == expected


def test_deadlines_know_the_days_of_the_country(settings: Settings) -> None:
    settings.BANK_REGION = "IN-MH"
    assert "does not cover" not in told("--country", "IN", "--years", "2026")
    assert dt.date(2026, 1, 26) in bank_calendar.calendar().holidays

    settings.BANK_REGION = ""
    assert "does not cover IN;" in told("--country", "IN", "--years", "2026")
    assert bank_calendar.calendar().holidays == set()


@pytest.mark.parametrize(
    ("days", "region", "is_warned"),
    [(60, "", False), (61, "", True), (-1, "", True), (0, "", False), (5, "US", True), (5, "IN", False)],
)
def test_operators_are_warned_before_holidays_run_out(
    settings: Settings, days: int, region: str, is_warned: bool
) -> None:
    settings.BANK_REGION = "IN-MH"
    BankHoliday.objects.create(day_on=TODAY + days * DAY, region=region, name="closed")

    tasks.look_for_holidays()

    assert Alert.objects.filter(dedupe_key=f"holidays.none_ahead.{TODAY}").exists() is is_warned


def test_operators_are_warned_once_a_bank_day() -> None:
    for _ in range(3):
        tasks.look_for_holidays()

    alert = Alert.objects.get()
    assert alert.kind == Alert.Kind.OPERATIONAL
    assert "No bank holiday is known for the next 60 days" in alert.message
