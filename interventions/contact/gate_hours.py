"""Hours of the day in a zone whose clocks may be put forward or back. Pure.

What is lawful is said in local time, and some local times come twice a year or never. Everything here goes by
moments and asks for their local time, never the other way round, so that neither is guessed at.
"""

import datetime as dt
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

DAY = dt.timedelta(days=1)
SECOND = dt.timedelta(seconds=1)
# They are in the list of zones, and say nothing about where anybody is.
NOWHERE = frozenset({"Factory", "localtime", "posixrules"})


class UnknownZone(ValueError):
    """Nobody knows the hour at which the customer would be reached."""


@cache
def zone_of(name: str) -> ZoneInfo:
    """A time zone by its name.

    Raises:
        UnknownZone: there is none of this name.
    """
    if name in NOWHERE or name not in available_timezones():
        raise UnknownZone(name)
    return ZoneInfo(name)


def local(zone: ZoneInfo, moment: dt.datetime) -> dt.datetime:
    """What the clock on the wall shows there, without a zone."""
    return moment.astimezone(zone).replace(tzinfo=None, fold=0)


def midnight_after(zone: ZoneInfo, moment: dt.datetime) -> dt.datetime:
    """The local time at which the next day begins."""
    return dt.datetime.combine(local(zone, moment).date() + DAY, dt.time.min)


def reach(zone: ZoneInfo, *, since: dt.datetime, wall: dt.datetime) -> dt.datetime:
    """The first moment, from `since` on, at which the clock there shows `wall` or later.

    Where the clock is changed before, the moment of the change: whoever asks looks again from there.

    Args:
        zone: Where.
        since: An aware moment.
        wall: A local time without a zone, at most a day or so ahead.

    Returns:
        An aware moment in UTC; never later than the one at which `wall` is reached.
    """
    since = since.astimezone(dt.UTC)
    wait = wall - local(zone, since)
    if wait <= dt.timedelta(0):
        return since
    reached = since + wait
    return reached if _offset(zone, reached) == _offset(zone, since) else _change(zone, since, reached)


def _offset(zone: ZoneInfo, moment: dt.datetime) -> dt.timedelta:
    return local(zone, moment) - moment.replace(tzinfo=None)


def _change(zone: ZoneInfo, before: dt.datetime, after: dt.datetime) -> dt.datetime:
    """The first whole second with another offset than `before`, by halving."""
    offset = _offset(zone, before)
    low, high = int(before.timestamp()), -int(-after.timestamp() // 1)
    while high - low > 1:
        middle = (low + high) // 2
        if _offset(zone, dt.datetime.fromtimestamp(middle, dt.UTC)) == offset:
            low = middle
        else:
            high = middle
    return dt.datetime.fromtimestamp(high, dt.UTC)
