"""The command palette: one field that finds pages, actions, cases and customers."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from interventions.console import once
from interventions.console.search import found
from interventions.console.views import ConsoleRequest


@require_safe
@cache_control(private=True, no_store=True)
@vary_on_headers("HX-Request")
def palette(request: ConsoleRequest) -> HttpResponse:
    answer = found.search(user=request.user, text=request.GET.get("q", ""))
    context = {"found": answer, "once": once.new_key()}
    template = "results" if request.htmx else "page"
    return render(request, f"interventions/search/{template}.html", context)
