"""Lockout: who gave too many wrong passwords or codes for an account waits, at that address, for a time.

An attempt is counted before the proof is looked at, in the database, so that any number of attempts at once are no more
than as many after each other, and Redis being away changes nothing. A name that nobody has is treated as any other.
"""

import datetime as dt
import math

from django.conf import settings
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from audit.services import label_of, record
from equilibrate_site.models import LoginLock

Proof = LoginLock.Proof
KEPT = dt.timedelta(days=1)
FORGOTTEN_AT_ONCE = 100
ADDRESS_LENGTH = 64


class LockedOut(ValidationError):
    """Nothing is looked at until a time that the text names."""

    def __init__(self, until: dt.datetime) -> None:
        minutes = max(1, math.ceil((until - timezone.now()).total_seconds() / 60))
        said = _(
            "Too many failed attempts. Nothing is accepted from here until %(time)s (%(minutes)d min). An administrator"
            " can lift this earlier."
        )
        time = date_format(timezone.localtime(until), "H:i T")
        super().__init__(said % {"time": time, "minutes": minutes}, code="locked_out")


@transaction.atomic
def begin_attempt(*, request: HttpRequest, name: str, proof: LoginLock.Proof) -> None:
    """Count an attempt that is about to be made.

    Args:
        request: Whence it comes.
        name: As it was typed.
        proof: What is given as a proof.

    Raises:
        LockedOut: there were too many.
    """
    now = timezone.now()
    lock = _locked(request, name, proof, now)
    if lock.locked_until and lock.locked_until > now:
        raise LockedOut(lock.locked_until)
    window = dt.timedelta(seconds=settings.LOGIN_LOCK_SECONDS)
    if lock.locked_until or lock.first_at < now - window:
        lock.attempts, lock.first_at, lock.locked_until = 0, now, None
    lock.attempts += 1
    if lock.attempts >= settings.LOGIN_LOCK_AFTER:
        # Taken back where this very attempt succeeds; no other gets in beside it.
        lock.locked_until = now + window
    lock.save()


def attempt_failed(*, request: HttpRequest, name: str, proof: LoginLock.Proof) -> None:
    """The attempt was wrong; the one that was too many is told, and written down.

    Raises:
        LockedOut: it was the last one for now.
    """
    lock = LoginLock.objects.filter(**_key(request, name, proof)).select_related("user").first()
    if lock is None or lock.locked_until is None:
        return
    record(
        action="accounts.login.locked",
        subject_type="user",
        subject_id=lock.user_id or "unknown",
        subject_label=label_of(lock.user),
        detail={"proof": str(proof), "attempts": lock.attempts, "until": lock.locked_until.isoformat()},
        personal={"after": {"address": lock.address}},
    )
    raise LockedOut(lock.locked_until)


def attempt_succeeded(*, request: HttpRequest, name: str, proof: LoginLock.Proof) -> None:
    """The proof was right: what was counted for this account at this address is over."""
    LoginLock.objects.filter(**_key(request, name, proof)).delete()


@transaction.atomic
def lift(*, lock: LoginLock, by: User) -> None:
    """An administrator lets somebody try again at once."""
    record(
        action="accounts.login.lock_lifted",
        subject_type="user",
        subject_id=lock.user_id or "unknown",
        subject_label=label_of(lock.user),
        actor=by,
        detail={"proof": lock.proof, "attempts": lock.attempts},
        personal={"after": {"address": lock.address}},
    )
    lock.delete()


def _key(request: HttpRequest, name: str, proof: LoginLock.Proof) -> dict[str, str]:
    identity = salted_hmac("equilibrate.login_lock", name.strip().lower(), algorithm="sha256").hexdigest()
    address = request.META.get("REMOTE_ADDR", "")[:ADDRESS_LENGTH]
    return {"identity": identity, "proof": str(proof), "address": address}


def _locked(request: HttpRequest, name: str, proof: LoginLock.Proof, now: dt.datetime) -> LoginLock:
    """The row of an account at an address, under lock; made where there is none. Old ones go by and by."""
    is_over = Q(locked_until=None) | Q(locked_until__lte=now)
    # Whoever logs in at the same moment forgets others: nobody waits for anybody here.
    old = LoginLock.objects.filter(is_over, first_at__lt=now - KEPT).select_for_update(skip_locked=True)
    LoginLock.objects.filter(pk__in=list(old.values_list("pk", flat=True)[:FORGOTTEN_AT_ONCE])).delete()
    # What PostgreSQL cannot hold is nobody's name.
    user = None if "\0" in name else User.objects.filter(username__iexact=name.strip()).first()
    key = _key(request, name, proof)
    lock = None
    # A login that succeeds at the same moment removes the row between making and locking it.
    while lock is None:
        LoginLock.objects.get_or_create(**key, defaults={"user": user, "first_at": now})
        lock = LoginLock.objects.select_for_update().filter(**key).first()
    return lock
