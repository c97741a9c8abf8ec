"""The Undo button of a toast: one's own last step, for some seconds. Services say whether that is still possible."""

from collections.abc import Callable

from django.contrib import messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from interventions.casework import undoing
from interventions.casework.case_steps import CaseRefused
from interventions.console.case_undo import MESSAGE, MOST, PROMISE, STEP
from interventions.console.filters import id_of
from interventions.console.views import ConsoleRequest
from interventions.help import promises
from interventions.messages import restoring
from interventions.messages.rendering import RenderingRefused
from interventions.models import Case, Intervention, PromiseToPay


@require_POST
def undo(request: ConsoleRequest, what: str, of: str) -> HttpResponse:
    ids = [number for number in map(id_of, of.split("-")) if number]
    if what not in _UNDO or not 0 < len(ids) <= MOST:
        raise Http404
    done, refusals = 0, []
    for pk in ids:
        try:
            with transaction.atomic():
                _UNDO[what](pk, request.user)
        except (Case.DoesNotExist, Intervention.DoesNotExist, PromiseToPay.DoesNotExist) as missing:
            if len(ids) == 1:
                raise Http404 from missing
            refusals.append(_("There is no such case."))
        except PermissionDenied as refusal:
            if len(ids) == 1:
                raise
            refusals.append(str(refusal))
        except (CaseRefused, RenderingRefused) as refusal:
            refusals.append(str(refusal))
        else:
            done += 1
    _tell(request, done, refusals)
    return redirect(_back(request))


def _tell(request: ConsoleRequest, done: int, refusals: list[str]) -> None:
    if done == 1 and not refusals:
        messages.success(request, _("Undone. It is as it was before."))
    elif done:
        messages.success(request, ngettext("%(n)d step undone.", "%(n)d steps undone.", done) % {"n": done})
    for words in dict.fromkeys(refusals):
        count = refusals.count(words)
        messages.warning(request, words if count == 1 else f"{words} ({count})")


def _back(request: ConsoleRequest) -> str:
    back = request.POST.get("back", "")
    if url_has_allowed_host_and_scheme(back, allowed_hosts=None):
        return back
    return reverse("cases")


def _step(pk: int, by: User) -> None:
    undoing.undo(step_id=pk, by=by)


def _message(pk: int, by: User) -> None:
    visible = Case.objects.visible_to(by)
    found = Intervention.objects.get(pk=pk, case__in=visible)
    restoring.restore(intervention=found, by=by)


def _promise(pk: int, by: User) -> None:
    visible = Case.objects.visible_to(by)
    promises.restore(promise=PromiseToPay.objects.get(pk=pk, case__in=visible), by=by)


_UNDO: dict[str, Callable[[int, User], None]] = {STEP: _step, MESSAGE: _message, PROMISE: _promise}
