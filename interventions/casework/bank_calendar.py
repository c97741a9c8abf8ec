"""The bank's calendar as it is set and imported: settings and holidays become `business_hours.BusinessHours`."""

from django.conf import settings
from django.db.models import Q

from customers import bank_clock
from interventions.casework.business_hours import BusinessHours, parse_week
from interventions.models import BankHoliday


def calendar() -> BusinessHours:
    """The calendar now, with the holidays of everywhere and of the bank's region. One query."""
    holidays = BankHoliday.objects.filter(Q(region="") | Q(region=settings.BANK_REGION))
    return BusinessHours(
        week=parse_week(settings.BANK_HOURS),
        zone=bank_clock.zone(),
        closed_saturdays=frozenset(settings.BANK_CLOSED_SATURDAYS),
        holidays=frozenset(holidays.values_list("day_on", flat=True)),
    )
