"""A version in shadow scores the live stream beside the active one, and decides nothing."""

import time

import pytest
from django.utils import timezone

from customers.models import Customer
from risk.levels import Level
from risk.model import registry
from risk.models import Alert, Assessment, CurrentRisk, ShadowRisk
from risk.refresh import Refresher
from risk.services import mark_dirty
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
    assert "early-warning-2 does not score: RuntimeError: no such tree. It is compared no more." in [
        alert.message.removeprefix("The model ") for alert in Alert.objects.all()
    ]
