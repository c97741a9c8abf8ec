"""The fields of a customer file: which attribute each fills, what it may hold, what an empty cell means."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from customers.importers import parsing
from customers.importers.parsing import InvalidRow, Parser

CURRENCY = re.compile("[A-Z]{3}")
LONGEST_TENURE_MONTHS = 600
LONGEST_AGE_YEARS = 130


@dataclass(frozen=True)
class Field:
    """One field.

    Args:
        attribute: The model's attribute it fills.
        parse: From the cell's text; raises InvalidRow.
        empty: What an empty cell says: by default that nothing is known.
    """

    attribute: str
    parse: Parser
    empty: object = ""


def _currency(text: str) -> str:
    if not CURRENCY.fullmatch(text):
        raise InvalidRow(f"{parsing.quoted(text)} is not a currency such as INR")
    return text


CUSTOMER: Mapping[str, Field] = {
    "full_name": Field("full_name", parsing.text_up_to(200)),
    "birth_on": Field("birth_on", parsing.past_day, None),
    "gender": Field("gender", parsing.text_up_to(16)),
    "city": Field("city", parsing.text_up_to(100)),
    "city_tier": Field("city_tier", parsing.whole(least=1, most=9), None),
    "time_zone": Field("time_zone", parsing.time_zone),
    "employment_type": Field("employment", parsing.text_up_to(32)),
    "salary": Field("salary_amount", parsing.amount_not_negative, None),
    "expected_salary_day": Field("expected_salary_day", parsing.whole(least=1, most=31), None),
    "phone": Field("phone", parsing.text_up_to(32)),
    "email": Field("email", parsing.email),
    "language": Field("language", parsing.text_up_to(8), "en"),
    "is_vulnerable": Field("is_vulnerable", parsing.flag, False),
}
# These say together what a loan is: all of them or none.
LOAN_TERMS: Mapping[str, Field] = {
    "loan_amount": Field("principal_amount", parsing.amount_positive, None),
    "loan_tenure_months": Field("tenure_months", parsing.whole(least=1, most=LONGEST_TENURE_MONTHS), None),
    "emi_amount": Field("instalment_amount", parsing.amount_positive, None),
    "loan_start_date": Field("started_on", parsing.day, None),
}
# An empty cell of these says nothing new about the loan.
LOAN_DETAILS: Mapping[str, Field] = {
    "loan_product": Field("product", parsing.text_up_to(32)),
    "loan_currency": Field("currency", _currency),
    "outstanding_amount": Field("outstanding_amount", parsing.amount_not_negative),
    "loan_closed_on": Field("closed_on", parsing.day),
    "loss_given_default": Field("loss_given_default_prob", parsing.share),
}
BANK_ID = parsing.text_up_to(64)
REFERENCE = parsing.text_up_to(64)
AGE = parsing.whole(least=0, most=LONGEST_AGE_YEARS)
OTHERS = frozenset({"customer_id", "age", "age_as_of", "assigned_rm", "loan_reference"})
ALL = OTHERS | CUSTOMER.keys() | LOAN_TERMS.keys() | LOAN_DETAILS.keys()


def parse_cell(cells: Mapping[str, str], name: str, parser: Parser) -> Any:
    """One cell's value.

    Raises:
        InvalidRow: naming the field.
    """
    try:
        return parser(cells[name])
    except InvalidRow as error:
        raise InvalidRow(f"{name}: {error}") from None


def required_cell(cells: Mapping[str, str], name: str, parser: Parser) -> Any:
    """The value of a cell that must not be empty.

    Raises:
        InvalidRow: it is empty or wrong.
    """
    if not cells.get(name):
        raise InvalidRow(f"{name} is empty")
    return parse_cell(cells, name, parser)


def values_of(cells: Mapping[str, str], fields: Mapping[str, Field]) -> dict[str, Any]:
    """Values by attribute, of those fields the file has.

    Raises:
        InvalidRow: naming the field.
    """
    return {
        field.attribute: parse_cell(cells, name, field.parse) if cells[name] else field.empty
        for name, field in fields.items()
        if name in cells
    }
