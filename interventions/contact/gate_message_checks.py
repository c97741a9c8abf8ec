"""Checks of the send gate: may this message go out at all? One function for each rule. Pure."""

import datetime as dt
from typing import Any

from interventions.contact.contact_rules import Rules
from interventions.contact.gate_facts import CONFIRM, LOOK, SEND, Facts, MissingFact
from interventions.contact.gate_findings import Finding, iso, judged, known, until

SUPPORTIVE, AGREED, ADVERSE = "supportive", "agreed", "adverse"


def breaker(facts: Facts, rules: Rules, now: dt.datetime) -> Finding:
    """More goes out than anybody meant: nothing goes out."""
    is_open = known(facts.is_breaker_open, "is_breaker_open")
    sent = known(facts.sent_last_hour, "sent_last_hour")
    limit = rules.breaker_sends_per_hour
    return judged(is_open or sent >= limit, is_open=is_open, sent_last_hour=sent, limit=limit)


def case(facts: Facts, rules: Rules, now: dt.datetime) -> Finding:
    """Nobody is contacted for a case that is closed."""
    is_open = known(facts.is_case_open, "is_case_open")
    return judged(not is_open, is_case_open=is_open)


def purpose(facts: Facts, rules: Rules, now: dt.datetime) -> Finding:
    """The pack permits the channel for this purpose."""
    channel, named = known(facts.channel, "channel"), known(facts.purpose, "purpose")
    permitted = rules.purposes.get(named, frozenset())
    return judged(channel not in permitted, channel=channel, purpose=named, permitted=sorted(permitted))


def template(facts: Facts, rules: Rules, now: dt.datetime) -> Finding:
    """The words are of a template that two people answer for, unaltered and valid now."""
    is_standing = known(facts.is_template_standing, "is_template_standing")
    is_as_written = known(facts.is_template_as_written, "is_template_as_written")
    begins, ends = facts.template_valid_from, facts.template_valid_until
    looked_at = {
        "is_standing": is_standing,
        "is_as_written": is_as_written,
        "valid_from": iso(begins),
        "valid_until": iso(ends),
    }
    if not (is_standing and is_as_written) or (ends is not None and now >= ends):
        return Finding(True, looked_at)
    return until(begins, now, **looked_at)


def body(facts: Facts, rules: Rules, now: dt.datetime) -> Finding:
    """What would be sent is, letter for letter, what was confirmed."""
    if facts.moment == LOOK:
        return judged(False, written="not yet")
    is_intact = known(facts.is_body_intact, "is_body_intact")
    return judged(
        not is_intact, is_body_intact=is_intact, body_sha256=known(facts.body_sha256, "body_sha256")
    )


def edit(facts: Facts, rules: Rules, now: dt.datetime) -> Finding:
    """Words beyond the template were approved by somebody else than who wrote them."""
    if facts.moment == LOOK:
        return judged(False, written="not yet")
    is_edited = known(facts.is_edited, "is_edited")
    is_approved = is_edited and known(facts.is_edit_approved, "is_edit_approved")
    return judged(is_edited and not is_approved, is_edited=is_edited, is_edit_approved=is_approved)


def adverse(facts: Facts, rules: Rules, now: dt.datetime) -> Finding:
    """What is to the customer's disadvantage is never automatic, and never without reasons."""
    effect = known(facts.effect, "effect")
    looked_at: dict[str, Any] = {"effect": effect}
    if effect in (SUPPORTIVE, AGREED):
        return judged(False, **looked_at)
    is_automatic, reasons = known(facts.is_automatic, "is_automatic"), known(facts.reasons, "reasons")
    is_fit = effect == ADVERSE and not is_automatic and reasons > 0
    return judged(not is_fit, **looked_at, is_automatic=is_automatic, reasons=reasons)


def confirmed(facts: Facts, rules: Rules, now: dt.datetime) -> Finding:
    """A person confirmed this very message, or the pack lets its like go out by itself."""
    if facts.moment == LOOK:
        return judged(False, confirmed="not yet")
    if facts.moment not in (CONFIRM, SEND):
        raise MissingFact("moment")
    if not known(facts.is_automatic, "is_automatic"):
        by, at = known(facts.confirmed_by, "confirmed_by"), known(facts.confirmed_at, "confirmed_at")
        return judged(False, is_automatic=False, confirmed_by=by, confirmed_at=iso(at))
    permitted, effect, level = rules.automatic, known(facts.effect, "effect"), known(facts.level, "level")
    channel = known(facts.channel, "channel")
    is_permitted = effect in permitted.effects and level in permitted.levels and channel in permitted.channels
    return judged(not is_permitted, is_automatic=True, effect=effect, level=level, channel=channel)
