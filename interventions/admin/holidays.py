"""Bank holidays: read here, imported by a command; that none is known ahead is said."""

from django.conf import settings
from django.contrib import admin
from django.utils.translation import gettext_lazy

from customers import bank_clock
from interventions.admin.base import ReadOnly
from interventions.casework import bank_calendar
from interventions.models import BankHoliday


def none_ahead() -> bool:
    """Whether the bank's list of holidays has probably run out."""
    return bank_calendar.is_list_run_out(bank_clock.today())


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

    def days_ahead(self) -> int:
        """For the page: how far ahead one must be known."""
        return int(settings.HOLIDAYS_AHEAD_DAYS)
