"""Bank holidays come in: what is new or named otherwise is stored and audited, all of a list or nothing."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from audit.services import record
from interventions.models import BankHoliday

Key = tuple[dt.date, str]


@dataclass(frozen=True)
class Imported:
    """What a list comes to.

    Args:
        new: holidays that were not known.
        renamed: known ones that the list calls otherwise.
        known: known ones of the same name.
        unlisted: known ones of the list's regions, within its years, that are not on it. They stay.
    """

    new: list[BankHoliday]
    renamed: list[BankHoliday]
    known: list[BankHoliday]
    unlisted: list[BankHoliday]

    @property
    def read(self) -> int:
        """How many the list has."""
        return len(self.new) + len(self.renamed) + len(self.known)


def compare(listed: Sequence[BankHoliday]) -> Imported:
    """What storing a list would change. A day that is listed twice counts as it is named last."""
    wanted = {_key(each): each for each in listed}
    regions = {region for _day, region in wanted}
    stored = {_key(each): each for each in BankHoliday.objects.filter(region__in=regions)}
    years = {day.year for day, _region in wanted}
    found = Imported([], [], [], [])
    for key, holiday in sorted(wanted.items()):
        before = stored.get(key)
        if before is None:
            found.new.append(holiday)
        elif before.name != holiday.name:
            found.renamed.append(holiday)
        else:
            found.known.append(holiday)
    found.unlisted.extend(
        each for key, each in sorted(stored.items()) if key not in wanted and key[0].year in years
    )
    return found


@transaction.atomic
def store(listed: Sequence[BankHoliday], *, origin: str, detail: dict[str, Any]) -> Imported:
    """Store a list; repeated it changes nothing.

    Args:
        listed: The holidays, unsaved.
        origin: What it is called in the audit trail: a file's name, or a region.
        detail: What else the audit trail says.
    """
    found = compare(listed)
    BankHoliday.objects.bulk_create(
        found.new + found.renamed,
        update_conflicts=True,
        unique_fields=["day_on", "region"],
        update_fields=["name"],
    )
    record(
        action="interventions.holidays.imported",
        subject_type="holidays",
        subject_id=origin,
        detail={
            "rows": found.read,
            "added": len(found.new),
            "renamed": len(found.renamed),
            "days": [f"{each.day_on} {each.region}".strip() for each in found.new + found.renamed],
            **detail,
        },
    )
    return found


def _key(holiday: BankHoliday) -> Key:
    return holiday.day_on, holiday.region
