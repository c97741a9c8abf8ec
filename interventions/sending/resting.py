"""Providers in trouble are left in peace for a while, longer each time: no message is spent on finding out again.

A provider that is away would otherwise hold every worker for the length of an exchange, and one that answers nonsense
would turn everything that is due into messages of which nobody knows. Wall clock.
"""

import datetime as dt

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_noop

from interventions.models import Delivery, ProviderRest
from risk.alerts import raise_operational

# So many failures in a row are no accident.
FAILURES = 3
FIRST_REST = dt.timedelta(seconds=5)
LONGEST_REST = dt.timedelta(minutes=5)
LONGEST_WISH = dt.timedelta(hours=1)


def unavailable() -> set[str]:
    """The providers that rest, and those that have as many messages in hand as they may."""
    now = timezone.now()
    # What lies further ahead than anybody rests is of a clock that was wrong and has been put right.
    resting = ProviderRest.objects.filter(until_at__gt=now, until_at__lte=now + LONGEST_WISH)
    # Whatever began before has ended, or its worker has.
    since = now - dt.timedelta(seconds=2 * settings.SEND_TIMEOUT_SECONDS)
    in_hand: dict[str, int] = {}
    sending = Delivery.objects.filter(state=Delivery.State.SENDING, claimed_at__gt=since)
    for provider in sending.values_list("provider", flat=True):
        in_hand[provider] = in_hand.get(provider, 0) + 1
    busy = {provider for provider, count in in_hand.items() if count >= settings.SEND_AT_ONCE_MAX}
    return {*resting.values_list("provider", flat=True), *busy}


def worked(provider: str) -> None:
    """It answered: what went wrong before is forgotten."""
    ProviderRest.objects.filter(provider=provider, failures__gt=0).update(failures=0, until_at=None, why="")


@transaction.atomic
def failed(provider: str, *, why: str, wait_seconds: float = 0.0, is_certain: bool = False) -> None:
    """It did not answer, or not so that anything is known; from the third time in a row on it rests.

    Args:
        provider: its transport's name.
        why: in words without personal data.
        wait_seconds: its own wish, which is heeded at once.
        is_certain: it will not get better by itself; it rests at once.
    """
    ProviderRest.objects.bulk_create([ProviderRest(provider=provider)], ignore_conflicts=True)
    found = ProviderRest.objects.select_for_update().get(pk=provider)
    now = timezone.now()
    standing_until = found.until_at if found.until_at and found.until_at <= now + LONGEST_WISH else now
    if standing_until <= now:
        # What several workers learn at once, or of what began before the rest, is one failure.
        found.failures += 1
    pause = dt.timedelta(seconds=min(wait_seconds, LONGEST_WISH.total_seconds()))
    if is_certain or found.failures >= FAILURES:
        doublings = min(max(found.failures - FAILURES, 0), 10)
        pause = max(pause, min(FIRST_REST * 2**doublings, LONGEST_REST))
    if pause:
        found.until_at = max(standing_until, now + pause)
    found.why = why
    found.save()
    if pause and found.failures >= FAILURES:
        raise_operational(
            dedupe_key=f"provider.rests.{provider}.{now:%Y-%m-%d}",
            message=gettext_noop(
                "A provider of messages fails again and again. Messages by it wait, and it is tried now and then."
            ),
            detail={"provider": provider, "why": why},
        )
