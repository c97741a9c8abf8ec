"""From assessments to cases: marks are claimed, decided upon and removed, in one transaction a chunk.

`interventions.casework.case_rules` says what is to be done; here it is looked up, written, assigned and told. Locks
are taken in this order everywhere: marks, customers, cases, the assignment.
"""

import datetime as dt

import structlog
from django.db import InterfaceError, OperationalError, transaction
from django.utils import timezone
from django.utils.translation import gettext_noop

from customers import bank_clock
from interventions import case_hints
from interventions.casework import assignment, case_writing, deciding_cases, deciding_facts
from interventions.casework.case_rules import Verb
from interventions.casework.case_steps import Step, end_cover, lock_customers, tell
from interventions.casework.deciding_cases import Moment
from interventions.casework.deciding_facts import Facts, Mark
from interventions.contact import cancelling, planned_calls
from interventions.effect import holdout
from interventions.models import Case, Delivery
from risk.alerts import raise_operational
from risk.reading import plan_for_chunks

CHUNK = 2_000
# After so many turns at most, those wait no longer about whom something is to be done.
QUIET_TURNS = 40
MOST_SEARCHED = 30
MOST_NAMED = 20
MOST_CHARACTERS = 500
# A customer set aside is tried again after so long, and at once when the risk changes.
RETRY = dt.timedelta(hours=1)
log = structlog.get_logger(__name__)


def decide_pending(*, limit: int = CHUNK) -> int:
    """Decide about customers whose risk changed; returns about how many, 0 when nobody waits.

    Those at LOW without a case are done with in bulk, besides. Any number of workers may decide at once.

    Args:
        limit: Customers decided upon in one transaction, at most.
    """
    quiet, last = 0, 0
    for _turn in range(QUIET_TURNS):
        cleared = deciding_facts.clear_quiet(after=last)
        quiet += cleared.removed
        if cleared.last is None:
            break
        last = cleared.last
    return quiet + decide_chunk(limit=limit)


def decide_chunk(*, limit: int = CHUNK) -> int:
    """Decide about one chunk in one transaction; returns how many marks it took."""
    failed: list[Mark] = []
    with transaction.atomic():
        plan_for_chunks()
        marks = deciding_facts.take_marks(limit=limit, retry_before=timezone.now() - RETRY)
        if marks:
            # Before any decision: every part of the chunk locks some of them.
            lock_customers([mark.customer_id for mark in marks])
            _attempt(marks, Moment.now(), failed)
        if failed:
            _raise_set_aside(failed)
    return len(marks)


@transaction.atomic
def open_for(customer_id: int) -> int | None:
    """Open a case because the customer asked for help, whatever their risk is; returns its id.

    None where the customer was never assessed. The caller holds the customer's lock, and has found that none is open.
    """
    moment = Moment.now()
    opened = [
        (deciding_cases.opened(facts, moment), facts) for facts in deciding_facts.read_facts([customer_id])
    ]
    tell(_open(opened, moment), at=moment.at)
    case_hints.announce(each for case, facts in opened for each in (facts.manager_id, case.assigned_to_id))
    return next((case.pk for case, _facts in opened), None)


def _attempt(marks: list[Mark], moment: Moment, failed: list[Mark]) -> None:
    """Decide about customers, in halves where that fails, until those for whom it does are found and set aside.

    Raises:
        OperationalError, InterfaceError: the database is away; no mark is removed, and all will be tried again.
    """
    error = _error_of(marks, moment)
    if error is None:
        return
    if len(marks) > 1 and len(failed) < MOST_SEARCHED:
        middle = len(marks) // 2
        for half in (marks[:middle], marks[middle:]):
            _attempt(half, moment, failed)
        return
    named = [mark.customer_id for mark in marks[:MOST_NAMED]]
    log.error("decisions set aside", customers=len(marks), first=named, exc_info=error)
    words = f"{type(error).__name__}: {error}"[:MOST_CHARACTERS]
    deciding_facts.give_back(marks, error=words, at=timezone.now())
    failed += marks


def _error_of(marks: list[Mark], moment: Moment) -> Exception | None:
    """Decide; what went wrong with these customers, with nothing of it done, or None."""
    try:
        with transaction.atomic():
            _decide([mark.customer_id for mark in marks], moment)
    except (OperationalError, InterfaceError):
        raise
    except Exception as error:
        return error
    return None


def _decide(customer_ids: list[int], moment: Moment) -> None:
    locked = Case.objects.open().filter(customer_id__in=customer_ids).order_by("pk")
    held = {case.customer_id: case for case in locked.select_for_update(no_key=True)}
    opened: list[tuple[Case, Facts]] = []
    changed: list[Case] = []
    closed: list[Case] = []
    steps: list[Step] = []
    for facts in deciding_facts.read_facts(customer_ids):
        case = held.get(facts.customer_id)
        verdict = deciding_cases.verdict_on(facts, case, moment)
        if verdict.verb == Verb.OPEN:
            opened.append((deciding_cases.opened(facts, moment), facts))
        elif case is not None and verdict.verb == Verb.CHANGE:
            steps += deciding_cases.changed(case, facts, moment)
            changed.append(case)
        elif case is not None and verdict.verb == Verb.CLOSE:
            steps.append(deciding_cases.closed(case, facts, verdict, moment))
            closed.append(case)
    case_writing.write(changed + closed)
    tell(steps + _open(opened, moment), at=moment.at)
    _let_go(closed)
    deciding_facts.forget_failures(customer_ids)
    case_hints.announce(
        {facts.manager_id for _case, facts in opened}
        | {case.assigned_to_id for case in [*changed, *closed, *(case for case, _facts in opened)]}
    )


def _open(opened: list[tuple[Case, Facts]], moment: Moment) -> list[Step]:
    """Assign and store new cases, the most urgent first; returns what to tell."""
    if not opened:
        return []
    opened.sort(key=lambda pair: (-pair[0].rank, pair[0].customer_id))
    desks = assignment.locked_desks(at=moment.at)
    covered: dict[int, int] = {}
    for case, facts in opened:
        given = desks.give(facts.manager_id)
        if given is not None:
            case.state, case.assigned_to_id = Case.State.ASSIGNED, given.user_id
            if given.is_cover:
                covered[case.customer_id] = given.user_id
    cases = Case.objects.bulk_create([case for case, _facts in opened])
    assignment.cover_all(covered)
    holdout.assign_bulk(cases)
    return [deciding_cases.first_step(case, is_cover=case.customer_id in covered) for case in cases]


def _let_go(closed: list[Case]) -> None:
    """What ends with a case: the cover, planned calls, and messages that wait to be sent."""
    end_cover([case.customer_id for case in closed])
    queued = Delivery.objects.filter(case__in=closed, state=Delivery.State.PENDING)
    waiting = set(queued.values_list("case_id", flat=True)) if closed else set()
    waiting |= planned_calls.cases_with(closed)
    for case in closed:
        if case.pk in waiting:
            cancelling.of_case(case=case, reason="The case is resolved.")


def _raise_set_aside(failed: list[Mark]) -> None:
    """Tell operators, once a bank day."""
    raise_operational(
        dedupe_key=f"deciding.set_aside.{bank_clock.today()}",
        message=gettext_noop(
            "No decision could be made about customers, who keep the case they had, or none. The log says why. "
            "They are decided upon again when their risk changes, and every hour."
        ),
        detail={"customers": [mark.customer_id for mark in failed][:MOST_NAMED]},
    )
