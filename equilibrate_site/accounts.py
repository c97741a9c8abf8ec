"""Who may have an account: staff accounts are made by an administrator."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.core.exceptions import ValidationError
from django.http import HttpRequest

from equilibrate_site import audited


class ClosedAccountAdapter(DefaultAccountAdapter):
    """allauth without sign-up."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Who tried too often is not heard, and that is written down."""
        try:
            super().pre_authenticate(request, **credentials)
        except ValidationError:
            audited.note_lockout(request, credentials)
            raise
