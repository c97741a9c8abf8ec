"""The console's pages. A view translates a request; it decides nothing."""

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from interventions.console import hint_state, status, viewing
from interventions.console.filters import QueueAddress
from interventions.console.live_page import live_context, wants_region
from interventions.console.queue import page as queue_page
from interventions.console.queue import saving
from interventions.console.queue.addresses import address_of
from interventions.console.requests import ConsoleRequest as ConsoleRequest


@require_safe
@cache_control(private=True, no_store=True)
@vary_on_headers("HX-Request", "HX-Request-Type")
def queue(request: ConsoleRequest) -> HttpResponse:
    group = hint_state.group_of(request.user)
    if group is None:
        return render(request, "interventions/no_role.html", status=403)
    if not request.GET and not request.htmx and (begun := saving.default_of(request.user)):
        return redirect(address_of(begun))
    address = QueueAddress.read(request.GET)
    context = live_context(request, group=group)
    context |= queue_page.context(request.user, address)
    if context["is_open_here"] and address.open_id:
        viewing.person_seen(
            request,
            page=context["page_id"],
            subject_type="customer",
            subject_id=address.open_id,
            customer_id=address.open_id,
            what="row of the queue",
        )
    if wants_region(request):
        response = render(request, "interventions/queue/region.html", context)
        _correct_address(request, response, context["address"])
        return response
    context["parts"] = status.parts(redis_answers=context["hints"] is not None)
    context |= queue_page.frame_context(request)
    return render(request, "interventions/queue.html", context)


@require_safe
@cache_control(private=True, no_store=True)
def status_strip(request: ConsoleRequest) -> HttpResponse:
    group = hint_state.group_of(request.user)
    answers = group is not None and hint_state.latest(group) is not None
    context = {"parts": status.parts(redis_answers=answers), "now": timezone.now()}
    return render(request, "interventions/status.html", context)


def _correct_address(request: ConsoleRequest, response: HttpResponse, address: QueueAddress) -> None:
    """Have the browser show the canonical address: without empty parameters of a form."""
    canonical = reverse("queue") + address.query().rstrip("?")
    if request.htmx.current_url_abs_path != canonical:
        response["HX-Push-Url"] = canonical
