"""One chunk of a customer file: what is there already, what each row changes, and writing that."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.conf import settings
from django.db.models import Model

from customers import bank_clock
from customers.importers.pipeline import Numbered, Outcome, Refusal
from customers.models import Customer, Loan
from customers.schedules import schedules_create

SCHEDULED_BY = ("instalment_amount", "tenure_months", "started_on")
BATCH_ROWS = 2_000

M = TypeVar("M", bound=Model)


@dataclass(frozen=True, slots=True)
class LoanRow:
    """A loan of a row: its terms, and what else the row says of it, by attribute."""

    reference: str
    terms: Mapping[str, Any]
    details: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class CustomerRow:
    """A customer of a row, values by attribute. `is_age_dated`: the age's day was stated, not assumed."""

    bank_id: str
    values: Mapping[str, Any]
    is_age_dated: bool
    loan: LoanRow | None


class SeenIds:
    """Which database ids a file has named, a bit each: millions of them stay small."""

    def __init__(self) -> None:
        self._bits = bytearray()

    def add(self, number: int) -> None:
        """Remember one."""
        if (short := number // 8 + 1 - len(self._bits)) > 0:
            self._bits.extend(bytes(short + len(self._bits) // 4))
        self._bits[number // 8] |= 1 << number % 8

    def __contains__(self, number: object) -> bool:
        if not isinstance(number, int) or number // 8 >= len(self._bits):
            return False
        return bool(self._bits[number // 8] & 1 << number % 8)


class Chunk:
    """The rows of one database transaction.

    Args:
        source: The system the customers are of.
        recorded_at: When the bank knew of the schedules; None for a loan's start, or now for a changed one.
        seen_customers: Customers of earlier chunks of the same file.
        seen_loans: Loans of earlier chunks of the same file.
    """

    def __init__(
        self, source: str, recorded_at: dt.datetime | None, seen_customers: SeenIds, seen_loans: SeenIds
    ) -> None:
        self.source = source
        self.recorded_at = recorded_at
        self.seen_customers = seen_customers
        self.seen_loans = seen_loans
        self.now = bank_clock.now()
        self.customers: dict[str, Customer] = {}
        self.loans: dict[tuple[str, str], Loan] = {}
        self._named: set[str] = set()
        self._named_loans: set[tuple[str, str]] = set()
        self._dirty: set[str] = set()
        self._changed: set[str] = set()
        self._changed_loans: set[tuple[str, str]] = set()
        self._first: list[Loan] = []
        self._rescheduled: list[Loan] = []

    def store(self, rows: Sequence[Numbered[CustomerRow]]) -> Outcome:
        """Store the rows. Runs in the caller's transaction."""
        self._load({numbered.row.bank_id for numbered in rows})
        outcome = Outcome()
        for numbered in rows:
            self._take(numbered, outcome)
        self._write()
        return outcome

    def changed_ids(self) -> set[int]:
        """Database ids of the customers of whom something changed."""
        return {self.customers[bank_id].pk for bank_id in self._dirty}

    def remember(self) -> None:
        """The transaction is committed: later chunks must know whom this one named."""
        for bank_id in self._named:
            self.seen_customers.add(self.customers[bank_id].pk)
        for key in self._named_loans:
            self.seen_loans.add(self.loans[key].pk)

    def _load(self, bank_ids: set[str]) -> None:
        # Locked in the order of their ids, as everywhere: no two writers wait for each other in a circle.
        found = Customer.objects.select_for_update(no_key=True).filter(
            source=self.source, bank_id__in=bank_ids
        )
        self.customers = {customer.bank_id: customer for customer in found.order_by("id")}
        bank_id_of = {customer.pk: bank_id for bank_id, customer in self.customers.items()}
        for loan in Loan.objects.filter(customer_id__in=bank_id_of):
            self.loans[bank_id_of[loan.customer_id], loan.reference] = loan

    def _take(self, numbered: Numbered[CustomerRow], outcome: Outcome) -> None:
        """Decide on one row: nothing of it is applied where any of it contradicts an earlier row."""
        row = numbered.row
        customer = self._propose_customer(row)
        loan = self._propose_loan(row.bank_id, row.loan) if row.loan else None
        if clashes := [*customer.clashes, *(loan.clashes if loan else ())]:
            reason = f"an earlier row of the file gave customer {row.bank_id} another {', '.join(clashes)}"
            outcome.refusals.append(Refusal(numbered.line, numbered.raw, reason, is_conflict=True))
            return
        self._apply_customer(row.bank_id, customer)
        if row.loan and loan:
            self._apply_loan((row.bank_id, row.loan.reference), customer.target, loan)
        if customer.is_new:
            outcome.stored += 1
        elif customer.changes or (loan and loan.changes):
            outcome.updated += 1
        elif customer.is_named and (loan is None or loan.is_named):
            outcome.duplicates += 1
        else:
            outcome.unchanged += 1

    def _propose_customer(self, row: CustomerRow) -> "_Proposal[Customer]":
        known = self.customers.get(row.bank_id)
        customer = known or Customer(source=self.source, bank_id=row.bank_id)
        is_named = row.bank_id in self._named or customer.pk in self.seen_customers
        values = _with_settled_age(row, customer) | {"is_provisional": False}
        return _Proposal(customer, values, is_new=known is None, is_named=is_named)

    def _propose_loan(self, bank_id: str, row: LoanRow) -> "_Proposal[Loan]":
        known = self.loans.get((bank_id, row.reference))
        loan = known or Loan(
            reference=row.reference,
            currency=settings.BANK_CURRENCY,
            outstanding_amount=row.terms["principal_amount"],
        )
        is_named = (bank_id, row.reference) in self._named_loans or loan.pk in self.seen_loans
        return _Proposal(loan, {**row.terms, **row.details}, is_new=known is None, is_named=is_named)

    def _apply_customer(self, bank_id: str, proposal: "_Proposal[Customer]") -> None:
        self._named.add(bank_id)
        if proposal.is_new or proposal.changes:
            self.customers[bank_id] = proposal.target
            proposal.assign()
            self._changed.add(bank_id)
            self._dirty.add(bank_id)

    def _apply_loan(self, key: tuple[str, str], customer: Customer, proposal: "_Proposal[Loan]") -> None:
        self._named_loans.add(key)
        if not (proposal.is_new or proposal.changes):
            return
        loan = proposal.target
        if proposal.is_new:
            loan.customer = customer
            self.loans[key] = loan
            self._first.append(loan)
        elif any(name in proposal.changes for name in SCHEDULED_BY):
            loan.schedule_version += 1
            self._rescheduled.append(loan)
        proposal.assign()
        self._changed_loans.add(key)
        self._dirty.add(key[0])

    def _write(self) -> None:
        customers = [self.customers[bank_id] for bank_id in sorted(self._changed)]
        # An upsert, since the consumer may create a provisional customer of the same id at this very moment.
        Customer.objects.bulk_create(
            customers,
            batch_size=BATCH_ROWS,
            update_conflicts=True,
            unique_fields=["source", "bank_id"],
            update_fields=_columns(Customer, but={"id", "source", "bank_id", "created_at"}),
        )
        Loan.objects.bulk_create(
            [self.loans[key] for key in sorted(self._changed_loans)],
            batch_size=BATCH_ROWS,
            update_conflicts=True,
            unique_fields=["customer", "reference"],
            update_fields=_columns(Loan, but={"id", "customer", "reference"}),
        )
        schedules_create(loans=[*self._first, *self._rescheduled], recorded_at=self._known_at())

    def _known_at(self) -> dict[int, dt.datetime]:
        """When the bank knew of each new schedule, by loan."""
        if self.recorded_at:
            return {loan.pk: self.recorded_at for loan in [*self._first, *self._rescheduled]}
        at_start = {loan.pk: min(bank_clock.start_of(loan.started_on), self.now) for loan in self._first}
        return at_start | {loan.pk: self.now for loan in self._rescheduled}


class _Proposal(Generic[M]):
    """What a row would make of a customer or a loan. `is_named`: an earlier row spoke of it too."""

    def __init__(self, target: M, values: Mapping[str, Any], *, is_new: bool, is_named: bool) -> None:
        self.target = target
        self.values = values
        self.is_new = is_new
        self.is_named = is_named
        self.changes = [name for name, value in values.items() if getattr(target, name) != value]

    @property
    def clashes(self) -> list[str]:
        return self.changes if self.is_named else []

    def assign(self) -> None:
        for name, value in self.values.items():
            setattr(self.target, name, value)


def _with_settled_age(row: CustomerRow, customer: Customer) -> dict[str, Any]:
    """The row's values; the same age with no stated day keeps its day, or each import would change it."""
    values = dict(row.values)
    if not row.is_age_dated and values.get("age_years") == customer.age_years and "age_years" in values:
        values["age_as_of_on"] = customer.age_as_of_on
    return values


def _columns(model: type[Model], *, but: set[str]) -> list[str]:
    return [field.name for field in model._meta.concrete_fields if field.name not in but]
