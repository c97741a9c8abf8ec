"""The console's pages. A view translates a request; it decides nothing."""

from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from customers import roles
from interventions.console import choices, hint_state, selectors, status, viewing, words
from interventions.console.filters import QueueAddress
from interventions.console.live_page import live_context, wants_region
from interventions.console.requests import ConsoleRequest as ConsoleRequest
from risk.levels import Hardship, Level, Segment
from risk.selectors import model_standing


@require_safe
@cache_control(private=True, no_store=True)
@vary_on_headers("HX-Request", "HX-Request-Type")
def queue(request: ConsoleRequest) -> HttpResponse:
    group = hint_state.group_of(request.user)
    if group is None:
        return render(request, "interventions/no_role.html", status=403)
    address = QueueAddress.read(request.GET)
    context = live_context(request, group=group)
    context |= _queue_context(request.user, address)
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
        _correct_address(request, response, address)
        return response
    context["parts"] = status.parts(redis_answers=context["hints"] is not None)
    return render(request, "interventions/queue.html", context)


@require_safe
@cache_control(private=True, no_store=True)
def status_strip(request: ConsoleRequest) -> HttpResponse:
    group = hint_state.group_of(request.user)
    answers = group is not None and hint_state.latest(group) is not None
    context = {"parts": status.parts(redis_answers=answers), "now": timezone.now()}
    return render(request, "interventions/status.html", context)


def _queue_context(user: User, address: QueueAddress) -> dict[str, Any]:
    people = selectors.matching_customers(user=user, filters=address.filters)
    page = selectors.queue_page(people=people, address=address)
    counts = selectors.level_counts(user=user, filters=address.filters)
    is_counted = counts is None and not address.filters.is_empty
    return {
        "address": address,
        "page": page,
        "is_open_here": address.open_id in {row.customer.pk for row in page.rows},
        "sees_everybody": roles.sees_everybody(user),
        "counts": counts,
        "capped_count": selectors.capped_count(people=people, filters=address.filters)
        if is_counted
        else None,
        "count_cap": selectors.COUNT_CAP,
        "offered": choices.offered(user),
        "levels": [(level, words.LEVEL_SHAPES[level]) for level in reversed(Level)],
        "hardships": [(hardship, words.HARDSHIPS[hardship]) for hardship in Hardship],
        "segments": [(segment, words.SEGMENTS[segment]) for segment in Segment],
        "standing": model_standing(),
        "currency": settings.BANK_CURRENCY,
    }


def _correct_address(request: ConsoleRequest, response: HttpResponse, address: QueueAddress) -> None:
    """Have the browser show the canonical address: without empty parameters of a form."""
    canonical = reverse("queue") + address.query().rstrip("?")
    if request.htmx.current_url_abs_path != canonical:
        response["HX-Push-Url"] = canonical
