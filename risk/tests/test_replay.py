"""Stored decisions, executed once more, come to the same; where something was altered, it shows."""

import json
import time
from collections.abc import Iterator
from io import StringIO
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection

from customers.models import Customer
from risk.model import registry, specs
from risk.models import Assessment, CurrentRisk
from risk.refresh import Refresher
from risk.replay import Mismatch, assessments_replay
from risk.replay_reading import sample
from risk.rulebook import EQUILIBRATE_1, RulebookContent
from risk.services import mark_dirty
from risk.tests.factories import TODAY, TileFactory, days_ago
from risk.tests.registered import active, approved, officer
from risk.tests.test_standing import NO_GUARDS, ONE_BYTE
from risk.tests.voices import borrower, spender

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_noon")]


def refresh(*customers: Customer) -> None:
    mark_dirty([customer.pk for customer in customers])
    Refresher().run(until=time.monotonic() + 60)


def in_trouble(customer: Customer) -> Customer:
    """With points, hardships and a spending change that is no round number."""
    TileFactory.create(customer=customer, day_on=TODAY, txn_count=12, cash_count=12, debit_amount=37)
    TileFactory.create(
        customer=customer, day_on=days_ago(9), txn_count=3, debit_amount=70, essential_amount=70
    )
    customer.tiles.filter(day_on__lt=days_ago(30)).update(salary_count=0)
    return customer


@pytest.fixture
def customers() -> list[Customer]:
    return [borrower(), in_trouble(borrower()), spender(), in_trouble(spender())]


def test_decisions_of_rules_and_of_two_models_come_to_the_same(customers: list[Customer]) -> None:
    refresh(*customers)
    active()
    refresh(*[in_trouble(borrower()), borrower()])
    registry.model_activate(
        model=approved(seed=1, bands={"medium_from_prob": 0.01, "high_from_prob": 0.02}), by=officer()
    )
    refresh(*customers)

    result = assessments_replay(count=1_000, seed=0)

    assert result.mismatches == []
    assert result.decisions == Assessment.objects.count() >= 8
    assert result.with_model == Assessment.objects.filter(model__isnull=False).count() >= 4


def test_sample_is_a_part_and_the_same_for_one_seed(customers: list[Customer]) -> None:
    refresh(*customers)

    assert len(sample(count=2, seed=1)) == 2
    assert sample(count=3, seed=1) == sample(count=3, seed=1)
    assert {tuple(sample(count=2, seed=seed)) for seed in range(20)} > {tuple(sample(count=2, seed=0))}


@pytest.mark.django_db(transaction=True)
def test_large_tables_are_sampled_page_by_page(
    customers: list[Customer], monkeypatch: pytest.MonkeyPatch
) -> None:
    refresh(*customers)
    with psycopg.connect(settings.DATABASE_OWNER_URL, autocommit=True) as owner:
        owner.execute("ANALYZE risk_assessment")
    monkeypatch.setattr("risk.replay_reading.FEW_TIMES", 0)

    assert assessments_replay(count=4, seed=0).decisions == 4


@pytest.fixture
def owner() -> Iterator[psycopg.Connection]:
    """Whom nothing stops from altering what is stored."""
    with psycopg.connect(settings.DATABASE_OWNER_URL, autocommit=True) as connected:
        for table in ("risk_assessment", "risk_featuresnapshot", "risk_rulebook"):
            connected.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        yield connected


ALTERED = [
    ("score = score + 0.5", "score"),
    ("level = 1, score_level = 1, band = 1", "level"),
    ("probability = probability * 0.999", "probability"),
    ("hardship = 5", "hardship"),
    ("hardships = '{}'", "hardships"),
    ("points = jsonb_set(points, '{segment}', '1.0')", "points"),
    ("inputs = jsonb_set(inputs, '{txn_count}', '7')", "inputs"),
    ("reasons = jsonb_set(reasons, '{reasons,0,contribution}', '9')", "reasons"),
    (f"model_inputs = jsonb_set(model_inputs, '{{{specs.NAMES[0]}}}', '0.123')", "model_inputs"),
]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("change", "what"), ALTERED)
def test_altered_decision_is_found_with_both_values(
    owner: psycopg.Connection, change: str, what: str
) -> None:
    active(bands={"medium_from_prob": 0.01, "high_from_prob": 0.02})
    customer = in_trouble(borrower())
    refresh(customer, borrower())
    owner.execute(f"UPDATE risk_assessment SET {change} WHERE customer_id = {customer.pk}")  # noqa: S608

    mismatches = assessments_replay(count=100, seed=0).mismatches

    found = {each.what: each for each in mismatches}
    assert {each.customer_id for each in mismatches} == {customer.pk}
    stored = getattr(Assessment.objects.get(customer=customer), what)
    assert found[what].stored == stored != found[what].replayed


@pytest.mark.django_db(transaction=True)
def test_snapshot_that_has_left_leaves_the_inputs(
    owner: psycopg.Connection, customers: list[Customer]
) -> None:
    active()
    refresh(*customers)
    owner.execute("DELETE FROM risk_featuresnapshot WHERE customer_id <> %s", [customers[0].pk])

    result = assessments_replay(count=100, seed=0)

    assert (result.mismatches, result.decisions, result.without_snapshot) == ([], 4, 3)


@pytest.mark.django_db(transaction=True)
def test_altered_model_replays_nothing(owner: psycopg.Connection) -> None:
    active()
    refresh(borrower(), spender())
    for statement in (*NO_GUARDS, ONE_BYTE):
        owner.execute(statement)

    (mismatch,) = assessments_replay(count=100, seed=0).mismatches

    assert mismatch.what == "all of it"
    assert mismatch.replayed == "early-warning-1 cannot be loaded: its stored bytes were altered"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("change", "because"),
    [
        ("content = jsonb_set(content, '{score,high_from}', '4.0')", "is not the one of its hash"),
        ("content = jsonb_set(content, '{score,unheard_of}', '4.0')", "is of another release"),
        ("content = content - 'windows'", "is of another release"),
    ],
)
def test_altered_rulebook_replays_nothing(owner: psycopg.Connection, change: str, because: str) -> None:
    refresh(spender())
    owner.execute(f"UPDATE risk_rulebook SET {change}")  # noqa: S608

    (mismatch,) = assessments_replay(count=100, seed=0).mismatches

    assert because in mismatch.replayed


BEFORE_THE_MODEL = """
INSERT INTO risk_assessment (customer_id, revision, level, score, segment, hardship, inputs, points, hardships,
    as_of_on, rulebook_id, code_version, assessed_at)
SELECT customer_id, revision + 1, level, score, segment, hardship, inputs, points, hardships,
    as_of_on, rulebook_id, 'old', now()
FROM risk_assessment
"""


def test_receipts_from_before_the_model_replay(customers: list[Customer]) -> None:
    refresh(*customers)
    with connection.cursor() as cursor:
        cursor.execute(BEFORE_THE_MODEL)

    result = assessments_replay(count=100, seed=0)

    assert (result.decisions, result.without_snapshot, result.mismatches) == (8, 4, [])


def test_rulebook_reads_what_it_wrote() -> None:
    stored = json.loads(json.dumps(EQUILIBRATE_1.as_json()))

    assert RulebookContent.from_json(stored) == EQUILIBRATE_1


def command(**options: Any) -> str:
    output = StringIO()
    call_command("replay_assessments", stdout=output, **options)
    return output.getvalue()


def test_command_says_how_many_were_identical(customers: list[Customer]) -> None:
    active()
    refresh(*customers)

    output = command(sample=100)

    assert "4 decisions replayed" in output
    assert "2 of them with a model: 4 identical, 0 different." in output


def test_command_fails_and_names_the_first_differences(
    customers: list[Customer], monkeypatch: pytest.MonkeyPatch
) -> None:
    refresh(*customers)
    different = [Mismatch(7, revision, "v1", "score", 1.0, 2.0) for revision in range(1, 31)]
    result = assessments_replay(count=100, seed=0)
    result.mismatches, result.decisions, result.without_snapshot = different, 40, 2
    monkeypatch.setattr("risk.management.commands.replay_assessments.assessments_replay", lambda **_: result)
    output = StringIO()

    with pytest.raises(SystemExit) as exit_:
        call_command("replay_assessments", sample=100, stdout=output)

    assert exit_.value.code == 1
    lines = output.getvalue().splitlines()
    assert lines[0] == "customer 7 revision 1 (v1), score: stored 1.0, replayed 2.0"
    assert lines[20] == "… and 10 more"
    assert "10 identical, 30 different." in lines[21]
    assert lines[22].startswith("2 had no snapshot any more")


def test_everybody_was_replayed_that_has_a_level(customers: list[Customer]) -> None:
    refresh(*customers)

    assert assessments_replay(count=100, seed=0).decisions == CurrentRisk.objects.count()
