"""The circuit breaker: when more goes out in an hour than anybody meant, nothing goes out until two people say so."""

import datetime as dt
from dataclasses import dataclass

from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from audit.services import record
from customers import roles
from interventions import stored_words
from interventions.contact.contact_rules import Rules
from interventions.models import Breaker, BreakerReset, Delivery
from risk.alerts import raise_operational

HOUR = dt.timedelta(hours=1)
MAY_RESET = frozenset({roles.SUPERVISORS, roles.COMPLIANCE_OFFICERS})


class BreakerRefused(ValueError):
    """The breaker is not in the state for that step; the text says what to do."""


@dataclass(frozen=True, slots=True)
class Count:
    """The breaker now.

    Args:
        is_open: Nothing is sent.
        sent: Messages handed over within the last hour, wall clock, since the last reset.
        opened_at: Wall clock.
        reason: Why it is open.
    """

    is_open: bool
    sent: int
    opened_at: dt.datetime | None = None
    reason: str = ""


def look(rules: Rules | None) -> Count:
    """The breaker as it stands; changes nothing."""
    return _counted(_row())


def check_and_count(rules: Rules | None) -> Count:
    """Count under a lock, and open where the limit is reached; call it in the transaction that is about to send.

    The lock is held until that transaction ends, so that the next sender counts this one's message.

    Args:
        rules: The pack that stands; without one nothing is sent anyhow.
    """
    row = _locked()
    found = _counted(row)
    if found.is_open or rules is None or found.sent < rules.breaker_sends_per_hour:
        return found
    limit = rules.breaker_sends_per_hour
    with stored_words.kept():
        reason = _("%(sent)s messages within an hour; the limit is %(limit)s.") % {
            "sent": found.sent,
            "limit": limit,
        }
    _open(row, reason=reason, sent=found.sent, by=None)
    return _counted(row)


def open(*, by: User, reason: str) -> Count:  # what it does has this name everywhere
    """Stop all sending by hand.

    Raises:
        PermissionDenied: not a supervisor or compliance officer.
        BreakerRefused: without a reason, or it is open already.
    """
    _require(by)
    if not reason.strip():
        raise BreakerRefused(_("Say why everything is to stop."))
    with transaction.atomic():
        row = _locked()
        if row.opened_at is not None:
            raise BreakerRefused(_("Sending is stopped already."))
        _open(row, reason=reason.strip(), sent=_counted(row).sent, by=by)
        return _counted(row)


def ask_reset(*, by: User, reason: str) -> BreakerReset:
    """The first of two people: ask that messages go out again.

    Raises:
        PermissionDenied: not a supervisor or compliance officer.
        BreakerRefused: it is closed, somebody asked already, or no reason is given.
    """
    _require(by)
    if not reason.strip():
        raise BreakerRefused(_("Say what went wrong and why messages may go out again."))
    with transaction.atomic():
        row = _locked()
        if row.opened_at is None:
            raise BreakerRefused(_("Messages go out: there is nothing to reset."))
        if asked := BreakerReset.objects.filter(opened_at=row.opened_at).select_related("asked_by").first():
            raise BreakerRefused(
                _("%(who)s asked already. Somebody other than them must confirm.") % {"who": asked.asked_by}
            )
        reset = BreakerReset.objects.create(opened_at=row.opened_at, asked_by=by, reason=reason.strip())
        _recorded("reset_asked", by=by, reason=reset.reason)
    return reset


def confirm_reset(*, by: User) -> Count:
    """The second person: messages go out again, and the count begins anew.

    Raises:
        PermissionDenied: not a supervisor or compliance officer.
        BreakerRefused: nobody asked, or the same person did.
    """
    _require(by)
    with transaction.atomic():
        row = _locked()
        reset = None
        if row.opened_at is not None:
            reset = BreakerReset.objects.filter(opened_at=row.opened_at, confirmed_by__isnull=True).first()
        if reset is None:
            raise BreakerRefused(_("Nobody has asked for a reset. Ask first; somebody else confirms."))
        if reset.asked_by_id == by.pk:
            raise BreakerRefused(_("You asked for it: somebody else must confirm."))
        reset.confirmed_by, reset.confirmed_at = by, timezone.now()
        reset.save(update_fields=["confirmed_by", "confirmed_at"])
        row.opened_at, row.reason, row.opened_count, row.counted_from = None, "", 0, timezone.now()
        row.save()
        row.refresh_from_db()
        _recorded("reset", by=by, reason=reset.reason)
        return _counted(row)


def waiting_reset() -> BreakerReset | None:
    """The reset that waits for a second person, if any."""
    opened_at = _row().opened_at
    if opened_at is None:
        return None
    asked = BreakerReset.objects.filter(opened_at=opened_at, confirmed_by__isnull=True)
    return asked.select_related("asked_by").first()


def _row() -> Breaker:
    return Breaker.objects.filter(pk=1).first() or Breaker(pk=1)


def _locked() -> Breaker:
    # Whoever comes first makes the row.
    Breaker.objects.bulk_create([Breaker(pk=1)], ignore_conflicts=True)
    return Breaker.objects.select_for_update().get(pk=1)


def _counted(row: Breaker) -> Count:
    since = timezone.now() - HOUR
    if row.counted_from is not None:
        since = max(since, row.counted_from)
    sent = Delivery.objects.filter(handed_over_at__gt=since).count()
    return Count(row.opened_at is not None, sent, row.opened_at, row.reason)


def _open(row: Breaker, *, reason: str, sent: int, by: User | None) -> None:
    row.opened_at, row.reason, row.opened_count = timezone.now(), reason, sent
    row.save(update_fields=["opened_at", "reason", "opened_count"])
    row.refresh_from_db()
    _recorded("opened", by=by, reason=reason, sent=sent)
    raise_operational(
        dedupe_key=f"interventions.breaker.{row.opened_at:%Y%m%dT%H%M%S.%f}",
        message=gettext_noop(
            "Sending is stopped: the breaker is open. Nothing goes out until two people reset it."
        ),
        detail={"reason": reason, "sent_last_hour": sent},
    )


def _recorded(verb: str, *, by: User | None, reason: str, **detail: int) -> None:
    record(
        action=f"interventions.breaker.{verb}",
        subject_type="breaker",
        subject_id=1,
        actor=by,
        reason=reason,
        detail=detail,
    )


def _require(by: User) -> None:
    if not roles.of(by) & MAY_RESET:
        raise PermissionDenied(_("Only supervisors and compliance officers may stop and restart sending."))
