"""How long a confirmed message may wait: two weeks, whoever or whatever lets it."""

import datetime as dt

import pytest
import time_machine
from pytest_django.fixtures import Settings

from interventions.contact import holds
from interventions.messages import composing
from interventions.messages.composing import Refused
from interventions.models import Case, Channel, Delivery, GateDecision, Intervention
from interventions.sending import outbox, sender, taking_back
from interventions.tests import deliveries
from interventions.tests.deliveries import S
from interventions.tests.helped import on_stage
from interventions.tests.stage import Stage
from risk.models import CurrentRisk
from risk.tests.factories import NOON

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_noon", "no_redis")]
HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)


@pytest.fixture
def stage(settings: Settings) -> Stage:
    settings.BANK_PHONE, settings.ADVICE_LINE = "000 000 0000", "000 000 0001"
    made = on_stage()
    # Later than anything here waits: overdue, nothing would go out at all.
    CurrentRisk.objects.filter(customer=made.customer).update(next_due_on=(NOON + 60 * DAY).date())
    return made


def drafted(stage: Stage, *, channel: str = Channel.SMS) -> Intervention:
    case = Case.objects.get(pk=stage.case.pk)
    return composing.draft(case=case, channel=channel, by=stage.manager)


def waiting(stage: Stage) -> Delivery:
    """Confirmed for in two hours."""
    delivery, verdict = composing.confirm(
        intervention=drafted(stage), by=stage.manager, scheduled_for=NOON + 2 * HOUR
    )
    assert delivery is not None, verdict.denials
    return delivery


def test_message_waits_two_weeks_at_most(stage: Stage) -> None:
    message = drafted(stage)

    with pytest.raises(Refused, match="at most 14 days"):
        composing.confirm(intervention=message, by=stage.manager, scheduled_for=NOON + 14 * DAY + HOUR)

    message.refresh_from_db()
    assert message.state == "draft"
    delivery, _verdict = composing.confirm(
        intervention=message, by=stage.manager, scheduled_for=NOON + 7 * DAY
    )
    assert delivery is not None


def test_call_may_be_planned_further_ahead(stage: Stage) -> None:
    call = drafted(stage, channel=Channel.CALL)

    with pytest.raises(Refused, match="at most 30 days"):
        composing.confirm(intervention=call, by=stage.manager, scheduled_for=NOON + 31 * DAY)


def test_lawful_hour_that_is_too_far_is_not_waited_for(stage: Stage) -> None:
    message = drafted(stage)
    holds.place(
        customer=stage.customer,
        kind="complaint",
        reason="a complaint",
        by=stage.manager,
        until_at=NOON + 20 * DAY,
    )

    delivery, verdict = composing.confirm(
        intervention=message, by=stage.manager, scheduled_for=NOON + 2 * HOUR
    )

    assert delivery is None
    assert (verdict.rule, verdict.next_lawful_at) == ("hold_complaint", NOON + 20 * DAY)
    message.refresh_from_db()
    assert message.state == "draft"
    assert not GateDecision.objects.get().is_allowed


def test_gate_cannot_put_it_off_for_ever(stage: Stage, at_noon: time_machine.Traveller) -> None:
    delivery = waiting(stage)
    holds.place(
        customer=stage.customer,
        kind="complaint",
        reason="a complaint",
        by=stage.manager,
        until_at=NOON + 20 * DAY,
    )
    at_noon.shift(3 * HOUR)

    sender.send_due(limit=10)

    delivery.refresh_from_db()
    assert (delivery.state, delivery.denied_rule) == (S.CANCELLED, "hold_complaint")
    assert "within 14 days" in delivery.error


def test_nothing_waits_for_ever_whatever_holds_it_up(stage: Stage, at_noon: time_machine.Traveller) -> None:
    message = deliveries.confirmed(stage.case, by=stage.manager, template=stage.policy, confirmed_at=NOON)
    delivery = outbox.enqueue(intervention=message, by=stage.manager)
    at_noon.shift(15 * DAY)

    taking_back.take_back_outdated()

    delivery.refresh_from_db()
    assert (delivery.speaks_of, delivery.state) == (None, S.CANCELLED)
