"""Storing transactions: one COPY, one statement that inserts and sums, one that marks. Used by every door.

Everything here runs inside the caller's database transaction, so that the rows, their tiles, the marks and the
caller's own progress (an offset ledger, an import) happen together or not at all.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings
from django.db import DataError, IntegrityError, connection, transaction

from customers import partitions
from customers.models import Customer
from ingest import schemas, statements
from ingest.origins import NO_ORIGINS, Origins
from ingest.schemas import Row

COPY_TYPES = [
    "int4", "int8", "int8", "text", "int8", "text", "text", "text", "text", "text", "text",
    "bool", "text", "int8", "text", "text", "text", "int8", "int8",
]  # fmt: skip
MOST_REMEMBERED = 2_000_000
# What the database says of rows it will never take, as against not being able to now.
REFUSED = (DataError, IntegrityError)


@dataclass(frozen=True, kw_only=True)
class Arrival:
    """When rows came: on the bank's clock, and in the event log.

    Args:
        recorded_us: When the bank knew, microseconds since 2000 (bank clock); one value, or one per row.
        appended_us: When each row was appended to the event log (wall clock), None for an import.
        origins: Where in the event log the rows stand.
    """

    recorded_us: int | Sequence[int]
    appended_us: Sequence[int] | None = None
    origins: Origins = NO_ORIGINS


@dataclass(frozen=True)
class StoreReport:
    """What became of the rows. `conflicts` are positions in the sequence of rows."""

    stored: int
    duplicates: int
    conflicts: list[int]
    last_event_at: dt.datetime | None


class CustomerIds:
    """Database ids by bank id, for one source; unknown bank ids become provisional customers."""

    def __init__(self, *, source: str) -> None:
        self.source = source
        self.known: dict[str, int] = {}

    def resolve(self, bank_ids: set[str]) -> dict[str, int]:
        """The ids of all these bank ids, creating provisional customers where needed.

        Runs and commits before the rows are stored: a customer without rows harms nobody, whereas remembering an id
        that was rolled back would.
        """
        unknown = sorted(bank_ids - self.known.keys())
        if unknown:
            if len(self.known) + len(unknown) > MOST_REMEMBERED:
                self.known.clear()
                unknown = sorted(bank_ids)
            self._look_up(unknown)
            if missing := [bank_id for bank_id in unknown if bank_id not in self.known]:
                self._create(missing)
                self._look_up(missing)
        return self.known

    def _look_up(self, bank_ids: list[str]) -> None:
        found = Customer.objects.filter(source=self.source, bank_id__in=bank_ids)
        self.known.update(found.values_list("bank_id", "id"))

    def _create(self, bank_ids: list[str]) -> None:
        Customer.objects.bulk_create(
            [Customer(source=self.source, bank_id=bank_id, is_provisional=True) for bank_id in bank_ids],
            batch_size=5_000,
            ignore_conflicts=True,
        )


class Months:
    """Makes sure that the months of rows have partitions, remembering those that do."""

    def __init__(self) -> None:
        self._known: set[dt.date] = set()

    def ensure(self, rows: Sequence[Row]) -> None:
        """Create missing months. Before the storing transaction, so that no date can block a batch."""
        days = {row.occurred_us // 86_400_000_000 for row in rows}
        months = {partitions.month_of(schemas.POSTGRES_EPOCH + dt.timedelta(days=day)) for day in days}
        if new := months - self._known:
            partitions.ensure_months(table=partitions.TRANSACTIONS, months=new)
            self._known |= new


def store(*, rows: Sequence[Row], ids: dict[str, int], arrival: Arrival) -> StoreReport:
    """Store rows; a row that is already there changes nothing.

    Args:
        rows: Valid rows whose months have partitions.
        ids: Database id by bank id, for every row.
        arrival: When they came.

    Returns:
        How many were new, how many were there already with the same content, and which disagree with what is there.
    """
    if not rows:
        return StoreReport(0, 0, [], None)
    with connection.cursor() as cursor:
        cursor.execute(statements.STAGE)
        _copy(cursor, rows, ids, arrival)
        cursor.execute(
            statements.INSERT, {"zone": settings.BANK_TIME_ZONE, "currency": settings.BANK_CURRENCY}
        )
        stored, last_event_at = cursor.fetchone()
        conflicts: list[int] = []
        if stored < len(rows):
            cursor.execute(statements.CONFLICTS)
            conflicts = [position for (position,) in cursor.fetchall()]
        cursor.execute(statements.MARK, arrival.origins.as_params())
    return StoreReport(stored, len(rows) - stored - len(conflicts), conflicts, last_event_at)


def refusals(rows: Sequence[Row], *, ids: dict[str, int]) -> dict[int, str]:
    """Which rows the database refuses, by position, and why. Changes nothing.

    A refused batch is halved until single rows remain, each tried on top of those accepted before it: so a row is
    found, too, that only together with others is more than a tile can hold.
    """
    found: dict[int, str] = {}
    with transaction.atomic():
        _find_refused(rows, 0, ids, found)
        transaction.set_rollback(True)
    return found


def _find_refused(rows: Sequence[Row], begin: int, ids: dict[str, int], found: dict[int, str]) -> None:
    try:
        with transaction.atomic():
            store(rows=rows, ids=ids, arrival=Arrival(recorded_us=0))
    except REFUSED as error:
        middle = len(rows) // 2
        if middle:
            _find_refused(rows[:middle], begin, ids, found)
            _find_refused(rows[middle:], begin + middle, ids, found)
        else:
            found[begin] = str(error).strip()


def _copy(cursor: object, rows: Sequence[Row], ids: dict[str, int], arrival: Arrival) -> None:
    recorded, appended = arrival.recorded_us, arrival.appended_us
    # Django translates the errors of execute() by itself, but not those of a COPY.
    with connection.wrap_database_errors, cursor.copy(statements.COPY) as copy:  # type: ignore[attr-defined]
        copy.set_types(COPY_TYPES)
        write_row = copy.write_row
        for position, row in enumerate(rows):
            write_row(
                (
                    position,
                    ids[row.bank_id],
                    *row[1:],
                    recorded if isinstance(recorded, int) else recorded[position],
                    None if appended is None else appended[position],
                )
            )
