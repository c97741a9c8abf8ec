"""What scores: only what is active, approved, valid and unaltered, noticed within seconds, told once."""

import datetime as dt
import gc
from collections.abc import Mapping
from typing import Any

import psycopg
import pytest
import structlog
import time_machine
from django.conf import settings
from django.db import OperationalError, connection, transaction
from django.test.utils import CaptureQueriesContext

from risk.model import registry
from risk.model import standing as standing_module
from risk.model.scorer import ModelUnusable, Scorer
from risk.model.standing import Standing, Verdict
from risk.model.standing_note import StandingNote, model_status
from risk.models import Alert, DayEvaluation, DayRange, ModelVersion, SystemProbe
from risk.tests.factories import TODAY
from risk.tests.registered import active, analyst, approved, candidate, officer

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_noon")]


class CountedLoads:
    """Loads as the scorer does, and counts."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, ubj: bytes, manifest: Mapping[str, Any]) -> Scorer:
        self.count += 1
        return Scorer.load(ubj, manifest)


@pytest.fixture
def loads() -> CountedLoads:
    return CountedLoads()


@pytest.fixture
def watchful(loads: CountedLoads) -> Standing:
    """It verifies at every look."""
    return Standing(load=loads, verify_seconds=0.0)


def look(standing: Standing) -> Verdict:
    return standing.look(today=TODAY)


def problem(verdict: Verdict) -> str:
    (found,) = verdict.problems
    assert (verdict.active, verdict.shadow) == (None, None)
    return found.text


def as_owner(*statements: str) -> None:
    """What no trigger, no grant and no CHECK stops: whoever owns the tables."""
    with psycopg.connect(settings.DATABASE_OWNER_URL) as owner:
        for statement in statements:
            owner.execute(statement)


# As PostgreSQL puts it where a page has gone bad.
DAMAGED = "DO $$BEGIN RAISE EXCEPTION 'missing chunk number 0 for toast value 7' USING ERRCODE = 'XX001'; END$$ -- %s"
NO_GUARDS = (
    "ALTER TABLE risk_modelversion DISABLE TRIGGER USER",
    "ALTER TABLE risk_modelversion DROP CONSTRAINT model_hash_is_of_manifest",
    "ALTER TABLE risk_modelversion DROP CONSTRAINT model_manifest_names_its_bytes",
    "ALTER TABLE risk_modelartifact DISABLE TRIGGER USER",
    "ALTER TABLE risk_modelartifact DROP CONSTRAINT artifact_hash_is_of_content",
    "ALTER TABLE risk_modeldecision DISABLE TRIGGER USER",
)
ONE_BYTE = """
UPDATE risk_modelartifact
SET content = set_byte(content, length(content) / 2, 255 - get_byte(content, length(content) / 2))
"""


def test_without_a_model_one_query_says_so(watchful: Standing) -> None:
    candidate()

    with CaptureQueriesContext(connection) as queries:
        verdict = look(watchful)

    assert (verdict, verdict.key, len(queries)) == (Verdict(), "", 1)


def test_active_model_is_loaded_once(watchful: Standing, loads: CountedLoads) -> None:
    model = active()

    verdicts = [look(watchful) for _ in range(3)]

    assert [verdict.key for verdict in verdicts] == [f"scores.{model.pk}"] * 3
    assert loads.count == 1


def test_collector_is_spared_what_a_model_brings(watchful: Standing) -> None:
    active()
    gc.unfreeze()

    look(watchful)

    assert gc.get_freeze_count() > 0
    gc.unfreeze()


def test_bytes_are_verified_now_and_then_only() -> None:
    active()
    standing = Standing(verify_seconds=3600.0)
    look(standing)

    with CaptureQueriesContext(connection) as queries:
        look(standing)

    assert len(queries) == 1


def test_next_version_is_loaded_and_the_last_forgotten(watchful: Standing, loads: CountedLoads) -> None:
    active()
    look(watchful)
    second = registry.model_activate(model=approved(seed=1), by=officer())

    verdict = look(watchful)

    assert verdict.key == f"scores.{second.pk}"
    assert loads.count == 2
    assert list(watchful.checked) == [second.pk]


def test_retired_model_stops_at_once(watchful: Standing) -> None:
    model = active()
    look(watchful)

    registry.model_retire(model=model, by=officer(), reason="drifted")

    assert look(watchful) == Verdict()


def test_approval_ends_by_the_bank_clock(watchful: Standing) -> None:
    active(valid_until_on=TODAY)

    assert look(watchful).active is not None
    assert problem(watchful.look(today=TODAY + dt.timedelta(days=1))) == "its approval ended on 2026-02-17"


def test_model_of_other_features_does_not_score(watchful: Standing, loads: CountedLoads) -> None:
    model = approved(schema_hash="0" * 64)
    ModelVersion.objects.filter(pk=model.pk).update(state="active", activated_at=dt.datetime.now(dt.UTC))

    assert problem(look(watchful)) == "it is not fit for this release"
    (found,) = look(watchful).problems
    assert "other features" in found.error
    assert loads.count == 1


class LoadsThatFail(CountedLoads):
    """Loads once whatever made it fail is over."""

    error: Exception | None = MemoryError("no room")

    def __call__(self, ubj: bytes, manifest: Mapping[str, Any]) -> Scorer:
        found = super().__call__(ubj, manifest)
        if self.error:
            raise self.error
        return found


def test_whatever_loading_raises_is_a_reason_not_to_score() -> None:
    active()

    with structlog.testing.capture_logs() as logs:
        (found,) = look(Standing(load=LoadsThatFail())).problems

    assert (found.text, found.error) == ("it could not be loaded", "MemoryError: no room")
    assert [line["event"] for line in logs] == ["model not loaded"]


def test_what_passes_is_tried_again() -> None:
    active()
    loads = LoadsThatFail()
    standing = Standing(load=loads, verify_seconds=0.0)
    look(standing)
    loads.error = None

    assert look(standing).active is not None


def test_what_passes_is_not_tried_at_every_look() -> None:
    active()
    loads = LoadsThatFail()
    standing = Standing(load=loads, verify_seconds=3600.0)

    look(standing)
    look(standing)

    assert loads.count == 1


@pytest.mark.parametrize("part", ["_DIGESTS", "_STORED"])
def test_damaged_page_is_a_reason_not_to_score(part: str, monkeypatch: pytest.MonkeyPatch) -> None:
    active()
    monkeypatch.setattr(standing_module, part, DAMAGED)

    with transaction.atomic(), structlog.testing.capture_logs() as logs:
        (found,) = look(Standing()).problems
        assert ModelVersion.objects.count() == 1

    assert found.text in ("its stored bytes cannot be read", "it could not be loaded")
    assert found.error.startswith("InternalError: missing chunk number 0")
    assert len(logs) == 1


def test_same_problem_is_told_on_every_bank_day_and_evaluates_nobody_again() -> None:
    model = approved(schema_hash="0" * 64)
    ModelVersion.objects.filter(pk=model.pk).update(state="active", activated_at=dt.datetime.now(dt.UTC))
    watchful, note = Standing(verify_seconds=0.0), StandingNote()
    note.take(look(watchful))
    DayEvaluation.objects.all().delete()

    note.take(look(watchful))
    note.take(watchful.look(today=TODAY + dt.timedelta(days=1)))
    StandingNote().take(watchful.look(today=TODAY + dt.timedelta(days=1)))

    assert [alert.detail["model"] for alert in Alert.objects.all()] == [model.pk, model.pk]
    assert "other features" in Alert.objects.all()[0].detail["error"]
    assert not DayEvaluation.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_latest_approval_alone_counts() -> None:
    longer, shorter = TODAY + dt.timedelta(days=99), TODAY + dt.timedelta(days=9)
    model = active(valid_until_on=longer)
    registry.model_approve(model=model, by=officer(), reason="until the next one", valid_until_on=shorter)
    assert look(Standing()).active is not None

    as_owner(*NO_GUARDS, f"UPDATE risk_modelversion SET valid_until_on = '{longer}'")  # noqa: S608

    assert problem(look(Standing())) == "nobody has approved it as it is"


def test_database_that_is_away_is_no_verdict() -> None:
    def load(ubj: bytes, manifest: Mapping[str, Any]) -> Scorer:
        raise OperationalError("the server closed the connection")

    active()

    with pytest.raises(OperationalError):
        look(Standing(load=load))


def test_shadow_stands_beside_the_active_one(watchful: Standing) -> None:
    first, second = active(), candidate(seed=1)
    registry.shadow_start(model=second, by=analyst())

    verdict = look(watchful)

    assert verdict.active is not None
    assert verdict.shadow is not None
    assert (verdict.active.registered.pk, verdict.shadow.registered.pk) == (first.pk, second.pk)


def test_shadow_needs_no_approval_and_changes_nobodys_level(watchful: Standing) -> None:
    registry.shadow_start(model=candidate(), by=analyst())

    verdict = look(watchful)

    assert verdict.shadow is not None
    assert (verdict.active, verdict.key) == (None, "")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("tampering", "text"),
    [
        (ONE_BYTE, "its stored bytes were altered"),
        (
            "UPDATE risk_modelversion SET manifest_text = replace(manifest_text, '0.6', '0.9')",
            "its stored manifest was altered",
        ),
        (
            "UPDATE risk_modelversion SET manifest_text = replace(manifest_text, '0.6', '0.9'), manifest_sha256 ="
            " encode(sha256(convert_to(replace(manifest_text, '0.6', '0.9'), 'UTF8')), 'hex')",
            "nobody has approved it as it is",
        ),
        ("DELETE FROM risk_modeldecision", "nobody has approved it as it is"),
        ("UPDATE risk_modelversion SET valid_until_on = '2100-01-01'", "nobody has approved it as it is"),
        (
            "UPDATE risk_modeldecision SET decided_by_id = author_id",
            "nobody has approved it as it is",
        ),
    ],
)
def test_owner_who_alters_something_stops_the_model(tampering: str, text: str, watchful: Standing) -> None:
    active()
    assert look(watchful).active is not None

    as_owner(
        *NO_GUARDS,
        "ALTER TABLE risk_modeldecision DROP CONSTRAINT decision_is_of_this_version",
        "ALTER TABLE risk_modeldecision DROP CONSTRAINT decision_is_not_by_the_author",
        tampering,
    )

    assert problem(look(watchful)) == text


@pytest.mark.django_db(transaction=True)
def test_model_that_is_restored_scores_again(watchful: Standing) -> None:
    active()
    as_owner(*NO_GUARDS, ONE_BYTE)
    assert look(watchful).active is None

    as_owner(ONE_BYTE)

    assert look(watchful).active is not None


@pytest.mark.django_db(transaction=True)
def test_altered_bytes_are_not_even_loaded(loads: CountedLoads) -> None:
    active()
    as_owner(*NO_GUARDS, ONE_BYTE)

    assert problem(look(Standing(load=loads))) == "its stored bytes were altered"
    assert loads.count == 0


def test_end_of_an_approval_is_told_once_and_everybody_is_evaluated_again(
    watchful: Standing, at_noon: time_machine.Traveller
) -> None:
    active(valid_until_on=TODAY)
    note = StandingNote()
    note.take(look(watchful))
    DayEvaluation.objects.all().delete()

    tomorrow = watchful.look(today=TODAY + dt.timedelta(days=1))
    note.take(tomorrow)
    StandingNote().take(tomorrow)

    alert = Alert.objects.get()
    assert alert.message == (
        "The model early-warning-1 does not score: its approval ended on 2026-02-17. The rules go on alone."
    )
    probe = SystemProbe.objects.get(name=SystemProbe.MODEL)
    assert (probe.is_ok, probe.detail["model"]) == (False, "")
    assert probe.detail["problem"] == "early-warning-1: its approval ended on 2026-02-17"
    assert DayEvaluation.objects.get().day_on == TODAY


def test_prolonged_approval_has_everybody_evaluated_again(watchful: Standing) -> None:
    model = active(valid_until_on=TODAY)
    StandingNote().take(watchful.look(today=TODAY + dt.timedelta(days=1)))
    DayEvaluation.objects.all().delete()

    registry.model_approve(model=model, by=officer(), reason="still fit")

    assert DayEvaluation.objects.get().day_on == TODAY
    assert look(watchful).active is not None


def test_another_process_does_not_ask_again(watchful: Standing) -> None:
    active()
    DayEvaluation.objects.all().delete()

    StandingNote().take(look(watchful))

    assert not DayEvaluation.objects.exists()


def test_what_raw_sql_activated_is_noticed(watchful: Standing) -> None:
    model = approved()
    ModelVersion.objects.filter(pk=model.pk).update(state="active", activated_at=dt.datetime.now(dt.UTC))

    StandingNote().take(look(watchful))

    assert DayEvaluation.objects.get().day_on == TODAY
    assert SystemProbe.objects.get().detail["model"] == "early-warning-1"


def test_without_any_model_nothing_is_noted(watchful: Standing) -> None:
    StandingNote().take(look(watchful))

    assert not SystemProbe.objects.exists()
    assert not DayRange.objects.exists()


def test_shadow_that_cannot_be_loaded_is_told_without_evaluating_anybody() -> None:
    def load(ubj: bytes, manifest: Mapping[str, Any]) -> Scorer:
        raise ModelUnusable("too deep")

    registry.shadow_start(model=candidate(), by=analyst())

    StandingNote().take(look(Standing(load=load)))

    assert Alert.objects.get().detail["error"] == "ModelUnusable: too deep"
    assert Alert.objects.get().message.endswith(
        "does not score: it is not fit for this release. It is compared no more."
    )
    assert not DayEvaluation.objects.exists()


def test_status_says_what_scores() -> None:
    assert model_status(today=TODAY) == {"active": None, "problem": None, "shadow": None}
    active(valid_until_on=TODAY)
    registry.shadow_start(model=candidate(seed=1), by=analyst())

    assert model_status(today=TODAY) == {
        "active": "early-warning-1",
        "problem": None,
        "shadow": "early-warning-2",
    }
    tomorrow = model_status(today=TODAY + dt.timedelta(days=1))
    assert tomorrow["problem"] == "early-warning-1: its approval ended on 2026-02-17"


def test_status_says_what_the_workers_found() -> None:
    def load(ubj: bytes, manifest: Mapping[str, Any]) -> Scorer:
        raise ModelUnusable("too deep")

    model = active()
    StandingNote().take(look(Standing(load=load)))

    assert model_status(today=TODAY)["problem"] == "early-warning-1: it is not fit for this release"
    registry.model_retire(model=model, by=officer(), reason="too deep")
    assert model_status(today=TODAY) == {"active": None, "problem": None, "shadow": None}
