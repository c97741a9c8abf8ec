"""One step for many customers. Each is a transaction of its own: one that cannot be does not hold the others up."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db.models import TextChoices
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers import bank_clock, roles
from customers.models import Customer
from interventions.alerting.reading import acknowledge_of_customer
from interventions.casework import cases
from interventions.casework.case_rights import WORKERS
from interventions.casework.case_rules import is_missed
from interventions.casework.cases import CaseRefused
from interventions.messages import composing
from interventions.models import Case
from risk.models import CurrentRisk

MOST = 200


class Verb(TextChoices):
    """What is done with each of them."""

    TAKE = "take", gettext_lazy("Take their cases")
    ASSIGN = "assign", gettext_lazy("Assign their cases to")
    REVIEW = "review", gettext_lazy("Mark reviewed")
    ACKNOWLEDGE = "acknowledge", gettext_lazy("Acknowledge their alerts")


@dataclass(frozen=True)
class Outcome:
    """What came of one customer; no error: it is done."""

    customer_id: int
    error: str = ""


class NothingToDo(Exception):
    """There is nothing of the kind; says so in words."""


def verbs_of(user: User) -> list[tuple[str, str | Promise]]:
    """What a user may do with many customers."""
    names = roles.of(user)
    works, gives = bool(names & WORKERS), roles.SUPERVISORS in names
    offered = {Verb.TAKE: works, Verb.ASSIGN: gives, Verb.REVIEW: works, Verb.ACKNOWLEDGE: works}
    return [(verb.value, verb.label) for verb, is_offered in offered.items() if is_offered]


def run(
    *, verb: Verb, customer_ids: Sequence[int], by: User, to: User | None = None, reason: str = ""
) -> list[Outcome]:
    """Take the step for each customer, in the order of their numbers.

    Args:
        verb: One of `verbs_of(by)`; the services decide anyhow.
        customer_ids: At most MOST.
        by: Who.
        to: Of an assignment.
        reason: What was found, or why.

    Raises:
        ValueError: too many at once.
    """
    if len(customer_ids) > MOST:
        raise ValueError(f"at most {MOST} customers at once, not {len(customer_ids)}")
    visible = set(Customer.objects.visible_to(by).filter(pk__in=customer_ids).values_list("pk", flat=True))
    of_cases: dict[Verb, Callable[..., None]] = {
        Verb.TAKE: _take,
        Verb.ASSIGN: _assign,
        Verb.REVIEW: _review,
    }
    found = Case.objects.visible_to(by).open().filter(customer_id__in=visible) if verb in of_cases else []
    open_cases = {case.customer_id: case for case in found}
    with_collections = _with_collections(visible - open_cases.keys()) if verb in of_cases else set()

    def step(customer_id: int) -> None:
        if customer_id not in visible:
            raise NothingToDo(_("There is no such customer."))
        if verb == Verb.ACKNOWLEDGE:
            _acknowledge(customer_id, by)
        elif customer_id not in open_cases:
            raise NothingToDo(_no_case(customer_id in with_collections))
        else:
            of_cases[verb](open_cases[customer_id], by=by, to=to, reason=reason)

    return [_one(step, customer_id) for customer_id in sorted(set(customer_ids))]


def _with_collections(customer_ids: Collection[int]) -> set[int]:
    """Of customers without a case those whom collections look after."""
    risks = CurrentRisk.objects.filter(customer__in=customer_ids).values_list("customer_id", "next_due_on")
    today = bank_clock.today()
    return {customer_id for customer_id, due_on in risks if is_missed(due_on=due_on, today=today)}


def _no_case(is_with_collections: bool) -> str:
    if is_with_collections:
        return _("No case is open: an instalment that is overdue is looked after by collections.")
    return _("No case is open.")


def _one(step: Callable[[int], None], customer_id: int) -> Outcome:
    refusals = (NothingToDo, CaseRefused, PermissionDenied, Case.DoesNotExist)
    try:
        step(customer_id)
    except refusals as refusal:
        return Outcome(customer_id, str(refusal) or _("It is not yours to do."))
    return Outcome(customer_id)


def _take(case: Case, *, by: User, reason: str, **_others: Any) -> None:
    cases.start(case_id=case.pk, version=case.version, by=by, reason=reason)


def _assign(case: Case, *, by: User, to: User, reason: str) -> None:
    cases.assign(case_id=case.pk, version=case.version, by=by, to=to, reason=reason)


def _review(case: Case, *, by: User, reason: str, **_others: Any) -> None:
    composing.mark_reviewed(case=case, by=by, note=reason)


def _acknowledge(customer_id: int, by: User) -> None:
    if not acknowledge_of_customer(customer_id=customer_id, by=by):
        raise NothingToDo(_("No alert is open."))
