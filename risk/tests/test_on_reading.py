"""What a reader is told of one customer: what the evaluation said, with the reasons, computed once per evaluation."""

import datetime as dt
import time
from typing import Any

import numpy as np
import pytest
import structlog
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext

from customers.models import Customer
from risk.levels import Level
from risk.model import on_reading, registry
from risk.model.on_reading import Reader, Reading, Silence, process_reader
from risk.model.standing import Standing
from risk.models import Assessment, CurrentRisk, ModelVersion
from risk.models.assessment import HELD
from risk.refresh import Refresher
from risk.services import mark_dirty
from risk.tests.factories import NOON, TODAY
from risk.tests.registered import active, approved, officer
from risk.tests.voices import BANDS, Voice, borrower, borrower_due_today, spender

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_noon")]


def risk_of(customer: Customer, probability: float | None = 0.4, **fields: Any) -> CurrentRisk:
    """What an evaluation by the version that stands left behind."""
    said: dict[str, Any] = {}
    if probability is not None:
        band = BANDS.of(np.array([probability]))[0]
        said = {
            "probability": probability,
            "band": band,
            "model": ModelVersion.objects.filter(state="active").first(),
        }
    return CurrentRisk(customer=customer, **{"as_of_on": TODAY, "evaluated_at": NOON, **said, **fields})


def read(reader: Reader, customer: Customer, probability: float | None = 0.4) -> Reading | Silence:
    return reader.read(risk_of(customer, probability))


def hearing(voice: Voice) -> Reader:
    return Reader(standing=Standing(load=voice, verify_seconds=0.0))


def test_reader_is_told_what_the_evaluation_said(refresher: Refresher) -> None:
    active()
    customer = borrower()
    mark_dirty([customer.pk])
    refresher.run(until=time.monotonic() + 60)
    risk, receipt = CurrentRisk.objects.get(), Assessment.objects.get()

    found = process_reader().read(risk)

    assert isinstance(found, Reading)
    assert (found.probability, found.band) == (risk.probability, risk.band)
    assert found.explanation.as_json() == receipt.reasons
    assert found.model == "early-warning-1"


def test_worrying_band_comes_with_a_search_for_a_way_out() -> None:
    active()
    reader, risk = hearing(Voice(0.4)), risk_of(borrower(), 0.4)

    first = reader.read(risk)
    searched = reader.read(risk, with_way_out=True)

    assert isinstance(first, Reading) and isinstance(searched, Reading)
    assert (first.is_searched, searched.is_searched) == (False, True)
    assert (searched.band, searched.way_out) == (Level.MEDIUM, None)
    assert reader.read(risk) is searched


def test_reader_that_is_ready_loads_nothing_more() -> None:
    active()
    customer = borrower()
    reader = Reader(standing=Standing(load=Voice(0.4), verify_seconds=60.0))
    reader.ready()

    with CaptureQueriesContext(connection) as queries:
        assert read(reader, customer) is not None

    assert not [query for query in queries if "artifact.content" in query["sql"]]


def test_nothing_is_said_where_no_model_stands() -> None:
    assert read(Reader(), borrower()) is Silence.NO_MODEL


def test_nothing_is_said_of_those_the_model_is_not_meant_for() -> None:
    active()

    assert read(hearing(Voice(0.4)), spender(), None) is Silence.NOT_MEANT


def test_answer_is_remembered_until_the_next_evaluation() -> None:
    active()
    voice, customer = Voice(0.4), borrower()
    reader = hearing(voice)
    first = read(reader, customer)
    voice.probability = 0.7

    with CaptureQueriesContext(connection) as queries:
        again = read(reader, customer)

    assert again is first
    assert not [query for query in queries if "activitytile" in query["sql"]]
    later = reader.read(risk_of(customer, 0.7, evaluated_at=NOON + dt.timedelta(seconds=5)))
    assert isinstance(later, Reading)
    assert later.band == Level.HIGH


def test_least_recent_answers_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(on_reading, "MOST_REMEMBERED", 1)
    active()
    voice, one, other = Voice(0.4), borrower(), borrower()
    reader = hearing(voice)
    first = read(reader, one)
    read(reader, other)

    assert read(reader, one) is not first


def test_model_that_fails_leaves_the_page_alone() -> None:
    active()
    customer = borrower()

    with structlog.testing.capture_logs() as logs:
        assert read(hearing(Voice(0.4, score_error=RuntimeError("no such tree"))), customer) is Silence.FAILED

    assert [line["event"] for line in logs] == ["model failed on reading"]


def test_database_that_is_away_is_not_the_models_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    def away(**_: object) -> None:
        raise OperationalError("the server closed the connection")

    active()
    monkeypatch.setattr(on_reading, "read_inputs", away)

    with pytest.raises(OperationalError):
        read(hearing(Voice(0.4)), borrower())


def test_past_day_is_read_as_of_that_day() -> None:
    active()
    customer = borrower()

    found = hearing(Voice(0.4)).read(risk_of(customer, None, as_of_on=TODAY - dt.timedelta(days=30)))

    # Ten days from now is more than a month from then: nothing fell due within the horizon.
    assert found is Silence.NOT_MEANT


@pytest.mark.parametrize("probability", [None, 0.39, 0.406, 0.7])
def test_two_figures_never_stand_side_by_side(probability: float | None) -> None:
    active()

    assert read(hearing(Voice(0.4)), borrower(), probability) is Silence.OUTDATED


@pytest.mark.parametrize("probability", [0.396, 0.4, 0.404])
def test_figures_that_are_shown_alike_are_one(probability: float) -> None:
    active()

    assert isinstance(read(hearing(Voice(0.4)), borrower(), probability), Reading)


def test_word_of_an_earlier_version_is_being_replaced() -> None:
    active()
    risk = risk_of(borrower())
    registry.model_activate(model=approved(seed=1), by=officer())

    assert hearing(Voice(0.4)).read(risk) is Silence.OUTDATED


def test_whom_the_model_is_silent_about_now_is_being_evaluated_again_unless_that_is_known() -> None:
    active()
    silent = borrower_due_today()
    tomorrow = TODAY + dt.timedelta(days=1)

    assert hearing(Voice(0.4)).read(risk_of(silent, as_of_on=tomorrow)) is Silence.OUTDATED
    held = risk_of(silent, as_of_on=tomorrow, model_reasons=HELD)
    assert hearing(Voice(0.4)).read(held) is Silence.NOT_MEANT
