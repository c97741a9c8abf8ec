"""What killed workers left behind, and what is unknown: looked up at the provider, never sent again blindly."""

import datetime as dt
import time

from django.conf import settings
from django.utils import timezone

from interventions.contact.delivery_steps import State
from interventions.models import Delivery
from interventions.sending import exchange, settling, stuck
from interventions.sending.exchange import Handed, NotThere, Transport

LONGEST_RUN_SECONDS = 4.0
# A provider that takes longer over a question is not asked again in the same run.
LONGEST_ANSWER_SECONDS = 3.0


def reap() -> int:
    """Look into what killed workers left behind, and again at what is unknown; returns how many were settled."""
    overdue = timezone.now() - dt.timedelta(seconds=settings.SEND_REAP_SECONDS)
    left = Delivery.objects.filter(state=State.SENDING, claimed_at__lt=overdue).order_by("claimed_at")
    open_ = Delivery.objects.filter(state=State.UNKNOWN, retry_at__lte=timezone.now()).order_by("retry_at")
    transports, count, silent = exchange.transports(), 0, set[str]()
    until = time.monotonic() + LONGEST_RUN_SECONDS
    for delivery in [*left[:200], *open_[:50]]:
        is_silent, began = delivery.provider in silent, time.monotonic()
        if is_silent and delivery.state == State.UNKNOWN:
            continue
        if not is_silent and began > until:
            break
        try:
            count += _look_into(delivery, None if is_silent else transports.get(delivery.channel))
        except Exception as error:
            # It stays as it is, and the others are looked into.
            stuck.tell(delivery.pk, error)
        if time.monotonic() - began > LONGEST_ANSWER_SECONDS:
            # Whoever was left behind by it is unknown at once: people must not learn of them one by one.
            silent.add(delivery.provider)
    return count


def _look_into(delivery: Delivery, transport: Transport | None) -> bool:
    """Settle a delivery that nobody is sending any more, by what its provider can tell."""
    found, attempt = exchange.looked_up(delivery, transport), delivery.attempts
    if isinstance(found, Handed):
        settling.sent(delivery_id=delivery.pk, provider=found.provider, provider_id=found.provider_id)
    elif isinstance(found, NotThere) and delivery.state == State.SENDING:
        settling.not_yet(
            delivery_id=delivery.pk,
            why="The worker was killed before it handed the message over",
            attempt=attempt,
        )
    elif isinstance(found, NotThere):
        why = "Looked up at the provider: it was not sent"
        settling.not_sent(delivery_id=delivery.pk, why=why, attempt=attempt)
    elif delivery.state == State.SENDING:
        why = "The worker was killed while it sent the message"
        settling.unknown(delivery_id=delivery.pk, why=why, attempt=attempt)
    else:
        settling.looked_up_in_vain(delivery_id=delivery.pk)
        return False
    return True
