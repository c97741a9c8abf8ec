"""One row of the queue: who, how urgently, why by the rules and by the model, and what to do."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from customers.models import Customer
from interventions import model_words, reasons
from interventions.casework.case_rules import MISSED_AFTER_DAYS
from interventions.console.case_words import Sla
from interventions.model_words import Around
from interventions.models import Case, PolicyTemplate
from risk.levels import Hardship, Level, Segment
from risk.model.counterfactual import Counterfactual
from risk.model.explain import RAISES, Explanation, Reason
from risk.model.on_reading import SAME_PROBABILITY, Reading, Silence
from risk.models import Assessment, CurrentRisk
from risk.models.assessment import HELD


@dataclass(frozen=True, kw_only=True)
class Weight:
    """One of the model's reasons, ready to show.

    Args:
        text: without its full stop.
        contribution: to the margin, in log-odds.
        is_raising: whether it raises the risk.
        length: of its bar, in percent of the longest.
    """

    text: str
    contribution: float
    is_raising: bool
    length: int


@dataclass(frozen=True, kw_only=True)
class Account:
    """Why the model says what it says; `base`, the weights and `rest` sum to `margin`, in log-odds.

    Args:
        probability: that these weights stand for.
        stored_on: the bank day as of which they were stored; None where they are of this moment.
        way_out: what would have to be otherwise, a sentence; empty where there is nothing of the kind.
    """

    probability: float
    weights: list[Weight]
    base: float
    rest: float
    margin: float
    stored_on: dt.date | None = None
    way_out: str = ""


@dataclass(frozen=True, kw_only=True)
class QueueRow:
    """One customer in the queue, ready to show.

    Args:
        sentence: the strongest reasons, of whichever set the level.
        account: of the open row, where the model speaks of the customer.
        probability: as it is shown; None where the model says nothing, or cannot say why.
        is_outdated: of the open row: the model has news of the customer, who is being evaluated again.
        case: the customer's open case.
        sla: how its first contact stands against its deadline; None where there is no case.
    """

    customer: Customer
    risk: CurrentRisk
    reasons: list[reasons.Reason]
    sentence: str
    due_days: int | None
    action: PolicyTemplate | None
    account: Account | None = None
    probability: float | None = None
    is_outdated: bool = False
    case: Case | None = None
    sla: Sla | None = None

    @property
    def is_missed(self) -> bool:
        """Whether the instalment is overdue for so long that no case is opened any more."""
        return self.due_days is not None and -self.due_days > MISSED_AFTER_DAYS

    @property
    def is_with_collections(self) -> bool:
        """Whether nobody here acts on the customer any more: the instalment is overdue, and no case is open."""
        return self.is_missed and self.case is None

    @property
    def manager(self) -> str:
        """The name of the relationship manager, empty where there is none."""
        manager = self.customer.assigned_rm
        return manager.get_full_name() or manager.get_username() if manager else ""

    @property
    def is_set_by_model(self) -> bool:
        """Whether the level is the model's, and the scorecard's alone would be lower."""
        return _is_set_by_model(self.risk)

    @property
    def held(self) -> str:
        """Why the model is silent though what it last said holds, a sentence; empty where it is not."""
        if self.risk.model_reasons != HELD:
            return ""
        return f"{_held(self.risk)}."

    @property
    def setter(self) -> str:
        """Which of the two set the level, a sentence."""
        score_level, band = self.risk.score_level, self.risk.band
        if band is None or score_level is None:
            return _("Set by the scorecard alone.")
        if band > score_level:
            return _("Set by the model; the scorecard alone says %(level)s.") % {
                "level": Level(score_level).label
            }
        if band < score_level:
            return _("Set by the scorecard; the model alone says %(level)s.") % {"level": Level(band).label}
        return _("The scorecard and the model agree.")


@dataclass(frozen=True)
class _Why:
    """The model's reasons, of this moment, or as stored on a bank day."""

    explanation: Explanation
    probability: float
    stored_on: dt.date | None = None
    way_out: Counterfactual | None = None


def queue_row(
    *,
    customer: Customer,
    assessment: Assessment | None,
    is_open: bool,
    reading: Reading | Silence | None,
    action: PolicyTemplate | None,
    today_on: dt.date,
    case: Case | None = None,
    sla: Sla | None = None,
) -> QueueRow:
    """Put a row together.

    Args:
        customer: With `risk` at hand.
        assessment: The newest one.
        is_open: Whether the row is open, and shows everything.
        reading: What the model says now of the open row, or why nothing; None of the others.
        action: The policy for the customer's hardship and level.
        today_on: The bank's day.
        case: The customer's open case.
        sla: How its first contact stands against its deadline.
    """
    risk = customer.risk
    found = reasons.reasons(_findings(customer, risk, assessment))
    around = Around(
        currency=settings.BANK_CURRENCY,
        due_on=risk.next_due_on,
        due_amount=float(risk.next_due_amount) if risk.next_due_amount is not None else None,
    )
    why = _why(risk, assessment, reading)
    return QueueRow(
        customer=customer,
        risk=risk,
        reasons=found,
        sentence=reasons.joined(_strongest(risk, why, found, around)),
        due_days=(risk.next_due_on - today_on).days if risk.next_due_on else None,
        action=action,
        account=_account(why, around) if is_open and why else None,
        probability=_probability(risk, why, is_open=is_open),
        is_outdated=reading == Silence.OUTDATED,
        case=case,
        sla=sla,
    )


def _probability(risk: CurrentRisk, why: _Why | None, *, is_open: bool) -> float | None:
    """What is shown: no figure without its reasons, which for LOW are worked out in the open row only."""
    if why:
        return why.probability
    is_known = risk.model_reasons == HELD or (risk.band == Level.LOW and not is_open)
    return risk.probability if is_known else None


def _strongest(
    risk: CurrentRisk, why: _Why | None, found: Sequence[reasons.Reason], around: Around
) -> list[str]:
    """The texts of whichever set the level; what speaks for the customer is no cause."""
    by_rules = [reason.text for reason in found]
    if not _is_set_by_model(risk):
        return by_rules
    held = [_held(risk)] if risk.model_reasons == HELD else []
    raising = [
        reason
        for reason in (why.explanation.reasons if why else ())
        # A feature that an earlier release knew has no words any more.
        if reason.direction == RAISES and reason.feature in model_words.SENTENCES
    ]
    by_model = [model_words.sentence(each, around) for each in raising if not model_words.is_reassuring(each)]
    if held or by_model or not raising or any(reason.points for reason in found):
        return [*held, *by_model] or by_rules
    return [_("Many small things together, none of which stands out alone")]


def _why(risk: CurrentRisk, assessment: Assessment | None, reading: Reading | Silence | None) -> _Why | None:
    """What the model says now, else as stored with the evaluation; of what holds, as stored when it was said."""
    if isinstance(reading, Reading):
        return _Why(reading.explanation, reading.probability, way_out=reading.way_out)
    if reading == Silence.OUTDATED:
        return None
    if risk.model_reasons != HELD:
        return _stored(risk.model_reasons, risk.probability, risk.as_of_on)
    if assessment is None or assessment.model_id != risk.model_id or not _is_same(risk, assessment):
        return None
    return _stored(assessment.reasons, risk.probability, assessment.as_of_on)


def _is_same(risk: CurrentRisk, assessment: Assessment) -> bool:
    """Whether a receipt's reasons are those of the figure that holds: two figures never stand side by side."""
    if risk.probability is None or assessment.probability is None:
        return False
    return abs(risk.probability - assessment.probability) <= SAME_PROBABILITY


def _stored(content: dict[str, Any] | None, probability: float | None, as_of_on: dt.date) -> _Why | None:
    if content is None or content == HELD or probability is None:
        return None
    return _Why(Explanation.from_json(content), probability, stored_on=as_of_on)


def _held(risk: CurrentRisk) -> str:
    if risk.next_due_on and risk.next_due_on < risk.as_of_on:
        return _("An instalment is overdue, and what the model said before it was due holds")
    return _(
        "The next instalment lies just beyond the 30 days the model looks at, and what it last said holds"
    )


def _is_set_by_model(risk: CurrentRisk) -> bool:
    return risk.band is not None and risk.score_level is not None and risk.band > risk.score_level


def _account(why: _Why, around: Around) -> Account:
    explanation = why.explanation
    # A feature that an earlier release knew has no words any more: it counts among the rest.
    told = [reason for reason in explanation.reasons if reason.feature in model_words.SENTENCES]
    longest = max((abs(reason.contribution) for reason in told), default=0.0)
    return Account(
        probability=why.probability,
        weights=[_weight(reason, longest, around) for reason in told],
        base=explanation.base,
        rest=explanation.margin - explanation.base - sum(reason.contribution for reason in told),
        margin=explanation.margin,
        stored_on=why.stored_on,
        way_out=f"{model_words.way_out(why.way_out, around)}." if why.way_out else "",
    )


def _weight(reason: Reason, longest: float, around: Around) -> Weight:
    return Weight(
        text=model_words.sentence(reason, around),
        contribution=reason.contribution,
        is_raising=reason.direction == RAISES,
        length=max(2, round(100 * abs(reason.contribution) / longest)),
    )


def _findings(customer: Customer, risk: CurrentRisk, assessment: Assessment | None) -> reasons.Findings:
    return reasons.Findings(
        inputs=assessment.inputs if assessment else {},
        points=assessment.points if assessment else {},
        hardships=sorted(Hardship[name] for name in assessment.hardships) if assessment else [],
        segment=Segment(risk.segment),
        assessed_on=assessment.as_of_on if assessment else risk.as_of_on,
        today_on=risk.as_of_on,
        expected_salary_day=customer.expected_salary_day,
        currency=settings.BANK_CURRENCY,
    )
