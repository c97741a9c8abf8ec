"""Who may have an account, how it is entered, and what its second factor looks like.

Staff accounts are made by an administrator; nobody signs up.
"""

import base64
import hashlib
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext as _

from equilibrate_site import accounts_locks, audited
from equilibrate_site.models import LoginLock

PASSWORD = LoginLock.Proof.PASSWORD


class ClosedAccountAdapter(DefaultAccountAdapter):
    """allauth without sign-up, with our own lockout."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Who tried too often is not heard, and that is written down."""
        try:
            accounts_locks.begin_attempt(request=request, name=_name(credentials), proof=PASSWORD)
            super().pre_authenticate(request, **credentials)
        except ValidationError:
            audited.note_lockout(request, credentials)
            raise

    def authenticate(self, request: HttpRequest, **credentials: Any) -> AbstractBaseUser | None:
        user: AbstractBaseUser | None = super().authenticate(request, **credentials)
        if user is not None:
            accounts_locks.attempt_succeeded(request=request, name=_name(credentials), proof=PASSWORD)
        return user

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        accounts_locks.attempt_failed(request=request, name=_name(credentials), proof=PASSWORD)


class FactorAdapter(DefaultMFAAdapter):
    """Second factors: secrets are encrypted with a key that the database does not have."""

    def get_totp_label(self, user: AbstractBaseUser) -> str:
        return user.get_username()

    def encrypt(self, text: str) -> str:
        return _cipher().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return _cipher().decrypt(encrypted_text.encode()).decode()

    def generate_authenticator_name(self, user: AbstractBaseUser, type: Authenticator.Type) -> str:
        count = Authenticator.objects.filter(user_id=user.pk, type=type).count()
        return _("Passkey %(number)d") % {"number": count + 1}

    def get_public_key_credential_user_entity(self, user: AbstractBaseUser) -> dict[str, Any]:
        assert isinstance(user, User)  # noqa: S101 - there is no other kind here
        entity: dict[str, Any] = super().get_public_key_credential_user_entity(user)
        return {**entity, "name": user.username, "display_name": user.get_full_name() or user.username}

    def _get_site_name(self) -> str:
        return "Equilibrate"


def _cipher() -> MultiFernet:
    """The first key encrypts; what an earlier SECRET_KEY encrypted is read with SECRET_KEY_FALLBACKS."""
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    digests = [hashlib.sha256(f"equilibrate.second_factor:{key}".encode()).digest() for key in keys]
    return MultiFernet([Fernet(base64.urlsafe_b64encode(digest)) for digest in digests])


def _name(credentials: dict[str, Any]) -> str:
    name = credentials.get("username", "")
    return name if isinstance(name, str) else ""
