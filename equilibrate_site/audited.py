"""What the site itself writes into the audit: who came, who failed to, and what became of accounts and roles.

What somebody typed as a name is written down only where it is a user's: people type their password there, too.
"""

from collections.abc import Collection, Iterable
from typing import Any

from allauth.account.signals import password_changed
from django.contrib.auth.models import AbstractBaseUser, Group, User
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.db.models.signals import m2m_changed, post_save, pre_save
from django.dispatch import receiver
from django.http import HttpRequest

from audit import signals
from audit.services import label_of, record
from customers.models import Customer
from equilibrate_site.request_ids import current_request
from risk.alerts import raise_operational

AGENT_LENGTH = 200
WATCHED = ("username", "is_active", "is_staff", "is_superuser")
CHANGED = {"post_add": "given", "post_remove": "taken", "pre_clear": "taken"}


def customer_keys(text: str) -> list[str]:
    """Our own numbers of the customers whose number at the bank this is; what searches the audit."""
    return [
        str(key) for key in Customer.objects.filter(bank_id=text.strip()).values_list("pk", flat=True)[:20]
    ]


def customer_numbers(keys: Collection[str]) -> dict[str, str]:
    """The numbers at the bank of customers whose own numbers these are."""
    known = [int(key) for key in keys if key.isdecimal()]
    found = Customer.objects.filter(pk__in=known).values_list("pk", "bank_id")
    return {str(key): bank_id for key, bank_id in found}


@receiver(signals.trouble)
def tell_operators(*, dedupe_key: str, message: str, detail: dict[str, Any], **_: Any) -> None:
    """The audit knows no alerts."""
    raise_operational(dedupe_key=dedupe_key, message=message, detail=detail)


@receiver(user_logged_in)
def note_login(*, request: HttpRequest, user: AbstractBaseUser, **_: Any) -> None:
    """Somebody logged in."""
    _record("accounts.login.succeeded", user, actor=user, personal=whence(request))


@receiver(user_logged_out)
def note_logout(*, request: HttpRequest, user: AbstractBaseUser | None, **_: Any) -> None:
    """Somebody logged out; a session that had ended already has no user."""
    if user is not None:
        _record("accounts.logout.done", user, actor=user, personal=whence(request))


@receiver(user_login_failed)
def note_failure(*, credentials: dict[str, Any], request: HttpRequest | None = None, **_: Any) -> None:
    """Somebody gave a wrong password, or a name that nobody has."""
    _record("accounts.login.failed", _user_named(credentials), personal=whence(request))


def note_lockout(request: HttpRequest | None, credentials: dict[str, Any]) -> None:
    """Somebody tried too often and was not even heard."""
    _record("accounts.login.locked_out", _user_named(credentials), personal=whence(request))


@receiver(password_changed)
def note_own_password(*, request: HttpRequest, user: AbstractBaseUser, **_: Any) -> None:
    """Somebody changed their own password; the change itself is noted as any other is."""
    _record("accounts.password.changed_by_user", user, actor=user, personal=whence(request))


@receiver(pre_save, sender=User)
def look_before(*, instance: User, raw: bool, update_fields: Iterable[str] | None, **_: Any) -> None:
    """What the account was, where it may change: a login alone writes only its moment."""
    fields = {"password", *WATCHED}
    before = None
    if instance.pk and not raw and (update_fields is None or fields & set(update_fields)):
        before = User.objects.filter(pk=instance.pk).values(*fields).first()
    instance._audited_before = before  # type: ignore[attr-defined]


@receiver(post_save, sender=User)
def note_account(*, instance: User, created: bool, raw: bool, **_: Any) -> None:
    """An account was made, or changed in what it may do or how it is entered."""
    if raw:
        return
    if created:
        rights = {name: getattr(instance, name) for name in WATCHED if name != "username"}
        _record("accounts.user.created", instance, actor=acting(), detail=rights)
        return
    before = instance._audited_before  # type: ignore[attr-defined]
    if before is None:
        return
    if before["password"] != instance.password:
        _record("accounts.password.changed", instance, actor=acting())
    changes = {
        name: [before[name], getattr(instance, name)]
        for name in WATCHED
        if before[name] != getattr(instance, name)
    }
    if changes:
        _record("accounts.user.changed", instance, actor=acting(), detail={"changes": changes})


@receiver(m2m_changed, sender=User.groups.through)
def note_roles(
    *, instance: User | Group, action: str, reverse: bool, pk_set: set[int] | None, **_: Any
) -> None:
    """A role was given or taken."""
    verb = CHANGED.get(action)
    if verb is None or pk_set == set():
        return
    if reverse:
        users = instance.user_set.all() if pk_set is None else User.objects.filter(pk__in=pk_set)  # type: ignore[union-attr]
        pairs = [(user, [instance.name]) for user in users]  # type: ignore[union-attr]
    else:
        groups = instance.groups.all() if pk_set is None else Group.objects.filter(pk__in=pk_set)  # type: ignore[union-attr]
        pairs = [(instance, sorted(groups.values_list("name", flat=True)))]
    for user, names in pairs:
        if names:
            _record(f"accounts.roles.{verb}", user, actor=acting(), detail={"roles": names})


def _record(
    action: str,
    user: AbstractBaseUser | None,
    *,
    actor: AbstractBaseUser | None = None,
    detail: dict[str, Any] | None = None,
    personal: dict[str, Any] | None = None,
) -> None:
    record(
        action=action,
        subject_type="user",
        subject_id=user.pk if user else "unknown",
        subject_label=label_of(user),
        actor=actor,
        detail=detail,
        personal=personal,
    )


def acting() -> User | None:
    """Who is logged in to the request that is being answered; None for a command or a task."""
    user = getattr(current_request(), "user", None)
    return user if isinstance(user, User) else None


def _user_named(credentials: dict[str, Any]) -> User | None:
    name = credentials.get("username")
    # What PostgreSQL cannot hold is nobody's name.
    if not isinstance(name, str) or "\0" in name:
        return None
    return User.objects.filter(username=name).first()


def whence(request: HttpRequest | None) -> dict[str, Any] | None:
    """Where a request came from: personal, so it is kept apart."""
    if request is None or "REMOTE_ADDR" not in request.META:
        return None
    agent = request.META.get("HTTP_USER_AGENT", "")[:AGENT_LENGTH]
    return {"after": {"address": request.META["REMOTE_ADDR"], "agent": agent}}
