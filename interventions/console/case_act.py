"""The one view behind every form of the case page.

A form acts once, on the case its reader saw, and only if it is theirs to see. What is refused comes back with what
was typed and the reason; nothing that was typed is lost.
"""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_http_methods

from customers import bank_clock
from interventions.casework import cases
from interventions.console import case_forms, case_history, message_forms, once, toasts
from interventions.console.case_actions import ACTIONS, REFUSALS
from interventions.console.case_asked import Asked, Done, NotDone
from interventions.console.case_forms import CaseForm
from interventions.console.case_opened import Opened
from interventions.console.case_views import page_context, visible_case
from interventions.console.filters import id_of
from interventions.console.views import ConsoleRequest
from interventions.help import considering
from interventions.models import Case
from interventions.policy import policies

WRONG, FORBIDDEN, STALE = 422, 403, 409


@require_http_methods(["GET", "HEAD", "POST"])
@cache_control(private=True, no_store=True)
def act(request: ConsoleRequest, pk: int, name: str) -> HttpResponse:
    found = visible_case(request, pk)
    if request.method != "POST":
        # A reload of a page that came back from a form.
        return redirect("case", pk=pk)
    form = form_of(request, found, name)
    if not form.is_valid():
        return _again(request, found, name, form, status=WRONG, refusal=_("This could not be done:"))
    with once.sending(request, name=f"{name} {pk}") as sending:
        if sending.is_repeat:
            messages.info(request, _("This form was sent already; it acted once."))
            return _back(request, pk)
        return _run(request, found, name, form, sending)


def _run(
    request: ConsoleRequest, found: Case, name: str, form: CaseForm, sending: once.Sending
) -> HttpResponse:
    action = ACTIONS[name]
    if _is_stale(request, found, needs_open_case=action.needs_open_case):
        return _stale(request, found, name, form)
    try:
        with transaction.atomic():
            outcome = action.run(Asked(case=found, by=request.user, form=form))
    except cases.CaseChanged:
        return _stale(request, visible_case(request, found.pk), name, form)
    except PermissionDenied as refusal:
        words = str(refusal) or _("Your role does not cover this.")
        return _again(request, found, name, form, status=FORBIDDEN, refusal=words)
    except REFUSALS as refusal:
        return _again(request, found, name, form, status=WRONG, refusal=str(refusal))
    except Case.DoesNotExist as gone:
        raise Http404 from gone
    if isinstance(outcome, NotDone):
        return _again(
            request, visible_case(request, pk=found.pk), name, form, status=WRONG, refusal=outcome.words
        )
    sending.done()
    if isinstance(outcome, Done) and outcome.undo:
        toasts.undoable(request, outcome.words, address=outcome.undo)
    else:
        messages.success(request, outcome.words if isinstance(outcome, Done) else outcome)
    return _back(request, found.pk)


def form_of(request: ConsoleRequest, found: Case, name: str) -> CaseForm:
    """The form of an action, filled in as it was sent."""
    kind = ACTIONS[name].form
    extra: dict[str, Any] = {}
    if kind is message_forms.DraftForm:
        extra["template"] = policies.active_policy(
            hardship=found.hardship, level=found.level, at=bank_clock.now()
        )
    if kind is case_forms.OfferForm:
        extra["eligible"] = considering.eligible(found)
    return kind(request.POST, case=found, user=request.user, auto_id=f"{name}-%s", **extra)


def _is_stale(request: ConsoleRequest, found: Case, *, needs_open_case: bool) -> bool:
    """Whether somebody changed the case since the page was made. A resolved one takes no more work."""
    if request.POST.get("version") != str(found.version):
        return True
    return needs_open_case and found.state == Case.State.RESOLVED


def _stale(request: ConsoleRequest, found: Case, name: str, form: CaseForm) -> HttpResponse:
    seen = id_of(request.POST.get("seen", "")) or 0
    changes = case_history.changes_since(found, seen=seen)
    refusal = _("Nothing was done: the case changed after you opened it. Look again, then decide.")
    return _again(request, found, name, form, status=STALE, refusal=refusal, changes=changes)


def _again(
    request: ConsoleRequest, found: Case, name: str, form: CaseForm, *, status: int, **extra: Any
) -> HttpResponse:
    """The page once more, with what was typed and what was wrong."""
    opened = Opened.of_page(request.POST)
    context = page_context(request, found, opened=opened, bound={name: form}, wrong=name, **extra)
    context["wrong_form"] = form
    return render(request, "interventions/cases/case.html", context, status=status)


def _back(request: ConsoleRequest, pk: int) -> HttpResponse:
    """To the page itself, with open what the reader had open; to the list where the case is theirs no more.

    Whoever stood in for the customer's manager does so until the case is resolved or given to another.
    """
    if not Case.objects.visible_to(request.user).filter(pk=pk).exists():
        return redirect("cases")
    return redirect(reverse("case", kwargs={"pk": pk}, query=Opened.of_page(request.POST).query))
