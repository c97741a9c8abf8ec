"""The bank's clock: one `now()` for everything that is about the bank's days.

Windows, due dates, SLA, quiet hours and caps use it. Latency, sessions and retries use the wall clock. In
production the two are the same. A demonstration runs faster: its anchor is a row in the database, so that every
process agrees, it only moves forward, and it stands still while the system is stopped.
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
# Beat re-anchors the clock every few seconds; when nobody has for this long, the system is down and the clock
# stands.
LEASE = dt.timedelta(seconds=30)
FIRST_HOUR = 9


@dataclass
class _Cached:
    anchor: BankClock | None = None
    read_at: float = float("-inf")
    latest: dt.datetime | None = None


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
    reading = _reading(anchor, timezone.now())
    # Another process may have paused the clock since we read its anchor: stand still rather than go back.
    _cached.latest = max(reading, _cached.latest or reading)
    return _cached.latest


def today() -> dt.date:
    """The bank's day."""
    return day_of(now())


def day_of(moment: dt.datetime) -> dt.date:
    """The bank day in which a moment lies."""
    return moment.astimezone(zone()).date()


def start_of(day: dt.date) -> dt.datetime:
    """The first moment of a bank day, aware."""
    return dt.datetime.combine(day, dt.time.min, tzinfo=zone())


def begin(at: dt.datetime) -> dt.datetime:
    """Have a demonstration's clock stand at a moment until it is first started; returns the bank's time.

    Does nothing in production, and nothing once the clock stands somewhere.

    Args:
        at: An aware moment, not before the first morning of the present day.

    Raises:
        ValueError: It is: what was written by now would lie in the future.
    """
    if not settings.BANK_CLOCK_SPEED:
        return timezone.now()
    if at < _first_morning():
        raise ValueError(f"{at.isoformat()} is before the bank's present time.")
    with transaction.atomic():
        anchor, is_first = BankClock.objects.select_for_update().get_or_create(
            id=1, defaults={"bank_at": at, "wall_at": timezone.now(), "speed": 0.0}
        )
        if is_first:
            _cached.read_at = float("-inf")
    return now() if is_first else anchor.bank_at


def run() -> dt.datetime:
    """Start or go on with the demonstration's clock at the configured speed; returns the bank's time.

    Does nothing in production. The first start is where `begin` put it, else at 09:00 of the present day; a later
    one goes on where the clock was paused.
    """
    if not settings.BANK_CLOCK_SPEED:
        return timezone.now()
    with transaction.atomic():
        anchor, is_first = BankClock.objects.select_for_update().get_or_create(
            id=1, defaults={"bank_at": _first_morning(), "wall_at": timezone.now(), "speed": 0.0}
        )
        if is_first:
            _cached.latest = None
        return _anchor_at(anchor, speed=settings.BANK_CLOCK_SPEED)


def tick() -> dt.datetime:
    """Re-anchor a running clock, which renews its lease; returns the bank's time."""
    return _anchor_again(pause=False)


def pause() -> dt.datetime:
    """Stop the demonstration's clock, so that no bank day passes unseen; returns the bank's time."""
    return _anchor_again(pause=True)


def speed() -> float:
    """Bank seconds per wall second: 1 in production, 0 while a demonstration's clock stands."""
    if not settings.BANK_CLOCK_SPEED:
        return 1.0
    anchor = BankClock.objects.filter(id=1).first()
    return anchor.speed if anchor else 0.0


def _anchor_again(*, pause: bool) -> dt.datetime:
    if not settings.BANK_CLOCK_SPEED:
        return timezone.now()
    with transaction.atomic():
        # Read under the lock: a tick must not set a clock going that is being paused.
        anchor = BankClock.objects.select_for_update().filter(id=1).first()
        if anchor is None or not anchor.speed:
            return now()
        return _anchor_at(anchor, speed=0.0 if pause else anchor.speed)


def _anchor_at(anchor: BankClock, *, speed: float) -> dt.datetime:
    wall = timezone.now()
    anchor.bank_at, anchor.wall_at, anchor.speed = _reading(anchor, wall), wall, speed
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
