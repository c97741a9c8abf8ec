"""The outbox page: what went out, what did not, what to do about it, and the breaker."""

import uuid
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.models import User
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_POST, require_safe

from customers import roles
from customers.models import Customer
from interventions.console import once, viewing
from interventions.console.case_views import require_role
from interventions.console.outbox_words import WHAT_TO_DO
from interventions.console.views import ConsoleRequest
from interventions.contact import breaker, packs
from interventions.models import Delivery, DeliveryDealt, SandboxMessage
from interventions.sending import dealing

PAGE_SIZE = 50
LAST_DEALT = 10


@require_safe
@cache_control(private=True, no_store=True)
def outbox(request: ConsoleRequest) -> HttpResponse:
    require_role(request)
    # Before anything is read: the page is at least as new as it says.
    now = timezone.now()
    visible = Customer.objects.visible_to(request.user)
    mine = Delivery.objects.filter(customer__in=visible).select_related("customer", "case")
    troubled = dealing.troubled(mine).order_by("-settled_at")
    dealt = (
        DeliveryDealt.objects.filter(delivery__customer__in=visible)
        .select_related("delivery__customer", "by")
        .order_by("-id")
    )
    # What the sandbox took is shown by the delivery it belongs to: nobody sees another's customer here.
    received = SandboxMessage.objects.filter(key__in=mine.values("idempotency_key")).order_by(
        "-received_at", "-id"
    )
    page = Paginator(received, PAGE_SIZE).get_page(request.GET.get("page"))
    carried = list(mine.filter(idempotency_key__in=[each.key for each in page]))
    needing, waiting = (
        list(rows[:PAGE_SIZE])
        for rows in (troubled, mine.filter(state=Delivery.State.PENDING).order_by("not_before_at"))
    )
    looked_into = list(dealt[:LAST_DEALT])
    viewing.people_seen(
        request,
        subject_type="outbox",
        what="outbox",
        customer_ids=[
            row.customer_id
            for row in (*carried, *needing, *waiting, *(each.delivery for each in looked_into))
        ],
    )
    context = {
        "page": page,
        "cases": {row.idempotency_key: row.case_id for row in carried},
        "troubled": [(row, WHAT_TO_DO[row.state]) for row in needing],
        "waiting": waiting,
        "dealt": looked_into,
        "deeds": DeliveryDealt.Deed,
        "may_deal": bool(roles.of(request.user) & dealing.MAY_DEAL),
        "breaker": breaker.look(packs.active_rules()),
        "rules": packs.active_rules(),
        "reset": breaker.waiting_reset(),
        "may_reset": bool(roles.of(request.user) & breaker.MAY_RESET),
        "once": once.new_key(),
        "now": now,
    }
    return render(request, "interventions/outbox/page.html", context)


@require_POST
def deal(request: ConsoleRequest, pk: uuid.UUID) -> HttpResponse:
    with once.sending(request, name=f"dealt {pk}") as sending:
        if sending.is_repeat:
            return redirect("outbox")
        try:
            dealing.deal_with(delivery_id=pk, by=request.user, deed=request.POST.get("deed", ""))
        except Delivery.DoesNotExist as missing:
            raise Http404 from missing
        except dealing.DealingRefused as refusal:
            messages.warning(request, str(refusal))
        else:
            sending.done()
            messages.success(request, _("It is recorded that you dealt with it."))
    return redirect("outbox")


@require_POST
def open_breaker(request: ConsoleRequest) -> HttpResponse:
    return _step(
        request,
        "open",
        lambda by, reason: breaker.open(by=by, reason=reason),
        _("Sending is stopped. Nothing goes out until two people let it."),
    )


@require_POST
def ask_reset(request: ConsoleRequest) -> HttpResponse:
    return _step(
        request,
        "ask",
        lambda by, reason: breaker.ask_reset(by=by, reason=reason),
        _("Asked. Somebody else has to confirm before messages go out again."),
    )


@require_POST
def confirm_reset(request: ConsoleRequest) -> HttpResponse:
    return _step(
        request,
        "confirm",
        lambda by, _reason: breaker.confirm_reset(by=by),
        _("Confirmed. Messages go out again."),
    )


def _step(request: ConsoleRequest, name: str, step: Callable[[User, str], Any], words: str) -> HttpResponse:
    require_role(request)
    with once.sending(request, name=f"breaker {name}") as sending:
        if sending.is_repeat:
            return redirect("outbox")
        try:
            step(request.user, request.POST.get("reason", "")[:1000])
        except breaker.BreakerRefused as refusal:
            messages.warning(request, str(refusal))
        else:
            sending.done()
            messages.success(request, words)
    return redirect("outbox")
