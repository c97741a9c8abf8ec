"""The rules of the send gate, one function each, in the order in which they are asked. Pure.

A check says what it looked at and whether that denies; where time alone can end the denial, it names a moment before
which it cannot. What it needs and nobody told it denies (`MissingFact`), and so does what it does not know.
"""

import datetime as dt
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from interventions.contact.contact_rules import Rules
from interventions.contact.gate_facts import CONFIRM, LOOK, SEND, Contact, Facts, Hold, MissingFact
from interventions.contact.gate_hours import UnknownZone, local, midnight_after, reach, zone_of

TELEPHONE = frozenset({"sms", "whatsapp", "voice", "call"})
MESSAGES = frozenset({"sms", "whatsapp", "email", "voice"})
RINGS = frozenset({"voice", "call"})
SUPPORT = "support"
SUPPORTIVE, AGREED, ADVERSE = "supportive", "agreed", "adverse"
REVIEW = "review"
KINDS = ("vulnerability", "hardship", "arrears", "complaint", "legal", "bereavement")
SPOKE, WRONG_PERSON = "spoke", "wrong_person"


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found.

    Args:
        is_denied: Whether it forbids the contact now.
        looked_at: The facts and limits it went by, as plain values.
        not_before: Where it denies: no earlier moment than this can be lawful; None: time alone does not help.
    """

    is_denied: bool
    looked_at: dict[str, Any]
    not_before: dt.datetime | None = None


T = TypeVar("T")
Check = Callable[[Facts, Rules, dt.datetime], Finding]


def known(value: T | None, name: str) -> T:
    """A fact that must not be missing.

    Raises:
        MissingFact: it is.
    """
    if value is None:
        raise MissingFact(name)
    return value


def _judged(is_denied: bool, /, **looked_at: Any) -> Finding:
    return Finding(is_denied, looked_at)


def _until(moment: dt.datetime | None, now: dt.datetime, /, **looked_at: Any) -> Finding:
    """Denied until a moment, where it lies ahead."""
    is_denied = moment is not None and moment > now
    return Finding(is_denied, looked_at, moment if is_denied else None)


def breaker(facts: Facts, rules: Rules, now: dt.datetime) -> Finding:
    """More goes out than anybody meant: nothing goes out."""
    is_open = known(facts.is_breaker_open, "is_breaker_open")
    sent = known(facts.sent_last_hour, "sent_last_hour")
    limit = rules.breaker_sends_per_hour
    return _judged(is_open or sent >= limit, is_open=is_open, sent_last_hour=sent, limit=limit)


def case(facts: Facts, rules: Rules, now: dt.datetime) -> Finding:
    """Nobody is contacted for a case that is closed."""
    is_open = known(facts.is_case_open, "is_case_open")
    return _judged(not is_open, is_case_open=is_open)


def purpose(facts: Facts, rules: Rules, now: dt.datetime) -> Finding:
    """The pack permits the channel for this purpose."""
    channel, named = known(facts.channel, "channel"), known(facts.purpose, "purpose")
    permitted = rules.purposes.get(named, frozenset())
    return _judged(channel not in permitted, channel=channel, purpose=named, permitted=sorted(permitted))


def template(facts: Facts, rules: Rules, now: dt.datetime) -> Finding:
    """The words are of a template that two people answer for, unaltered and valid now."""
    is_standing = known(facts.is_template_standing, "is_template_standing")
    is_as_written = known(facts.is_template_as_written, "is_template_as_written")
    begins, ends = facts.template_valid_from, facts.template_valid_until
    looked_at = {
        "is_standing": is_standing,
        "is_as_written": is_as_written,
        "valid_from": _iso(begins),
        "valid_until": _iso(ends),
    }
    if not (is_standing and is_as_written) or (ends is not None and now >= ends):
        return Finding(True, looked_at)
    return _until(begins, now, **looked_at)


def body(facts: Facts, rules: Rules, now: dt.datetime) -> Finding:
    """What would be sent is, letter for letter, what was confirmed."""
    if facts.moment == LOOK:
        return _judged(False, written="not yet")
    is_intact = known(facts.is_body_intact, "is_body_intact")
    return _judged(
        not is_intact, is_body_intact=is_intact, body_sha256=known(facts.body_sha256, "body_sha256")
    )


def edit(facts: Facts, rules: Rules, now: dt.datetime) -> Finding:
    """Words beyond the template were approved by somebody else than who wrote them."""
    if facts.moment == LOOK:
        return _judged(False, written="not yet")
    is_edited = known(facts.is_edited, "is_edited")
    is_approved = is_edited and known(facts.is_edit_approved, "is_edit_approved")
    return _judged(is_edited and not is_approved, is_edited=is_edited, is_edit_approved=is_approved)


def adverse(facts: Facts, rules: Rules, now: dt.datetime) -> Finding:
    """What is to the customer's disadvantage is never automatic, and never without reasons."""
    effect = known(facts.effect, "effect")
    looked_at: dict[str, Any] = {"effect": effect}
    if effect in (SUPPORTIVE, AGREED):
        return _judged(False, **looked_at)
    is_automatic, reasons = known(facts.is_automatic, "is_automatic"), known(facts.reasons, "reasons")
    is_fit = effect == ADVERSE and not is_automatic and reasons > 0
    return _judged(not is_fit, **looked_at, is_automatic=is_automatic, reasons=reasons)


def confirmed(facts: Facts, rules: Rules, now: dt.datetime) -> Finding:
    """A person confirmed this very message, or the pack lets its like go out by itself."""
    if facts.moment == LOOK:
        return _judged(False, confirmed="not yet")
    if facts.moment not in (CONFIRM, SEND):
        raise MissingFact("moment")
    if not known(facts.is_automatic, "is_automatic"):
        by, at = known(facts.confirmed_by, "confirmed_by"), known(facts.confirmed_at, "confirmed_at")
        return _judged(False, is_automatic=False, confirmed_by=by, confirmed_at=_iso(at))
    permitted, effect, level = rules.automatic, known(facts.effect, "effect"), known(facts.level, "level")
    channel = known(facts.channel, "channel")
    is_permitted = effect in permitted.effects and level in permitted.levels and channel in permitted.channels
    return _judged(not is_permitted, is_automatic=True, effect=effect, level=level, channel=channel)


def consent(facts: Facts, rules: Rules, now: dt.datetime) -> Finding:
    """The customer agreed to this channel for this purpose, and has not withdrawn it. Silence is no consent."""
    said = {None: "never asked", True: "given", False: "withdrawn"}[facts.is_consented]
    return _judged(facts.is_consented is not True, consent=said, channel=facts.channel, purpose=facts.purpose)


def address(facts: Facts, rules: Rules, now: dt.datetime) -> Finding:
    """There is an address that does for the channel."""
    problem = known(facts.address_problem, "address_problem")
    return _judged(problem != "", problem=problem)


def zone(facts: Facts, rules: Rules, now: dt.datetime) -> Finding:
    """It is known what hour it is where the customer lives."""
    name = known(facts.time_zone, "time_zone")
    try:
        zone_of(name)
    except UnknownZone:
        return _judged(True, time_zone=name)
    return _judged(False, time_zone=name)


def holdout(facts: Facts, rules: Rules, now: dt.datetime) -> Finding:
    """Whoever is held out, so that the help can be measured, is not sent it."""
    is_held_out = known(facts.is_held_out, "is_held_out")
    is_denied = is_held_out and known(facts.purpose, "purpose") == SUPPORT
    return _judged(is_denied, is_held_out=is_held_out, purpose=facts.purpose)


def hold_of(kind: str) -> Check:
    """The check of one kind of hold."""

    def hold(facts: Facts, rules: Rules, now: dt.datetime) -> Finding:
        """A hold of this kind forbids the contact, or asks that a person look at this very message."""
        standing = [each for each in _standing(facts, now) if each.kind == kind]
        mode = rules.holds.get(kind, "deny")
        left = [each for each in standing if mode != REVIEW or not _is_reviewed(facts, each)]
        is_flagged = kind == KINDS[0] and known(facts.is_vulnerable, "is_vulnerable")
        is_unseen = is_flagged and not (mode == REVIEW and _is_flag_reviewed(facts))
        looked_at = {
            "mode": mode,
            "placed_at": [_iso(each.placed_at) for each in standing],
            "until_at": [_iso(each.until_at) for each in standing],
            "is_flagged": is_flagged,
            "confirmed_at": _iso(facts.confirmed_at),
        }
        return _held(left, looked_at, is_for_good=is_unseen)

    return hold


def other_holds(facts: Facts, rules: Rules, now: dt.datetime) -> Finding:
    """A hold of a kind that these rules do not know forbids everything."""
    left = [each for each in _standing(facts, now) if each.kind not in KINDS]
    return _held(left, {"kinds": sorted({each.kind for each in left})}, is_for_good=False)


def arrears(facts: Facts, rules: Rules, now: dt.datetime) -> Finding:
    """Help before a missed payment comes too late once something is overdue: that is for others to speak of."""
    is_known = known(facts.is_schedule_known, "is_schedule_known")
    if not is_known:
        raise MissingFact("overdue_from")
    is_overdue = facts.overdue_from is not None and now >= facts.overdue_from
    is_denied = is_overdue and known(facts.purpose, "purpose") == SUPPORT
    return _judged(is_denied, overdue_from=_iso(facts.overdue_from), purpose=facts.purpose)


def conversation(facts: Facts, rules: Rules, now: dt.datetime) -> Finding:
    """After somebody spoke with the customer, they are left in peace."""
    days = rules.conversation_days
    spoken = [talk.at for talk in known(facts.talks, "talks") if talk.result == SPOKE]
    last = max(spoken, default=None)
    looked_at = {"last_at": _iso(last), "days": days, "purpose": facts.purpose}
    if last is None or known(facts.purpose, "purpose") not in rules.conversation_purposes:
        return _judged(False, **looked_at)
    return _until(last + dt.timedelta(days=days), now, **looked_at)


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
    return _until(free_at, now, caps=looked_at)


def message_cool_down(facts: Facts, rules: Rules, now: dt.datetime) -> Finding:
    """Some time lies between one message and the next."""
    hours = rules.after_message_hours
    last = _last(facts, lambda each: each.is_message)
    looked_at = {"last_at": _iso(last), "hours": hours}
    if last is None or known(facts.channel, "channel") not in MESSAGES:
        return _judged(False, **looked_at)
    return _until(last + dt.timedelta(hours=hours), now, **looked_at)


def call_cool_down(facts: Facts, rules: Rules, now: dt.datetime) -> Finding:
    """Whoever was not reached is not called again at once."""
    hours = rules.after_not_reached_hours
    last = _last(facts, lambda each: each.is_attempt)
    looked_at = {"last_at": _iso(last), "hours": hours}
    if last is None or known(facts.channel, "channel") not in RINGS:
        return _judged(False, **looked_at)
    return _until(last + dt.timedelta(hours=hours), now, **looked_at)


def wrong_person(facts: Facts, rules: Rules, now: dt.datetime) -> Finding:
    """Where somebody else answered, the number may be theirs: what is private is not sent to it."""
    days = rules.wrong_person_days
    found = [
        talk.at
        for talk in known(facts.talks, "talks")
        if talk.result == WRONG_PERSON and talk.channel in TELEPHONE
    ]
    last = max(found, default=None)
    looked_at = {"last_at": _iso(last), "days": days}
    if last is None or known(facts.channel, "channel") not in TELEPHONE:
        return _judged(False, **looked_at)
    return _until(last + dt.timedelta(days=days), now, **looked_at)


def schedule(facts: Facts, rules: Rules, now: dt.datetime) -> Finding:
    """Not before the moment for which somebody meant it."""
    return _until(facts.not_before_at, now, not_before_at=_iso(facts.not_before_at))


def holiday(facts: Facts, rules: Rules, now: dt.datetime) -> Finding:
    """Not on a bank holiday, which is a day where the customer lives."""
    place = _place(facts)
    day = local(place, now).date()
    if day not in known(facts.holidays, "holidays"):
        return _judged(False, day=day.isoformat())
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
        return _judged(False, **looked_at)
    is_early = span is not None and here.time() < span[0]
    opens = dt.datetime.combine(here.date(), span[0]) if span and is_early else midnight_after(place, now)
    return Finding(True, looked_at, reach(place, since=now, wall=opens))


def _place(facts: Facts) -> ZoneInfo:
    try:
        return zone_of(known(facts.time_zone, "time_zone"))
    except UnknownZone:
        raise MissingFact("time_zone") from None


def _iso(moment: dt.datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


def _standing(facts: Facts, now: dt.datetime) -> list[Hold]:
    holds = known(facts.holds, "holds")
    return [each for each in holds if each.until_at is None or each.until_at > now]


def _is_reviewed(facts: Facts, hold: Hold) -> bool:
    """Whether a person confirmed, or is about to confirm, this message knowing of the hold."""
    if facts.moment == LOOK:
        return True
    if known(facts.is_automatic, "is_automatic") or facts.confirmed_by is None or facts.confirmed_at is None:
        return False
    return facts.confirmed_at > hold.placed_at


def _is_flag_reviewed(facts: Facts) -> bool:
    if facts.moment == LOOK:
        return True
    is_persons = not known(facts.is_automatic, "is_automatic") and facts.confirmed_by is not None
    return is_persons and known(facts.is_vulnerability_known, "is_vulnerability_known")


def _held(left: Collection[Hold], looked_at: dict[str, Any], *, is_for_good: bool) -> Finding:
    """Denied by these holds; time helps where all of them end by themselves."""
    ends = [each.until_at for each in left if each.until_at is not None]
    passes = not is_for_good and len(ends) == len(left)
    return Finding(bool(left) or is_for_good, looked_at, max(ends) if ends and passes else None)


def _last(facts: Facts, counts: Callable[[Contact], bool]) -> dt.datetime | None:
    return max((each.at for each in known(facts.contacts, "contacts") if counts(each)), default=None)
