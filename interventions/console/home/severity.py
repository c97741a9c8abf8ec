"""How bad the share of HIGH customers is, in words. Pure."""

from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

ELEVATED_FROM_PERCENT, CRITICAL_FROM_PERCENT = 3, 5
TENTH = Decimal("0.1")


class Severity(TextChoices):
    """Normal below 3 %, elevated below 5 %, else critical."""

    NORMAL = "normal", _("normal")
    ELEVATED = "elevated", _("elevated")
    CRITICAL = "critical", _("critical")


@dataclass(frozen=True)
class Rate:
    """The share of HIGH customers, and how bad that is.

    Args:
        percent: To a tenth, rounded down: so 2.99 % is never shown as the 3 % that would be elevated.
        severity: By the exact share.
    """

    percent: Decimal
    severity: Severity


def rate_of(*, high: int, customers: int) -> Rate | None:
    """The rate of HIGH customers; None where there is nobody.

    Args:
        high: Customers at HIGH, 0 to `customers`.
        customers: All of them.
    """
    if not customers:
        return None
    hundredfold = 100 * high
    if hundredfold < ELEVATED_FROM_PERCENT * customers:
        severity = Severity.NORMAL
    elif hundredfold < CRITICAL_FROM_PERCENT * customers:
        severity = Severity.ELEVATED
    else:
        severity = Severity.CRITICAL
    percent = (Decimal(hundredfold) / customers).quantize(TENTH, rounding=ROUND_DOWN)
    return Rate(percent, severity)
