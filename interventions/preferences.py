"""In which language and time zone somebody reads, and whether single keys act; kept in their session.

Only what is shown goes by the reader's zone. Django's own current zone stays the bank's: by it forms read what is
typed, and sentences are written that are stored.
"""

import datetime as dt
from contextvars import ContextVar
from dataclasses import asdict, dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.contrib.auth.models import AbstractBaseUser
from django.contrib.auth.signals import user_logged_in
from django.contrib.sessions.backends.base import SessionBase
from django.dispatch import receiver
from django.http import HttpRequest

from customers import bank_clock
from interventions.models import StaffSettings

SESSION_KEY = "preferences"
_zone_name: ContextVar[str] = ContextVar("reader_zone", default="")


@dataclass(frozen=True, kw_only=True)
class Preferences:
    """What somebody chose; "" where they leave it to the browser or the bank."""

    language: str = ""
    time_zone: str = ""
    has_shortcuts: bool = True

    @classmethod
    def of(cls, user: AbstractBaseUser) -> Self:
        """Those of a user. One query."""
        found = StaffSettings.objects.filter(pk=user.pk).values(*cls.__dataclass_fields__).first()
        return cls(**found) if found else cls()


def remember(session: SessionBase, preferences: Preferences) -> None:
    """Keep them in the session, where no request has to look them up."""
    session[SESSION_KEY] = asdict(preferences)


def remembered(session: SessionBase) -> Preferences | None:
    """Those of this session; None before anybody logged in."""
    found: dict[str, Any] | None = session.get(SESSION_KEY)
    return Preferences(**found) if found is not None else None


@receiver(user_logged_in)
def remember_at_login(*, request: HttpRequest, user: AbstractBaseUser, **_: Any) -> None:
    """A session begins with what its user chose."""
    remember(request.session, Preferences.of(user))


def use_zone(name: str) -> None:
    """Show moments in this zone from now on, in this request alone; "" is the bank's."""
    _zone_name.set(name if is_zone(name) else "")


def zone() -> ZoneInfo:
    """The zone in which the reader wants moments of the wall clock: their own choice, else the bank's."""
    name = _zone_name.get()
    return ZoneInfo(name) if name else bank_clock.zone()


def is_elsewhere() -> bool:
    """Whether the reader's zone is not the bank's, so that moments of the bank's clock must name theirs."""
    return zone() != bank_clock.zone()


def local(moment: dt.datetime) -> dt.datetime:
    """A moment of the wall clock in the reader's zone."""
    return moment.astimezone(zone())


def is_zone(name: str) -> bool:
    """Whether the system knows a zone of this name."""
    if not name:
        return False
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


@lru_cache(maxsize=1)
def zones() -> tuple[str, ...]:
    """The zones that are offered: UTC, and each place once, by the name that it has now (zone.tab, of tzdata).

    Others that the system knows, such as Asia/Calcutta, are the same by earlier names; they are heeded where stored.
    """
    lines = files("tzdata.zoneinfo").joinpath("zone.tab").read_text(encoding="utf-8").splitlines()
    places = (line.split("\t")[2] for line in lines if line and not line.startswith("#"))
    return ("UTC", *sorted(name for name in places if is_zone(name)))
