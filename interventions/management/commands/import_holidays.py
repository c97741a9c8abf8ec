"""`manage.py import_holidays FILE`: the bank's holidays."""

import csv
import datetime as dt
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from audit.services import record
from interventions.models import BankHoliday

FIELDS = ("day", "region", "name")


class Command(BaseCommand):
    """Add holidays from a CSV file, or name them anew; safe to repeat. All of the file is imported, or nothing."""

    help = "Import bank holidays from a CSV file with the fields day, region (empty: everywhere) and name."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, **options: Any) -> str:
        path: Path = options["file"]
        try:
            with path.open(encoding="utf-8-sig", newline="") as lines:
                holidays = _read(csv.DictReader(lines))
        except (OSError, UnicodeDecodeError) as error:
            raise CommandError(f"{path} cannot be read: {error}") from error
        with transaction.atomic():
            before = BankHoliday.objects.count()
            BankHoliday.objects.bulk_create(
                holidays, update_conflicts=True, unique_fields=["day_on", "region"], update_fields=["name"]
            )
            added = BankHoliday.objects.count() - before
            record(
                action="interventions.holidays.imported",
                subject_type="holidays",
                subject_id=path.name,
                detail={"rows": len(holidays), "added": added},
            )
        return f"{len(holidays)} holidays read, {added} of them new."


def _read(rows: "csv.DictReader[str]") -> list[BankHoliday]:
    if not set(FIELDS) <= set(rows.fieldnames or ()):
        raise CommandError(f"The first line must name the fields {', '.join(FIELDS)}.")
    found: dict[tuple[dt.date, str], BankHoliday] = {}
    for row in rows:
        day, region, name = ((row[field] or "").strip() for field in FIELDS)
        try:
            day_on = dt.date.fromisoformat(day)
        except ValueError as error:
            raise CommandError(f'Line {rows.line_num}: "{day}" is no day such as 2026-01-26.') from error
        holiday = BankHoliday(day_on=day_on, region=region, name=name)
        if not name or len(name) > 100 or len(region) > 32:
            raise CommandError(
                f"Line {rows.line_num}: a name of at most 100 letters is needed, and a region of at most 32."
            )
        found[day_on, region] = holiday
    return list(found.values())
