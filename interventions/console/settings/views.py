"""The page of somebody's own settings."""

from dataclasses import asdict, replace

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_http_methods, require_POST

from interventions import preferences
from interventions.console.settings.forms import SettingsForm
from interventions.console.settings.services import settings_save
from interventions.console.views import ConsoleRequest
from interventions.preferences import Preferences

WRONG = 422


@require_http_methods(["GET", "HEAD", "POST"])
@cache_control(private=True, no_store=True)
def own_settings(request: ConsoleRequest) -> HttpResponse:
    now, kept = timezone.now(), Preferences.of(request.user)
    if request.method != "POST":
        form = SettingsForm(initial=asdict(kept), now=now, stored=kept.time_zone)
        return render(request, "interventions/settings/page.html", {"form": form, "now": now})
    form = SettingsForm(request.POST, now=now, stored=kept.time_zone)
    if not form.is_valid():
        return render(request, "interventions/settings/page.html", {"form": form, "now": now}, status=WRONG)
    chosen = form.chosen()
    settings_save(user=request.user, chosen=chosen)
    preferences.remember(request.session, chosen)
    with translation.override(chosen.language or translation.get_language()):
        messages.success(request, _("Your settings are saved."))
    response = redirect("settings")
    _tell_login_page(response, chosen)
    return response


@require_POST
def keyboard(request: ConsoleRequest) -> HttpResponse:
    """Turn single keys on or off, from the help that lists them."""
    chosen = replace(Preferences.of(request.user), has_shortcuts=request.POST.get("has_shortcuts") == "on")
    settings_save(user=request.user, chosen=chosen)
    preferences.remember(request.session, chosen)
    return HttpResponse(status=204)


def _tell_login_page(response: HttpResponse, chosen: Preferences) -> None:
    """The login page, which knows nobody, speaks the language that was last chosen in this browser."""
    if not chosen.language:
        response.delete_cookie(settings.LANGUAGE_COOKIE_NAME)
        return
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        chosen.language,
        secure=settings.LANGUAGE_COOKIE_SECURE,
        httponly=settings.LANGUAGE_COOKIE_HTTPONLY,
        samesite="Lax",
        max_age=365 * 24 * 3600,
    )
