"""Checks of the send gate: may this customer be contacted for this? One function for each rule. Pure."""

import datetime as dt
from collections.abc import Collection
from typing import Any

from interventions.contact.contact_rules import Rules
from interventions.contact.gate_facts import LOOK, Facts, Hold, MissingFact
from interventions.contact.gate_findings import Check, Finding, iso, judged, known
from interventions.contact.gate_hours import UnknownZone, zone_of

SUPPORT = "support"
REVIEW = "review"
KINDS = ("vulnerability", "hardship", "arrears", "complaint", "legal", "bereavement")


def consent(facts: Facts, rules: Rules, now: dt.datetime) -> Finding:
    """The customer agreed to this channel for this purpose, and has not withdrawn it. Silence is no consent."""
    said = {None: "never asked", True: "given", False: "withdrawn"}[facts.is_consented]
    return judged(facts.is_consented is not True, consent=said, channel=facts.channel, purpose=facts.purpose)


def address(facts: Facts, rules: Rules, now: dt.datetime) -> Finding:
    """There is an address that does for the channel."""
    problem = known(facts.address_problem, "address_problem")
    return judged(problem != "", problem=problem)


def zone(facts: Facts, rules: Rules, now: dt.datetime) -> Finding:
    """It is known what hour it is where the customer lives."""
    name = known(facts.time_zone, "time_zone")
    try:
        zone_of(name)
    except UnknownZone:
        return judged(True, time_zone=name)
    return judged(False, time_zone=name)


def holdout(facts: Facts, rules: Rules, now: dt.datetime) -> Finding:
    """Whoever is held out, so that the help can be measured, is not sent it."""
    is_held_out = known(facts.is_held_out, "is_held_out")
    is_denied = is_held_out and known(facts.purpose, "purpose") == SUPPORT
    return judged(is_denied, is_held_out=is_held_out, purpose=facts.purpose)


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
            "placed_at": [iso(each.placed_at) for each in standing],
            "until_at": [iso(each.until_at) for each in standing],
            "is_flagged": is_flagged,
            "confirmed_at": iso(facts.confirmed_at),
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
    return judged(is_denied, overdue_from=iso(facts.overdue_from), purpose=facts.purpose)


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
