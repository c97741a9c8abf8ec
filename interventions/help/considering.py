"""Which relief a case may be offered now, judged with what is known, and in which ways. Reads only."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.conf import settings

from customers import bank_clock
from customers.models import Loan
from interventions.casework import bank_calendar
from interventions.casework.business_hours import BusinessHours
from interventions.help import relief
from interventions.help.lending import owed_by, pressing
from interventions.help.relief import Facts, Kind, Wish
from interventions.help.relief_conditions import Condition, Proposal, proposal
from interventions.help.relief_rules import Rules, rules_of
from interventions.help.relief_words import question, terms_in_words, weekday_in_words
from interventions.models import Case, PolicyTemplate, ReliefOffer
from interventions.policy import policies
from risk.levels import Hardship

State = ReliefOffer.State


@dataclass(frozen=True)
class Way:
    """One way of a kind of relief, within the rules.

    Args:
        key: how a form names it.
        wish: what to ask the service for.
        label: how a list names it.
        said: what would change, in words.
    """

    key: str
    wish: Wish
    label: str
    said: str


@dataclass(frozen=True, kw_only=True)
class Considered:
    """A kind of relief for a case, judged.

    Args:
        kind: A `ReliefOffer.Kind`.
        loan: the loan it would change.
        conditions: each condition and what was found.
        terms: what would change, as suggested; empty where it may not be offered.
        ways: every way that the rules allow, the suggested one first; none where it may not be offered.
        valid_until_on: until when it could be accepted; None where it may not be offered.
        policy: the policy under which.
    """

    kind: str
    loan: Loan
    conditions: Sequence[Condition]
    terms: Mapping[str, Any]
    ways: Sequence[Way]
    valid_until_on: dt.date | None
    policy: PolicyTemplate

    @property
    def is_eligible(self) -> bool:
        """Whether it may be offered."""
        return bool(self.terms)

    @property
    def label(self) -> str:
        """The kind, in words."""
        return str(Kind(self.kind).label)

    @property
    def question(self) -> str:
        """What there is to choose."""
        return question(self.kind)

    @property
    def spelled_out(self) -> Sequence[Way]:
        """The ways of which the name alone does not say what would be paid when: not those that are a day."""
        return [] if self.kind == Kind.DUE_DATE_MOVE or len(self.ways) < 2 else self.ways

    @property
    def said(self) -> str:
        """What would change as suggested, in words."""
        return (
            terms_in_words(kind=self.kind, terms=self.terms, currency=self.loan.currency)
            if self.terms
            else ""
        )


def rules() -> Rules:
    """The bank's conditions of relief: the defaults, with what the settings replace.

    Raises:
        ValueError: the settings name a condition that there is not, or one that cannot be so.
    """
    return rules_of(settings.RELIEF_RULES)


def eligible(case: Case) -> list[Considered]:
    """The kinds of relief that may be offered now, with the terms that would be suggested."""
    return [each for each in considered(case) if each.is_eligible]


def considered(
    case: Case, *, policy: PolicyTemplate | None = None, calendar: BusinessHours | None = None
) -> list[Considered]:
    """Every kind of relief, judged with what is known now; none where no policy or no loan is at hand.

    Args:
        case: Which.
        policy, calendar: The one that stands, and the bank's, where the caller has just read them; None: they are.
    """
    found = facts_of(case, policy=policy, calendar=calendar)
    if found is None:
        return []
    policy, loan, facts = found
    return [_judged(proposal(kind, facts, rules()), loan, facts, policy) for kind in Kind.values]


def offer_in_words(offer: ReliefOffer) -> str:
    """What an offer that was made changes, in one or two sentences."""
    return terms_in_words(kind=offer.kind, terms=offer.terms, currency=offer.loan.currency)


def facts_of(
    case: Case, *, policy: PolicyTemplate | None = None, calendar: BusinessHours | None = None
) -> tuple[PolicyTemplate, Loan, Facts] | None:
    """The policy that stands for a case, the loan that it is about, and what is known of it; None without either."""
    policy = policy or policies.active_policy(hardship=case.hardship, level=case.level, at=bank_clock.now())
    today = bank_clock.today()
    loans = owed_by(case.customer_id, today)
    owed = pressing(loans)
    if policy is None or owed is None:
        return None
    earlier = list(ReliefOffer.objects.filter(loan=owed.loan, state__in=[State.ACCEPTED, State.OFFERED]))
    agreed_at = [each.answered_at for each in earlier if each.state == State.ACCEPTED and each.answered_at]
    facts = Facts(
        today_on=today,
        hardship=Hardship(case.hardship),
        permitted=frozenset(policy.relief_kinds),
        fallen_due=owed.fallen_due,
        # Of any loan: who is behind with one is not helped by easing another.
        overdue_amount=sum((each.overdue_amount for each in loans), Decimal("0.00")),
        ahead=owed.ahead,
        last_agreed_on=bank_clock.day_of(max(agreed_at)) if agreed_at else None,
        has_open_offer=any(each.state == State.OFFERED for each in earlier),
        salary_day=case.customer.expected_salary_day,
        calendar=calendar or bank_calendar.calendar(),
        currency=owed.loan.currency,
    )
    return policy, owed.loan, facts


def _judged(found: Proposal, loan: Loan, facts: Facts, policy: PolicyTemplate) -> Considered:
    may_be = found.is_eligible
    wishes = relief.wishes(found.kind, facts, rules()) if may_be else []
    return Considered(
        kind=found.kind,
        loan=loan,
        conditions=found.conditions,
        terms=found.terms,
        ways=[_way(found.kind, each, facts) for each in wishes],
        valid_until_on=relief.valid_until(facts, rules()) if may_be else None,
        policy=policy,
    )


def _way(kind: str, wish: Wish, facts: Facts) -> Way:
    made = relief.terms(kind, facts, rules(), wish)
    said = terms_in_words(kind=kind, terms=made, currency=facts.currency)
    if wish.due_on is not None:
        return Way(wish.due_on.isoformat(), wish, weekday_in_words(wish.due_on), said)
    count = wish.parts if kind == Kind.INSTALMENT_SPLIT else wish.months
    return Way(str(count), wish, str(count), said)
