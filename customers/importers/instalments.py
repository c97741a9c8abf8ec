"""Schedule files: all instalments of each loan. One that differs becomes the loan's next version."""

import datetime as dt
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass
from decimal import Decimal
from itertools import accumulate

from django.db import connection, transaction
from django.db.models import F

from customers import bank_clock
from customers.importers import parsing
from customers.importers.customer_fields import required_cell
from customers.importers.loan_lookup import LoanKey, load_loans, loan_key
from customers.importers.parsing import InvalidRow
from customers.importers.pipeline import MarkDirty, Numbered, Outcome, Refusal
from customers.importers.staged_instalments import Line, LoanRows, ScheduleRefused, Staging
from customers.models import Instalment, Loan
from customers.money import to_hundredths

REQUIRED = frozenset({"customer_id", "number", "due_on", "amount"})
FIELDS = REQUIRED | {"loan_reference"}
LOANS_AT_ONCE = 500
NUMBER = parsing.whole(least=1, most=10_000)


@dataclass(frozen=True, slots=True)
class InstalmentRow:
    """One instalment of a file."""

    key: LoanKey
    line: Line


class InstalmentImporter:
    """Replaces schedules that differ by a new version.

    Args:
        source: The system the customers are of.
        recorded_at: When the bank knew of the schedules; None for a loan's start, or now for a changed one.
        mark_dirty: Asks for customers to be evaluated again.
    """

    def __init__(self, *, source: str, recorded_at: dt.datetime | None, mark_dirty: MarkDirty) -> None:
        self.source = source
        self.recorded_at = recorded_at
        self.mark_dirty = mark_dirty
        self._staging = Staging()
        self._incomplete: set[LoanKey] = set()

    def parse(self, cells: dict[str, str]) -> InstalmentRow:
        """Read one instalment; raises InvalidRow."""
        number: int = required_cell(cells, "number", NUMBER)
        due_on: dt.date = required_cell(cells, "due_on", parsing.day)
        return InstalmentRow(
            loan_key(cells), Line(number, due_on, required_cell(cells, "amount", parsing.amount_positive))
        )

    def reject(self, cells: dict[str, str]) -> None:
        """A schedule with a row missing must not replace a whole one."""
        if cells.get("customer_id"):
            self._incomplete.add((cells["customer_id"], cells.get("loan_reference", "")))

    def store(self, rows: Sequence[Numbered[InstalmentRow]]) -> Outcome:
        """Put rows aside until the file is read; refuse those of unknown loans."""
        book = load_loans((numbered.row.key[0] for numbered in rows), source=self.source)
        outcome = Outcome()
        known: list[tuple[int, Line, int, bytes]] = []
        for numbered in rows:
            try:
                loan = book.find(numbered.row.key)
            except InvalidRow as error:
                outcome.refusals.append(Refusal(numbered.line, numbered.raw, str(error)))
            else:
                known.append((loan.loan_id, numbered.row.line, numbered.line, numbered.raw))
        self._staging.add(known)
        return outcome

    def finish(self) -> Iterator[Outcome]:
        """Compare loan by loan and write what differs, some loans in each database transaction."""
        incomplete = self._incomplete_loans()
        for staged in self._staging.take(loans_at_once=LOANS_AT_ONCE):
            yield self._settle(staged, incomplete)

    def _incomplete_loans(self) -> set[int]:
        book = load_loans((bank_id for bank_id, _ in self._incomplete), source=self.source)
        return {loan.loan_id for key in self._incomplete if (loan := book.get(key))}

    def _settle(self, staged: dict[int, LoanRows], incomplete: set[int]) -> Outcome:
        outcome = Outcome()
        versions: list[tuple[Loan, list[Line]]] = []
        with transaction.atomic():
            loans = list(Loan.objects.select_for_update(no_key=True).filter(pk__in=staged).order_by("pk"))
            present = _present_schedules(loans)
            for loan in loans:
                rows = staged[loan.pk]
                try:
                    if loan.pk in incomplete:
                        raise ScheduleRefused(
                            "another row of this loan was rejected; a schedule is given whole"
                        )
                    schedule = rows.schedule()
                except ScheduleRefused as error:
                    outcome.refusals += rows.refusals(error)
                    continue
                is_changed = schedule != present.get(loan.pk)
                _count(outcome, rows, schedule, is_changed=is_changed)
                if is_changed:
                    versions.append((loan, schedule))
            self._write(versions, known=present.keys())
            self.mark_dirty({loan.customer_id for loan, _ in versions})
        return outcome

    def _write(self, versions: Sequence[tuple[Loan, list[Line]]], *, known: Set[int]) -> None:
        """Write schedules; of loans in `known`, as the next version."""
        now = bank_clock.now()
        next_ones = [loan.pk for loan, _ in versions if loan.pk in known]
        Loan.objects.filter(pk__in=next_ones).update(schedule_version=F("schedule_version") + 1)
        with connection.cursor() as cursor, cursor.copy(_COPY) as copy:
            for loan, schedule in versions:
                is_next = loan.pk in known
                known_at = now if is_next else min(bank_clock.start_of(loan.started_on), now)
                key = (loan.customer_id, loan.pk, loan.schedule_version + is_next)
                sums = accumulate(to_hundredths(line.amount) for line in schedule)
                for line, sum_hundredths in zip(schedule, sums, strict=True):
                    amount = to_hundredths(line.amount)
                    row = (
                        *key,
                        line.number,
                        line.due_on,
                        amount,
                        sum_hundredths,
                        self.recorded_at or known_at,
                    )
                    copy.write_row(row)


_COPY = """
COPY customers_instalment
    (customer_id, loan_id, version, number, due_on, amount, cumulative_amount, recorded_at) FROM STDIN
"""


def _present_schedules(loans: Sequence[Loan]) -> dict[int, list[Line]]:
    """The present version of each loan that has one. Read after locking, in a statement of its own."""
    found = Instalment.objects.filter(
        # The key begins with the customer: without it every instalment of the bank would be read.
        customer_id__in={loan.customer_id for loan in loans},
        loan_id__in=[loan.pk for loan in loans],
        version=F("loan__schedule_version"),
    )
    lines = found.order_by("loan_id", "number").values_list("loan_id", "number", "due_on", "amount")
    schedules: dict[int, list[Line]] = {}
    for loan_id, number, due_on, amount in lines:
        schedules.setdefault(loan_id, []).append(Line(number, due_on, Decimal(amount)))
    return schedules


def _count(outcome: Outcome, rows: LoanRows, schedule: Sequence[Line], *, is_changed: bool) -> None:
    outcome.duplicates += len(rows.lines) - len(schedule)
    if is_changed:
        outcome.stored += len(schedule)
    else:
        outcome.unchanged += len(schedule)
