"""The customer's page. Looking changes nothing, since mail programs and telephones look ahead; only a form does.

There is no login, no cookie and no script: the link alone opens it, and what it does not open looks alike whatever the
reason. Whoever has the link need not be the customer, so nothing personal is shown before `identity` has been asked.
"""

import datetime as dt
import re
import uuid
from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, cast

from csp.constants import NONE, SELF
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from customers import bank_clock, formats
from interventions.answering import answers, identity, limits, taking_back, why, wording
from interventions.answering.forms import FORMS, AnswerForm, IdentityForm
from interventions.contact import holds, page_links
from interventions.models import ContactHold, CustomerAnswer, PageLink

P = ParamSpec("P")
LinkView = Callable[Concatenate[HttpRequest, PageLink, P], HttpResponse]
TokenView = Callable[Concatenate[HttpRequest, str, P], HttpResponse]
NOWHERE, TOO_OFTEN, WRONG = 404, 429, 422
SHOWN = 10
# Nothing runs, nothing is loaded but our own style, nothing is sent elsewhere.
POLICY = {
    "default-src": [NONE],
    "script-src": [NONE],
    "connect-src": [NONE],
    "img-src": [SELF],
    "media-src": [NONE],
    "font-src": [SELF],
    "form-action": [SELF],
}
HEADERS = {
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow, noarchive",
    "Cache-Control": "no-store, private",
}


def by_link(view: LinkView[P]) -> TokenView[P]:
    """A view of what a link leads to; the same polite page whatever is wrong with the link."""

    @wraps(view)
    def of_token(request: HttpRequest, token: str, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        link = page_links.found(token)
        language = _language(request, link)
        with translation.override(language):
            response = _answered(request, link, lambda found: view(request, found, *args, **kwargs))
        response["Content-Language"] = language
        # As `csp.decorators.csp_replace` would say it, which loses the types of views with arguments.
        response._csp_replace = POLICY  # type: ignore[attr-defined]
        for name, value in HEADERS.items():
            response[name] = value
        return response

    # The token in the address is the secret that a forged form would need: no cookie vouches for anybody here.
    return cast("TokenView[P]", csrf_exempt(login_not_required(of_token)))


def _answered(
    request: HttpRequest, link: PageLink | None, view: Callable[[PageLink], HttpResponse]
) -> HttpResponse:
    if link is None:
        is_within = limits.is_within(request, "wrong")
        return _nowhere(request) if is_within else _too_often(request)
    counted = "answer" if request.method == "POST" else "read"
    if not (
        limits.is_within(request, "address") and limits.is_within(request, counted, key=link.token_sha256)
    ):
        return _too_often(request)
    if request.method == "POST" and _is_staff(request, link):
        words = _("You are logged in as staff: this page is the customer's, and only they answer here.")
        return render(request, "interventions/customer_page/refused.html", _frame(words=words), status=403)
    return view(link)


@require_http_methods(["GET", "HEAD"])
@by_link
def page(request: HttpRequest, link: PageLink) -> HttpResponse:
    context = _of_link(
        request,
        link,
        reasons=why.reasons_of(link.case),
        choices=[wording.CHOICES[kind] for kind in wording.ORDER],
        told=_told(link),
        open_until=bank_clock.day_of(link.expires_at),
    )
    return render(request, "interventions/customer_page/page.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@by_link
def answer(request: HttpRequest, link: PageLink, name: str) -> HttpResponse:
    kind = FORMS[name]
    if request.method != "POST":
        return _asked(request, link, kind(link=link, auto_id="%s"))
    form = kind(request.POST, link=link, auto_id="%s")
    if not form.is_valid():
        return _asked(request, link, form, status=WRONG)
    try:
        given = answers.give(link=link, said=form.answer, key=form.cleaned_data["key"])
    except answers.FormUsed as refusal:
        form.add_error(None, str(refusal))
        form.renew_key()
        return _asked(request, link, form, status=WRONG)
    except answers.AnswerRefused as refusal:
        form.add_error("day_on" if "day_on" in form.fields else None, str(refusal))
        return _asked(request, link, form, status=WRONG)
    return _to_thanks(request, given.pk)


@require_http_methods(["GET", "HEAD"])
@by_link
def thanks(request: HttpRequest, link: PageLink, pk: int) -> HttpResponse:
    given = link.answers.filter(pk=pk).select_related("taken_back", "decision").first()
    if given is None or given.kind == CustomerAnswer.Kind.TAKEN_BACK:
        return _nowhere(request)
    context = _of_link(
        request,
        link,
        told=_line(given, _paused_until(link)),
        choice=wording.CHOICES[given.kind],
        key=uuid.uuid4(),
        answer=given,
    )
    return render(request, "interventions/customer_page/thanks.html", context)


@require_http_methods(["POST"])
@by_link
def take_back(request: HttpRequest, link: PageLink, pk: int) -> HttpResponse:
    try:
        key = uuid.UUID(request.POST.get("key", ""))
        answers.take_back(link=link, answer_id=pk, key=key)
    except ValueError as refusal:
        is_ours = isinstance(refusal, answers.AnswerRefused)
        words = str(refusal) if is_ours else _("This could not be read. Please go back and try again.")
        context = _of_link(request, link, words=words)
        return render(request, "interventions/customer_page/refused.html", context, status=WRONG)
    return _to_thanks(request, pk)


@require_http_methods(["GET", "HEAD", "POST"])
@by_link
def instalment(request: HttpRequest, link: PageLink) -> HttpResponse:
    """What only the customer may see, in the answer to their form: nothing remembers that they were asked."""
    form = IdentityForm(request.POST if request.method == "POST" else None, auto_id="%s")
    shown, is_refused = None, False
    if form.is_bound and form.is_valid():
        shown = identity.identify(link=link, **form.cleaned_data)
        is_refused = shown is None
    context = _of_link(
        request,
        link,
        form=form,
        shown=shown,
        is_refused=is_refused,
        can_be_asked=identity.can_be_asked(link),
        amount=formats.exact_money(shown.amount, settings.BANK_CURRENCY) if shown and shown.amount else "",
    )
    is_wrong = form.is_bound and shown is None
    return render(
        request, "interventions/customer_page/instalment.html", context, status=WRONG if is_wrong else 200
    )


def _to_thanks(request: HttpRequest, pk: int) -> HttpResponse:
    """Whoever reloads what they come to does not send the form again."""
    return redirect(reverse("customer_page_thanks", args=[_token(request), pk]) + _chosen_language(request))


def _chosen_language(request: HttpRequest) -> str:
    """What every link of the page carries on, where the reader chose another language than the message's."""
    asked = request.GET.get("lang", "")
    return f"?lang={asked}" if asked in dict(settings.LANGUAGES) else ""


def _asked(request: HttpRequest, link: PageLink, form: AnswerForm, *, status: int = 200) -> HttpResponse:
    context = _of_link(request, link, form=form, choice=wording.CHOICES[form.kind])
    return render(request, "interventions/customer_page/answer.html", context, status=status)


def _told(link: PageLink) -> list[dict[str, Any]]:
    """What was said by this link, the newest first."""
    given = link.answers.exclude(kind=CustomerAnswer.Kind.TAKEN_BACK)
    newest = list(given.select_related("taken_back", "decision").order_by("-pk")[:SHOWN])
    paused_until = _paused_until(link) if newest else frozenset()
    return [_line(each, paused_until) for each in newest]


def _paused_until(link: PageLink) -> frozenset[dt.datetime | None]:
    """When the pauses end that stand now: a later answer, or a colleague, may have ended what was said here."""
    standing = holds.standing(link.customer)
    return frozenset(hold.until_at for hold in standing if hold.kind == ContactHold.Kind.PAUSE)


def _line(given: CustomerAnswer, paused_until: frozenset[dt.datetime | None]) -> dict[str, Any]:
    is_taken_back, is_decided = hasattr(given, "taken_back"), hasattr(given, "decision")
    is_pause = given.kind == CustomerAnswer.Kind.PAUSE
    is_over = is_pause and taking_back.pause_ends_at(given) not in paused_until
    return {
        "pk": given.pk,
        "words": wording.said(given),
        "is_taken_back": is_taken_back,
        "is_over": is_over and not is_taken_back,
        "may_take_back": given.kind in answers.UNDOABLE and not (is_taken_back or is_decided or is_over),
    }


def _of_link(request: HttpRequest, link: PageLink, **context: Any) -> dict[str, Any]:
    return _frame(
        link=link,
        token=_token(request),
        language=_language(request, link),
        in_language=_chosen_language(request),
        **context,
    )


def _token(request: HttpRequest) -> str:
    return str(request.resolver_match.kwargs["token"]) if request.resolver_match else ""


def _frame(**context: Any) -> dict[str, Any]:
    return {
        "bank_name": settings.BANK_NAME,
        "bank_phone": settings.BANK_PHONE,
        "phone_link": re.sub(r"[^0-9+]", "", settings.BANK_PHONE),
        "advice_line": settings.ADVICE_LINE,
        **context,
    }


def _nowhere(request: HttpRequest) -> HttpResponse:
    return render(request, "interventions/customer_page/nowhere.html", _frame(), status=NOWHERE)


def _too_often(request: HttpRequest) -> HttpResponse:
    response = render(request, "interventions/customer_page/too_often.html", _frame(), status=TOO_OFTEN)
    response["Retry-After"] = "60"
    return response


def _language(request: HttpRequest, link: PageLink | None) -> str:
    """The one asked for, else that of the message, else the browser's."""
    known = dict(settings.LANGUAGES)
    asked = request.GET.get("lang", "")
    if asked in known:
        return asked
    if link is not None and link.language in known:
        return link.language
    return translation.get_language_from_request(request)


def _is_staff(request: HttpRequest, link: PageLink) -> bool:
    """Whether a colleague answers in a customer's place. In a demonstration, who clicks is logged in."""
    return settings.TRANSPORTS.get(link.channel) != "sandbox" and request.user.is_authenticated
