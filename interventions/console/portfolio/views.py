"""The portfolio. A view translates a request; it decides nothing."""

import datetime as dt

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from interventions.console import chart_files, hint_state, status
from interventions.console.live_page import live_context, wants_region
from interventions.console.portfolio.address import PortfolioAddress
from interventions.console.portfolio.page import chart_of, page_context
from interventions.console.requests import ConsoleRequest

# A page that was left open for longer is out of date in all it shows.
OLDEST_PAGE = dt.timedelta(days=1)


@require_safe
@cache_control(private=True, no_store=True)
@vary_on_headers("HX-Request", "HX-Request-Type")
def portfolio(request: ConsoleRequest) -> HttpResponse:
    group = hint_state.group_of(request.user)
    if group is None:
        return render(request, "interventions/no_role.html", status=403)
    address = PortfolioAddress.read(request.GET)
    if "csv" in request.GET:
        return _file(request, address)
    context = live_context(request, group=group) | page_context(user=request.user, address=address)
    if wants_region(request):
        return render(request, "interventions/portfolio/region.html", context)
    context["parts"] = status.parts(redis_answers=context["hints"] is not None)
    return render(request, "interventions/portfolio.html", context)


def _file(request: ConsoleRequest, address: PortfolioAddress) -> HttpResponse:
    chart = chart_of(
        request.GET["csv"], user=request.user, address=address, until=_until(request.GET.get("until", ""))
    )
    if chart is None:
        raise Http404
    return chart_files.download(chart=chart, by=request.user, subject_type="portfolio", subject_id="*")


def _until(written: str) -> dt.datetime:
    """The moment at which the page was made that leads to the file; now where the address does not say one."""
    now = timezone.now()
    try:
        until = dt.datetime.fromisoformat(written)
    except ValueError:
        return now
    return until if until.tzinfo is not None and now - OLDEST_PAGE <= until <= now else now
