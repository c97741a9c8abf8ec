"""The intervention centre and the case page. A view translates a request; it decides nothing."""

import datetime as dt
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from audit.services import viewed
from customers import bank_clock, roles
from interventions.casework import cases
from interventions.console import (
    case_live,
    case_rows,
    case_undo,
    hint_state,
    once,
    presence,
    status,
    toasts,
    viewing,
)
from interventions.console.case_bulk import BulkForm, bulk_form
from interventions.console.case_filters import CaseAddress, views_of
from interventions.console.case_forms import staff_who_take_cases
from interventions.console.case_matters import Matters
from interventions.console.case_messages import draft_form, preview_context
from interventions.console.case_opened import Opened
from interventions.console.case_page import case_context
from interventions.console.views import ConsoleRequest
from interventions.messages import speech
from interventions.models import Case, CaseTransition, Channel, PolicyTemplate
from interventions.policy import policies
from risk.levels import Level

CONTACTS = ("phone", "email")
OVERSEE = frozenset({roles.SUPERVISORS, roles.COMPLIANCE_OFFICERS})


def require_role(request: HttpRequest) -> None:
    """Refuse those whom no role covers; what is inside is narrowed by `visible_to`.

    Raises:
        PermissionDenied: The user has no role.
    """
    if not roles.of(request.user):
        raise PermissionDenied


def visible_case(request: HttpRequest, pk: int) -> Case:
    """A case with its customer.

    Raises:
        Http404: There is none, or it is of a customer this user may not see: nobody learns which.
    """
    found = (
        Case.objects.visible_to(request.user)
        .select_related("customer__risk", "customer__assigned_rm", "assigned_to", "escalated_to")
        .filter(pk=pk)
        .first()
    )
    if found is None:
        raise Http404
    return found


@require_safe
@cache_control(private=True, no_store=True)
@vary_on_headers("HX-Request", "HX-Request-Type")
def centre(request: ConsoleRequest) -> HttpResponse:
    group = hint_state.group_of(request.user)
    if group is None:
        return render(request, "interventions/no_role.html", status=403)
    address = CaseAddress.read(request.GET, request.user)
    # Read before the rows: a change in between is then noticed as one more.
    hints = hint_state.latest(group)
    context = {**_centre_context(request, address), "hints": hints}
    if bool(request.htmx) and request.htmx.request_type == "partial":
        response = render(request, "interventions/cases/region.html", context)
        canonical = reverse("cases") + address.query()
        if request.htmx.current_url_abs_path != canonical:
            response["HX-Push-Url"] = canonical
        return response
    context["parts"] = status.parts(redis_answers=hints is not None)
    return render(request, "interventions/cases/centre.html", context)


@require_POST
def next_case(request: ConsoleRequest) -> HttpResponse:
    require_role(request)
    with once.sending(request, name="next") as sending:
        if sending.is_repeat:
            return _case_taken_last(request)
        claimed = cases.claim_next(by=request.user)
        sending.done()
    if claimed is None:
        messages.info(request, _("No case is waiting for you. New ones come as risk changes."))
        return redirect("cases")
    return redirect("case", pk=claimed.pk)


def _case_taken_last(request: ConsoleRequest) -> HttpResponse:
    """Where the first of two clicks led."""
    last = CaseTransition.objects.filter(by=request.user, verb="claimed").order_by("-id").first()
    return redirect("case", pk=last.case_id) if last else redirect("cases")


@require_POST
def bulk(request: ConsoleRequest) -> HttpResponse:
    require_role(request)
    form = bulk_form(request)
    if not form.is_valid():
        for errors in form.errors.values():
            messages.warning(request, " ".join(map(str, errors)))
        return redirect(form.back)
    results = form.run()
    done = sum(each.case is not None for each in results)
    if done:
        words = ngettext("%(n)d case changed.", "%(n)d cases changed.", done) % {"n": done}
        _tell_with_undo(request, words, [each.case for each in results if each.case], form)
    for each in results:
        if each.error:
            messages.warning(request, _("Case %(case)d: %(why)s") % {"case": each.case_id, "why": each.error})
    return redirect(form.back)


def _tell_with_undo(request: ConsoleRequest, words: str, changed: list[Case], form: BulkForm) -> None:
    undo = case_undo.steps_address(changed, request.user, form.done_verb)
    if undo:
        toasts.undoable(request, words, address=undo)
    else:
        messages.success(request, words)


@require_safe
@cache_control(private=True, no_store=True)
def case(request: ConsoleRequest, pk: int) -> HttpResponse:
    found, opened = visible_case(request, pk), Opened.of_page(request.GET)
    return render(request, "interventions/cases/case.html", page_context(request, found, opened=opened))


def page_context(request: ConsoleRequest, found: Case, *, opened: Opened, **extra: Any) -> dict[str, Any]:
    """The case page with its frame; `bound` forms and refusals in `extra`. That somebody sees it is recorded."""
    bound = extra.pop("bound", {})
    shown = case_context(case=found, user=request.user, opened=opened, bound=bound)
    others = presence.note(case_id=found.pk, user_id=request.user.pk, is_writing=bool(bound))
    return {
        **shown,
        "others": presence.signature(others),
        "present": presence.in_words(others),
        "page_id": _seen(request, found),
        "may_measure": roles.sees_everybody(request.user),
        "bank_time_zone": settings.BANK_TIME_ZONE,
        "now": timezone.now(),
        **extra,
    }


def _seen(request: ConsoleRequest, found: Case, what: str = "case page") -> str:
    """Record that somebody sees a case, or part of it, once for each page; the page's id."""
    return viewing.page_seen(request, found, customer_id=found.customer_id, what=what)


@require_safe
@cache_control(private=True, no_store=True)
def preview(request: ConsoleRequest, pk: int) -> HttpResponse:
    """The message as it reads with what is typed so far. Writes nothing."""
    found = visible_case(request, pk)
    policy = policies.active_policy(hardship=found.hardship, level=found.level, at=bank_clock.now())
    channel = request.GET.get("channel", "")
    if policy is None or channel not in Channel.values:
        raise Http404
    _seen(request, found)
    form = draft_form(case=found, user=request.user, policy=policy, channel=channel, data=request.GET)
    context = {"case": found, "customer": found.customer, "form": form, "channel": channel}
    context |= preview_context(case=found, form=form, policy=policy)
    return render(request, "interventions/cases/preview.html", context)


@require_safe
@cache_control(private=True, no_store=True)
def freshness(request: ConsoleRequest, pk: int) -> HttpResponse:
    """What has moved since the page was made, whether somebody else changed the case, and who else is here.

    204 while nothing has: five queries.
    """
    found = visible_case(request, pk)
    now = bank_clock.now()
    others = presence.note(
        case_id=pk, user_id=request.user.pk, is_writing=request.GET.get("doing") == presence.WRITING
    )
    matters = Matters.of(found, now=now)
    is_moved = request.GET.get("stamp") != matters.look.stamp
    if not is_moved and request.GET.get("others", "") == presence.signature(others):
        return HttpResponse(status=204)
    asked, channel = bool(request.GET.get("asked")), request.GET.get("channel", "")
    opened = Opened.read(request.GET, channel=channel, is_choice=asked)
    context = _moved(request, matters, now, opened) if is_moved else _same(request)
    version = request.GET.get("version", "")
    is_changed = version != str(found.version)
    context |= {
        "case": found,
        "opened": opened,
        "page_id": _seen(request, found),
        "version": version,
        "last": found.transitions.select_related("by").order_by("-id").first() if is_changed else None,
        "is_changed": is_changed,
        "others": presence.signature(others),
        "present": presence.in_words(others),
        "oob": True,
    }
    template = "moved" if is_moved else "company"
    return render(request, f"interventions/cases/{template}.html", context)


def _same(request: ConsoleRequest) -> dict[str, Any]:
    """How the page goes on asking."""
    is_moving = request.GET.get("every") == str(case_live.MOVING_SECONDS)
    seconds = case_live.MOVING_SECONDS if is_moving else case_live.RESTING_SECONDS
    return {"stamp": request.GET.get("stamp"), "poll_seconds": seconds}


def _moved(request: ConsoleRequest, matters: Matters, now: dt.datetime, opened: Opened) -> dict[str, Any]:
    """The parts of the page that move by themselves."""
    found = matters.case
    policy = policies.active_policy(hardship=found.hardship, level=found.level, at=now)
    context = case_live.live_context(matters=matters, policy=policy, opened=opened, now=now)
    is_same_version = request.GET.get("version", "") == str(found.version)
    is_other = is_same_version and request.GET.get("part", "") != context["part"]
    return {**context, "is_other": is_other}


@require_safe
@cache_control(private=True, no_store=True)
def spoken(request: ConsoleRequest, pk: int, intervention_id: int) -> HttpResponse:
    """A spoken message as the customer would hear it."""
    found = visible_case(request, pk)
    message = found.interventions.filter(pk=intervention_id, channel=Channel.VOICE).first()
    if message is None:
        raise Http404
    _seen(request, found, "spoken message")
    return HttpResponse(speech.wav(text=message.body, language=message.language), content_type="audio/wav")


@require_http_methods(["GET", "HEAD", "POST"])
@cache_control(private=True, no_store=True)
def reveal(request: ConsoleRequest, pk: int, what: str) -> HttpResponse:
    """Show a phone number or e-mail address in full: one click, one audit row."""
    found = visible_case(request, pk)
    if what not in CONTACTS:
        raise Http404
    if request.method != "POST":
        return redirect("case", pk=pk)
    viewed(by=request.user, subject_type="customer", subject_id=found.customer_id, what=what)
    shown = {"what": what, "value": getattr(found.customer, what), "case": found}
    if request.htmx:
        return render(request, "interventions/cases/revealed.html", shown)
    context = page_context(request, found, opened=Opened.of_page(request.POST), revealed=shown)
    return render(request, "interventions/cases/case.html", context)


def _centre_context(request: ConsoleRequest, address: CaseAddress) -> dict[str, Any]:
    user = request.user
    offered = views_of(user)
    supervises = roles.SUPERVISORS in roles.of(user)
    return {
        "address": address,
        "page": case_rows.case_list(user=user, address=address),
        "views": offered,
        "counts": case_rows.case_counts(user=user, views=offered),
        "priorities": PolicyTemplate.Priority,
        "levels": list(reversed(Level)),
        "states": [each for each in Case.State if each != Case.State.RESOLVED],
        "supervises": supervises,
        "oversees": bool(roles.of(user) & OVERSEE),
        "total": case_rows.case_count(user=user, address=address) if address.is_filtered else None,
        "once": once.new_key(),
        "works": supervises or roles.is_relationship_manager(user),
        "staff": staff_who_take_cases() if supervises else [],
        "currency": settings.BANK_CURRENCY,
        "bank_time_zone": settings.BANK_TIME_ZONE,
        "now": timezone.now(),
    }
