"""A version in shadow scores the live stream beside the active one, and decides nothing."""

import time

import pytest
from django.utils import timezone

from customers.models import Customer, Loan
from risk.levels import Level
from risk.model import registry
from risk.models import Alert, Assessment, CurrentRisk, ShadowRisk
from risk.refresh import Refresher
from risk.selectors import shadow_pairs
from risk.services import mark_dirty
from risk.tests.factories import NOON, TODAY
from risk.tests.registered import active, analyst, approved, candidate, officer
from risk.tests.voices import Voice, borrower, listening, spender

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_noon")]


def refresh(refresher: Refresher) -> None:
    mark_dirty(Customer.objects.values_list("pk", flat=True))
    refresher.run(until=time.monotonic() + 60)


def test_shadow_is_written_beside_and_decides_nothing() -> None:
    model = registry.shadow_start(model=candidate(), by=analyst())
    customer = borrower()
    spender()

    refresh(listening(Voice(0.9)))

    (said,) = ShadowRisk.objects.all()
    assert (said.customer, said.model) == (customer, model)
    assert (said.probability, said.band, said.level) == (0.9, Level.HIGH, Level.HIGH)
    assert not CurrentRisk.objects.exclude(level=Level.LOW, probability=None, model=None).exists()
    assert not Assessment.objects.filter(model__isnull=False).exists()


def test_shadow_scores_beside_the_active_one() -> None:
    first = active()
    second = registry.shadow_start(model=approved(seed=1), by=analyst())
    customer = borrower()

    refresh(Refresher())

    risk, said = CurrentRisk.objects.get(), ShadowRisk.objects.get()
    assert (risk.model_id, said.model_id, said.customer_id) == (first.pk, second.pk, customer.pk)
    assert risk.probability != said.probability
    assert said.level == max(said.band, risk.score_level or 0)


def test_shadow_is_overwritten_by_the_next_look() -> None:
    registry.shadow_start(model=candidate(), by=analyst())
    borrower()
    voice = Voice(0.9)
    refresh(listening(voice))
    before = timezone.now()

    voice.probability = 0.2
    refresh(listening(voice))

    said = ShadowRisk.objects.get()
    assert (said.probability, said.band) == (0.2, Level.LOW)
    assert said.evaluated_at > before


def test_shadow_of_nobody_writes_nothing() -> None:
    registry.shadow_start(model=candidate(), by=analyst())
    spender()

    refresh(listening(Voice(0.9)))

    assert not ShadowRisk.objects.exists()


def test_shadow_that_is_stopped_scores_no_more() -> None:
    model = registry.shadow_start(model=candidate(), by=analyst())
    registry.shadow_stop(model=model, by=analyst())
    borrower()

    refresh(listening(Voice(0.9)))

    assert not ShadowRisk.objects.exists()


def test_shadow_that_fails_leaves_the_active_model_scoring() -> None:
    class Fails(Voice):
        """Only the version that was trained with the other seed fails."""

        def __call__(self, ubj: bytes, manifest: object) -> Voice:
            loaded.append(ubj)
            return Voice(0.9) if len(loaded) == 1 else Voice(0.9, score_error=RuntimeError("no such tree"))

    loaded: list[bytes] = []
    active()
    refresher = listening(Fails())
    refresher.run(until=time.monotonic() + 60)
    registry.shadow_start(model=approved(seed=1), by=officer())
    borrower()

    refresh(refresher)

    assert CurrentRisk.objects.get().level == Level.HIGH
    assert not ShadowRisk.objects.exists()
    (alert,) = Alert.objects.filter(kind=Alert.Kind.OPERATIONAL)
    assert alert.message == (
        "The model early-warning-2 could not score some customers. They are not compared."
    )


def test_shadow_forgets_those_of_whom_it_does_not_speak_any_more() -> None:
    registry.shadow_start(model=candidate(), by=analyst())
    customer, other = borrower(), borrower()
    refresh(listening(Voice(0.9)))
    assert ShadowRisk.objects.count() == 2

    Loan.objects.filter(customer=customer).update(closed_on=TODAY)
    mark_dirty([customer.pk])
    listening(Voice(0.9)).run(until=time.monotonic() + 60)

    assert ShadowRisk.objects.get().customer == other


def test_comparison_leaves_out_what_is_older_than_the_shadow() -> None:
    model = registry.shadow_start(model=candidate(), by=analyst())
    borrower()
    refresh(listening(Voice(0.9)))
    # The database's clock is not the one that stands still here.
    ShadowRisk.objects.update(evaluated_at=model.shadow_since)
    assert [pair.customers for pair in shadow_pairs(model)] == [1]

    ShadowRisk.objects.update(evaluated_at=NOON)
    registry.shadow_stop(model=model, by=analyst())
    model.refresh_from_db()
    again = registry.shadow_start(model=model, by=analyst())

    assert shadow_pairs(again) == []
