"""Checks of the send gate: may it be now, so soon after the last contact and at this hour? Pure."""

import datetime as dt
from collections.abc import Callable
from typing import Any
from zoneinfo import ZoneInfo

from interventions.contact.contact_rules import Rules
from interventions.contact.gate_facts import Contact, Facts, MissingFact
from interventions.contact.gate_findings import Finding, iso, judged, known, until
from interventions.contact.gate_hours import UnknownZone, local, midnight_after, reach, zone_of

TELEPHONE = frozenset({"sms", "whatsapp", "voice", "call"})
MESSAGES = frozenset({"sms", "whatsapp", "email", "voice"})
RINGS = frozenset({"voice", "call"})
SPOKE, WRONG_PERSON = "spoke", "wrong_person"


def conversation(facts: Facts, rules: Rules, now: dt.datetime) -> Finding:
    """After somebody spoke with the customer, they are left in peace."""
    days = rules.conversation_days
    spoken = [talk.at for talk in known(facts.talks, "talks") if talk.result == SPOKE]
    last = max(spoken, default=None)
    looked_at = {"last_at": iso(last), "days": days, "purpose": facts.purpose}
    if last is None or known(facts.purpose, "purpose") not in rules.conversation_purposes:
        return judged(False, **looked_at)
    return until(last + dt.timedelta(days=days), now, **looked_at)


def frequency(facts: Facts, rules: Rules, now: dt.datetime) -> Finding:
    """Not more contacts than the caps allow, whatever their channel and outcome."""
    channel, contacts = known(facts.channel, "channel"), known(facts.contacts, "contacts")
    looked_at: list[dict[str, Any]] = []
    free_at: dt.datetime | None = None
    for cap in rules.caps:
        if channel not in cap.channels:
            continue
        length = dt.timedelta(days=cap.days)
        counted = sorted(
            (each.at for each in contacts if each.channel in cap.channels and each.at + length > now),
            reverse=True,
        )
        looked_at.append({"contacts": len(counted), "limit": cap.contacts, "days": cap.days})
        if len(counted) >= cap.contacts:
            ends = counted[cap.contacts - 1] + length
            free_at = ends if free_at is None else max(free_at, ends)
    if not looked_at:
        raise MissingFact("cap")
    return until(free_at, now, caps=looked_at)


def message_cool_down(facts: Facts, rules: Rules, now: dt.datetime) -> Finding:
    """Some time lies between one message and the next."""
    hours = rules.after_message_hours
    last = _last(facts, lambda each: each.is_message)
    return _rested(facts, MESSAGES, last, dt.timedelta(hours=hours), now, hours=hours)


def call_cool_down(facts: Facts, rules: Rules, now: dt.datetime) -> Finding:
    """Whoever was not reached is not called again at once."""
    hours = rules.after_not_reached_hours
    last = _last(facts, lambda each: each.is_attempt)
    return _rested(facts, RINGS, last, dt.timedelta(hours=hours), now, hours=hours)


def wrong_person(facts: Facts, rules: Rules, now: dt.datetime) -> Finding:
    """Where somebody else answered, the number may be theirs: what is private is not sent to it."""
    days = rules.wrong_person_days
    found = [
        talk.at
        for talk in known(facts.talks, "talks")
        if talk.result == WRONG_PERSON and talk.channel in TELEPHONE
    ]
    last = max(found, default=None)
    return _rested(facts, TELEPHONE, last, dt.timedelta(days=days), now, days=days)


def schedule(facts: Facts, rules: Rules, now: dt.datetime) -> Finding:
    """Not before the moment for which somebody meant it."""
    return until(facts.not_before_at, now, not_before_at=iso(facts.not_before_at))


def holiday(facts: Facts, rules: Rules, now: dt.datetime) -> Finding:
    """Not on a bank holiday, which is a day where the customer lives."""
    place = _place(facts)
    day = local(place, now).date()
    if day not in known(facts.holidays, "holidays"):
        return judged(False, day=day.isoformat())
    ends = reach(place, since=now, wall=midnight_after(place, now))
    return Finding(True, {"day": day.isoformat()}, ends)


def quiet_hours(facts: Facts, rules: Rules, now: dt.datetime) -> Finding:
    """Only at hours at which the channel may be used, by the clock where the customer lives."""
    place = _place(facts)
    hours = known(rules.contact_hours.get(known(facts.channel, "channel")), "contact_hours")
    here = local(place, now)
    span = hours.on(here.date())
    looked_at = {
        "local": here.isoformat(timespec="minutes"),
        "time_zone": facts.time_zone,
        "hours": [each.isoformat("minutes") for each in span] if span else None,
    }
    if span and span[0] <= here.time() < span[1]:
        return judged(False, **looked_at)
    is_early = span is not None and here.time() < span[0]
    opens = dt.datetime.combine(here.date(), span[0]) if span and is_early else midnight_after(place, now)
    return Finding(True, looked_at, reach(place, since=now, wall=opens))


def _rested(
    facts: Facts,
    channels: frozenset[str],
    last: dt.datetime | None,
    length: dt.timedelta,
    now: dt.datetime,
    /,
    **limit: Any,
) -> Finding:
    """Denied by these channels until so long after the last time, if there was one."""
    looked_at = {"last_at": iso(last), **limit}
    if last is None or known(facts.channel, "channel") not in channels:
        return judged(False, **looked_at)
    return until(last + length, now, **looked_at)


def _place(facts: Facts) -> ZoneInfo:
    try:
        return zone_of(known(facts.time_zone, "time_zone"))
    except UnknownZone:
        raise MissingFact("time_zone") from None


def _last(facts: Facts, counts: Callable[[Contact], bool]) -> dt.datetime | None:
    return max((each.at for each in known(facts.contacts, "contacts") if counts(each)), default=None)
