"""Saved views, steps for many customers, files. A view translates a request; it decides nothing."""

from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase, JsonResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from customers.models import Customer
from interventions.console import once
from interventions.console.case_views import require_role
from interventions.console.filters import QueueAddress, ids_of
from interventions.console.queue import export, finding, many, reading, results, saving
from interventions.console.queue.addresses import address_of
from interventions.console.queue.forms import SHARED_WITH, ManyForm, ViewForm
from interventions.console.queue.page import ALL_DONE
from interventions.console.requests import ConsoleRequest
from interventions.models import SavedView


@require_safe
@cache_control(private=True, no_store=True)
def matching(request: ConsoleRequest) -> HttpResponse:
    """The customers that the filters leave, for a selection of all of them."""
    require_role(request)
    found = _ids(request, request.GET, most=many.MOST + 1)
    return JsonResponse({"ids": found[: many.MOST], "is_more": len(found) > many.MOST})


@require_http_methods(["GET", "POST"])
@cache_control(private=True, no_store=True)
def export_csv(request: ConsoleRequest) -> HttpResponseBase:
    """Those that the filters leave; posted: those that are selected. Whoever asks takes the file: no HEAD."""
    require_role(request)
    if request.method == "POST":
        asked = ids_of(request.POST.getlist("customer"), most=many.MOST)
        if not asked:
            messages.warning(request, _("Select the customers first."))
            return redirect(_back(request))
        found = Customer.objects.visible_to(request.user).filter(pk__in=asked, risk__isnull=False)
        visible = set(found.values_list("pk", flat=True))
        chosen = [pk for pk in asked if pk in visible]
        return export.as_csv(
            request=request, by=request.user, asked=export.Asked(chosen, {"customers": sorted(chosen)})
        )
    chosen = _ids(request, request.GET, most=export.MOST_ROWS)
    return export.as_csv(request=request, by=request.user, asked=export.Asked(chosen, _told(request.GET)))


@require_POST
def bulk(request: ConsoleRequest) -> HttpResponse:
    require_role(request)
    form = ManyForm(request.POST, user=request.user, ids=request.POST.getlist("customer"))
    if not form.is_valid():
        _complain(request, form)
        return redirect(_back(request))
    # Claimed first: each customer is a transaction of its own, so that none can hold the key.
    with once.sending(request, name="queue-bulk") as sending:
        if sending.is_repeat:
            messages.info(request, _("This was done already. Look at the customers before you do it again."))
            return redirect(
                _place_of(result) if (result := _result(request, request.POST)) else _back(request)
            )
        sending.done()
    said = form.cleaned_data
    outcomes = many.run(
        verb=many.Verb(said["verb"]),
        customer_ids=form.customer_ids,
        by=request.user,
        to=said["to"],
        reason=said["reason"],
    )
    return _reported(request, many.Verb(said["verb"]), outcomes)


@require_safe
@cache_control(private=True, no_store=True)
def done(request: ConsoleRequest) -> HttpResponse:
    """What came of a step for many: who is left, and why."""
    require_role(request)
    result = _result(request, request.GET)
    if result is None:
        messages.info(
            request, _("What was done is not kept here any more. The history of each case says it.")
        )
        return redirect("queue")
    left = results.left_over(result, request.user)
    context = {"result": result, "left": left, "unseen_count": len(result.refused) - len(left)}
    return render(request, "interventions/queue/done.html", context)


@require_safe
@cache_control(private=True, no_store=True)
def saved(request: ConsoleRequest) -> HttpResponse:
    """All views that a reader sees, to rename, share, delete, and begin with."""
    require_role(request)
    return render(request, "interventions/queue/views.html", _saved_context(request))


@require_POST
def save(request: ConsoleRequest) -> HttpResponse:
    require_role(request)
    form = ViewForm(request.POST)
    if not form.is_valid():
        _complain(request, form)
        return redirect(_back(request))
    try:
        view = saving.view_save(by=request.user, wanted=form.wanted)
    except saving.ViewRefused as refusal:
        messages.warning(request, str(refusal))
        return redirect(_back(request))
    if form.cleaned_data["is_default"]:
        saving.begin_with(by=request.user, view_id=view.pk)
    messages.success(request, _("The view “%(name)s” is saved.") % {"name": view.name})
    return redirect(address_of(view))


@require_POST
def change(request: ConsoleRequest, pk: int) -> HttpResponse:
    require_role(request)
    form = ViewForm(request.POST)
    if not form.is_valid():
        _complain(request, form)
        return redirect("queue_views")
    try:
        view = saving.view_change(view_id=pk, by=request.user, wanted=form.wanted)
    except SavedView.DoesNotExist as error:
        raise Http404 from error
    except saving.ViewRefused as refusal:
        messages.warning(request, str(refusal))
        return redirect("queue_views")
    messages.success(request, _("The view “%(name)s” is changed.") % {"name": view.name})
    return redirect(address_of(view) if "stay" in request.POST else "queue_views")


@require_POST
def delete(request: ConsoleRequest, pk: int) -> HttpResponse:
    require_role(request)
    try:
        saving.view_delete(view_id=pk, by=request.user)
    except SavedView.DoesNotExist as error:
        raise Http404 from error
    messages.success(request, _("The view is deleted."))
    return redirect("queue_views")


@require_POST
def begin(request: ConsoleRequest) -> HttpResponse:
    """Begin with a view, or, with none, with everybody."""
    require_role(request)
    asked = ids_of([request.POST.get("view", "")], most=1)
    try:
        saving.begin_with(by=request.user, view_id=asked[0] if asked else None)
    except SavedView.DoesNotExist as error:
        raise Http404 from error
    messages.success(
        request,
        _("Your queue begins with this view.") if asked else _("Your queue begins with everybody."),
    )
    return redirect("queue_views")


def _saved_context(request: ConsoleRequest) -> dict[str, Any]:
    views = list(SavedView.objects.for_menu(request.user))
    return {
        "views": [(view, address_of(view), saving.may_change(request.user, view)) for view in views],
        "has_default": any(view.is_default for view in views),
        "may_share": saving.may_share(request.user),
        "roles": SHARED_WITH,
    }


def _ids(request: ConsoleRequest, query: QueryDict, *, most: int) -> list[int]:
    address = QueueAddress.read(query)
    people = finding.matching_customers(user=request.user, filters=address.filters, sort=address.sort)
    return reading.matching_ids(people=people, address=address, most=most)


def _told(query: QueryDict) -> dict[str, Any]:
    """The filters for the audit, without text that somebody searched for: it may be a name."""
    address = QueueAddress.read(query)
    filters: dict[str, list[str]] = {}
    for name, value in address.filters.parameters():
        if name != saving.SEARCH:
            filters.setdefault(name, []).append(value)
    return {"filters": filters, "sort": address.sort.value, "is_searched": bool(address.filters.text)}


def _reported(request: ConsoleRequest, verb: many.Verb, outcomes: list[many.Outcome]) -> HttpResponse:
    result = results.Result.of(outcomes, key=_key(request.POST), verb=verb, back=_back(request))
    results.keep(request.session, result)
    if result.refused:
        return redirect(_place_of(result))
    request.session[ALL_DONE] = True
    messages.success(
        request,
        ngettext("%(verb)s: done for %(n)d customer.", "%(verb)s: done for %(n)d customers.", result.done)
        % {"verb": verb.label, "n": result.done},
    )
    return redirect(result.back)


def _result(request: ConsoleRequest, query: QueryDict) -> results.Result | None:
    return results.kept(request.session, _key(query))


def _key(query: QueryDict) -> str:
    return query.get(once.FIELD, "")[: once.KEY_LENGTH]


def _place_of(result: results.Result) -> str:
    return f"{reverse('queue_done')}?{urlencode({once.FIELD: result.key})}"


def _complain(request: ConsoleRequest, form: forms.Form) -> None:
    for errors in form.errors.values():
        messages.warning(request, " ".join(map(str, errors)))


def _back(request: ConsoleRequest) -> str:
    """Where the reader was in the queue, in the queue's own words: nothing else can be asked for."""
    return reverse("queue") + QueueAddress.read(
        QueryDict(request.POST.get("back", "").lstrip("?"))
    ).query().rstrip("?")
