"""What a merchant category means."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customers.models import Transaction
from ingest.categories import kind_of

Kind = Transaction.Kind


@pytest.mark.parametrize(
    ("category", "kind"),
    [
        ("GROCERY", Kind.ESSENTIAL),
        ("UTILITY", Kind.ESSENTIAL),
        ("RENT", Kind.ESSENTIAL),
        ("MEDICAL", Kind.ESSENTIAL),
        ("INSURANCE", Kind.ESSENTIAL),
        ("EMI", Kind.DEBT),
        ("ATM_WITHDRAWAL", Kind.CASH),
        ("SALARY", Kind.INCOME),
        ("5411", Kind.ESSENTIAL),  # grocery stores
        ("4900", Kind.ESSENTIAL),  # utilities
        ("6011", Kind.CASH),  # automated cash
        ("5813", Kind.DISCRETIONARY),  # bars
        ("TRAVEL", Kind.DISCRETIONARY),
        ("²²²²", Kind.DISCRETIONARY),
    ],
)
def test_category_has_its_kind(category: str, kind: Kind) -> None:
    assert kind_of(category=category, channel="UPI", is_debit=True) == kind


def test_debit_at_a_cash_machine_is_cash_whatever_its_category() -> None:
    assert kind_of(category="GROCERY", channel="ATM", is_debit=True) == Kind.CASH


def test_credit_at_a_cash_machine_keeps_its_category() -> None:
    assert kind_of(category="SALARY", channel="ATM", is_debit=False) == Kind.INCOME


@pytest.mark.parametrize(
    ("mcc", "kind"), [("5912", Kind.ESSENTIAL), ("7995", Kind.DISCRETIONARY), ("", Kind.DISCRETIONARY)]
)
def test_mcc_speaks_where_the_category_says_nothing(mcc: str, kind: Kind) -> None:
    assert kind_of(category="SHOP", channel="POS", is_debit=True, mcc=mcc) == kind


def test_category_speaks_before_the_mcc() -> None:
    assert kind_of(category="EMI", channel="AUTODEBIT", is_debit=True, mcc="5411") == Kind.DEBT


@given(st.text(), st.text(), st.booleans(), st.none() | st.text())
def test_any_text_has_a_kind(category: str, channel: str, is_debit: bool, mcc: str | None) -> None:
    assert kind_of(category=category, channel=channel, is_debit=is_debit, mcc=mcc) in Kind
