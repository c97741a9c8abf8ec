"""The send gate: whether one message may go to one customer now. Pure, and the only way to a transport.

Every rule is asked, in a fixed order, whatever the others say. The first that denies is the one named; what cannot be
told denies, and so does a rule that breaks. The same facts, rules and moment always give the same verdict.
"""

import datetime as dt
import logging
from collections.abc import Iterator
from dataclasses import InitVar, dataclass, field
from typing import Any, Protocol
from uuid import UUID

from interventions.contact import gate_customer_checks as of_customer
from interventions.contact import gate_message_checks as of_message
from interventions.contact import gate_time_checks as of_time
from interventions.contact.contact_rules import Rules
from interventions.contact.digests import message_sha256
from interventions.contact.gate_customer_checks import KINDS
from interventions.contact.gate_facts import SEND, Facts, MissingFact
from interventions.contact.gate_findings import Check, Finding, known
from interventions.contact.gate_hours import local, reach, zone_of

log = logging.getLogger(__name__)
# How long a permit lasts at most: time to hand one message over.
PERMIT = dt.timedelta(minutes=15)
# A year of days, each of which may take two looks.
LOOKS = 800
FAULT, PACK = "fault", "pack"
RULES: tuple[tuple[str, Check], ...] = (
    ("breaker", of_message.breaker),
    ("case", of_message.case),
    ("purpose", of_message.purpose),
    ("template", of_message.template),
    ("body", of_message.body),
    ("edit", of_message.edit),
    ("adverse", of_message.adverse),
    ("confirmed", of_message.confirmed),
    ("consent", of_customer.consent),
    ("address", of_customer.address),
    ("zone", of_customer.zone),
    ("holdout", of_customer.holdout),
    *((f"hold_{kind}", of_customer.hold_of(kind)) for kind in KINDS),
    ("hold_other", of_customer.other_holds),
    ("arrears", of_customer.arrears),
    ("conversation", of_time.conversation),
    ("frequency", of_time.frequency),
    ("message_cool_down", of_time.message_cool_down),
    ("call_cool_down", of_time.call_cool_down),
    ("wrong_person", of_time.wrong_person),
    ("schedule", of_time.schedule),
    ("holiday", of_time.holiday),
    ("quiet_hours", of_time.quiet_hours),
)
# What time neither begins nor ends, and need not be asked about another moment.
CONSTANT = frozenset(
    {
        "breaker",
        "case",
        "purpose",
        "body",
        "edit",
        "adverse",
        "confirmed",
        "consent",
        "address",
        "zone",
        "holdout",
    }
)
TIMED = tuple((name, check) for name, check in RULES if name not in CONSTANT)
_OURS = object()


class PermitForged(TypeError):
    """Somebody other than the gate tried to make a permit."""


class Message(Protocol):
    """What a transport is about to hand over."""

    @property
    def delivery_id(self) -> UUID: ...
    @property
    def channel(self) -> str: ...
    @property
    def address(self) -> str: ...
    @property
    def subject(self) -> str: ...
    @property
    def body(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Permit:
    """Leave to hand over one message to one address, once, until a moment. Only the gate makes one.

    Args:
        delivery_id: Whose.
        channel: How.
        address: Where.
        body_sha256: `digests.message_sha256` of subject and body.
        until: On the bank's clock.
    """

    delivery_id: UUID
    channel: str
    address: str = field(repr=False)
    body_sha256: str
    until: dt.datetime
    maker: InitVar[object]

    def __post_init__(self, maker: object) -> None:
        if maker is not _OURS:
            raise PermitForged("Only the send gate makes permits: call send_gate.decide.")

    def covers(self, message: Message, *, at: dt.datetime | None = None) -> bool:
        """Whether this is the message it was given for, and, where a moment is named, whether it still holds."""
        return (
            message.delivery_id == self.delivery_id
            and message.channel == self.channel
            and message.address == self.address
            and message_sha256(subject=message.subject, body=message.body) == self.body_sha256
            and (at is None or at < self.until)
        )


@dataclass(frozen=True, slots=True)
class Step:
    """One rule, asked."""

    rule: str
    is_denied: bool
    looked_at: dict[str, Any]
    not_before: dt.datetime | None = None


Denial = Step


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the gate says.

    Args:
        is_allowed: Whether the message may go now.
        rule: The first rule that denies; empty: allowed.
        denials: Every rule that does.
        next_lawful_at: The earliest moment at which no rule would deny, were nothing else to change; None where
            something stands against it that time alone does not end, and where it is allowed now.
        trace: Every rule asked, in order.
        permit: What a transport demands; only of a delivery that may go.
    """

    is_allowed: bool
    rule: str
    denials: tuple[Denial, ...]
    next_lawful_at: dt.datetime | None
    trace: tuple[Step, ...]
    permit: Permit | None = field(default=None, compare=False)


def decide(*, facts: Facts, rules: Rules | None, now: dt.datetime) -> Verdict:
    """Whether the message may go to the customer now.

    Args:
        facts: All that is known; what is missing denies.
        rules: The pack that stands; None denies.
        now: An aware moment, on the bank's clock.
    """
    if rules is None:
        return _verdict((Step(PACK, True, {"pack": None}),), next_lawful_at=None, permit=None)
    if now.tzinfo is None:
        return _verdict((Step(FAULT, True, {"in": "now"}),), next_lawful_at=None, permit=None)
    trace = tuple(_asked(facts, rules, now))
    denials = [step for step in trace if step.is_denied]
    if not denials:
        return _verdict(trace, next_lawful_at=None, permit=_permit(facts, rules, now))
    next_lawful_at = None
    if all(step.not_before is not None for step in denials):
        next_lawful_at = _next_lawful(facts, rules, denials)
    return _verdict(trace, next_lawful_at=next_lawful_at, permit=None)


def _asked(facts: Facts, rules: Rules, now: dt.datetime) -> Iterator[Step]:
    for name, check in RULES:
        yield _ask(name, check, facts, rules, now)


def _ask(name: str, check: Check, facts: Facts, rules: Rules, now: dt.datetime) -> Step:
    """One rule's answer; a missing fact denies under the rule's own name, whatever breaks as a fault."""
    try:
        found: Finding = check(facts, rules, now)
        return Step(name, found.is_denied, found.looked_at, found.not_before)
    except MissingFact as error:
        return Step(name, True, {"missing": str(error)})
    except Exception as error:
        # Whatever it is, nobody is contacted for it; an exception's text may quote a fact, so it is not written.
        log.critical("the send gate's rule %s broke with %s: denied", name, type(error).__name__)
        return Step(FAULT, True, {"in": name, "error": type(error).__name__})


def _next_lawful(facts: Facts, rules: Rules, denials: list[Step]) -> dt.datetime | None:
    """The first moment at which no rule denies: from one that may be, to the next, until one is."""
    for _ in range(LOOKS):
        moment = max(step.not_before for step in denials if step.not_before is not None)
        asked = (_ask(name, check, facts, rules, moment) for name, check in TIMED)
        denials = [step for step in asked if step.is_denied]
        if not denials:
            return moment
        if any(step.not_before is None for step in denials):
            return None
    return None


def _verdict(
    trace: tuple[Step, ...], *, next_lawful_at: dt.datetime | None, permit: Permit | None
) -> Verdict:
    denials = tuple(step for step in trace if step.is_denied)
    return Verdict(
        is_allowed=not denials,
        rule=denials[0].rule if denials else "",
        denials=denials,
        next_lawful_at=next_lawful_at,
        trace=trace,
        permit=permit,
    )


def _permit(facts: Facts, rules: Rules, now: dt.datetime) -> Permit | None:
    """Leave for what every rule allowed: a delivery that is about to be handed over."""
    if facts.moment != SEND or not facts.address:
        return None
    if facts.delivery_id is None or facts.body_sha256 is None or facts.channel is None:
        return None
    until = _lawful_until(facts, rules, now)
    return Permit(facts.delivery_id, facts.channel, facts.address, facts.body_sha256, until, _OURS)


def _lawful_until(facts: Facts, rules: Rules, now: dt.datetime) -> dt.datetime:
    """How long the permit lasts: a little while, and not into the quiet hours or past what ends today."""
    ends = [now + PERMIT]
    ends += [
        each for each in (facts.template_valid_until, facts.overdue_from) if each is not None and each > now
    ]
    place = zone_of(known(facts.time_zone, "time_zone"))
    here = local(place, now)
    span = rules.contact_hours[known(facts.channel, "channel")].on(here.date())
    closing = span[1] if span else here.time()
    return min(*ends, reach(place, since=now, wall=dt.datetime.combine(here.date(), closing)))
