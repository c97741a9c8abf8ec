"""Second factors: what became of them is audited, and an administrator can remove one that was lost."""

from typing import Any

from allauth.mfa import signals
from allauth.mfa.models import Authenticator
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models.signals import post_delete, post_save
from django.dispatch import receiver
from django.http import HttpRequest

from audit.services import label_of, record
from customers import roles
from equilibrate_site.audited import acting, whence
from equilibrate_site.request_ids import current_request

MAIN = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)
# Superusers, beside the names of roles, in SECOND_FACTOR_ROLES.
ADMINISTRATORS = "Administrators"


def is_required_of(user: AbstractBaseUser, names: frozenset[str]) -> bool:
    """Whether one of the user's roles needs a second factor.

    Args:
        user: Who is logged in.
        names: SECOND_FACTOR_ROLES.
    """
    if ADMINISTRATORS in names and getattr(user, "is_superuser", False):
        return True
    return bool(names & roles.of(user))


def has_one(user: AbstractBaseUser) -> bool:
    """Whether the user has a second factor; recovery codes alone are none."""
    return bool(Authenticator.objects.filter(user_id=user.pk, type__in=MAIN).exists())


@transaction.atomic
def remove_lost(*, factor: Authenticator) -> None:
    """An administrator removes a factor that somebody lost; with the last one go the recovery codes.

    Whoever has none logs in with the password alone, and is asked for a new one where their role needs it.
    """
    user = factor.user
    factor.delete()
    if not has_one(user):
        Authenticator.objects.filter(user=user).delete()


# allauth's own signals of these come after the commit: what is written here is stored with the change, or neither is.
@receiver(post_save, sender=Authenticator)
def note_added(*, instance: Authenticator, created: bool, raw: bool, **_: Any) -> None:
    """Somebody added a factor, or has new recovery codes."""
    if created and not raw:
        _record("added", instance.user, instance, actor=acting(), request=current_request())


@receiver(post_delete, sender=Authenticator)
def note_removed(*, instance: Authenticator, **_: Any) -> None:
    """A factor was removed: by its owner, or by an administrator, since it was lost."""
    actor = acting()
    is_own = actor is None or actor.pk == instance.user_id
    verb = "removed" if is_own else "removed_by_administrator"
    _record(verb, instance.user, instance, actor=actor, request=current_request())


@receiver(signals.authenticator_used)
def note_used(
    *,
    request: HttpRequest,
    user: User,
    authenticator: Authenticator,
    reauthenticated: bool = False,
    passwordless: bool = False,
    **_: Any,
) -> None:
    """Somebody proved who they are by a factor."""
    how = "again" if reauthenticated else "alone" if passwordless else "after_password"
    _record("used", user, authenticator, actor=user, request=request, how=how)


@receiver(signals.authentication_failed)
def note_failed(*, request: HttpRequest, user: User, authenticator: Authenticator, **_: Any) -> None:
    """Somebody gave a wrong code for a factor."""
    _record("failed", user, authenticator, request=request)


def _record(
    verb: str,
    user: User,
    factor: Authenticator,
    *,
    actor: User | None = None,
    request: HttpRequest | None = None,
    **detail: str,
) -> None:
    record(
        action=f"accounts.factor.{verb}",
        subject_type="user",
        subject_id=user.pk,
        subject_label=label_of(user),
        actor=actor,
        detail={"type": str(factor.type), "factor": factor.pk, **detail},
        personal=whence(request),
    )
