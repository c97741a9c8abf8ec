"""Who needs a second factor and has none gets to nothing but the pages where one is added."""

from typing import Any

from allauth.account.internal.flows.reauthentication import did_recently_reauthenticate, suspend_request
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.deprecation import MiddlewareMixin
from django.utils.translation import gettext as _

from equilibrate_site import accounts_factors

# Beside the pages of accounts: those that the pages of accounts themselves use.
REACHED_WITHOUT = frozenset({"set_language", "session_state"})
# Steps in the admin that put something in force; they end the names of its addresses.
DECISIONS = ("_approve", "_activate")


def lacks_one(user: AbstractBaseUser | AnonymousUser) -> bool:
    """Whether somebody who is logged in needs a second factor, and has none."""
    names = frozenset(settings.SECOND_FACTOR_ROLES)
    if not names or not isinstance(user, AbstractBaseUser):
        return False
    return accounts_factors.is_required_of(user, names) and not accounts_factors.has_one(user)


class SecondFactorSockets:
    """The same for WebSockets: what they lead to asks `lacks_one` in the scope, as they begin and now and then."""

    def __init__(self, application: Any) -> None:
        self._application = application

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        """Serve the connection."""
        await self._application({**scope, "lacks_factor": lacks_one}, receive, send)


class SecondFactorMiddleware(MiddlewareMixin):
    """For the console and the admin alike."""

    def process_view(
        self, request: HttpRequest, view: Any, arguments: Any, named: Any
    ) -> HttpResponseBase | None:
        match = request.resolver_match
        name = getattr(match, "url_name", None) or ""
        if not request.user.is_authenticated or not getattr(view, "login_required", True):
            return None
        # The admin has names like those of the pages of accounts, within its own.
        is_of_site = not getattr(match, "namespaces", None)
        if is_of_site and (name.startswith(("account_", "mfa_")) or name in REACHED_WITHOUT):
            return None
        if lacks_one(request.user):
            return _to_adding(request)
        is_decided = (
            settings.APPROVALS_CONFIRM_IDENTITY and request.method == "POST" and name.endswith(DECISIONS)
        )
        if is_decided and not did_recently_reauthenticate(request):
            response: HttpResponseBase = suspend_request(request, reverse("account_reauthenticate"))
            return response
        return None


def _to_adding(request: HttpRequest) -> HttpResponseBase:
    if request.headers.get("HX-Request") == "true":
        # A part of a page that is open: the whole page goes where the factor is added.
        return HttpResponse(headers={"HX-Redirect": reverse("mfa_index")})
    messages.warning(request, _("Your role needs a second factor. Add one to go on."))
    return redirect("mfa_index")
