"""The admin's own content security policy: looser than the console's, which stays strict.

Unfold's pages need Alpine, which evaluates the expressions in their attributes, and a style element with the theme's
colours. Scripts still come from this site alone, and none stands in a page.
"""

from csp.constants import SELF, UNSAFE_EVAL, UNSAFE_INLINE
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.deprecation import MiddlewareMixin

IN_THE_ADMIN = {"script-src": [SELF, UNSAFE_EVAL], "style-src": [SELF, UNSAFE_INLINE]}


class AdminContentPolicy(MiddlewareMixin):
    """Inside django-csp's middleware: replaces two directives under the admin's address and nowhere else."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if request.path_info.startswith(reverse("admin:index")):
            response._csp_replace = IN_THE_ADMIN  # type: ignore[attr-defined]
        return response
