"""Bank holidays: read here, imported by a command; that none is known ahead is said."""

import datetime as dt

from django.conf import settings
from django.contrib import admin
from django.utils.translation import gettext_lazy

from customers import bank_clock
from interventions.admin.base import ReadOnly
from interventions.models import BankHoliday

AHEAD = dt.timedelta(days=60)


def none_ahead() -> bool:
    """Whether no holiday of the bank's region lies in the next 60 bank days: the list has probably run out."""
    today = bank_clock.today()
    regions = {"", settings.BANK_REGION}
    return not BankHoliday.objects.filter(day_on__range=(today, today + AHEAD), region__in=regions).exists()


@admin.register(BankHoliday)
class BankHolidayAdmin(ReadOnly):
    """Days on which nobody is contacted."""

    list_display = ("day_on", "place", "name")
    list_before_template = "admin/interventions/holidays.html"
    ordering = ("-day_on",)
    fields = ("day_on", "place", "name")
    readonly_fields = ("place",)
    filled_by = gettext_lazy("manage.py import_holidays adds them from a file.")

    @admin.display(description=gettext_lazy("where"), ordering="region")
    def place(self, holiday: BankHoliday) -> str:
        return holiday.region or str(gettext_lazy("everywhere"))

    def are_missing(self) -> bool:
        """For the page: whether to warn."""
        return none_ahead()
