"""With which outcomes a person may end a case now: what they say happened must have happened."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from interventions.casework.case_rules import OUTCOMES_OF_SYSTEM
from interventions.casework.case_steps import CaseRefused
from interventions.models import Case, PromiseToPay, ReliefOffer

Outcome = Case.Outcome
# A person who ends a case so says why.
NEEDS_REASON = frozenset({Outcome.NO_NEED, Outcome.DECLINED, Outcome.NOT_REACHED})


@dataclass(frozen=True)
class Came:
    """What has come of a case so far.

    Args:
        has_agreed: the customer accepted an offer of it.
        promises: the states of its promises.
    """

    has_agreed: bool
    promises: frozenset[str]

    @classmethod
    def of(cls, case: Case) -> "Came":
        """As it is stored. Two queries."""
        return cls(
            has_agreed=case.offers.filter(state=ReliefOffer.State.ACCEPTED).exists(),
            promises=frozenset(case.promises.values_list("state", flat=True)),
        )


def possible(case: Case, came: Came | None = None) -> Sequence[Outcome]:
    """What a person may say came of a case as it stands, in the order in which it is offered.

    Args:
        case: Which.
        came: What the caller has read of it already; None: it is read.
    """
    known = came or Came.of(case)
    return [each for each in Outcome if not _missing(known, each)]


def check(case: Case, outcome: str, reason: str) -> None:
    """Refuse an outcome that is not a person's to say, did not happen, or lacks a reason.

    Args:
        case: Under the caller's lock.
        outcome: An `Outcome`.
        reason: Why, in their words.

    Raises:
        CaseRefused: with what to do instead.
    """
    if missing := _missing(Came.of(case), outcome):
        raise CaseRefused(missing)
    if outcome in NEEDS_REASON and not reason.strip():
        raise CaseRefused(_("Say why, with this outcome."))


def _missing(came: Came, outcome: str) -> str:
    """What stands against an outcome, and what to do; "" where nothing does."""
    if outcome in OUTCOMES_OF_SYSTEM:
        return _("Only the system ends a case with this outcome. Choose what you did.")
    if outcome == Outcome.RELIEF_AGREED and not came.has_agreed:
        return _(
            "The customer has accepted no offer of this case. Offer the relief and record the answer, or choose"
            " another outcome."
        )
    if outcome == Outcome.PROMISE_KEPT:
        return _missing_of_promises(came.promises)
    return ""


def _missing_of_promises(states: Collection[str]) -> str:
    """A case ends as kept only with every promise settled: one that falls back later is told apart by that."""
    if PromiseToPay.State.OPEN in states:
        return _(
            "A promise of this case is still open. Wait for it: the payments settle it by themselves. Or choose"
            " another outcome."
        )
    if PromiseToPay.State.KEPT not in states:
        return _(
            "No promise of this case is kept. Record the promise: the payments settle it by themselves. Or choose"
            " another outcome."
        )
    return ""
