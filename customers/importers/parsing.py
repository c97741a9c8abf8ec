"""What the cells of an import file may hold, and what they become. Pure but for the bank's clock."""

import datetime as dt
import re
from collections.abc import Callable
from decimal import Decimal
from zoneinfo import available_timezones

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from customers import bank_clock
from customers.money import LARGEST_AMOUNT

NUMBER = re.compile(r"[+-]?\d+(\.\d+)?", re.ASCII)
GROUPED = re.compile(r"[+-]?\d{1,3}([,_' \u00a0\u202f]\d{2,3})+(\.\d+)?", re.ASCII)
YES = frozenset({"1", "true", "yes", "y"})
NO = frozenset({"0", "false", "no", "n"})
# A quoted value in a reason is cut here; the raw line stands beside it.
LONGEST_QUOTED = 40

Parser = Callable[[str], object]


class InvalidRow(ValueError):
    """The row can never be stored as it is; the text says what is wrong with it."""


def quoted(text: str) -> str:
    """A cell's text as a reason shows it."""
    return repr(text if len(text) <= LONGEST_QUOTED else text[:LONGEST_QUOTED] + "…")


def plain_number(text: str) -> str:
    """A number in plain digits, unchanged.

    Raises:
        InvalidRow: it has thousands separators, a currency sign or anything else.
    """
    if NUMBER.fullmatch(text):
        return text
    if GROUPED.fullmatch(text):
        plain = re.sub(r"[^\d.+-]", "", text)
        raise InvalidRow(f"{quoted(text)} has thousands separators; write {plain}")
    raise InvalidRow(f"{quoted(text)} is not a number such as 1234.50")


def amount(text: str) -> Decimal:
    """Any amount with at most two decimals.

    Raises:
        InvalidRow: it is not one.
    """
    value = Decimal(plain_number(text))
    if value != round(value, 2):
        raise InvalidRow(f"{quoted(text)} has more than two decimals")
    if abs(value) > LARGEST_AMOUNT:
        raise InvalidRow(f"{quoted(text)} is larger than {LARGEST_AMOUNT}")
    return value


def amount_not_negative(text: str) -> Decimal:
    """An amount of zero or more.

    Raises:
        InvalidRow: it is not one.
    """
    if (value := amount(text)) < 0:
        raise InvalidRow(f"{quoted(text)} is negative")
    return value


def amount_positive(text: str) -> Decimal:
    """An amount above zero.

    Raises:
        InvalidRow: it is not one.
    """
    if (value := amount(text)) <= 0:
        raise InvalidRow(f"{quoted(text)} is not above 0")
    return value


def amount_not_zero(text: str) -> Decimal:
    """An amount that moves money in either direction.

    Raises:
        InvalidRow: it is not one.
    """
    if (value := amount(text)) == 0:
        raise InvalidRow("the amount is 0")
    return value


def whole(*, least: int, most: int) -> Callable[[str], int]:
    """A parser of whole numbers within limits; "3.0" counts as whole, since spreadsheets write it."""

    def parse(text: str) -> int:
        value = Decimal(plain_number(text))
        if value != value.to_integral_value() or not least <= value <= most:
            raise InvalidRow(f"{quoted(text)} is not a whole number from {least} to {most}")
        return int(value)

    return parse


def share(text: str) -> float:
    """A share from 0 to 1.

    Raises:
        InvalidRow: it is not one.
    """
    value = float(plain_number(text))
    if not 0 <= value <= 1:
        raise InvalidRow(f"{quoted(text)} is not a share from 0 to 1")
    return value


def text_up_to(length: int) -> Callable[[str], str]:
    """A parser of text of at most so many characters."""

    def parse(text: str) -> str:
        if len(text) > length:
            raise InvalidRow(f"{quoted(text)} has {len(text)} characters, more than {length}")
        return text

    return parse


def day(text: str) -> dt.date:
    """A calendar day, YYYY-MM-DD.

    Raises:
        InvalidRow: it is not one, or not of the years 1900 to 2199.
    """
    try:
        value = dt.date.fromisoformat(text)
    except ValueError:
        raise InvalidRow(f"{quoted(text)} is not a date such as 2026-02-17") from None
    if not 1900 <= value.year <= 2199:
        raise InvalidRow(f"{quoted(text)} is not of the years 1900 to 2199")
    return value


def past_day(text: str) -> dt.date:
    """A day that is not after the bank's today.

    Raises:
        InvalidRow: it is not one.
    """
    if (value := day(text)) > bank_clock.today():
        raise InvalidRow(f"{quoted(text)} lies in the future")
    return value


def moment(text: str) -> dt.datetime:
    """A moment in ISO 8601; one without a zone is in the bank's. A mere date is the first moment of its day.

    Raises:
        InvalidRow: it is not one, or not of the years 1900 to 2199.
    """
    try:
        value = dt.datetime.fromisoformat(text)
    except ValueError:
        raise InvalidRow(f"{quoted(text)} is not a time such as 2026-02-17 17:36:49") from None
    if not 1900 <= value.year <= 2199:
        raise InvalidRow(f"{quoted(text)} is not of the years 1900 to 2199")
    return value if value.tzinfo else value.replace(tzinfo=bank_clock.zone())


def known_moment(text: str) -> dt.datetime:
    """A moment at most a day after the bank's now, which is what clocks may disagree by.

    Raises:
        InvalidRow: it is not one.
    """
    if (value := moment(text)) > bank_clock.now() + dt.timedelta(days=1):
        raise InvalidRow(f"{quoted(text)} lies in the future")
    return value


def flag(text: str) -> bool:
    """Yes or no.

    Raises:
        InvalidRow: it is neither.
    """
    if (word := text.casefold()) in YES | NO:
        return word in YES
    raise InvalidRow(f"{quoted(text)} is neither 1 nor 0")


def email(text: str) -> str:
    """An e-mail address.

    Raises:
        InvalidRow: it is not one.
    """
    try:
        validate_email(text)
    except ValidationError:
        raise InvalidRow(f"{quoted(text)} is not an e-mail address") from None
    return text_up_to(254)(text)


def time_zone(text: str) -> str:
    """The name of a time zone.

    Raises:
        InvalidRow: nobody knows it.
    """
    if text not in available_timezones():
        raise InvalidRow(f"{quoted(text)} is not a time zone such as Asia/Kolkata")
    return text
