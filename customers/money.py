"""Money: Decimal in Python, whole hundredths in the database.

Sums over tiles and arrays over a million customers must be exact and fast; a bigint is both. Nobody above
the database sees hundredths: the field converts in both directions.
"""

from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models

HUNDREDTHS = 100
LARGEST_AMOUNT = Decimal("9999999999999.99")


def to_hundredths(amount: Decimal | int | str) -> int:
    """Convert an amount to whole hundredths.

    Raises:
        ValidationError: the amount has more than two decimals or is too large.
    """
    scaled = Decimal(amount) * HUNDREDTHS
    if scaled != scaled.to_integral_value():
        raise ValidationError(f"{amount} has more than two decimals")
    if abs(scaled) > LARGEST_AMOUNT * HUNDREDTHS:
        raise ValidationError(f"{amount} is larger than {LARGEST_AMOUNT}")
    return int(scaled)


class MoneyField(models.BigIntegerField):  # type: ignore[type-arg]  # the stubs fix the Python type to int
    """An amount with two decimals; the currency stands beside it or is the bank's."""

    description = "amount in hundredths"

    def from_db_value(self, value: int | Decimal | None, *args: object) -> Decimal | None:
        """Hundredths to Decimal with two decimals; a Sum over the column arrives as Decimal already."""
        return None if value is None else Decimal(value).scaleb(-2)

    def to_python(self, value: Any) -> Decimal | None:
        return None if value is None else Decimal(str(value))

    def get_prep_value(self, value: Any) -> int | None:
        return None if value is None else to_hundredths(Decimal(str(value)))
