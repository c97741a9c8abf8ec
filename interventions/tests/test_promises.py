"""Promises to pay: made within bounds, settled by what the stream shows, whatever comes late or is taken back."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
import time_machine

from audit.models import AuditEvent
from customers.models import Loan
from customers.payments import payments_book
from customers.tests.factories import LoanFactory
from interventions.casework import cases
from interventions.casework.case_steps import CaseRefused
from interventions.help import helping, promises
from interventions.help.helping import Refused
from interventions.messages import composing
from interventions.models import Case, PromiseToPay
from interventions.tests import staff
from interventions.tests.cases import opened
from interventions.tests.helped import AMOUNT, DUE_ON, debited, lending, of_case, on_stage, paying
from interventions.tests.stage import Stage
from risk.models import Alert
from risk.tests.factories import NOON, TODAY

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_noon")]
HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
HALF = Decimal("5500.00")


@pytest.fixture
def stage() -> Stage:
    return on_stage()


@pytest.fixture
def loan(stage: Stage) -> Loan:
    return lending(stage.customer)


def made(stage: Stage, loan: Loan, **fields: Any) -> PromiseToPay:
    given = {"amount": AMOUNT, "promised_on": TODAY + 3 * DAY, "by": stage.manager, **fields}
    return promises.make(case=stage.case, loan=loan, **given)


def state_of(promise: PromiseToPay) -> str:
    promises.settle_due()
    promise.refresh_from_db()
    return promise.state


def test_promise_is_recorded_and_takes_the_case_up(stage: Stage, loan: Loan) -> None:
    promise = made(stage, loan)

    assert (promise.state, promise.paid_amount, promise.made_with) == ("open", 0, stage.manager)
    assert of_case(stage.case) == ["started"]
    event = AuditEvent.objects.get(action="interventions.promise.made")
    assert event.actor == stage.manager
    # What somebody owes and pays is theirs: it can be erased.
    assert not {"amount", "paid_amount", "promised_on"} & event.detail.keys()
    assert '"amount":' in event.personal.content


def test_same_promise_twice_is_one(stage: Stage, loan: Loan) -> None:
    assert made(stage, loan) == made(stage, loan)
    assert PromiseToPay.objects.count() == 1


def test_what_is_promised_otherwise_stands_instead(stage: Stage, loan: Loan) -> None:
    """Also of an earlier case, which nobody can go on with."""
    first = made(stage, loan)
    paying(loan, HALF / 2, NOON + HOUR)
    cases.resolve(
        case_id=stage.case.pk, version=stage.case.version, by=stage.manager, outcome=Case.Outcome.HELPED
    )
    later = opened(stage.customer, to=stage.manager)

    second = promises.make(case=later, loan=loan, amount=HALF, promised_on=TODAY + 4 * DAY, by=stage.manager)

    first.refresh_from_db()
    assert (first.state, first.paid_amount, second.state) == ("cancelled", HALF / 2, "open")
    event = AuditEvent.objects.get(action="interventions.promise.cancelled")
    assert (event.subject_id, event.actor) == (str(first.pk), stage.manager)


def test_promise_that_is_over_is_settled_before_another_is_made(
    stage: Stage, loan: Loan, at_noon: time_machine.Traveller
) -> None:
    first = made(stage, loan, promised_on=TODAY)
    at_noon.move_to(NOON + DAY)

    with pytest.raises(Refused, match="just being settled"):
        made(stage, loan, amount=HALF)

    assert state_of(first) == "broken"
    stage.case.refresh_from_db()
    assert made(stage, loan, amount=HALF).state == "open"


@pytest.mark.parametrize("day", [TODAY - DAY, TODAY + 31 * DAY])
def test_day_is_within_a_month(stage: Stage, loan: Loan, day: dt.date) -> None:
    with pytest.raises(Refused, match="30 days"):
        made(stage, loan, promised_on=day)


@pytest.mark.parametrize("day", [TODAY, TODAY + 30 * DAY])
def test_day_may_be_the_first_or_the_last(stage: Stage, loan: Loan, day: dt.date) -> None:
    assert made(stage, loan, promised_on=day).promised_on == day


@pytest.mark.parametrize("amount", [Decimal(0), Decimal(-1), AMOUNT + Decimal("0.01")])
def test_amount_is_at_most_what_is_due(stage: Stage, loan: Loan, amount: Decimal) -> None:
    with pytest.raises(Refused, match="₹11,000 is due"):
        made(stage, loan, amount=amount)


def test_what_is_overdue_or_falls_due_by_then_may_be_promised_too(stage: Stage) -> None:
    late = lending(stage.customer, due_on=TODAY - 2 * DAY)

    assert made(stage, late, amount=2 * AMOUNT, promised_on=TODAY + 29 * DAY).amount == 2 * AMOUNT


def test_another_customers_loan_is_not_theirs_to_promise(stage: Stage) -> None:
    with pytest.raises(Refused, match="another customer"):
        made(stage, LoanFactory.create())


def test_paid_in_parts_is_kept_before_the_day(stage: Stage, loan: Loan) -> None:
    promise = made(stage, loan)
    paying(loan, HALF, NOON + HOUR)
    assert state_of(promise) == "open"
    assert promise.paid_amount == HALF

    paying(loan, HALF, NOON + 2 * HOUR)

    assert state_of(promise) == "kept"
    assert promise.settled_at is not None


def test_case_ends_when_its_promise_is_kept_and_nothing_else_is_open(stage: Stage, loan: Loan) -> None:
    promise = made(stage, loan)
    paying(loan, AMOUNT, NOON + HOUR)

    assert state_of(promise) == "kept"
    stage.case.refresh_from_db()
    assert (stage.case.state, stage.case.outcome) == ("resolved", "promise_kept")
    assert of_case(stage.case) == ["started", "promise_kept", "resolved"]


def test_case_goes_on_while_something_else_is_open(stage: Stage, loan: Loan) -> None:
    other = lending(stage.customer)
    promise = made(stage, loan)
    made(stage, other)
    paying(loan, AMOUNT, NOON + HOUR)

    assert state_of(promise) == "kept"
    stage.case.refresh_from_db()
    assert stage.case.state == "in_progress"


def test_case_goes_on_while_a_message_is_being_written(stage: Stage, loan: Loan) -> None:
    promise = made(stage, loan)
    composing.draft(case=stage.case, channel="sms", by=stage.manager)
    paying(loan, AMOUNT, NOON + HOUR)

    assert state_of(promise) == "kept"
    stage.case.refresh_from_db()
    assert stage.case.state == "in_progress"


@pytest.mark.parametrize("state", ["escalated", "waiting"])
def test_supervisors_keep_what_was_escalated_to_them(stage: Stage, loan: Loan, state: str) -> None:
    promise = made(stage, loan)
    given: dict[str, Any] = {"case_id": stage.case.pk, "version": stage.case.version, "by": stage.manager}
    if state == "escalated":
        cases.escalate(**given, reason="look")
    else:
        cases.snooze(**given, until=NOON + DAY)
    paying(loan, AMOUNT, NOON + HOUR)

    assert state_of(promise) == "kept"
    stage.case.refresh_from_db()
    assert stage.case.state == ("escalated" if state == "escalated" else "resolved")


def test_day_itself_is_open_until_the_bank_says_it_is_over(
    stage: Stage, loan: Loan, at_noon: time_machine.Traveller
) -> None:
    promise = made(stage, loan)

    # The bank's midnight in India is 18:30 UTC.
    at_noon.move_to(dt.datetime(2026, 2, 20, 18, 29, 50, tzinfo=dt.UTC), tick=False)
    assert state_of(promise) == "open"
    at_noon.move_to(dt.datetime(2026, 2, 20, 18, 30, tzinfo=dt.UTC), tick=False)
    assert state_of(promise) == "broken"


def test_broken_promise_brings_the_case_to_the_front(
    stage: Stage, loan: Loan, at_noon: time_machine.Traveller
) -> None:
    promise = made(stage, loan)
    paying(loan, HALF, NOON + HOUR)
    before = stage.case.rank
    at_noon.move_to(NOON + 4 * DAY)

    assert state_of(promise) == "broken"
    stage.case.refresh_from_db()
    assert (stage.case.priority, stage.case.state) == ("URGENT", "in_progress")
    assert stage.case.rank == before + 1
    step = stage.case.transitions.get(verb="promise_broken")
    assert step.detail == {"promise_id": promise.pk, "priority": "URGENT", "paid_in_part": True}


def test_broken_promise_wakes_a_case_that_waits(
    stage: Stage, loan: Loan, at_noon: time_machine.Traveller
) -> None:
    promise = made(stage, loan)
    cases.snooze(case_id=stage.case.pk, version=stage.case.version, by=stage.manager, until=NOON + 20 * DAY)
    at_noon.move_to(NOON + 4 * DAY)

    assert state_of(promise) == "broken"
    stage.case.refresh_from_db()
    assert (stage.case.state, stage.case.snoozed_until) == ("assigned", None)


def test_urgent_cases_stay_urgent(stage: Stage, loan: Loan, at_noon: time_machine.Traveller) -> None:
    stage.case.priority = "URGENT"
    stage.case.save()
    stage.case.refresh_from_db()
    promise = made(stage, loan)
    at_noon.move_to(NOON + 4 * DAY)

    assert state_of(promise) == "broken"
    stage.case.refresh_from_db()
    assert stage.case.priority == "URGENT"


def test_payment_that_is_known_late_keeps_a_broken_promise(
    stage: Stage, loan: Loan, at_noon: time_machine.Traveller
) -> None:
    promise = made(stage, loan)
    at_noon.move_to(NOON + 5 * DAY)
    assert state_of(promise) == "broken"

    paying(loan, AMOUNT, NOON + 2 * DAY, recorded_at=NOON + 5 * DAY)

    assert state_of(promise) == "kept"


def test_payment_from_before_the_promise_does_not_keep_it(stage: Stage, loan: Loan) -> None:
    promise = made(stage, loan)
    paying(loan, AMOUNT, NOON - HOUR, recorded_at=NOON + HOUR)

    assert state_of(promise) == "open"
    assert promise.paid_amount == 0


def test_debit_that_is_returned_takes_a_kept_promise_back(
    stage: Stage, loan: Loan, at_noon: time_machine.Traveller
) -> None:
    other = lending(stage.customer)
    promise = made(stage, loan)
    made(stage, other)
    debit = debited(loan, AMOUNT, NOON + HOUR)
    assert state_of(promise) == "kept"

    debited(loan, -AMOUNT, NOON + 2 * HOUR, reverses=debit)
    assert state_of(promise) == "open"
    assert (promise.paid_amount, promise.settled_at) == (0, None)
    assert AuditEvent.objects.filter(action="interventions.promise.reopened").exists()

    debit = debited(loan, AMOUNT, NOON + 3 * HOUR)
    assert state_of(promise) == "kept"
    at_noon.move_to(NOON + 6 * DAY)
    debited(loan, -AMOUNT, NOON + 6 * DAY, reverses=debit)
    assert state_of(promise) == "broken"


def test_return_of_an_older_debit_does_not_count_against_the_promise(stage: Stage, loan: Loan) -> None:
    debit = debited(loan, Decimal("2000.00"), NOON - DAY)
    promise = made(stage, loan, amount=Decimal("9000.00"))
    debited(loan, Decimal("-2000.00"), NOON + HOUR, reverses=debit)
    paying(loan, Decimal("9000.00"), NOON + 2 * HOUR)

    assert state_of(promise) == "kept"


def test_promise_made_anew_stands_in_for_the_one_that_fell_back(stage: Stage, loan: Loan) -> None:
    made(stage, lending(stage.customer))
    first = made(stage, loan, amount=HALF)
    debit = debited(loan, HALF, NOON + HOUR)
    assert state_of(first) == "kept"
    second = made(stage, loan, amount=HALF)

    debited(loan, -HALF, NOON + 2 * HOUR, reverses=debit)

    assert state_of(first) == "broken"
    second.refresh_from_db()
    assert second.state == "open"
    promises.cancel(promise=second, by=stage.manager, reason="typing error")
    assert state_of(first) == "broken"


def test_resolved_case_is_left_alone(stage: Stage, loan: Loan, at_noon: time_machine.Traveller) -> None:
    promise = made(stage, loan)
    cases.resolve(
        case_id=stage.case.pk, version=stage.case.version, by=stage.manager, outcome=Case.Outcome.HELPED
    )
    at_noon.move_to(NOON + 4 * DAY)

    assert state_of(promise) == "broken"
    assert of_case(stage.case) == ["started", "resolved"]


def test_settling_again_changes_nothing(stage: Stage, loan: Loan) -> None:
    promise = made(stage, loan)
    paying(loan, HALF, NOON + HOUR)
    promises.settle_due()
    events = AuditEvent.objects.count()

    assert promises.settle_due(limit=1) == 0
    assert promises._settle_one(promise.pk) is False
    assert AuditEvent.objects.count() == events


def test_one_that_fails_does_not_hold_up_the_others(
    stage: Stage, loan: Loan, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = lending(stage.customer)
    bad, good = made(stage, loan), made(stage, other)
    paying(loan, AMOUNT, NOON + HOUR)
    paying(other, AMOUNT, NOON + HOUR)
    real = promises._settle_one
    monkeypatch.setattr(promises, "_settle_one", lambda pk: 1 / 0 if pk == bad.pk else real(pk))

    assert promises.settle_due() == 1

    good.refresh_from_db()
    assert good.state == "kept"
    assert Alert.objects.get(kind=Alert.Kind.OPERATIONAL).detail == {"promises": [bad.pk]}


def test_more_than_promised_is_noted_and_settles_nothing_again(stage: Stage, loan: Loan) -> None:
    promise = made(stage, loan)
    paying(loan, AMOUNT, NOON + HOUR)
    assert state_of(promise) == "kept"
    settled_at = promise.settled_at
    paying(loan, HALF, NOON + 2 * HOUR)

    assert state_of(promise) == "kept"
    assert (promise.paid_amount, promise.settled_at) == (AMOUNT + HALF, settled_at)


def test_promise_of_long_ago_is_looked_at_no_more(
    stage: Stage, loan: Loan, at_noon: time_machine.Traveller
) -> None:
    promise = made(stage, loan)
    at_noon.move_to(NOON + 4 * DAY)
    assert state_of(promise) == "broken"
    at_noon.move_to(NOON + 30 * DAY)
    paying(loan, AMOUNT, NOON + 2 * DAY, recorded_at=NOON + 30 * DAY)

    assert state_of(promise) == "broken"


def test_promise_is_cancelled_with_a_reason(stage: Stage, loan: Loan) -> None:
    promise = made(stage, loan)
    with pytest.raises(Refused, match="Say why"):
        promises.cancel(promise=promise, by=stage.manager, reason="")

    promises.cancel(promise=promise, by=stage.manager, reason="typing error")

    paying(loan, AMOUNT, NOON + HOUR)
    assert state_of(promise) == "cancelled"
    assert promises._settle_one(promise.pk) is False
    with pytest.raises(Refused, match="settled already"):
        promises.cancel(promise=promise, by=stage.manager, reason="again")
    assert made(stage, loan, amount=HALF).pk != promise.pk


def test_nobody_else_cancels_it(stage: Stage, loan: Loan) -> None:
    with pytest.raises(Case.DoesNotExist):
        promises.cancel(promise=made(stage, loan), by=staff.manager("rm2"), reason="x")


def test_stream_keeps_a_promise_from_debit_to_case(stage: Stage, loan: Loan) -> None:
    """From a booked debit through the refresh's own booking, with nothing stored by hand."""
    from customers.tests.factories import TransactionFactory

    promise = made(stage, loan)
    TransactionFactory.create(
        customer=stage.customer, occurred_at=NOON + HOUR, amount=AMOUNT, kind="DEBT", merchant_category="EMI"
    )
    assert payments_book(since={stage.customer.pk: NOON}) == 1

    assert state_of(promise) == "kept"


def test_promise_of_a_resolved_case_cannot_be_made(stage: Stage, loan: Loan) -> None:
    made(stage, lending(stage.customer, due_on=DUE_ON + DAY), amount=HALF)
    cases.resolve(
        case_id=stage.case.pk, version=stage.case.version, by=stage.manager, outcome=Case.Outcome.HELPED
    )
    stage.case.refresh_from_db()

    with pytest.raises(CaseRefused):
        made(stage, loan)


def test_what_is_open_of_a_case(stage: Stage, loan: Loan) -> None:
    assert not helping.has_open_matters(stage.case)
    made(stage, loan)
    assert helping.has_open_matters(stage.case)
