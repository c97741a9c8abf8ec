"""What a reader is told of one customer: what the evaluation said, with the reasons, computed once per evaluation."""

import datetime as dt
import time

import pytest
import structlog
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext

from customers.models import Customer
from risk.levels import Level
from risk.model import on_reading
from risk.model.on_reading import Reader, Reading, process_reader
from risk.model.standing import Standing
from risk.models import Assessment, CurrentRisk
from risk.refresh import Refresher
from risk.services import mark_dirty
from risk.tests.factories import NOON, TODAY
from risk.tests.registered import active
from risk.tests.voices import Voice, borrower, spender

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_noon")]


def risk_of(customer: Customer, *, as_of: dt.date = TODAY, evaluated_at: dt.datetime = NOON) -> CurrentRisk:
    return CurrentRisk(customer=customer, as_of_on=as_of, evaluated_at=evaluated_at)


def read(reader: Reader, customer: Customer) -> Reading | None:
    return reader.read(risk_of(customer))


def hearing(voice: Voice) -> Reader:
    return Reader(standing=Standing(load=voice, verify_seconds=0.0))


def test_reader_is_told_what_the_evaluation_said(refresher: Refresher) -> None:
    active()
    customer = borrower()
    mark_dirty([customer.pk])
    refresher.run(until=time.monotonic() + 60)
    risk, receipt = CurrentRisk.objects.get(), Assessment.objects.get()

    found = process_reader().read(risk)

    assert found is not None
    assert (found.probability, found.band) == (risk.probability, risk.band)
    assert found.explanation.as_json() == receipt.reasons
    assert found.model == "early-warning-1"


def test_worrying_band_comes_with_a_search_for_a_way_out() -> None:
    active()
    voice = Voice(0.4)

    found = read(hearing(voice), borrower())

    assert found is not None
    assert (found.band, found.way_out) == (Level.MEDIUM, None)


def test_reader_that_is_ready_loads_nothing_more() -> None:
    active()
    customer = borrower()
    reader = Reader(standing=Standing(load=Voice(0.4), verify_seconds=60.0))
    reader.ready()

    with CaptureQueriesContext(connection) as queries:
        assert read(reader, customer) is not None

    assert not [query for query in queries if "artifact.content" in query["sql"]]


def test_nothing_is_said_where_no_model_stands() -> None:
    assert read(Reader(), borrower()) is None


def test_nothing_is_said_of_those_the_model_is_not_meant_for() -> None:
    active()

    assert read(hearing(Voice(0.4)), spender()) is None


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
    later = reader.read(risk_of(customer, evaluated_at=NOON + dt.timedelta(seconds=5)))
    assert later is not None
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
        assert read(hearing(Voice(0.4, score_error=RuntimeError("no such tree"))), customer) is None

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

    found = hearing(Voice(0.4)).read(risk_of(customer, as_of=TODAY - dt.timedelta(days=30)))

    # Ten days from now is more than a month from then: nothing fell due within the horizon.
    assert found is None
