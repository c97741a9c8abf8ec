"""Which loan a row of a schedule or payment file is about."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from customers.importers.customer_fields import BANK_ID, REFERENCE, parse_cell, required_cell
from customers.importers.parsing import InvalidRow, quoted
from customers.models import Loan

# (bank id of the customer, reference of the loan); the reference is empty where the file does not give one.
LoanKey = tuple[str, str]


class LoanIds(NamedTuple):
    """Database ids of a loan and its customer."""

    loan_id: int
    customer_id: int


@dataclass(frozen=True)
class LoanBook:
    """The loans of some customers, by bank id and then reference."""

    by_customer: dict[str, dict[str, LoanIds]] = field(default_factory=dict)

    def find(self, key: LoanKey) -> LoanIds:
        """The loan meant; without a reference, the customer's only one.

        Raises:
            InvalidRow: there is none such, or several.
        """
        bank_id, reference = key
        loans = self.by_customer.get(bank_id, {})
        if reference:
            if reference not in loans:
                raise InvalidRow(f"no loan {quoted(reference)} of customer {quoted(bank_id)} is known")
            return loans[reference]
        if len(loans) != 1:
            counted = f"{len(loans)} loans, so loan_reference must say which" if loans else "no known loan"
            raise InvalidRow(f"customer {quoted(bank_id)} has {counted}")
        return next(iter(loans.values()))

    def get(self, key: LoanKey) -> LoanIds | None:
        """The loan meant, or None."""
        try:
            return self.find(key)
        except InvalidRow:
            return None


def load_loans(bank_ids: Iterable[str], *, source: str) -> LoanBook:
    """The loans of these customers."""
    book = LoanBook()
    found = Loan.objects.filter(customer__source=source, customer__bank_id__in=set(bank_ids))
    for bank_id, reference, *ids in found.values_list("customer__bank_id", "reference", "pk", "customer_id"):
        book.by_customer.setdefault(bank_id, {})[reference] = LoanIds(*ids)
    return book


def loan_key(cells: Mapping[str, str]) -> LoanKey:
    """The customer and loan a row names; raises InvalidRow."""
    bank_id: str = required_cell(cells, "customer_id", BANK_ID)
    reference: str = parse_cell(cells, "loan_reference", REFERENCE) if cells.get("loan_reference") else ""
    return bank_id, reference
