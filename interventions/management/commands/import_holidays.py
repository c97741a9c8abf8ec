"""`manage.py import_holidays`: the bank's holidays, from a file or from a list of public holidays."""

import csv
import datetime as dt
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from customers import bank_clock
from interventions.casework import bank_calendar, holiday_import, holiday_library
from interventions.casework.holiday_import import Imported
from interventions.models import BankHoliday

FIELDS = ("day", "region", "name")
CHECK_THEM = (
    f"From {holiday_library.VERSION}, for which nobody answers: it may be incomplete, and days by the moon are"
    " estimates. Check them against the list of your own authority."
)


class Command(BaseCommand):
    """Add holidays, or name them anew; safe to repeat. All of a list is imported, or nothing."""

    help = (
        "Import bank holidays: from a CSV file with the fields day, region (empty: everywhere) and name; or, with"
        " --country, from the public and bank holidays that the Python library holidays knows."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, nargs="?", help="a CSV file")
        parser.add_argument("--country", default="", help="ISO 3166 code, such as IN")
        parser.add_argument("--subdivision", default="", help="of the country, such as MH")
        parser.add_argument(
            "--years",
            type=int,
            nargs="+",
            default=[],
            help="default: this one and the next, by the bank's clock",
        )
        parser.add_argument(
            "--dry-run", action="store_true", help="show each day and what is new; store nothing"
        )

    def handle(self, *args: Any, **options: Any) -> str:
        if bool(options["file"]) == bool(options["country"]):
            raise CommandError("Name a file, or a --country.")
        if options["file"]:
            if options["subdivision"] or options["years"]:
                raise CommandError("--subdivision and --years go with --country.")
            listed, origin, detail = _of_file(options["file"]), options["file"].name, {"source": "file"}
        else:
            listed, origin = _of_country(
                options["country"].upper(), options["subdivision"].upper(), options["years"]
            )
            detail = {"source": holiday_library.VERSION}
        if options["dry_run"]:
            found = holiday_import.compare(listed)
            told = [
                *_each(found),
                f"{found.read} holidays read, {len(found.new)} of them new. Nothing was stored.",
            ]
        else:
            found = holiday_import.store(listed, origin=origin, detail=detail)
            told = [f"{found.read} holidays read, {len(found.new)} of them new."]
        return "\n".join(told + _warnings(found, is_of_library=bool(options["country"])))


def _of_file(path: Path) -> list[BankHoliday]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            return _read(csv.DictReader(lines))
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"{path} cannot be read: {error}") from error


def _of_country(country: str, subdivision: str, years: list[int]) -> tuple[list[BankHoliday], str]:
    this_year = bank_clock.today().year
    region = holiday_library.region_of(country, subdivision)
    try:
        days = holiday_library.days_of(
            country=country, subdivision=subdivision, years=sorted(set(years)) or [this_year, this_year + 1]
        )
    except holiday_library.UnknownPlace as error:
        raise CommandError(str(error)) from error
    if not days:
        raise CommandError(f"The library knows no holiday of {region} in these years.")
    return [BankHoliday(day_on=day, region=region, name=name) for day, name in days.items()], region


def _each(found: Imported) -> list[str]:
    marked = [(each, mark) for mark in ("new", "renamed", "known") for each in getattr(found, mark)]
    return [
        f"{each.day_on:%Y-%m-%d %a}  {each.region or 'everywhere'}  {each.name}  ({mark})"
        for each, mark in sorted(marked, key=lambda pair: (pair[0].day_on, pair[0].region))
    ]


def _warnings(found: Imported, *, is_of_library: bool) -> list[str]:
    warnings = [CHECK_THEM] if is_of_library else []
    if found.unlisted:
        days = ", ".join(f"{each.day_on} {each.name}" for each in found.unlisted)
        warnings.append(f"Known before and not on this list; they stay: {days}.")
    regions = {each.region for each in found.new + found.renamed + found.known}
    if others := sorted(regions - set(bank_calendar.regions())):
        warnings.append(
            f"The deadlines of cases go by BANK_REGION, which does not cover {', '.join(others)}; the send gate also"
            " keeps those of the pack's regions."
        )
    return warnings


def _read(rows: "csv.DictReader[str]") -> list[BankHoliday]:
    if not set(FIELDS) <= set(rows.fieldnames or ()):
        raise CommandError(f"The first line must name the fields {', '.join(FIELDS)}.")
    found = []
    for row in rows:
        day, region, name = ((row[field] or "").strip() for field in FIELDS)
        try:
            day_on = dt.date.fromisoformat(day)
        except ValueError as error:
            raise CommandError(f'Line {rows.line_num}: "{day}" is no day such as 2026-01-26.') from error
        if not name or len(name) > 100 or len(region) > 32:
            raise CommandError(
                f"Line {rows.line_num}: a name of at most 100 letters is needed, and a region of at most 32."
            )
        found.append(BankHoliday(day_on=day_on, region=region, name=name))
    return found
