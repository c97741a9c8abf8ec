"""The axis of a chart's numbers: round bounds in round steps, and what stands at each of them. Pure."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal

from django.utils.translation import gettext as _

from customers import formats

# Across a wide window, or up a chart; and across a narrow one.
MANY, FEW = 5, 2
ROUND = (1, 2, 5)
LAKH, CRORE = 100_000, 10_000_000
MILLION, BILLION = 1_000_000, 1_000_000_000


@dataclass(frozen=True)
class Axis:
    """From the least to the most in whole numbers; both are multiples of the step."""

    least: int
    most: int
    step: int

    @property
    def ticks(self) -> range:
        """Every number that stands at the axis."""
        return range(self.least, self.most + 1, self.step)


def axis_of(values: Iterable[float], *, steps: int) -> Axis:
    """The shortest axis of round steps that holds zero and all values.

    Args:
        values: Finite numbers.
        steps: At most so many; at least two, of which one may lie below zero.
    """
    known = [0.0, *values]
    low, high = min(known), max(known)
    # Steps as large as the values themselves are few enough: the search ends there.
    step = next(step for step in _round_steps() if _steps(low, high, step) <= steps)
    return Axis(math.floor(low / step) * step, max(math.ceil(high / step), low == high) * step, step)


def short_money(amount: int, currency: str) -> str:
    """An amount as people say it who have no room: ₹20,000, ₹2 lakh, ₹1.5 crore; $20,000, $1.5 million.

    Args:
        amount: In whole units of the currency.
        currency: ISO 4217 code.
    """
    size = abs(amount)
    if currency in formats.LAKH_GROUPING:
        if size >= CRORE:
            return _("%(amount)s crore") % {"amount": _of(amount, CRORE, currency)}
        if size >= LAKH:
            return _("%(amount)s lakh") % {"amount": _of(amount, LAKH, currency)}
    elif size >= BILLION:
        return _("%(amount)s billion") % {"amount": _of(amount, BILLION, currency)}
    elif size >= MILLION:
        return _("%(amount)s million") % {"amount": _of(amount, MILLION, currency)}
    return formats.money(amount, currency)


def _of(amount: int, unit: int, currency: str) -> str:
    """So many of a unit, with the decimals it has, at most two."""
    rounded = (Decimal(amount) / unit).quantize(Decimal("0.01"), rounding=ROUND_HALF_EVEN)
    whole, fraction = divmod(int(abs(rounded) * 100), 100)
    rest = f".{fraction:02d}".rstrip("0") if fraction else ""
    return f"{formats.money(-whole if amount < 0 else whole, currency)}{rest}"


def _round_steps() -> Iterable[int]:
    power = 1
    while True:
        yield from (each * power for each in ROUND)
        power *= 10


def _steps(low: float, high: float, step: int) -> int:
    return math.ceil(high / step) - math.floor(low / step)
