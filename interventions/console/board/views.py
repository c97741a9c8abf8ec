"""The supervisors' board. A view translates a request; it decides nothing."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.models import User
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from customers import bank_clock, roles
from interventions.casework import assignment, handing_over
from interventions.casework.case_steps import CaseRefused
from interventions.casework.cases import Result
from interventions.console import case_undo, hint_state, once, status, toasts
from interventions.console.board.forms import HandOverForm
from interventions.console.case_forms import staff_who_take_cases
from interventions.console.case_selectors import load_board
from interventions.console.filters import id_of
from interventions.console.views import ConsoleRequest
from risk import hints

NAMED = 5
WRONG = 422


@require_safe
@cache_control(private=True, no_store=True)
@vary_on_headers("HX-Request", "HX-Request-Type")
def board(request: ConsoleRequest) -> HttpResponse:
    shown = load_board(user=request.user)
    # Before the numbers: a change in between is then noticed as one more.
    seen = hint_state.latest(hints.EVERYBODY)
    context = {**_frame(), "board": shown, "hints": seen, "supervises": _supervises(request.user)}
    if bool(request.htmx) and request.htmx.request_type == "partial":
        return render(request, "interventions/cases/board_region.html", context)
    of = id_of(request.GET.get("from", ""))
    context |= {"form": HandOverForm(initial={"of": of}) if context["supervises"] else None, "chosen": of}
    return _page(request, context)


@require_http_methods(["GET", "HEAD", "POST"])
@cache_control(private=True, no_store=True)
def reassign(request: ConsoleRequest) -> HttpResponse:
    shown = load_board(user=request.user)
    if request.method != "POST":
        return redirect("case_board")
    form = HandOverForm(request.POST)
    refusal = ""
    if form.is_valid():
        with once.sending(request, name="hand over") as sending:
            if sending.is_repeat:
                messages.info(request, _("This form was sent already; it acted once."))
                return redirect("case_board")
            try:
                results = _hand_over(request.user, form)
            except CaseRefused as refused:
                refusal = str(refused)
            else:
                sending.done()
                _tell(request, form, results)
                return redirect("case_board")
    seen = hint_state.latest(hints.EVERYBODY)
    context = {**_frame(), "board": shown, "hints": seen, "supervises": _supervises(request.user)}
    return _page(request, {**context, "form": form, "refusal": refusal, "chosen": None}, code=WRONG)


@require_POST
def is_back(request: ConsoleRequest, pk: int) -> HttpResponse:
    """Somebody is at their desk again."""
    load_board(user=request.user)
    user = staff_who_take_cases().filter(pk=pk).first()
    if user is not None:
        assignment.set_duty(user=user, by=request.user, away_until=None)
        messages.success(request, _("%(name)s is here again.") % {"name": _name(user)})
    return redirect("case_board")


def _page(request: ConsoleRequest, context: dict[str, Any], *, code: int = 200) -> HttpResponse:
    context["parts"] = status.parts(redis_answers=context["hints"] is not None)
    return render(request, "interventions/cases/board.html", context, status=code)


def _frame() -> dict[str, Any]:
    return {
        "once": once.new_key(),
        "currency": settings.BANK_CURRENCY,
        "bank_time_zone": settings.BANK_TIME_ZONE,
        "now": timezone.now(),
    }


def _supervises(user: User) -> bool:
    return roles.SUPERVISORS in roles.of(user)


def _hand_over(by: User, form: HandOverForm) -> list[Result]:
    said = form.cleaned_data
    until_on = said["away_until_on"]
    return handing_over.hand_over(
        of=said["of"],
        by=by,
        to=said["to"],
        most=form.how_many,
        reason=said["reason"],
        away_until=bank_clock.start_of(until_on) if until_on else None,
    )


def _tell(request: ConsoleRequest, form: HandOverForm, results: Sequence[Result]) -> None:
    """What was done, what not and why; nothing is left out."""
    said, name = form.cleaned_data, _name(form.cleaned_data["of"])
    if said["away_until_on"]:
        words = _("%(name)s is away until %(day)s. New cases go to others.")
        messages.success(request, words % {"name": name, "day": date_format(said["away_until_on"], "j M")})
    given = [each.case for each in results if each.case]
    if given:
        words = ngettext(
            "%(n)d case of %(name)s reassigned.", "%(n)d cases of %(name)s reassigned.", len(given)
        )
        undo = case_undo.steps_address(given, request.user, "assigned")
        toasts.undoable(request, words % {"n": len(given), "name": name}, address=undo)
    elif form.how_many != 0 and not results:
        messages.info(request, _("%(name)s has no open case.") % {"name": name})
    for why, ids in handing_over.errors_together(results).items():
        named = ", ".join(map(str, ids[:NAMED])) + (" …" if len(ids) > NAMED else "")
        words = ngettext(
            "%(n)d case stays (%(ids)s): %(why)s", "%(n)d cases stay (%(ids)s): %(why)s", len(ids)
        )
        messages.warning(request, words % {"n": len(ids), "ids": named, "why": why})


def _name(user: User) -> str:
    return user.get_full_name() or user.get_username()
