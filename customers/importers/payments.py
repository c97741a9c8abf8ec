"""Payment files: money received towards loans. Append-only; a reversal is a negative amount."""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction

from customers.importers import parsing
from customers.importers.customer_fields import parse_cell, required_cell
from customers.importers.loan_lookup import LoanIds, LoanKey, load_loans, loan_key
from customers.importers.parsing import InvalidRow
from customers.importers.pipeline import MarkDirty, Numbered, Outcome, Refusal
from customers.models import InstalmentPayment, Loan

REQUIRED = frozenset({"payment_id", "customer_id", "amount", "occurred_at"})
FIELDS = REQUIRED | {"loan_reference", "recorded_at"}
BATCH_ROWS = 5_000
PAYMENT_ID = parsing.text_up_to(128)


@dataclass(frozen=True, slots=True)
class PaymentRow:
    """One payment of a file."""

    key: LoanKey
    payment_id: str
    amount: Decimal
    occurred_at: dt.datetime
    recorded_at: dt.datetime


class PaymentImporter:
    """Adds payments that are not there yet.

    Args:
        source: The system the customers are of.
        recorded_at: When the bank knew of payments whose row does not say it; None for when they happened.
        mark_dirty: Asks for customers to be evaluated again.
    """

    def __init__(self, *, source: str, recorded_at: dt.datetime | None, mark_dirty: MarkDirty) -> None:
        self.source = source
        self.recorded_at = recorded_at
        self.mark_dirty = mark_dirty

    def parse(self, cells: dict[str, str]) -> PaymentRow:
        """Read one payment; raises InvalidRow."""
        occurred_at: dt.datetime = required_cell(cells, "occurred_at", parsing.known_moment)
        return PaymentRow(
            key=loan_key(cells),
            payment_id=required_cell(cells, "payment_id", PAYMENT_ID),
            amount=required_cell(cells, "amount", parsing.amount_not_zero),
            occurred_at=occurred_at,
            recorded_at=known_at(cells, default=self.recorded_at or occurred_at),
        )

    def reject(self, cells: dict[str, str]) -> None:
        """Rows stand for themselves here."""

    def store(self, rows: Sequence[Numbered[PaymentRow]]) -> Outcome:
        """Store payments and mark whose they are."""
        outcome = Outcome()
        with transaction.atomic():
            found = self._find_loans(rows, outcome)
            known = _known_payments(found)
            new: list[InstalmentPayment] = []
            for numbered, loan in found:
                row = numbered.row
                payment = known.get((loan.loan_id, row.payment_id))
                if payment is None:
                    known[loan.loan_id, row.payment_id] = payment = _payment(row, loan)
                    new.append(payment)
                elif (payment.amount, payment.occurred_at) == (row.amount, row.occurred_at):
                    outcome.duplicates += 1
                else:
                    reason = f"payment {row.payment_id} is stored with another amount or time"
                    outcome.refusals.append(Refusal(numbered.line, numbered.raw, reason, is_conflict=True))
            new.sort(key=lambda payment: (payment.customer_id, payment.loan_id, payment.payment_id))
            InstalmentPayment.objects.bulk_create(new, batch_size=BATCH_ROWS)
            outcome.stored += len(new)
            self.mark_dirty({payment.customer_id for payment in new})
        return outcome

    def finish(self) -> Iterator[Outcome]:
        """Nothing is left over."""
        return iter(())

    def _find_loans(
        self, rows: Sequence[Numbered[PaymentRow]], outcome: Outcome
    ) -> list[tuple[Numbered[PaymentRow], LoanIds]]:
        book = load_loans((numbered.row.key[0] for numbered in rows), source=self.source)
        found: list[tuple[Numbered[PaymentRow], LoanIds]] = []
        for numbered in rows:
            try:
                found.append((numbered, book.find(numbered.row.key)))
            except InvalidRow as error:
                outcome.refusals.append(Refusal(numbered.line, numbered.raw, str(error)))
        return found


def known_at(cells: Mapping[str, str], *, default: dt.datetime) -> dt.datetime:
    """When the bank knew of a row: what the row says, else the default; raises InvalidRow."""
    if not cells.get("recorded_at"):
        return default
    known: dt.datetime = parse_cell(cells, "recorded_at", parsing.known_moment)
    return known


def _known_payments(
    found: Sequence[tuple[Numbered[PaymentRow], LoanIds]],
) -> dict[tuple[int, str], InstalmentPayment]:
    """The payments that are there, locking the loans so that no other import adds the same meanwhile."""
    loans = sorted({loan.loan_id for _, loan in found})
    list(Loan.objects.select_for_update(no_key=True).filter(pk__in=loans).order_by("pk").values_list("pk"))
    payments = InstalmentPayment.objects.filter(
        customer_id__in={loan.customer_id for _, loan in found},
        payment_id__in={numbered.row.payment_id for numbered, _ in found},
    )
    return {(payment.loan_id, payment.payment_id): payment for payment in payments}


def _payment(row: PaymentRow, loan: LoanIds) -> InstalmentPayment:
    return InstalmentPayment(
        customer_id=loan.customer_id,
        loan_id=loan.loan_id,
        payment_id=row.payment_id,
        amount=row.amount,  # type: ignore[misc]  # the stubs take MoneyField for an integer
        occurred_at=row.occurred_at,
        recorded_at=row.recorded_at,
        origin=InstalmentPayment.Origin.IMPORT,
    )
