"""Staff look at what a customer said: until they have, the risk is as the records have it."""

import datetime as dt
import uuid
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from pytest_django.fixtures import Settings

from audit.models import AuditEvent
from customers import bank_clock, stated
from customers.models import StatedPayDay
from interventions.answering import answers, confirming
from interventions.answering.answers import AnswerRefused, Said
from interventions.help.helping import Refused
from interventions.models import AnswerDecision, Case, CustomerAnswer, PromiseToPay
from interventions.tests import governed, helped, staff
from interventions.tests.pages import BASE, Page, opened, waiting
from risk import reading
from risk.models import DirtyCustomer
from risk.rulebook import EQUILIBRATE_1
from risk.tests.factories import TileFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_noon", "no_redis")]
Kind = CustomerAnswer.Kind


@pytest.fixture(autouse=True)
def _public(settings: Settings) -> None:
    settings.PUBLIC_BASE_URL = BASE


@pytest.fixture
def theirs() -> Page:
    return opened()


def say(theirs: Page, kind: str, days: int = 9) -> CustomerAnswer:
    day_on = bank_clock.today() + dt.timedelta(days=days)
    return answers.give(link=theirs.link, said=Said(kind=kind, day_on=day_on), key=uuid.uuid4())


def confirm(theirs: Page, answer: CustomerAnswer, **given: Any) -> AnswerDecision:
    said = {"by": theirs.stage.manager, "reason": "payslip seen", **given}
    return confirming.confirm(case=theirs.case, answer=answer, **said)


def paid(theirs: Page, days_ago: int) -> None:
    day_on = bank_clock.today() - dt.timedelta(days=days_ago)
    TileFactory.create(customer=theirs.stage.customer, day_on=day_on, salary_count=1)


def since_salary(theirs: Page, as_of: dt.date | None = None) -> int:
    as_of = as_of or bank_clock.today()
    known = reading.read_previous(ids=[theirs.stage.customer.pk], as_of=as_of).last_salary_day
    return reading.day_number(as_of) - int(known[0])


def test_confirmed_pay_day_quiets_the_salary_until_it_has_passed(theirs: Page) -> None:
    paid(theirs, days_ago=43)
    given = say(theirs, Kind.PAY_DAY)
    assert given.day_on is not None
    assert since_salary(theirs) == 43
    DirtyCustomer.objects.all().delete()

    confirm(theirs, given)

    assert since_salary(theirs) == since_salary(theirs, given.day_on) == reading.NOT_LATE_DAYS
    assert since_salary(theirs, given.day_on + dt.timedelta(days=1)) == 43 + 10
    # Evaluated anew within seconds.
    assert DirtyCustomer.objects.filter(customer=theirs.stage.customer).exists()
    kept = stated.pay_day_of(theirs.stage.customer)
    assert kept is not None and kept.confirmed_by == theirs.stage.manager


@pytest.mark.parametrize("days_ago", [5, 90, 120])
def test_statement_makes_no_salary_where_none_is_late_or_known(theirs: Page, days_ago: int) -> None:
    paid(theirs, days_ago=days_ago)

    confirm(theirs, say(theirs, Kind.PAY_DAY))

    assert since_salary(theirs) == days_ago


def test_what_counts_as_not_late_is_so_by_the_rulebook() -> None:
    bounds = [bound for bound, _points in EQUILIBRATE_1.score.days_since_salary_over]

    assert min([*bounds, EQUILIBRATE_1.hardship.income_gap_days_over]) == reading.NOT_LATE_DAYS
    assert EQUILIBRATE_1.windows.activity_days == reading.SALARY_KNOWN_DAYS


@pytest.mark.parametrize("kind", [Kind.PAY_DAY, Kind.ARRANGED])
def test_declined_answer_changes_nothing(theirs: Page, kind: Kind) -> None:
    given = say(theirs, kind)

    confirming.decline(case=theirs.case, answer=given, by=theirs.stage.manager, reason="employer says no")

    assert not StatedPayDay.objects.exists() and not PromiseToPay.objects.exists()
    assert waiting(theirs) == set()
    assert AuditEvent.objects.filter(action="interventions.answer.declined").count() == 1
    assert given.decision.reason == "employer says no"


def test_confirmed_arrangement_is_a_promise_of_the_next_instalment(theirs: Page) -> None:
    given = say(theirs, Kind.ARRANGED)

    confirm(theirs, given)

    promise = PromiseToPay.objects.get()
    assert (promise.amount, promise.promised_on) == (helped.AMOUNT, given.day_on)
    assert promise.made_with == theirs.stage.manager


def test_answer_is_decided_once(theirs: Page) -> None:
    given = say(theirs, Kind.PAY_DAY)
    confirm(theirs, given)

    with pytest.raises(Refused):
        confirm(theirs, given)
    with pytest.raises(Refused):
        confirming.decline(case=theirs.case, answer=given, by=theirs.stage.manager, reason="r")
    with pytest.raises(AnswerRefused):
        answers.take_back(link=theirs.link, answer_id=given.pk, key=uuid.uuid4())
    with pytest.raises(IntegrityError), transaction.atomic():
        AnswerDecision.objects.create(
            answer=given,
            is_confirmed=False,
            by=theirs.stage.manager,
            reason="r",
            decided_at=given.answered_at,
        )


def test_what_was_taken_back_waits_for_nobody(theirs: Page) -> None:
    given = say(theirs, Kind.PAY_DAY)
    answers.take_back(link=theirs.link, answer_id=given.pk, key=uuid.uuid4())

    with pytest.raises(Refused):
        confirm(theirs, given)


def test_word_that_the_customer_replaced_is_not_confirmed(theirs: Page) -> None:
    older, newer = say(theirs, Kind.PAY_DAY, days=4), say(theirs, Kind.PAY_DAY, days=9)

    with pytest.raises(Refused):
        confirm(theirs, older)
    confirm(theirs, newer)

    assert StatedPayDay.objects.get().pay_on == newer.day_on


@pytest.mark.parametrize("kind", [Kind.PAUSE])
def test_only_what_staff_can_know_is_confirmed(theirs: Page, kind: Kind) -> None:
    with pytest.raises(Refused):
        confirm(theirs, say(theirs, kind))


def test_confirming_needs_a_reason_a_day_to_come_and_somebody_who_works_on_the_case(theirs: Page) -> None:
    given = say(theirs, Kind.PAY_DAY, days=0)

    with pytest.raises(Refused):
        confirm(theirs, given, reason=" ")
    with pytest.raises(Case.DoesNotExist):
        confirm(theirs, given, by=staff.manager("rm9"))
    with pytest.raises(PermissionDenied):
        confirm(theirs, given, by=governed.officer())
    assert not AnswerDecision.objects.exists()


def test_arrangement_without_an_instalment_is_not_confirmed(theirs: Page) -> None:
    given = say(theirs, Kind.ARRANGED)
    theirs.stage.customer.risk.delete()

    with pytest.raises(Refused, match="No instalment"):
        confirm(theirs, given)
    assert not AnswerDecision.objects.exists()
