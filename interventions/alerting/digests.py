"""The e-mail digest: claimed first, sent outside any transaction, settled afterwards; never sent twice.

A worker that is killed in between leaves a row that is being sent, which becomes "unknown" and is not sent again: what
it would have said stands in the list of alerts, too.
"""

import datetime as dt
import smtplib

import structlog
from django.db import transaction
from django.utils import timezone

from audit import services as audit
from customers import roles
from interventions.alerting import audience, choosing, digest_mail, feed
from interventions.casework import bank_calendar, business_hours
from interventions.models import AlertDigest, AlertSettings

# What was told within it may still be in a transaction that is not committed: the next digest has it.
UNSETTLED = dt.timedelta(minutes=3)
ABANDONED = dt.timedelta(minutes=10)
# Nobody reads that many one by one; "999+" is written.
MOST_COUNTED = 1_000
MOST_AT_ONCE = 200
State, Digest = AlertDigest.State, AlertSettings.Digest
log = structlog.get_logger(__name__)


def send_due() -> int:
    """Send every digest whose time has come; returns how many were tried."""
    settle_abandoned()
    tried = 0
    for _turn in range(MOST_AT_ONCE):
        with transaction.atomic():
            chosen = _next_due()
            if chosen is None:
                break
            digest = _claim(chosen)
        if digest is not None:
            tried += 1
            _send(digest)
    return tried


def settle_abandoned() -> int:
    """Write down as unknown what a killed worker left; returns how many."""
    left = AlertDigest.objects.filter(state=State.SENDING, claimed_at__lt=timezone.now() - ABANDONED)
    return left.update(
        state=State.UNKNOWN, settled_at=timezone.now(), error="the worker that sent it did not come back"
    )


def _next_due() -> AlertSettings | None:
    """The settings of somebody whose digest is due, under lock."""
    due = AlertSettings.objects.filter(next_digest_at__lte=timezone.now()).order_by("next_digest_at")
    return due.select_for_update(of=("self",), skip_locked=True).select_related("user").first()


def _claim(chosen: AlertSettings) -> AlertDigest | None:
    """Set the time of the next digest, and write this one down where there is something to say."""
    now, user = timezone.now(), chosen.user
    following = choosing.next_digest(chosen, after=now, zone=choosing.zone_of(user))
    chosen.next_digest_at = following
    chosen.save(update_fields=["next_digest_at"])
    if chosen.is_working_hours_only and (opens_at := _opens_at(now)) > now:
        # A daily one whose own hour the bank never keeps would not come at all.
        if chosen.digest == Digest.DAILY and (following is None or opens_at < following):
            chosen.next_digest_at = opens_at
            chosen.save(update_fields=["next_digest_at"])
        return None
    begins, ends = chosen.covered_to, now - UNSETTLED
    if begins is None or ends <= begins or not user.is_active or not user.email:
        return None
    kinds = [kind for kind in audience.of(roles.of(user)) if kind not in chosen.not_in_mail]
    wanted = feed.Wanted(kinds=kinds, is_unread=True, since=begins, until=ends)
    counts = feed.counts_by_kind(user, chosen, wanted, most=MOST_COUNTED)
    chosen.covered_to = ends
    chosen.save(update_fields=["covered_to"])
    if not counts:
        return None
    return AlertDigest.objects.create(
        user=user, covers_from=begins, covers_to=ends, counts=counts, claimed_at=now
    )


def _opens_at(moment: dt.datetime) -> dt.datetime:
    """The moment itself within the bank's business hours, else when they begin again."""
    return business_hours.deadline(start=moment, hours=0, calendar=bank_calendar.calendar())


def _send(digest: AlertDigest) -> None:
    try:
        message = digest_mail.compose(digest)
        message.send()
    except (ConnectionRefusedError, smtplib.SMTPConnectError, smtplib.SMTPResponseException) as error:
        # The server said no, or there was none: it certainly did not take it.
        _settle(digest, State.FAILED, error)
    except smtplib.SMTPRecipientsRefused as error:
        _settle(digest, State.FAILED, error)
    except (OSError, smtplib.SMTPException) as error:
        _settle(digest, State.UNKNOWN, error)
    else:
        _settle(digest, State.SENT, None)


@transaction.atomic
def _settle(digest: AlertDigest, state: AlertDigest.State, error: Exception | None) -> None:
    """Note what became of it; what certainly was not sent, the next digest says."""
    # No text of a mail server's: it may repeat the address.
    said = type(error).__name__ if error else ""
    moved = AlertDigest.objects.filter(pk=digest.pk, state=State.SENDING)
    if not moved.update(state=state, settled_at=timezone.now(), error=said):
        return
    if error:
        log.warning("an e-mail digest was not sent for certain", digest=digest.pk, state=state, error=said)
    if state == State.FAILED:
        kept = AlertSettings.objects.filter(user=digest.user_id, covered_to=digest.covers_to)
        kept.update(covered_to=digest.covers_from)
    audit.record(
        action=f"interventions.alert_digest.{state}",
        subject_type="user",
        subject_id=digest.user_id,
        subject_label=audit.label_of(digest.user),
        detail={"digest": digest.pk, "counts": digest.counts, **({"error": said} if said else {})},
    )
