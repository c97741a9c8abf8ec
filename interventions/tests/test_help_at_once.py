"""Several at once: one draft, one delivery, one promise; payments and settling side by side lose nothing."""

import datetime as dt
import threading
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import connection

from audit.models import AuditEvent
from interventions.casework.case_steps import CaseRefused
from interventions.help import considering, offers, promises
from interventions.messages import composing
from interventions.models import BackOfficeTask, Case, Delivery, GateDecision, Intervention, PromiseToPay
from interventions.tests.helped import AMOUNT, lending, of_case, on_stage, paying
from interventions.tests.stage import Stage
from risk.tests.factories import NOON, TODAY

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("at_noon")]
WORKERS = 8
PATIENCE_SECONDS = 60.0
HOUR = dt.timedelta(hours=1)


@pytest.fixture
def stage() -> Stage:
    return on_stage()


def at_once(*acts: Callable[[], Any]) -> list[Any]:
    """What came of acts that all begin at the same moment: a result, or why it was refused."""
    start, found = threading.Barrier(len(acts)), [None] * len(acts)

    def work(place: int) -> None:
        try:
            start.wait(PATIENCE_SECONDS)
            found[place] = acts[place]()
        except (CaseRefused, PermissionDenied) as refusal:
            found[place] = refusal  # type: ignore[call-overload]
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=[place], daemon=True) for place in range(len(acts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE_SECONDS)
    assert not any(thread.is_alive() for thread in threads)
    return found


def fresh(user: User) -> User:
    return User.objects.get(pk=user.pk)


def test_one_message_is_written_and_confirmed_once(stage: Stage) -> None:
    """Each has the page open as it was; whoever comes second sees that the case changed, or gets the same draft."""
    drafted = at_once(
        *[
            lambda: composing.draft(
                case=Case.objects.get(pk=stage.case.pk), channel="sms", by=fresh(stage.manager)
            )
        ]
        * WORKERS
    )
    assert Intervention.objects.count() == 1
    assert any(isinstance(each, Intervention) for each in drafted)
    message = Intervention.objects.get()

    confirmed = at_once(*[lambda: composing.confirm(intervention=message, by=fresh(stage.manager))] * WORKERS)

    assert {each[0].pk for each in confirmed} == {Delivery.objects.get().pk}
    assert GateDecision.objects.count() == 1


def test_one_promise_for_a_loan_is_open(stage: Stage) -> None:
    loan = lending(stage.customer)

    at_once(
        *[
            lambda amount=amount: promises.make(
                case=Case.objects.get(pk=stage.case.pk),
                loan=loan,
                amount=Decimal(amount),
                promised_on=TODAY,
                by=fresh(stage.manager),
            )
            for amount in range(100, 100 + WORKERS)
        ]
    )

    assert PromiseToPay.objects.filter(state="open").count() == 1


def test_payments_in_parts_beside_settling_keep_the_promise_once(stage: Stage) -> None:
    loan = lending(stage.customer)
    promise = promises.make(case=stage.case, loan=loan, amount=AMOUNT, promised_on=TODAY, by=stage.manager)
    part = AMOUNT / 4

    at_once(
        *[lambda: paying(loan, part, NOON + HOUR)] * 4,
        *[promises.settle_due] * 4,
    )
    promises.settle_due()

    promise.refresh_from_db()
    assert (promise.state, promise.paid_amount) == ("kept", AMOUNT)
    assert AuditEvent.objects.filter(action="interventions.promise.kept").count() == 1
    assert of_case(stage.case).count("resolved") == 1


def test_an_offer_is_answered_once(stage: Stage) -> None:
    lending(stage.customer)
    offer = offers.offer(case=stage.case, eligible=considering.eligible(stage.case)[0], by=stage.manager)

    at_once(
        *[
            lambda answer=answer: offers.answer(offer=offer, answer=answer, by=fresh(stage.manager))
            for answer in ("accepted", "declined") * (WORKERS // 2)
        ]
    )

    offer.refresh_from_db()
    assert BackOfficeTask.objects.count() == (offer.state == "accepted")
    answers = AuditEvent.objects.filter(
        action__in=[f"interventions.relief.{a}" for a in ("accepted", "declined")]
    )
    assert answers.count() == 1
