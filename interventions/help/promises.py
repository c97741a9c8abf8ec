"""Promises to pay: made with the customer, kept or broken by what the stream of transactions shows.

A promise that is settled is looked at again for some days: a payment that becomes known late keeps a broken one, and
one that is taken back breaks a kept one.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.contrib.auth.models import User
from django.db import connection, transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from customers import bank_clock, formats
from customers.models import Loan
from interventions.casework import case_rules, cases, sweeping
from interventions.casework.case_steps import lock, take
from interventions.help import helping, promise_rules
from interventions.help.helping import Refused
from interventions.help.lending import owed_on
from interventions.help.promise_rules import Payment, Promise
from interventions.models import Case, PolicyTemplate, PromiseToPay

State = PromiseToPay.State
Priority = PolicyTemplate.Priority
LONGEST_DAYS = 30
# How long after the promised day late payments and returns are looked for.
LATE = dt.timedelta(days=14)
CHUNK = 500
RAISED = {Priority.ROUTINE: Priority.MEDIUM, Priority.MEDIUM: Priority.HIGH, Priority.HIGH: Priority.URGENT}


def make(*, case: Case, loan: Loan, amount: Decimal, promised_on: dt.date, by: User) -> PromiseToPay:
    """Record what the customer promises to pay, and by the end of which bank day. The same once more is the same.

    What is promised otherwise for the same loan, also in an earlier case, stands instead of what was open.

    Args:
        case: As the caller saw it.
        loan: One of the customer's.
        amount: At most what is due.
        promised_on: From today to 30 days ahead.
        by: Who spoke with the customer.

    Raises:
        Refused: the loan is another's, or amount or day are out of bounds, or the promise before is due to be settled.
        Case.DoesNotExist, PermissionDenied, CaseChanged, CaseRefused: as in `helping.begun`.
    """
    with helping.begun(case=case, by=by) as held:
        open_one = PromiseToPay.objects.filter(loan=loan, state=State.OPEN).first()
        said = (held.pk, amount, promised_on)
        if open_one is not None and (open_one.case_id, open_one.amount, open_one.promised_on) == said:
            return open_one
        _check(held, loan, amount, promised_on)
        if open_one is not None:
            _replace(open_one, by)
        made = PromiseToPay.objects.create(
            case=held,
            customer_id=held.customer_id,
            loan=loan,
            amount=amount,  # type: ignore[misc]  # the stubs do not know that it is money
            promised_on=promised_on,
            made_at=bank_clock.now(),
            made_with=by,
        )
        _recorded(made, "made", by=by)
        return made


@transaction.atomic
def cancel(*, promise: PromiseToPay, by: User, reason: str) -> PromiseToPay:
    """Take an open promise back, because it was entered wrongly or the customer promises otherwise.

    Raises:
        Refused: it is settled, or no reason is given.
        Case.DoesNotExist, PermissionDenied, CaseRefused: as in `helping.begun`.
    """
    if not reason.strip():
        raise Refused(_("Say why the promise is taken back."))
    helping.taken_up_as_it_is(promise.case_id, by)
    promise = PromiseToPay.objects.select_for_update().get(pk=promise.pk)
    if promise.state != State.OPEN:
        raise Refused(_("The promise is settled already."))
    _settle(promise, State.CANCELLED, promise.paid_amount)
    _recorded(promise, "cancelled", by=by, reason=reason.strip())
    return promise


@transaction.atomic
def restore(*, promise: PromiseToPay, by: User) -> PromiseToPay:
    """Undo a `cancel` of one's own, moments ago: the same promise stands again, as of the moment it was made.

    The cancelled row stays; what was paid since the promise was made counts for the new one as it did for the old.

    Raises:
        Refused: it was not taken back by them just now, or the customer has promised otherwise since.
        Case.DoesNotExist, PermissionDenied, CaseRefused: as in `helping.begun`.
    """
    held = helping.taken_up_as_it_is(promise.case_id, by)
    helping.refuse_unless_just_done("promise", promise.pk, "interventions.promise.cancelled", by)
    said = {"loan_id": promise.loan_id, "amount": promise.amount, "promised_on": promise.promised_on}
    if PromiseToPay.objects.filter(loan_id=promise.loan_id, state=State.OPEN).exists():
        raise Refused(_("There is another promise for this loan by now. Nothing was undone."))
    made = PromiseToPay.objects.create(
        case=held,
        customer_id=held.customer_id,
        made_at=promise.made_at,
        made_with_id=promise.made_with_id,
        **said,
    )
    _recorded(made, "restored", by=by)
    return made


def settle_due(*, limit: int = CHUNK) -> int:
    """Compare promises with the payments known by now. Each is settled by itself, under its customer's lock.

    One that cannot be settled is passed over, with an alert.

    Returns:
        How many changed.
    """
    return sweeping.each(
        _differing(bank_clock.now(), limit),
        _settle_one,
        what="promises",
        message=gettext_noop("Promises to pay could not be settled. The log says why."),
    )


def _differing(now: dt.datetime, limit: int) -> Iterator[int]:
    """The promises that are not as the payments say, looked through in chunks."""
    last = 0
    while chunk := list(_watched(now).filter(pk__gt=last).order_by("pk")[:limit]):
        payments = _payments(chunk)
        for promise in chunk:
            state = promise_rules.state_of(_terms(promise), payments[promise.loan_id], now)
            amount = promise_rules.paid(_terms(promise), payments[promise.loan_id])
            if (state, amount) != (promise.state, promise.paid_amount):
                yield promise.pk
        last = chunk[-1].pk


def _replace(promise: PromiseToPay, by: User) -> None:
    """End an open promise because the customer promises anew; the customer is locked."""
    payments = _payments([promise])[promise.loan_id]
    if promise_rules.state_of(_terms(promise), payments, bank_clock.now()) != State.OPEN:
        raise Refused(_("The promise before is over and just being settled. Try again in a minute."))
    _settle(promise, State.CANCELLED, promise_rules.paid(_terms(promise), payments))
    _recorded(promise, "cancelled", by=by, reason=gettext_noop("The customer promises otherwise."))


@transaction.atomic
def _settle_one(promise_id: int) -> bool:
    """Judge one promise anew, with what is known once its customer is locked."""
    known = PromiseToPay.objects.get(pk=promise_id)
    case = lock(known.case_id, by=None)
    promise = PromiseToPay.objects.select_for_update().get(pk=promise_id)
    payments = _payments([promise])[promise.loan_id]
    before, after = promise.state, promise_rules.state_of(_terms(promise), payments, bank_clock.now())
    amount = promise_rules.paid(_terms(promise), payments)
    is_replaced = before == State.BROKEN or (before == State.KEPT and _has_other_open(promise))
    if after == State.OPEN and is_replaced:
        # The customer has promised anew since; that one counts, whatever becomes of it.
        after = State.BROKEN
    if before == State.CANCELLED or (before, promise.paid_amount) == (after, amount):
        return False
    _settle(promise, after, amount)
    if before != after:
        _recorded(promise, "reopened" if after == State.OPEN else str(after), before=before)
        _tell_the_case(case, promise)
    return before != after


def _settle(promise: PromiseToPay, state: State, amount: Decimal) -> None:
    if promise.state != state or promise.settled_at is None:
        promise.settled_at = None if state == State.OPEN else bank_clock.now()
    promise.state, promise.paid_amount = state, amount
    promise.save(update_fields=["state", "paid_amount", "settled_at"])


def _tell_the_case(case: Case, promise: PromiseToPay) -> None:
    """A promise kept may end the case; one that is broken brings it to the front of its worker's queue."""
    if case.state == Case.State.RESOLVED:
        return
    if promise.state == State.KEPT:
        take(case, "promise_kept", detail={"promise_id": promise.pk})
        if not helping.has_open_matters(case):
            cases.settle(
                case_id=case.pk,
                outcome=Case.Outcome.PROMISE_KEPT,
                reason=gettext_noop("What was promised is paid."),
            )
        return
    if promise.state == State.BROKEN:
        _raise(case, promise)


def _raise(case: Case, promise: PromiseToPay) -> None:
    priority = RAISED.get(Priority(case.priority), Priority.URGENT)
    steps = case_rules.DOUBLINGS[priority] - case_rules.DOUBLINGS[Priority(case.priority)]
    is_waiting = case.state == Case.State.WAITING
    changes: dict[str, Any] = {"state": Case.State.ASSIGNED, "snoozed_until": None} if is_waiting else {}
    take(
        case,
        "promise_broken",
        detail={"promise_id": promise.pk, "priority": str(priority), "paid_in_part": promise.paid_amount > 0},
        priority=priority,
        rank=case.rank + steps,
        **changes,
    )


def _check(case: Case, loan: Loan, amount: Decimal, promised_on: dt.date) -> None:
    today = bank_clock.today()
    if loan.customer_id != case.customer_id:
        raise Refused(_("The loan is another customer's."))
    if not today <= promised_on <= today + dt.timedelta(days=LONGEST_DAYS):
        raise Refused(_("Choose a day from today to %(most)s days ahead.") % {"most": LONGEST_DAYS})
    outstanding = owed_on(loan, today).outstanding(promised_on)
    if not 0 < amount <= outstanding:
        raise Refused(
            _("%(amount)s is due by then: promise more than nothing and at most that.")
            % {"amount": formats.exact_money(outstanding, loan.currency)}
        )


def _watched(now: dt.datetime) -> QuerySet[PromiseToPay]:
    since = bank_clock.day_of(now - LATE)
    return PromiseToPay.objects.filter(
        Q(state=State.OPEN) | Q(state__in=[State.KEPT, State.BROKEN], promised_on__gte=since)
    )


def _has_other_open(promise: PromiseToPay) -> bool:
    return PromiseToPay.objects.filter(loan_id=promise.loan_id, state=State.OPEN).exists()


def _terms(promise: PromiseToPay) -> Promise:
    until = bank_clock.start_of(promise.promised_on + dt.timedelta(days=1))
    return Promise(amount=promise.amount, made_at=promise.made_at, until=until)


def _payments(promises: Sequence[PromiseToPay]) -> Mapping[int, list[Payment]]:
    """The payments of the promises' loans since the first was made, by loan; one statement."""
    found: dict[int, list[Payment]] = defaultdict(list)
    since = min(each.made_at for each in promises)
    loans = sorted({(each.customer_id, each.loan_id) for each in promises})
    with connection.cursor() as cursor:
        cursor.execute(
            _PAYMENTS,
            {"customers": [c for c, _l in loans], "loans": [one for _c, one in loans], "since": since},
        )
        for loan_id, amount, occurred_at, recorded_at, of_at in cursor.fetchall():
            found[loan_id].append(Payment(Decimal(amount).scaleb(-2), occurred_at, recorded_at, of_at))
    return found


# A return is a transaction that names the debit it takes back; of several debits of that name the last before it.
_PAYMENTS = """
SELECT payment.loan_id, payment.amount, payment.occurred_at, payment.recorded_at, debit.occurred_at
FROM unnest(%(customers)s::bigint[], %(loans)s::bigint[]) AS wanted(customer_id, loan_id)
JOIN customers_instalmentpayment payment
    ON payment.customer_id = wanted.customer_id AND payment.loan_id = wanted.loan_id
LEFT JOIN LATERAL (
    SELECT entry.reverses FROM customers_transaction entry
    WHERE payment.amount < 0 AND payment.origin = 'transaction'
        AND entry.customer_id = payment.customer_id AND entry.occurred_at = payment.occurred_at
        AND payment.payment_id = 'txn:' || (extract(epoch FROM entry.occurred_at) * 1000000)::bigint || ':'
            || entry.transaction_id
    LIMIT 1
) returned ON true
LEFT JOIN LATERAL (
    SELECT paid.occurred_at FROM customers_instalmentpayment paid
    WHERE returned.reverses IS NOT NULL AND paid.customer_id = payment.customer_id
        AND paid.loan_id = payment.loan_id AND paid.amount > 0
        AND paid.occurred_at <= payment.occurred_at
        AND paid.payment_id = 'txn:' || (extract(epoch FROM paid.occurred_at) * 1000000)::bigint || ':'
            || returned.reverses
    ORDER BY paid.occurred_at DESC LIMIT 1
) debit ON true
WHERE payment.occurred_at > %(since)s
"""


def _recorded(
    promise: PromiseToPay, verb: str, *, by: User | None = None, reason: str = "", before: str = ""
) -> None:
    helping.recorded(
        promise,
        f"interventions.promise.{verb}",
        by=by,
        reason=reason,
        detail={"before": before},
        after={
            "amount": str(promise.amount),
            "paid_amount": str(promise.paid_amount),
            "promised_on": promise.promised_on.isoformat(),
        },
    )
