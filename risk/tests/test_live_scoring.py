"""The refresh with a model: the higher level counts, reasons are kept, and whatever fails, the rules go on."""

import datetime as dt
import time
from typing import Any

import pytest
import structlog
import time_machine
from django.db import OperationalError, ProgrammingError, connection
from django.test.utils import CaptureQueriesContext

from customers.models import Customer
from risk.levels import Level
from risk.model import live, registry, speaking, specs
from risk.models import Alert, Assessment, CurrentRisk, FeatureSnapshot, SystemProbe
from risk.refresh import RETRY_SECONDS, Refresher
from risk.services import mark_dirty
from risk.tests.factories import TODAY, TileFactory
from risk.tests.registered import active, approved, officer
from risk.tests.test_standing import NO_GUARDS, ONE_BYTE, as_owner
from risk.tests.voices import Voice, borrower, listening, spender
from tests.threads import Elsewhere

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_noon")]


def refresh(refresher: Refresher, *customers: Customer) -> None:
    mark_dirty([customer.pk for customer in customers])
    refresher.run(until=time.monotonic() + 60)


def said_of(customer: Customer) -> tuple[int, int, float | None, int | None]:
    risk = CurrentRisk.objects.get(customer=customer)
    assert risk.score_level is not None
    return risk.level, risk.score_level, risk.probability, risk.band


def run_out_of_cash(customer: Customer) -> None:
    """The scorecard's own HIGH."""
    TileFactory.create(customer=customer, day_on=TODAY, txn_count=12, cash_count=12)
    customer.tiles.update(salary_count=0, salary_amount=0)


def test_level_is_the_higher_of_both() -> None:
    model = active()
    raised, high_anyway = borrower(), borrower()
    run_out_of_cash(high_anyway)

    refresh(listening(Voice(0.4)), raised, high_anyway)

    assert said_of(raised) == (Level.MEDIUM, Level.LOW, 0.4, Level.MEDIUM)
    assert said_of(high_anyway) == (Level.HIGH, Level.HIGH, 0.4, Level.MEDIUM)
    assert set(CurrentRisk.objects.values_list("model", flat=True)) == {model.pk}


def test_model_says_nothing_of_those_it_is_not_meant_for() -> None:
    active()
    customer = spender()

    refresh(listening(Voice(0.9)), customer, borrower())

    assert said_of(customer) == (Level.LOW, Level.LOW, None, None)
    receipt = Assessment.objects.get(customer=customer)
    assert (receipt.model_id, receipt.model_inputs, receipt.reasons) == (None, None, None)
    assert not {"model", "facts"} & set(FeatureSnapshot.objects.get(customer=customer).features)


def test_receipt_holds_all_that_the_model_saw_and_why_it_says_so() -> None:
    model = active()
    customer = borrower()

    refresh(listening(Voice(0.7)), customer)

    receipt = Assessment.objects.get()
    assert (receipt.model_id, receipt.probability, receipt.band) == (model.pk, 0.7, Level.HIGH)
    assert (receipt.level, receipt.score_level, receipt.score) == (Level.HIGH, Level.LOW, 0.0)
    assert receipt.model_inputs is not None
    assert receipt.reasons is not None
    assert set(receipt.model_inputs) == set(specs.NAMES)
    assert receipt.model_inputs["days_to_due"] == 10
    assert receipt.model_inputs["balance_to_due"] is None
    assert [reason["feature"] for reason in receipt.reasons["reasons"]] == [specs.NAMES[0]]
    snapshot = FeatureSnapshot.objects.get().features
    assert snapshot["model"] == receipt.model_inputs
    assert set(snapshot["facts"]) == {fact.name for fact in specs.FACTS}
    assert snapshot["txn_count"] == 20


@pytest.mark.parametrize(
    ("before", "after", "receipts"),
    [(0.1, 0.2, 1), (0.4, 0.5, 1), (0.2, 0.4, 2), (0.4, 0.7, 2), (0.7, 0.1, 2)],
)
def test_band_is_material_and_the_probability_alone_is_not(
    before: float, after: float, receipts: int
) -> None:
    active()
    voice, customer = Voice(before), borrower()
    run_out_of_cash(customer)
    refresh(listening(voice), customer)

    voice.probability = after
    refresh(listening(voice), customer)

    assert said_of(customer)[2] == after
    assert Assessment.objects.count() == receipts


def test_first_model_is_material_only_for_those_it_raises(refresher: Refresher) -> None:
    customer = borrower()
    refresh(refresher, customer)
    active()

    refresh(listening(Voice(0.1)), customer)
    assert said_of(customer) == (Level.LOW, Level.LOW, 0.1, Level.LOW)
    assert Assessment.objects.count() == 1

    refresh(listening(Voice(0.4)), customer)
    assert Assessment.objects.latest("revision").previous_level == Level.LOW


def test_model_turns_a_customer_high() -> None:
    active()
    customer = borrower()
    refresh(listening(Voice(0.1)), customer)

    refresh(listening(Voice(0.9)), customer)

    alert = Alert.objects.get()
    assert (alert.kind, alert.customer_id) == (Alert.Kind.TURNED_HIGH, customer.pk)
    assert alert.detail == {"score": 0.0, "probability": 0.9, "revision": 2}


def test_everybody_is_evaluated_without_the_model_once_it_is_retired() -> None:
    model = active()
    customer = borrower()
    refresher = listening(Voice(0.9))
    refresh(refresher, customer)

    registry.model_retire(model=model, by=officer(), reason="drifted")
    refresher.run(until=time.monotonic() + 60)

    assert said_of(customer) == (Level.LOW, Level.LOW, None, None)
    receipt = Assessment.objects.get(revision=CurrentRisk.objects.get().revision)
    assert (receipt.previous_level, receipt.level, receipt.model_id) == (Level.HIGH, Level.LOW, None)


def test_approval_ends_with_its_day(at_noon: time_machine.Traveller) -> None:
    active(valid_until_on=TODAY)
    customer = borrower()
    refresher = listening(Voice(0.9))
    refresh(refresher, customer)
    assert said_of(customer)[0] == Level.HIGH

    at_noon.shift(dt.timedelta(days=1))
    refresher.run(until=time.monotonic() + 60)

    assert said_of(customer) == (Level.LOW, Level.LOW, None, None)
    assert Alert.objects.filter(kind=Alert.Kind.OPERATIONAL).count() == 1


@pytest.mark.django_db(transaction=True)
def test_tampering_with_one_byte_stops_the_model_and_raises_an_alert() -> None:
    active()
    customer = borrower()
    refresher = listening(Voice(0.9))
    refresh(refresher, customer)
    assert said_of(customer)[0] == Level.HIGH

    as_owner(*NO_GUARDS, ONE_BYTE)
    refresher.run(until=time.monotonic() + 60)
    refresher.run(until=time.monotonic() + 60)

    assert said_of(customer) == (Level.LOW, Level.LOW, None, None)
    alert = Alert.objects.get(kind=Alert.Kind.OPERATIONAL)
    assert "its stored bytes were altered. The rules go on alone." in alert.message
    assert SystemProbe.objects.get(name=SystemProbe.MODEL).is_ok is False


FAILURES = [
    (Voice(0.9, score_error=RuntimeError("no such tree")), "RuntimeError: no such tree"),
    (Voice(0.9, contributions_error=KeyError("salary")), "KeyError: 'salary'"),
    (Voice(1.5), "ValueError: a probability is not between 0 and 1"),
]


@pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning")
@pytest.mark.parametrize(("voice", "error"), FAILURES)
def test_model_that_fails_leaves_the_rules_alone(voice: Voice, error: str) -> None:
    active()
    customer = borrower()
    run_out_of_cash(customer)
    refresher = listening(voice)

    with structlog.testing.capture_logs() as logs:
        refresh(refresher, customer)
        refresh(refresher, customer)

    assert said_of(customer) == (Level.HIGH, Level.HIGH, None, None)
    assert Assessment.objects.get().reasons is None
    assert CurrentRisk.objects.get().model_failed
    alert = Alert.objects.get(kind=Alert.Kind.OPERATIONAL)
    assert alert.message == (
        "The model early-warning-1 could not score some customers. The rules go on alone for them."
    )
    assert alert.detail["error"] == error
    probe = SystemProbe.objects.get(name=SystemProbe.MODEL)
    assert (probe.is_ok, probe.detail["problem"]) == (
        False,
        "early-warning-1: could not score some customers",
    )
    assert [line["event"] for line in logs].count("model failed") == 2


def test_model_that_scores_again_says_so() -> None:
    active()
    customer = borrower()
    voice = Voice(0.9, score_error=RuntimeError("busy"))
    refresher = listening(voice)
    refresh(refresher, customer)

    voice.score_error = None
    refresh(refresher, customer)

    assert said_of(customer)[0] == Level.HIGH
    assert not CurrentRisk.objects.get().model_failed
    probe = SystemProbe.objects.get(name=SystemProbe.MODEL)
    assert (probe.is_ok, probe.detail["problem"]) == (True, "")


def test_those_for_whom_the_model_fails_are_found_and_the_others_scored() -> None:
    active()
    customers = [borrower(due_in=number + 1) for number in range(7)]
    voice = Voice(0.9, fails_where_due_in={3, 6})

    refresh(listening(voice), *customers)

    failed = CurrentRisk.objects.filter(model_failed=True)
    assert set(failed.values_list("customer", flat=True)) == {customers[2].pk, customers[5].pk}
    assert {said_of(each)[:2] for each in (customers[2], customers[5])} == {(Level.LOW, Level.LOW)}
    assert CurrentRisk.objects.filter(level=Level.HIGH, probability=0.9).count() == 5


def test_next_good_chunk_does_not_clear_what_others_met() -> None:
    active()
    one, other = borrower(due_in=3), borrower()
    voice = Voice(0.9, fails_where_due_in={3})
    refresh(listening(voice), one)

    refreshers = [listening(voice), listening(voice)]
    for refresher in refreshers:
        refresher.retried_at = time.monotonic()
        refresh(refresher, other)

    assert SystemProbe.objects.get(name=SystemProbe.MODEL).is_ok is False
    voice.fails_where_due_in = set()
    refresh(refreshers[0], one)
    assert SystemProbe.objects.get(name=SystemProbe.MODEL).is_ok is True
    refreshers[1].run(until=time.monotonic() + 60)
    assert SystemProbe.objects.get(name=SystemProbe.MODEL).is_ok is True


def test_those_whom_it_could_not_score_are_tried_again_now_and_then() -> None:
    active()
    customer = borrower(due_in=3)
    voice = Voice(0.9, fails_where_due_in={3})
    refresher = listening(voice)
    refresh(refresher, customer)
    voice.fails_where_due_in = set()

    refresher.run(until=time.monotonic() + 60)
    assert said_of(customer)[0] == Level.LOW
    refresher.retried_at -= RETRY_SECONDS
    refresher.run(until=time.monotonic() + 60)

    assert said_of(customer)[0] == Level.HIGH


def test_inputs_of_some_that_cannot_be_computed_leave_the_others_scored(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    active()
    customers = [borrower() for _ in range(5)]
    run_out_of_cash(customers[3])
    inputs_of = speaking.inputs_of

    def inputs(*, ids: list[int], **fields: Any) -> Any:
        if customers[3].pk in ids:
            raise ArithmeticError("no such number")
        return inputs_of(ids=ids, **fields)

    monkeypatch.setattr(speaking, "inputs_of", inputs)

    refresh(listening(Voice(0.9)), *customers)

    assert CurrentRisk.objects.get(model_failed=True).customer == customers[3]
    assert said_of(customers[3]) == (Level.HIGH, Level.HIGH, None, None)
    assert CurrentRisk.objects.filter(level=Level.HIGH, probability=0.9).count() == 4
    assert CurrentRisk.objects.exclude(pk=customers[3].pk).values("score", "segment").distinct().count() == 1


def test_reasons_of_today_are_kept_of_those_above_low() -> None:
    active()
    one, other = borrower(), borrower()
    voice = Voice(0.7)
    refresh(listening(voice), one)
    first = CurrentRisk.objects.get().model_reasons

    voice.probability = 0.8
    refresh(listening(voice), one)

    assert Assessment.objects.get(customer=one).reasons == first
    today = CurrentRisk.objects.get().model_reasons
    assert today is not None
    assert first is not None
    assert today["margin"] > first["margin"]
    voice.probability = 0.1
    refresh(listening(voice), one, other)
    assert not CurrentRisk.objects.filter(model_reasons__isnull=False).exists()


@pytest.mark.parametrize(("probability", "receipts"), [(0.7, 2), (0.1, 1)])
def test_another_version_is_material_for_those_it_raises(probability: float, receipts: int) -> None:
    active()
    customer = borrower()
    refresh(listening(Voice(probability)), customer)
    second = registry.model_activate(model=approved(seed=1), by=officer())

    refresh(listening(Voice(probability)), customer)

    assert Assessment.objects.count() == receipts
    assert CurrentRisk.objects.get().model_id == second.pk
    if receipts == 2:
        assert Assessment.objects.latest("revision").model_id == second.pk


def test_inputs_that_cannot_be_read_leave_the_rules_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    def read(**_: Any) -> Any:
        with connection.cursor() as cursor:
            cursor.execute("SELECT nothing")

    active()
    customer = borrower()
    monkeypatch.setattr(speaking, "read_inputs", read)

    refresh(listening(Voice(0.9)), customer)

    assert said_of(customer) == (Level.LOW, Level.LOW, None, None)
    assert ProgrammingError.__name__ in Alert.objects.get().detail["error"]


def test_database_that_is_away_is_not_the_models_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    def read(**_: Any) -> Any:
        raise OperationalError("the server closed the connection")

    active()
    mark_dirty([borrower().pk])
    monkeypatch.setattr(speaking, "read_inputs", read)

    with pytest.raises(OperationalError):
        listening(Voice(0.9)).chunk()

    assert not Alert.objects.exists()


def test_without_a_model_nothing_is_read_for_one(
    refresher: Refresher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(speaking, "read_inputs", None)
    customer = borrower()
    refresh(refresher, customer)
    mark_dirty([customer.pk])

    with CaptureQueriesContext(connection) as queries:
        refresher.chunk()

    about_models = [
        query["sql"]
        for query in queries
        if "model" in query["sql"] and not {"risk_currentrisk", "evaluated"} & set(query["sql"].split())
    ]
    assert len(about_models) == 1


def test_scorecard_concludes_the_same_beside_a_model(refresher: Refresher) -> None:
    customers = [borrower() for _ in range(3)]
    run_out_of_cash(customers[1])
    TileFactory.create(
        customer=customers[2], day_on=TODAY - dt.timedelta(days=200), largest_unflagged_credit_amount=50_000
    )
    points = [field.name for field in CurrentRisk._meta.fields if field.name.endswith("_points")]
    columns = ("score", "score_level", "segment", "hardship", *points)
    refresh(refresher, *customers)
    alone = list(CurrentRisk.objects.order_by("pk").values(*columns))
    active()

    refresh(listening(Voice(0.9)), *customers)

    assert list(CurrentRisk.objects.order_by("pk").values(*columns)) == alone


def test_real_model_says_the_same_in_any_chunking() -> None:
    active()
    customers = [borrower() for _ in range(5)]
    for age, customer in enumerate(customers):
        TileFactory.create(
            customer=customer, day_on=TODAY - dt.timedelta(days=age), txn_count=1, debit_amount=500
        )
    refresh(Refresher(), *customers)
    columns = ("probability", "band", "level")
    together = list(CurrentRisk.objects.order_by("pk").values(*columns))

    for customer in customers:
        refresh(Refresher(), customer)

    assert list(CurrentRisk.objects.order_by("pk").values(*columns)) == together
    assert {risk["probability"] is None for risk in together} == {False}
    for receipt in Assessment.objects.filter(revision=1):
        reasons = receipt.reasons
        assert reasons is not None
        said = reasons["base"] + sum(each["contribution"] for each in reasons["reasons"]) + reasons["rest"]
        assert said == pytest.approx(reasons["margin"], abs=1e-5)


@pytest.mark.django_db(transaction=True)
def test_worker_with_the_old_model_ends_its_chunk_and_the_new_one_has_the_last_word(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first = active()
    second = approved(seed=1)
    customer = borrower()
    mark_dirty([customer.pk])
    judge = live.judge

    def refresh_with_a_pause(elsewhere: Elsewhere) -> None:
        def paused(**arguments: Any) -> Any:
            monkeypatch.setattr(live, "judge", judge)
            elsewhere.pause()
            return judge(**arguments)

        monkeypatch.setattr(live, "judge", paused)
        listening(Voice(0.9)).chunk()

    old_worker = Elsewhere(refresh_with_a_pause)
    old_worker.until_paused()
    registry.model_activate(model=second, by=officer())
    old_worker.finish()
    assert CurrentRisk.objects.get().model_id == first.pk

    listening(Voice(0.1)).run(until=time.monotonic() + 60)

    assert CurrentRisk.objects.get().model_id == second.pk
    assert said_of(customer) == (Level.LOW, Level.LOW, 0.1, Level.LOW)
