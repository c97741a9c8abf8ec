"""What is known of a delivery after it was handed over, from whomever and in whatever order it is learnt.

Wall clock, but for the moment of contact, which is the bank's.
"""

import datetime as dt
import uuid

import structlog
from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_noop

from customers import bank_clock
from interventions.casework import cases
from interventions.contact.delivery_steps import State, held, recorded, settle, wait
from interventions.models import Delivery
from risk.alerts import raise_operational

log = structlog.get_logger(__name__)
# States in which nothing was sent, as far as we know.
NOT_OUT = frozenset({State.PENDING, State.CANCELLED, State.DENIED, State.FAILED})
FIRST_RETRY = dt.timedelta(seconds=30)
LONGEST_RETRY = dt.timedelta(minutes=30)
FIRST_LOOKUP = dt.timedelta(seconds=60)
LONGEST_LOOKUP = dt.timedelta(hours=1)
LOOKUPS_END = dt.timedelta(hours=24)


@transaction.atomic
def sent(*, delivery_id: uuid.UUID, provider: str, provider_id: str) -> None:
    """The provider has it."""
    delivery = held(delivery_id)
    if delivery.state in NOT_OUT:
        _contradicted(delivery, State.SENT, provider, provider_id)
        return
    if delivery.state not in (State.SENDING, State.UNKNOWN):
        # The provider told us first: it is delivered, or failed there, already.
        return
    delivery.provider, delivery.provider_id = provider, provider_id
    settle(delivery, State.SENT, "sent")
    _contact_counts(delivery)


@transaction.atomic
def not_sent(*, delivery_id: uuid.UUID, why: str, attempt: int | None = None) -> None:
    """It certainly did not go out, and will not.

    Args:
        delivery_id: which.
        why: in words without personal data.
        attempt: of which try this is known; None: of the last one. A later try is nobody else's to settle.
    """
    delivery = held(delivery_id)
    if attempt not in (None, delivery.attempts):
        return
    if delivery.state == State.SENDING:
        delivery.contacted_at, delivery.handed_over_at = None, None
    if delivery.state in (State.SENDING, State.UNKNOWN):
        settle(delivery, State.FAILED, "failed", error=why)


@transaction.atomic
def not_yet(
    *,
    delivery_id: uuid.UUID,
    why: str,
    wait_seconds: float = 0.0,
    is_of_provider: bool = False,
    attempt: int | None = None,
) -> None:
    """It certainly did not go out; it is tried again, up to SEND_ATTEMPTS_MAX times.

    What is wrong with the provider is no fault of the message: that is tried for as long as a message may wait.
    `attempt` as in `not_sent`: a worker that stood still for long must not put back what another is sending by now.
    """
    delivery = held(delivery_id)
    if delivery.state != State.SENDING or attempt not in (None, delivery.attempts):
        return
    delivery.contacted_at, delivery.handed_over_at = None, None
    if delivery.attempts >= settings.SEND_ATTEMPTS_MAX and not is_of_provider:
        settle(delivery, State.FAILED, "failed", error=why)
        return
    pause = min(FIRST_RETRY * 2 ** min(delivery.attempts - 1, 10), LONGEST_RETRY)
    wait(delivery, retry_at=timezone.now() + max(pause, dt.timedelta(seconds=wait_seconds)), error=why)
    recorded(delivery, "put_back", attempts=delivery.attempts, why=why)


@transaction.atomic
def unknown(*, delivery_id: uuid.UUID, why: str, attempt: int | None = None) -> None:
    """It may have gone out. Nobody sends it again; people are told. `attempt` as in `not_sent`."""
    delivery = held(delivery_id)
    if delivery.state != State.SENDING or attempt not in (None, delivery.attempts):
        return
    delivery.retry_at = timezone.now() + FIRST_LOOKUP
    settle(delivery, State.UNKNOWN, "unknown", error=why)
    raise_operational(
        dedupe_key=f"delivery.unknown.{delivery.pk}",
        message=gettext_noop(
            "A message to a customer may or may not have been sent. It is not sent again by itself: look at the"
            " provider's records (docs/runbook.md)."
        ),
        detail={
            "delivery": str(delivery.pk),
            "case": delivery.case_id,
            "channel": delivery.channel,
            "why": why,
        },
    )


@transaction.atomic
def looked_up_in_vain(*, delivery_id: uuid.UUID) -> None:
    """An unknown delivery was not found at the provider: look again later, ever less often, for a day."""
    delivery = held(delivery_id)
    if delivery.state != State.UNKNOWN or delivery.settled_at is None:
        return
    now = timezone.now()
    since = now - delivery.settled_at
    pause = min(max(since, FIRST_LOOKUP), LONGEST_LOOKUP)
    delivery.retry_at = None if since > LOOKUPS_END else now + pause
    delivery.save(update_fields=["retry_at"])


@transaction.atomic
def told(*, delivery_id: uuid.UUID, state: str, provider: str, provider_id: str, why: str = "") -> None:
    """The provider tells, in whatever order, what became of a delivery; what is settled for good stays."""
    delivery = held(delivery_id)
    ways = {
        State.SENT: (State.SENDING, State.UNKNOWN),
        State.DELIVERED: (State.SENDING, State.UNKNOWN, State.SENT),
        State.FAILED: (State.SENDING, State.UNKNOWN, State.SENT),
    }
    if delivery.state in NOT_OUT and state != State.FAILED:
        _contradicted(delivery, State(state), provider, provider_id)
        return
    if delivery.state not in ways[State(state)]:
        return
    is_news = delivery.state in (State.SENDING, State.UNKNOWN)
    if not delivery.provider_id:
        delivery.provider, delivery.provider_id = provider, provider_id
    settle(delivery, State(state), str(state), error=why)
    if is_news and state != State.FAILED:
        _contact_counts(delivery)


def _contact_counts(delivery: Delivery) -> None:
    """Tell the case. What is known of the message is stored even where that fails."""
    # The database has no such row without it.
    at = delivery.contacted_at or bank_clock.now()
    try:
        with transaction.atomic():
            cases.contacted(case=delivery.case, at=at)
    except Exception as error:
        log.exception("a case was not told of a contact", delivery=str(delivery.pk), case=delivery.case_id)
        raise_operational(
            dedupe_key=f"delivery.contact.{delivery.pk}",
            message=gettext_noop("A customer was contacted, but the case does not show it."),
            detail={"delivery": str(delivery.pk), "case": delivery.case_id, "error": type(error).__name__},
        )


def _contradicted(delivery: Delivery, state: Delivery.State, provider: str, provider_id: str) -> None:
    """A provider has what we took for certainly not sent. It is not sent again, and people are told."""
    if delivery.state == State.FAILED and delivery.contacted_at is not None:
        # It was handed over and came to nothing there, which is told in any order.
        return
    raise_operational(
        dedupe_key=f"delivery.contradicted.{delivery.pk}",
        message=gettext_noop(
            "A provider has a message that it had refused, or that was never to go out. It is not sent again; look"
            " at the provider's records."
        ),
        detail={
            "delivery": str(delivery.pk),
            "case": delivery.case_id,
            "channel": delivery.channel,
            "state": delivery.state,
        },
    )
    if delivery.state != State.PENDING:
        return
    if not delivery.attempts or not provider_id:
        # Of a try that the database has lost, as after falling back to an older copy of itself. There is no second.
        settle(
            delivery, State.CANCELLED, "cancelled", error=gettext_noop("A provider has this message already.")
        )
        return
    delivery.provider, delivery.provider_id = provider, provider_id
    delivery.contacted_at, delivery.handed_over_at = bank_clock.now(), timezone.now()
    settle(delivery, state, str(state))
    _contact_counts(delivery)
