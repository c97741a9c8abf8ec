"""What helps, what would change, and what is handed over. A view translates a request; it decides nothing."""

import datetime as dt
from collections.abc import Callable

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from customers import bank_clock, roles
from interventions.console import what_if_page
from interventions.console.case_views import visible_case
from interventions.console.measuring_page import page_of
from interventions.console.views import ConsoleRequest
from interventions.console.what_if_page import WhatIfForm
from interventions.effect import measuring as measured
from interventions.effect import what_if as asked
from interventions.proof import case_pack as packed

DAYS = 90
ASKERS = frozenset({roles.COMPLIANCE_OFFICERS, roles.ANALYSTS})
PACKS: dict[str, tuple[Callable[..., bytes], str]] = {
    "pdf": (packed.as_pdf, "application/pdf"),
    "json": (packed.as_json, "application/json"),
    "csv": (packed.as_csv, "text/csv; charset=utf-8"),
}


@require_safe
@cache_control(private=True, no_store=True)
def measuring(request: ConsoleRequest) -> HttpResponse:
    if not roles.sees_everybody(request.user):
        raise PermissionDenied
    now = timezone.now()
    today_on = bank_clock.today()
    since_on = min(today_on, _day(request.GET.get("since", "")) or today_on - dt.timedelta(days=DAYS - 1))
    until_on = max(since_on, min(today_on, _day(request.GET.get("until", "")) or today_on))
    report = measured.report(by=request.user, since_on=since_on, until_on=until_on)
    context = {
        "report": report,
        "shown": page_of(report, currency=settings.BANK_CURRENCY),
        "now": now,
    }
    return render(request, "interventions/reports/measuring.html", context)


@require_safe
@cache_control(private=True, no_store=True)
def what_if(request: ConsoleRequest) -> HttpResponse:
    if not roles.of(request.user) & ASKERS:
        raise PermissionDenied
    form = WhatIfForm(request.GET or None, initial=WhatIfForm.present())
    context: dict[str, object] = {"form": form, "now": timezone.now()}
    if form.is_valid():
        found = asked.run(
            policies=form.cleaned_data["policies"] or None,
            rulebook=form.rulebook,
            pack=form.cleaned_data["pack"] or None,
            days=form.cleaned_data["days"],
            by=request.user,
        )
        context["shown"] = what_if_page.page_of(found, currency=settings.BANK_CURRENCY)
    return render(request, "interventions/reports/what_if.html", context)


@require_safe
@cache_control(private=True, no_store=True)
def case_pack(request: ConsoleRequest, pk: int, form: str) -> HttpResponse:
    """Everything about a case as one file; the export is one audit event."""
    found = visible_case(request, pk)
    if form not in PACKS:
        raise Http404
    write, kind = PACKS[form]
    content = write(case=found, by=request.user)
    disposition = f'attachment; filename="case-{found.pk}.{form}"'
    return HttpResponse(content, content_type=kind, headers={"Content-Disposition": disposition})


def _day(text: str) -> dt.date | None:
    try:
        return parse_date(text)
    except ValueError:
        return None
