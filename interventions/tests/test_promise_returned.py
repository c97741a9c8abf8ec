"""A promise is kept, the case ends, and then the payment comes back: the instalment is unpaid after all."""

import datetime as dt

import pytest
import time_machine

from customers.models import Loan
from customers.payments import payments_book
from customers.tests.factories import TransactionFactory
from interventions import tasks
from interventions.help import promises
from interventions.models import Case, PromiseToPay
from interventions.tests.helped import AMOUNT, lending, on_stage
from interventions.tests.stage import Stage
from risk.levels import Level
from risk.models import CurrentRisk, PendingDecision
from risk.tests.factories import NOON, TODAY

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_noon")]
HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)


@pytest.fixture
def stage() -> Stage:
    return on_stage()


@pytest.fixture
def loan(stage: Stage) -> Loan:
    return lending(stage.customer)


def streamed(stage: Stage, at: dt.datetime, *, reverses: str | None = None) -> str:
    """A debit from the stream, or its return, booked as the refresh of a customer books it; the transaction's id."""
    made = TransactionFactory.create(
        customer=stage.customer,
        occurred_at=at,
        amount=AMOUNT,
        kind="DEBT",
        merchant_category="EMI",
        status="RETURNED" if reverses else "BOOKED",
        reverses=reverses,
    )
    assert payments_book(since={stage.customer.pk: at}) == 1
    return str(made.transaction_id)


def kept(stage: Stage, loan: Loan, *, until: dt.date = TODAY + 3 * DAY) -> str:
    """A promise that a debit of the stream keeps, which ends the case; the debit's id."""
    promises.make(case=stage.case, loan=loan, amount=AMOUNT, promised_on=until, by=stage.manager)
    debit = streamed(stage, NOON + HOUR)
    tasks.settle_promises()
    stage.case.refresh_from_db()
    assert (stage.case.state, stage.case.outcome) == ("resolved", "promise_kept")
    return debit


def tended() -> None:
    """What beat does within a minute."""
    tasks.settle_promises()
    tasks.reconsider_cases()
    tasks.decide()


def open_cases(stage: Stage) -> int:
    return Case.objects.open().filter(customer=stage.customer).count()


@pytest.mark.parametrize("days", [1, 5], ids=["before the promised day", "after it"])
def test_payment_that_comes_back_opens_a_case_again(
    stage: Stage, loan: Loan, at_noon: time_machine.Traveller, days: int
) -> None:
    debit = kept(stage, loan)
    at_noon.move_to(NOON + days * DAY)
    tended()
    assert open_cases(stage) == 0

    streamed(stage, NOON + days * DAY, reverses=debit)
    tended()

    assert PromiseToPay.objects.get().state == ("open" if days == 1 else "broken")
    assert open_cases(stage) == 1
    tended()
    assert Case.objects.filter(customer=stage.customer).count() == 2


def test_case_rests_again_once_the_payment_is_repeated(
    stage: Stage, loan: Loan, at_noon: time_machine.Traveller
) -> None:
    debit = kept(stage, loan)
    at_noon.move_to(NOON + DAY)
    streamed(stage, NOON + DAY, reverses=debit)
    streamed(stage, NOON + DAY + HOUR)

    tended()

    assert PromiseToPay.objects.get().state == "kept"
    assert open_cases(stage) == 0


def test_low_risk_opens_nothing(stage: Stage, loan: Loan, at_noon: time_machine.Traveller) -> None:
    debit = kept(stage, loan)
    CurrentRisk.objects.update(level=Level.LOW)
    at_noon.move_to(NOON + DAY)
    streamed(stage, NOON + DAY, reverses=debit)

    tended()

    assert open_cases(stage) == 0
    assert not PendingDecision.objects.exists()


def test_promise_that_was_broken_before_another_was_kept_undoes_nothing(
    stage: Stage, loan: Loan, at_noon: time_machine.Traveller
) -> None:
    promises.make(case=stage.case, loan=loan, amount=AMOUNT, promised_on=TODAY, by=stage.manager)
    at_noon.move_to(NOON + DAY)
    tasks.settle_promises()
    stage.case.refresh_from_db()
    promises.make(case=stage.case, loan=loan, amount=AMOUNT, promised_on=TODAY + DAY, by=stage.manager)
    streamed(stage, NOON + DAY + HOUR)

    tended()

    assert sorted(PromiseToPay.objects.values_list("state", flat=True)) == ["broken", "kept"]
    stage.case.refresh_from_db()
    assert (stage.case.outcome, open_cases(stage)) == ("promise_kept", 0)
