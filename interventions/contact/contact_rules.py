"""The rules of contact that a pack sets, as the send gate reads them. Pure."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

Span = tuple[dt.time, dt.time]


@dataclass(frozen=True, slots=True)
class Hours:
    """When a channel may be used, in the customer's local time; None: not on such a day.

    From the first time on, and no more from the second.
    """

    weekdays: Span | None
    saturday: Span | None
    sunday: Span | None

    def on(self, day: dt.date) -> Span | None:
        """The hours of a day."""
        if day.weekday() < 5:
            return self.weekdays
        return self.saturday if day.weekday() == 5 else self.sunday


@dataclass(frozen=True, slots=True)
class Cap:
    """At most so many contacts on these channels within so many days."""

    contacts: int
    days: int
    channels: frozenset[str]


@dataclass(frozen=True, slots=True)
class Automatic:
    """What may be sent without a person's confirmation of each message."""

    effects: frozenset[str]
    levels: frozenset[str]
    channels: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """One pack.

    Args:
        name: Of the pack with its version, such as india-1.
        content_hash: Of its content; stored with each decision.
        jurisdiction: ISO 3166 code of the country.
        holiday_regions: Whose bank holidays are kept, with their parts (IN-MH counts for IN).
        contact_hours: By channel.
        caps: All of them hold.
        conversation_days: After a conversation nobody is contacted for so long …
        conversation_purposes: … for these purposes.
        after_message_hours: Between one written or spoken message and the next.
        after_not_reached_hours: Between an attempt at calling and the next.
        wrong_person_days: How long no telephone is used after somebody else answered.
        breaker_sends_per_hour: More than that stops everything.
        holds: By kind, "deny" or "review".
        automatic: What may go out by itself.
        purposes: By purpose, the channels.
    """

    name: str
    content_hash: str
    jurisdiction: str
    holiday_regions: tuple[str, ...]
    contact_hours: Mapping[str, Hours]
    caps: tuple[Cap, ...]
    conversation_days: int
    conversation_purposes: frozenset[str]
    after_message_hours: int
    after_not_reached_hours: int
    wrong_person_days: int
    breaker_sends_per_hour: int
    holds: Mapping[str, str]
    automatic: Automatic
    purposes: Mapping[str, frozenset[str]]
