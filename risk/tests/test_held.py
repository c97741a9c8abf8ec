"""What the model said holds on while it is silent for a reason that is no relief; by this very version alone."""

import datetime as dt
import time
from io import StringIO
from typing import Any

import pytest
import time_machine
from django.core.management import call_command

from customers.models import Customer
from customers.tests.factories import InstalmentPaymentFactory
from risk.levels import Level
from risk.model import registry
from risk.models import Assessment, CurrentRisk, FeatureSnapshot, ModelVersion
from risk.refresh import Refresher
from risk.replay import assessments_replay
from risk.services import mark_dirty
from risk.tests.factories import TODAY, TileFactory
from risk.tests.registered import active, approved, officer
from risk.tests.voices import Voice, borrower_due_today, listening

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_noon")]
HELD = {"held": True}


def refresh(refresher: Refresher, *customers: Customer) -> None:
    mark_dirty([customer.pk for customer in customers])
    refresher.run(until=time.monotonic() + 60)


def risk_of(customer: Customer) -> CurrentRisk:
    return CurrentRisk.objects.get(customer=customer)


@pytest.fixture
def customer(at_noon: time_machine.Traveller) -> Customer:
    """HIGH by the model yesterday evening; today the instalment is overdue."""
    active()
    found = borrower_due_today()
    refresh(listening(Voice(0.7)), found)
    assert risk_of(found).level == Level.HIGH
    at_noon.shift(dt.timedelta(days=1))
    return found


def test_missing_an_instalment_does_not_make_a_customer_low(customer: Customer) -> None:
    refresh(listening(Voice(0.1)), customer)

    risk = risk_of(customer)
    assert (risk.level, risk.score_level, risk.band, risk.probability) == (
        Level.HIGH,
        Level.LOW,
        Level.HIGH,
        0.7,
    )
    assert risk.model_reasons == HELD
    assert Assessment.objects.count() == 1


def test_it_holds_on_day_after_day_until_the_instalment_is_paid(
    customer: Customer, at_noon: time_machine.Traveller
) -> None:
    for _ in range(3):
        refresh(listening(Voice(0.1)), customer)
        at_noon.shift(dt.timedelta(days=1))
    assert risk_of(customer).probability == 0.7

    loan = customer.loans.get()
    InstalmentPaymentFactory.create(
        loan=loan, amount=loan.instalment_amount, occurred_at=dt.datetime(2026, 2, 19, 6, tzinfo=dt.UTC)
    )
    refresh(listening(Voice(0.1)), customer)

    risk = risk_of(customer)
    assert (risk.level, risk.probability, risk.model_reasons) == (Level.LOW, None, None)


def test_receipt_for_another_reason_says_that_it_is_held(customer: Customer) -> None:
    TileFactory.create(customer=customer, day_on=TODAY + dt.timedelta(days=1), txn_count=12, cash_count=12)

    refresh(listening(Voice(0.1)), customer)

    receipt = Assessment.objects.latest("revision")
    assert (receipt.revision, receipt.band, receipt.probability) == (2, Level.HIGH, 0.7)
    assert (receipt.model_id, receipt.model_inputs, receipt.reasons) == (
        risk_of(customer).model_id,
        None,
        HELD,
    )
    assert not {"model", "facts"} & set(FeatureSnapshot.objects.get(revision=2).features)


def test_held_receipt_replays_by_its_stored_band(at_noon: time_machine.Traveller) -> None:
    active(bands={"medium_from_prob": 0.0001, "high_from_prob": 0.0002})
    customer = borrower_due_today()
    refresh(Refresher(), customer)
    at_noon.shift(dt.timedelta(days=1))
    TileFactory.create(customer=customer, day_on=TODAY + dt.timedelta(days=1), txn_count=12, cash_count=12)
    refresh(Refresher(), customer)
    assert Assessment.objects.latest("revision").reasons == HELD

    result = assessments_replay(count=100, seed=0)

    assert (result.mismatches, result.decisions, result.with_model, result.held) == ([], 2, 1, 1)
    output = StringIO()
    call_command("replay_assessments", sample=100, stdout=output)
    assert "In 1 the model was silent" in output.getvalue()


def test_another_version_does_not_take_over_what_it_did_not_say(customer: Customer) -> None:
    registry.model_activate(model=approved(seed=1), by=officer())

    refresh(listening(Voice(0.1)), customer)

    assert (risk_of(customer).level, risk_of(customer).model_id) == (Level.LOW, None)


def test_model_that_stands_no_more_holds_nothing(customer: Customer) -> None:
    refresh(listening(Voice(0.1)), customer)
    registry.model_retire(model=ModelVersion.objects.get(), by=officer(), reason="drifted")

    listening(Voice(0.1)).run(until=time.monotonic() + 60)

    assert (risk_of(customer).level, risk_of(customer).model_reasons) == (Level.LOW, None)


def test_whom_the_model_never_spoke_of_nothing_is_held(at_noon: Any) -> None:
    found = borrower_due_today()
    at_noon.shift(dt.timedelta(days=1))
    active()

    refresh(listening(Voice(0.9)), found)

    assert (risk_of(found).level, risk_of(found).model_reasons) == (Level.LOW, None)
