"""What helps, what would change, and what is handed over. A view translates a request; it decides nothing."""

import datetime as dt

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.dateparse import parse_date
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from customers import bank_clock, roles
from interventions import measuring as measured
from interventions.measuring_page import page_of
from interventions.views import ConsoleRequest

DAYS = 90


@require_safe
@cache_control(private=True, no_store=True)
def measuring(request: ConsoleRequest) -> HttpResponse:
    if not roles.sees_everybody(request.user):
        raise PermissionDenied
    today_on = bank_clock.today()
    since_on = _day(request.GET.get("since", "")) or today_on - dt.timedelta(days=DAYS - 1)
    until_on = max(since_on, _day(request.GET.get("until", "")) or today_on)
    report = measured.report(by=request.user, since_on=since_on, until_on=until_on)
    context = {"report": report, "shown": page_of(report, currency=settings.BANK_CURRENCY)}
    return render(request, "interventions/reports/measuring.html", context)


def _day(text: str) -> dt.date | None:
    try:
        return parse_date(text)
    except ValueError:
        return None
