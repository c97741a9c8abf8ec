"""Whether somebody is still logged in, and the way back into a page whose session has ended."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe


@login_not_required
@require_safe
@cache_control(private=True, no_store=True)
def state(request: HttpRequest) -> HttpResponse:
    """Who is logged in, and what the page's forms need to be taken from them."""
    if not request.user.is_authenticated:
        return JsonResponse({"user": None})
    return JsonResponse(
        {"user": request.user.pk, "name": request.user.get_username(), "csrf": get_token(request)}
    )


@require_safe
@cache_control(private=True, no_store=True)
def back(request: HttpRequest) -> HttpResponse:
    """Where the login that another page opened ends."""
    return render(request, "session_back.html")
