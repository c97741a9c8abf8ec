"""Whoever is not logged in is sent to the login; a part of a page that asks for itself is told so instead.

The login page is no part of another page: put in its place it would take away what is typed there.
"""

from http import HTTPStatus
from typing import Any

from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase


class StaffLoginRequired(LoginRequiredMiddleware):
    """Django's, with an answer of its own for HTMX; static/js/session.js says what follows."""

    def handle_no_permission(  # type: ignore[override]  # the stubs know of redirects alone
        self, request: HttpRequest, view_func: Any
    ) -> HttpResponseBase:
        if request.headers.get("HX-Request") == "true":
            return HttpResponse(status=HTTPStatus.UNAUTHORIZED)
        return super().handle_no_permission(request, view_func)
