"""The bank's clock: one `now()` for everything that is about the bank's days.

Windows, due dates, SLA, quiet hours and caps use it. Latency, sessions and retries use the wall clock. In production
the two are the same. A demonstration runs faster: its anchor is a row in the database, so that every process agrees,
it only moves forward, and it stands still while the system is stopped.
"""

import datetime as dt
import time
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from customers.models import BankClock

ANCHOR_TTL_SECONDS = 2.0
# Beat re-anchors the clock every few seconds; when nobody has for this long, the system is down and the clock stands.
LEASE = dt.timedelta(seconds=30)
FIRST_HOUR = 9


@dataclass
class _Cached:
    anchor: BankClock | None = None
    read_at: float = float("-inf")


_cached = _Cached()


def zone() -> ZoneInfo:
    """The bank's time zone, in which its days begin and end."""
    return ZoneInfo(settings.BANK_TIME_ZONE)


def now() -> dt.datetime:
    """The bank's time, aware, in UTC."""
    if not settings.BANK_CLOCK_SPEED:
        return timezone.now()
    anchor = _anchor()
    if anchor is None:
        return _first_morning()
    return _reading(anchor, timezone.now())


def today() -> dt.date:
    """The bank's day."""
    return day_of(now())


def day_of(moment: dt.datetime) -> dt.date:
    """The bank day in which a moment lies."""
    return moment.astimezone(zone()).date()


def start_of(day: dt.date) -> dt.datetime:
    """The first moment of a bank day, aware."""
    return dt.datetime.combine(day, dt.time.min, tzinfo=zone())


def run() -> dt.datetime:
    """Start or go on with the demonstration's clock at the configured speed; returns the bank's time.

    Does nothing in production. The first start is at 09:00 of the present day; a later one goes on where the clock
    was paused.
    """
    return _set_speed(settings.BANK_CLOCK_SPEED)


def tick() -> dt.datetime:
    """Re-anchor a running clock, which renews its lease; returns the bank's time."""
    if not settings.BANK_CLOCK_SPEED:
        return timezone.now()
    anchor = BankClock.objects.filter(id=1).first()
    return _set_speed(anchor.speed) if anchor and anchor.speed else now()


def pause() -> dt.datetime:
    """Stop the demonstration's clock, so that no bank day passes unseen; returns the bank's time."""
    return _set_speed(0.0)


def _set_speed(speed: float) -> dt.datetime:
    if not settings.BANK_CLOCK_SPEED:
        return timezone.now()
    wall = timezone.now()
    with transaction.atomic():
        anchor, _ = BankClock.objects.select_for_update().get_or_create(
            id=1, defaults={"bank_at": _first_morning(), "wall_at": wall, "speed": 0.0}
        )
        anchor.bank_at = _reading(anchor, wall)
        anchor.wall_at = wall
        anchor.speed = speed
        anchor.save()
    _cached.read_at = float("-inf")
    return anchor.bank_at


def _anchor() -> BankClock | None:
    if time.monotonic() - _cached.read_at > ANCHOR_TTL_SECONDS:
        _cached.anchor = BankClock.objects.filter(id=1).first()
        _cached.read_at = time.monotonic()
    return _cached.anchor


def _reading(anchor: BankClock, wall: dt.datetime) -> dt.datetime:
    # A wall clock set back must not take the bank back with it.
    passed = min(max(dt.timedelta(0), wall - anchor.wall_at), LEASE)
    return anchor.bank_at + passed * anchor.speed


def _first_morning() -> dt.datetime:
    today_on = timezone.now().astimezone(zone()).date()
    return dt.datetime.combine(today_on, dt.time(FIRST_HOUR), tzinfo=zone()).astimezone(dt.UTC)
