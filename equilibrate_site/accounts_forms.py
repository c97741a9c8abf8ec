"""allauth's forms for second factors, with our own lockout: wrong codes lock as wrong passwords do."""

import struct
from collections.abc import Callable
from typing import Any

from allauth.core import context
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base import forms
from allauth.mfa.webauthn import forms as passkey_forms
from allauth.mfa.webauthn.internal import auth as passkeys
from django import forms as django_forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from equilibrate_site import accounts_locks
from equilibrate_site.models import LoginLock

CODE = LoginLock.Proof.CODE
VERIFIED = "required"
# What reading malformed credentials ends in.
UNREADABLE = (AttributeError, IndexError, KeyError, TypeError, ValueError, struct.error)


class CountedCode(forms.BaseAuthenticateForm):  # type: ignore[misc]  # allauth ships no types
    """A code is counted before it is looked at."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].label = _("Code")
        self.fields["code"].help_text = _("Six digits from your authenticator app, or a recovery code.")
        self.fields["code"].widget.attrs = {
            "autocomplete": "one-time-code",
            "inputmode": "numeric",
            "autofocus": True,
        }

    def clean_code(self) -> str:
        attempt = {"request": context.request, "name": self.user.get_username(), "proof": CODE}
        accounts_locks.begin_attempt(**attempt)
        try:
            code: str = super().clean_code()
        except ValidationError:
            accounts_locks.attempt_failed(**attempt)
            raise
        accounts_locks.attempt_succeeded(**attempt)
        return code


class AuthenticateForm(CountedCode, forms.AuthenticateForm):  # type: ignore[misc]  # allauth ships no types
    """At the login."""


class ReauthenticateForm(CountedCode, forms.ReauthenticateForm):  # type: ignore[misc]  # allauth ships no types
    """Once more, before something that matters."""


def refused_in_words(work: Callable[[], Any]) -> Any:
    """Read what a browser says of a passkey; what no browser says is a wrong one, not an error of ours.

    Raises:
        ValidationError: it is no passkey of theirs.
    """
    try:
        return work()
    except UNREADABLE as error:
        raise get_adapter().validation_error("incorrect_code") from error


class AuthenticatePasskeyForm(passkey_forms.AuthenticateWebAuthnForm):  # type: ignore[misc]  # allauth ships no types
    """After the password."""

    def clean_credential(self) -> Any:
        return refused_in_words(super().clean_credential)


class LoginPasskeyForm(passkey_forms.LoginWebAuthnForm):  # type: ignore[misc]  # allauth ships no types
    """In place of the password: then the device must have asked who holds it.

    What was asked of the device stands in the session. A form after a password, anybody's, asks for less: a key that
    was found or borrowed would answer that one.
    """

    def clean_credential(self) -> Any:
        if (passkeys.get_state() or {}).get("user_verification") != VERIFIED:
            raise get_adapter().validation_error("incorrect_code")
        return refused_in_words(super().clean_credential)


class ReauthenticatePasskeyForm(passkey_forms.ReauthenticateWebAuthnForm):  # type: ignore[misc]  # allauth ships no types
    """Once more, before something that matters."""

    def clean_credential(self) -> Any:
        return refused_in_words(super().clean_credential)


class AddPasskeyForm(passkey_forms.AddWebAuthnForm):  # type: ignore[misc]  # allauth ships no types
    """With labels of ours."""

    name = django_forms.CharField(
        label=_("Name"), required=False, max_length=100, help_text=_("So that you know which one it is.")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["passwordless"].label = _("Log in with it alone, without a password")
        self.fields["passwordless"].help_text = _(
            "The device then asks for your fingerprint, your face or its PIN."
        )

    def clean(self) -> Any:
        return refused_in_words(super().clean)


class EditPasskeyForm(passkey_forms.EditWebAuthnForm):  # type: ignore[misc]  # allauth ships no types
    """With labels of ours."""

    name = django_forms.CharField(label=_("Name"), max_length=100)
