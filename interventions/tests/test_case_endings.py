"""What ends with a case: messages that wait to be sent, however it ends."""

import datetime as dt

import pytest
import time_machine

from interventions.casework import cases, deciding
from interventions.models import Case, Delivery
from interventions.tests.cases import opened
from interventions.tests.deliveries import confirmed, queued
from interventions.tests.staff import manager
from risk.models import CurrentRisk, PendingDecision
from risk.tests.factories import NOON, TODAY

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_noon")]


def with_a_message() -> tuple[Case, Delivery]:
    rm = manager()
    case = opened(to=rm)
    return case, queued(confirmed(case, by=rm))


def test_message_is_cancelled_where_a_person_ends_the_case() -> None:
    case, delivery = with_a_message()

    cases.resolve(
        case_id=case.pk,
        version=case.version,
        by=case.assigned_to,  # type: ignore[arg-type]
        outcome=Case.Outcome.DECLINED,
        reason="does not want help",
    )

    delivery.refresh_from_db()
    assert delivery.state == Delivery.State.CANCELLED


def test_message_is_cancelled_where_the_system_ends_the_case(at_noon: time_machine.Traveller) -> None:
    case, delivery = with_a_message()
    CurrentRisk.objects.filter(customer=case.customer).update(next_due_on=TODAY)
    at_noon.move_to(NOON + dt.timedelta(days=4))
    PendingDecision.objects.create(customer=case.customer, revision=1)

    deciding.decide_pending()

    case.refresh_from_db()
    delivery.refresh_from_db()
    assert (case.outcome, delivery.state) == (Case.Outcome.MISSED, Delivery.State.CANCELLED)
