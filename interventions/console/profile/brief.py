"""The pre-call brief: on one page why, what to say and what not, whether one may call now, and what to ask."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.conf import settings
from django.contrib.auth.models import User
from django.utils import timezone
from django.utils.translation import gettext as _

from customers import bank_clock
from customers.models import Customer
from interventions.answering import shown
from interventions.console import case_messages, channel_advice
from interventions.console.profile import contact, timeline
from interventions.console.profile.money_path import MoneyPath, money_path, read_situation
from interventions.contact import gate, holds
from interventions.help import considering
from interventions.messages import composing
from interventions.messages.rendering import RenderingRefused
from interventions.models import Case, Channel, ContactHold, PolicyTemplate
from interventions.policy import policies
from risk.levels import Hardship

CHART_HEIGHT = 200
LAST_TALKS = 3
LAST_NOTES = 3


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """Whether a channel may be used now, in the gate's words; `is_first` of the one the policy names."""

    channel: Channel
    is_allowed: bool
    said: gate.Said
    is_first: bool


def brief_context(*, customer: Customer, case: Case | None, user: User) -> dict[str, Any]:
    """What the page shows; without an open case there is nothing approved to say, and it says so.

    Args:
        customer: With `risk` at hand.
        case: Their open case.
        user: Who is going to call.
    """
    path = money_path(customer, read_situation(customer), height=CHART_HEIGHT)
    policy = _policy(case)
    standing = holds.standing(customer)
    return {
        "case": case,
        "policy": policy,
        "path": path,
        "verdicts": _verdicts(case, policy),
        "words": _words(case, policy),
        "avoid": [*_avoid(customer, standing)],
        "ask": [*questions(customer, path)],
        "consents": contact.consent_lines(customer),
        "holds": [(hold, contact.CARE[hold.kind]) for hold in standing],
        "relief": [each for each in considering.considered(case) if each.is_eligible] if case else [],
        "talks": contact.talks_of(customer)[:LAST_TALKS],
        "notes": timeline.notes_of(customer)[:LAST_NOTES],
        "promises": [each for each in contact.promises_of(customer) if each.state == "open"],
        "pay_day_said": shown.pay_day_in_words(customer),
        "advice_line": settings.ADVICE_LINE,
        "bank_now": bank_clock.now(),
        "local_time": local_time(customer),
        "made_at": timezone.now(),
        "caller": user,
    }


def questions(customer: Customer, path: MoneyPath) -> Iterator[str]:
    """What to ask, openly: by the hardship that was found, and by the figures."""
    risk = getattr(customer, "risk", None)
    yield _("How are things at the moment? Has anything changed lately?")
    match Hardship(risk.hardship) if risk else Hardship.NONE:
        case Hardship.INCOME_SHOCK:
            yield _("When do you expect the next income, and about how much?")
            yield _("Is the change for a while, or for good?")
        case Hardship.LIQUIDITY_STRESS:
            yield _("Is there something that has to be paid in cash just now?")
            yield _("On which day of the month is there usually most in the account?")
        case Hardship.EXPENSE_COMPRESSION:
            yield _("Are there bills that have been put off?")
        case Hardship.OVER_LEVERAGE:
            yield _("Are there other loans to be paid, and on which days?")
        case Hardship.OVERSPENDING:
            yield _("Were there larger expenses lately that will not come again?")
    if path.path.balance is None:
        yield _("Is the money for the next instalment in another account?")
    elif path.is_short:
        yield _("Will other money come in before the instalment that we cannot see?")
    if path.path.pay_day_ahead is not None and path.path.pay_day_ahead < 0:
        yield _("Has the pay day moved? To which day?")
    yield _("What would make the next instalment easier for you?")


def local_time(customer: Customer) -> str:
    """What hour it is where the customer lives, by the bank's clock; empty where their zone is not known."""
    zone = bank_clock.zone()
    if customer.time_zone:
        try:
            zone = ZoneInfo(customer.time_zone)
        except (ValueError, ZoneInfoNotFoundError):
            return ""
    return f"{bank_clock.now().astimezone(zone):%H:%M}"


def _policy(case: Case | None) -> PolicyTemplate | None:
    if case is None:
        return None
    return policies.active_policy(hardship=case.hardship, level=case.level, at=bank_clock.now())


def _verdicts(case: Case | None, policy: PolicyTemplate | None) -> list[Verdict]:
    if case is None or policy is None:
        return []
    offered = [channel for channel in Channel if case_messages.has_text(policy, channel)]
    first = channel_advice.recommended(policy.action)
    found = gate.looks(case=case, channels=offered)
    verdicts = [
        Verdict(
            channel=channel,
            is_allowed=found[channel].is_allowed,
            said=gate.in_words(found[channel], channel=channel),
            is_first=channel == first,
        )
        for channel in offered
    ]
    return sorted(verdicts, key=lambda each: not each.is_first)


def _words(case: Case | None, policy: PolicyTemplate | None) -> str:
    """The approved words of a call with this customer's values; empty where there are none."""
    if case is None or policy is None:
        return ""
    try:
        return composing.preview(case=case, channel=Channel.CALL, fields={}, personal_line="").body
    except (composing.Refused, RenderingRefused):
        return ""


def _avoid(customer: Customer, standing: list[ContactHold]) -> Iterator[str]:
    """What not to say: the house's rules (`interventions.policy.forbidden_words`), and what this customer adds."""
    yield _("Nothing that sounds like a threat: no courts, police, seizure, or what happens otherwise.")
    yield _("No pressure: no deadlines for an answer, no blame, nothing about other people's opinion.")
    yield _(
        "Nothing of what the bank believes: no scores, no level, no guesses about income, health or habits."
    )
    yield _("Nothing about the loan before you know that you speak with the customer.")
    if customer.is_vulnerable or any(hold.kind == ContactHold.Kind.VULNERABILITY for hold in standing):
        yield _("No word about what makes the customer vulnerable unless they bring it up.")
    if any(hold.kind == ContactHold.Kind.BEREAVEMENT for hold in standing):
        yield _("No question about money before you have said that you are sorry for the loss.")
