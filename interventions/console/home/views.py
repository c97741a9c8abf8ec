"""The operations hub. A view translates a request; it decides nothing."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from interventions.console import chart_files, hint_state, status
from interventions.console.home.address import HomeAddress
from interventions.console.home.page import CHARTS, chart_of, home_context
from interventions.console.home.seen import people_seen
from interventions.console.live_page import live_context, wants_region
from interventions.console.requests import ConsoleRequest


@require_safe
@cache_control(private=True, no_store=True)
@vary_on_headers("HX-Request", "HX-Request-Type")
def home(request: ConsoleRequest) -> HttpResponse:
    group = hint_state.group_of(request.user)
    if group is None:
        return render(request, "interventions/no_role.html", status=403)
    address = HomeAddress.read(request.GET)
    if (wanted := request.GET.get("csv", "")) in CHARTS:
        chart = chart_of(wanted, user=request.user, address=address)
        return chart_files.download(chart=chart, by=request.user, subject_type="portfolio", subject_id="*")
    context = live_context(request, group=group)
    context |= home_context(user=request.user, address=address)
    shown = [urgent.row.case.customer_id for urgent in context["urgent"]]
    people_seen(request, page=context["page_id"], customer_ids=shown)
    if wants_region(request):
        return render(request, "interventions/home/region.html", context)
    answers = context["hints"] is not None
    context["parts"] = status.parts(redis_answers=answers, probes=context["probes"])
    return render(request, "interventions/home.html", context)
