"""The bank's calendar as it is set and imported: settings and holidays become `business_hours.BusinessHours`."""

import datetime as dt

from django.conf import settings
from django.db.models import QuerySet

from customers import bank_clock
from interventions.casework.business_hours import BusinessHours, parse_week
from interventions.models import BankHoliday
from interventions.models.case import regions_kept_in
from risk.alerts import raise_operational


def calendar() -> BusinessHours:
    """The calendar now, with the holidays of everywhere, of the bank's region and of what it lies in. One query."""
    return BusinessHours(
        week=parse_week(settings.BANK_HOURS),
        zone=bank_clock.zone(),
        closed_saturdays=frozenset(settings.BANK_CLOSED_SATURDAYS),
        holidays=frozenset(holidays().values_list("day_on", flat=True)),
    )


def regions() -> list[str]:
    """Whose holidays the bank keeps."""
    return regions_kept_in(settings.BANK_REGION)


def holidays() -> QuerySet[BankHoliday]:
    """Those that the bank keeps."""
    return BankHoliday.objects.filter(region__in=regions())


def next_holiday_on(today: dt.date) -> dt.date | None:
    """The first bank holiday from a day on; None: none is known."""
    ahead = holidays().filter(day_on__gte=today).order_by("day_on")
    return ahead.values_list("day_on", flat=True).first()


def is_list_run_out(today: dt.date) -> bool:
    """Whether no holiday is known within the days that never pass without one: messages would go out on the next."""
    found = next_holiday_on(today)
    return found is None or found > today + dt.timedelta(days=settings.HOLIDAYS_AHEAD_DAYS)


def warn_of_a_list_run_out() -> None:
    """Tell operators, once a bank day."""
    today = bank_clock.today()
    if is_list_run_out(today):
        raise_operational(
            dedupe_key=f"holidays.none_ahead.{today}",
            message=f"No bank holiday is known for the next {settings.HOLIDAYS_AHEAD_DAYS} days: the send gate and the"
            " deadlines of cases take each of them for a working day. Import them (manage.py import_holidays), and see"
            " that BANK_REGION names the region they are of.",
            detail={"region": settings.BANK_REGION, "days": settings.HOLIDAYS_AHEAD_DAYS},
        )
