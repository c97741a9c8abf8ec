"""When a case is opened, changed or closed, and in which order cases are worked on. Pure: no database, no clock.

docs/cases.md says the same in words. What may become of a state is guarded by the database as well (migration 0005).
"""

import datetime as dt
import math
from dataclasses import dataclass
from enum import Enum

from interventions.models import Case, PolicyTemplate
from risk.levels import Hardship, Level

State = Case.State
Outcome = Case.Outcome
Priority = PolicyTemplate.Priority

_IN_HAND = frozenset({State.ASSIGNED, State.IN_PROGRESS, State.WAITING, State.ESCALATED})
LEGAL: dict[State, frozenset[State]] = {
    State.NEW: frozenset({State.ASSIGNED, State.IN_PROGRESS, State.ESCALATED, State.RESOLVED}),
    **{state: (_IN_HAND | {State.RESOLVED}) - {state} for state in _IN_HAND},
    State.RESOLVED: frozenset(),
}
# Only the system says these: a person who ends a case says what they did.
OUTCOMES_OF_SYSTEM = frozenset({Outcome.SELF_CURED, Outcome.MISSED})

# An instalment counts as missed when it is unpaid this many days after it was due; then collections look after it.
MISSED_AFTER_DAYS = 3
# A risk that has fallen must stay LOW for so long, or near a threshold every transaction would open or close a case.
CALM = dt.timedelta(hours=24)
# Where somebody works on the case, it is left to them for so long.
CALM_IN_HAND = dt.timedelta(days=7)
# After a person has ended a case, no new one is opened for so long, unless the risk grows beyond what they saw.
REST = dt.timedelta(days=7)

# Where no model speaks: the share of accounts of such a level that miss the next instalment, as an order of magnitude.
FALLBACK_PROBABILITY = {Level.LOW: 0.02, Level.MEDIUM: 0.15, Level.HIGH: 0.40}
FALLBACK_LOSS_GIVEN_DEFAULT = 0.45
FALLBACK_PRIORITY = {Level.LOW: Priority.ROUTINE, Level.MEDIUM: Priority.MEDIUM, Level.HIGH: Priority.HIGH}
FALLBACK_SLA_HOURS = {Level.LOW: 40, Level.MEDIUM: 16, Level.HIGH: 8}
# Each step of a priority counts as much as twice the expected harm.
DOUBLINGS = {Priority.ROUTINE: -1.0, Priority.MEDIUM: 0.0, Priority.HIGH: 1.0, Priority.URGENT: 2.0}
# A deadline so many days nearer doubles the weight.
HALF_LIFE_DAYS = 4.0
FALLBACK_DUE_DAYS = 30
_EPOCH = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


class Verb(Enum):
    """What becomes of a customer's case."""

    OPEN = "open"
    CHANGE = "change"
    CLOSE = "close"
    NOTHING = "nothing"


@dataclass(frozen=True)
class Verdict:
    """What is to be done, with the outcome where a case is closed, and why."""

    verb: Verb
    reason: str
    outcome: Outcome | None = None


@dataclass(frozen=True, kw_only=True)
class Assessed:
    """What was concluded about a customer. `is_asked_for`: they asked to talk, and nobody has talked to them since."""

    revision: int
    level: Level
    hardship: Hardship
    due_on: dt.date | None = None
    has_open_promise: bool = False
    is_asked_for: bool = False


@dataclass(frozen=True, kw_only=True)
class Standing:
    """The customer's open case."""

    state: State
    level: Level
    revision: int
    is_contacted: bool = False
    calm_since: dt.datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Ended:
    """The customer's last case. `is_undone`: what it ended with holds no more, as where a kept promise is returned."""

    outcome: Outcome
    level: Level
    hardship: Hardship
    resolved_at: dt.datetime
    is_undone: bool = False


def is_legal(before: State, after: State) -> bool:
    """Whether a case may go from one state to another."""
    return after in LEGAL[before]


def decide(
    *, case: Standing | None, last: Ended | None, now: Assessed, at: dt.datetime, today: dt.date
) -> Verdict:
    """What becomes of a customer's case after an assessment.

    Args:
        case: The open case, if there is one.
        last: The last case that was resolved, if there is one.
        now: The newest assessment.
        at: The bank's time.
        today: The bank's day.
    """
    if case is None:
        return _without_case(last, now, at, today)
    if now.revision < case.revision:
        return Verdict(Verb.NOTHING, "decided by a later assessment")
    if is_missed(due_on=now.due_on, today=today) and not now.has_open_promise:
        return Verdict(Verb.CLOSE, "overdue: with collections", Outcome.MISSED)
    if now.level == Level.LOW and not now.is_asked_for and (outcome := calm_outcome(case=case, at=at)):
        return Verdict(Verb.CLOSE, "the risk has stayed low", outcome)
    return Verdict(Verb.CHANGE, "assessed anew")


def calm_outcome(*, case: Standing, at: dt.datetime) -> Outcome | None:
    """The outcome with which a case closes by itself, once its risk has been LOW for long enough; else None."""
    if case.calm_since is None or at - case.calm_since < _calm_needed(case.state):
        return None
    return Outcome.HELPED if case.is_contacted else Outcome.SELF_CURED


def is_missed(*, due_on: dt.date | None, today: dt.date) -> bool:
    """Whether an unpaid instalment counts as missed."""
    return due_on is not None and (today - due_on).days > MISSED_AFTER_DAYS


def is_worse(*, level: Level, than: Level) -> bool:
    """Whether the risk has risen, so that even a snoozed case is looked at again."""
    return level > than


def expected_harm(
    *, level: Level, probability: float | None, exposure_amount: float, loss_given_default_prob: float
) -> float:
    """What the bank and the customer stand to lose: probability × exposure × loss given default.

    Args:
        level: The level of risk; its fallback probability counts where no model speaks.
        probability: The model's, of missing the next instalment; 0 to 1.
        exposure_amount: What is outstanding, or the instalment where that is not known; in the bank's currency.
        loss_given_default_prob: Share of the exposure lost, 0 to 1.

    Source:
        Expected loss as in Basel Framework CRE31 (PD × LGD × EAD).
    """
    likely = FALLBACK_PROBABILITY[level] if probability is None else probability
    return likely * exposure_amount * loss_given_default_prob


def rank(
    *,
    harm_amount: float,
    priority: Priority,
    opened_at: dt.datetime,
    due_at: dt.datetime | None,
    sla_due_at: dt.datetime | None,
) -> float:
    """Where a case stands among the others; the greater the sooner.

    The logarithm of the expected harm, doubled by each step of priority, and weighted by the time left to the due date
    and to the deadline of the first contact, each weight halving with every four days further away. As time passes all
    weights grow alike, so that the order of stored ranks stays right and none needs to be written anew.

    Args:
        harm_amount: The expected harm in the bank's currency.
        priority: The policy's.
        opened_at: When the case was opened.
        due_at: The beginning of the day on which the instalment is due; without one, 30 days after opening.
        sla_due_at: The deadline of the first contact; None once it was made.
    """
    deadlines = [due_at or opened_at + dt.timedelta(days=FALLBACK_DUE_DAYS)]
    if sla_due_at:
        deadlines.append(sla_due_at)
    exponents = [-(each - _EPOCH) / dt.timedelta(days=HALF_LIFE_DAYS) for each in deadlines]
    greatest = max(exponents)
    nearness = greatest + math.log2(sum(2.0 ** (each - greatest) for each in exponents))
    return math.log2(1.0 + max(0.0, harm_amount)) + DOUBLINGS[priority] + nearness


def _without_case(last: Ended | None, now: Assessed, at: dt.datetime, today: dt.date) -> Verdict:
    if now.level == Level.LOW:
        return Verdict(Verb.NOTHING, "the risk is low")
    if is_missed(due_on=now.due_on, today=today):
        return Verdict(Verb.NOTHING, "overdue: with collections")
    if last is not None and _is_resting(last, now, at):
        return Verdict(Verb.NOTHING, "ended a short while ago, and no worse since")
    return Verdict(Verb.OPEN, "the risk is raised")


def _is_resting(last: Ended, now: Assessed, at: dt.datetime) -> bool:
    has_income_stopped = Hardship.INCOME_SHOCK == now.hardship != last.hardship
    is_worse_now = is_worse(level=now.level, than=last.level) or has_income_stopped
    has_something_to_rest_on = last.outcome != Outcome.MISSED and not last.is_undone
    return has_something_to_rest_on and at - last.resolved_at < REST and not is_worse_now


def _calm_needed(state: State) -> dt.timedelta:
    return CALM if state in (State.NEW, State.ASSIGNED) else CALM_IN_HAND
