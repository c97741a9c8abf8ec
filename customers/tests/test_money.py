"""Money: exact in both directions."""

from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db.models import Sum
from hypothesis import given
from hypothesis import strategies as st

from customers.models import Customer
from customers.money import LARGEST_AMOUNT, MoneyField, to_hundredths
from customers.tests.factories import CustomerFactory

AMOUNTS = st.decimals(-LARGEST_AMOUNT, LARGEST_AMOUNT, places=2)


@given(amount=AMOUNTS)
def test_hundredths_come_back_as_the_same_amount(amount: Decimal) -> None:
    field = MoneyField()

    assert field.from_db_value(field.get_prep_value(amount)) == amount


@pytest.mark.parametrize(
    ("amount", "hundredths"),
    [(12, 1_200), ("0.07", 7), (Decimal("-1.10"), -110), (LARGEST_AMOUNT, 999_999_999_999_999), (0, 0)],
)
def test_amounts_become_whole_hundredths(amount: Decimal | int | str, hundredths: int) -> None:
    assert to_hundredths(amount) == hundredths


@pytest.mark.parametrize(
    ("amount", "reason"),
    [
        ("0.001", "more than two decimals"),
        ("-1.005", "more than two decimals"),
        ("10000000000000.00", "larger than"),
        ("-10000000000000.00", "larger than"),
    ],
)
def test_amounts_that_cannot_be_kept_are_refused(amount: str, reason: str) -> None:
    with pytest.raises(ValidationError, match=reason):
        to_hundredths(amount)


def test_amount_read_has_two_decimals() -> None:
    assert str(MoneyField().from_db_value(1_100_000)) == "11000.00"
    assert str(MoneyField().from_db_value(Decimal(5))) == "0.05"


def test_nothing_stays_nothing() -> None:
    field = MoneyField()

    assert field.from_db_value(None) is None
    assert field.to_python(None) is None
    assert field.get_prep_value(None) is None


def test_text_of_a_form_becomes_an_amount() -> None:
    assert MoneyField().to_python("12.50") == Decimal("12.50")


@pytest.mark.django_db
def test_database_keeps_and_sums_amounts() -> None:
    for amount in ("0.10", "0.20", None):
        CustomerFactory.create(salary_amount=None if amount is None else Decimal(amount))

    assert Customer.objects.aggregate(total=Sum("salary_amount")) == {"total": Decimal("0.30")}
    assert Customer.objects.filter(salary_amount="0.10").count() == 1
    assert Customer.objects.filter(salary_amount__gt="0.15").count() == 1
