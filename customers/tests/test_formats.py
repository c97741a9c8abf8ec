from decimal import Decimal

import pytest

from customers import formats


@pytest.mark.parametrize(
    ("amount", "currency", "expected"),
    [
        (0, "INR", "₹0"),
        (999, "INR", "₹999"),
        (1000, "INR", "₹1,000"),
        (123456, "INR", "₹1,23,456"),
        (Decimal("1234567.50"), "INR", "₹12,34,568"),
        (-45000, "INR", "−₹45,000"),
        (1234567, "USD", "$1,234,567"),
        (1234567, "CHF", "CHF 1,234,567"),
    ],
)
def test_money_groups_digits_as_its_readers_do(amount: Decimal | float, currency: str, expected: str) -> None:
    assert formats.money(amount, currency) == expected


def test_score_shows_no_needless_decimal() -> None:
    assert [formats.score(value) for value in (7.0, 6.5, 0.0)] == ["7", "6.5", "0"]


def test_sentence_case_leaves_names_alone() -> None:
    assert [formats.sentence_case(text) for text in ("SELF_EMPLOYED", "New Delhi", "")] == [
        "Self employed",
        "New Delhi",
        "",
    ]


@pytest.mark.parametrize(
    ("share", "expected"),
    [
        (0.0, "0 %"),
        (0.0004, "< 1 %"),
        (0.3149, "31 %"),
        (0.994, "99 %"),
        (0.9999, "> 99 %"),
        (1.0, "100 %"),
    ],
)
def test_percent_never_claims_a_certainty_that_is_none(share: float, expected: str) -> None:
    assert formats.percent(share).replace("\u00a0", " ") == expected


def test_contribution_carries_its_sign() -> None:
    assert [formats.signed(number) for number in (0.814, -0.3, 0.004, -0.0)] == [
        "+0.81",
        "−0.30",
        "0.00",
        "0.00",
    ]


@pytest.mark.parametrize(
    ("amount", "currency", "expected"),
    [
        ("1234567", "INR", "₹12,34,567"),
        ("11000.50", "INR", "₹11,000.50"),
        ("11000.05", "USD", "$11,000.05"),
        ("0", "CHF", "CHF 0"),
    ],
)
def test_exact_money_keeps_what_is_to_be_paid(amount: str, currency: str, expected: str) -> None:
    assert formats.exact_money(Decimal(amount), currency) == expected
