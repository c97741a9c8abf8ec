"""Nobody approves their own model, and nothing approved is changed: not by raw SQL, not as a Django superuser."""

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from django.contrib.auth.models import User
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.utils import timezone

from risk.model import registry
from risk.model.manifest import canonical, sha256_of_text
from risk.model.registry import ModelRefused
from risk.models import ModelArtifact, ModelDecision, ModelVersion
from risk.tests.registered import active, analyst, approved, candidate, officer, staff, trained, validated
from risk.tests.small_models import manifest
from risk.tests.test_standing import as_owner

pytestmark = pytest.mark.django_db

DECIDE = """
INSERT INTO risk_modeldecision
    (id, kind, model_id, author_id, decided_by_id, manifest_sha256, metrics_sha256, reason, valid_until_on, decided_at,
    through)
VALUES (coalesce(%(id)s, nextval('risk_modeldecision_id_seq')), %(kind)s, %(model)s, %(author)s, %(by)s, %(manifest)s,
    %(metrics)s, 'because', %(until)s, coalesce(%(decided_at)s, now()), %(through)s)
"""


def execute(statement: str, parameters: Any = None) -> None:
    """As the application's role, which the tests' connection is."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, parameters)


@contextmanager
def refused(because: str, error: type[Exception] = IntegrityError) -> Iterator[None]:
    with pytest.raises(error, match=because), transaction.atomic():
        yield


def decide(model: ModelVersion, *, kind: str = "approved", **changes: Any) -> None:
    execute(
        DECIDE,
        {
            "kind": kind,
            "model": model.pk,
            "author": model.author_id,
            "by": officer().pk,
            "manifest": model.manifest_sha256,
            "metrics": model.metrics_sha256,
            "until": "2100-01-01" if kind == "approved" else None,
            "id": None,
            "decided_at": None,
            "through": "admin",
        }
        | changes,
    )


def test_tests_speak_as_a_role_that_owns_nothing() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tableowner = current_user FROM pg_tables WHERE tablename = 'risk_modelversion'"
        )
        assert cursor.fetchone() == (False,)


def test_raw_sql_cannot_approve_as_the_author() -> None:
    model = validated()

    with refused("decision_is_not_by_the_author"):
        decide(model, by=model.author_id)


def test_raw_sql_cannot_name_another_author() -> None:
    model = validated()

    with refused("decision_is_of_this_version"):
        decide(model, by=model.author_id, author=analyst().pk)


def test_raw_sql_cannot_approve_another_manifest() -> None:
    with refused("decision_is_of_this_version"):
        decide(validated(), manifest="0" * 64)


def test_raw_sql_cannot_approve_other_metrics() -> None:
    with refused("decision_is_of_this_version"):
        decide(validated(), metrics="0" * 64)


@pytest.mark.parametrize(
    ("state", "because"),
    [
        ("validated", "nobody has validated it"),
        ("approved", "candidate does not become approved"),
        ("active", "candidate does not become active"),
    ],
)
def test_raw_sql_cannot_skip_a_step(state: str, because: str) -> None:
    model = candidate()

    with refused(because):
        ModelVersion.objects.filter(pk=model.pk).update(
            state=state, valid_until_on="2100-01-01", activated_at=timezone.now()
        )


def test_raw_sql_cannot_approve_without_a_decision() -> None:
    model = validated()

    with refused("nobody has approved it until 2100-01-01"):
        execute(
            "UPDATE risk_modelversion SET state = 'approved', valid_until_on = '2100-01-01' WHERE id = %s",
            [model.pk],
        )


def test_raw_sql_cannot_prolong_an_approval() -> None:
    model = active()

    with refused("nobody has approved it until 2100-01-01"):
        execute("UPDATE risk_modelversion SET valid_until_on = '2100-01-01' WHERE id = %s", [model.pk])
    with refused("nobody has approved it until <NULL>"):
        execute("UPDATE risk_modelversion SET valid_until_on = NULL WHERE id = %s", [model.pk])


def until(model: ModelVersion, day: dt.date | str) -> None:
    """Move the day until which it is valid, by raw SQL."""
    execute("UPDATE risk_modelversion SET valid_until_on = %s WHERE id = %s", [day, model.pk])


def test_shortened_approval_is_not_lengthened_by_the_one_before() -> None:
    today = timezone.localdate()
    model = active(valid_until_on=today + dt.timedelta(days=365))
    registry.model_approve(model=model, by=officer(), reason="shorter", valid_until_on=today)

    with refused("nobody has approved it until"):
        until(model, today + dt.timedelta(days=365))
    decide(model)
    until(model, "2100-01-01")


def test_version_is_not_activated_on_an_approval_that_another_one_replaced() -> None:
    model = approved()
    decide(model)

    with refused(f"nobody has approved it until {model.valid_until_on}"):
        execute(
            "UPDATE risk_modelversion SET state = 'active', activated_at = now() WHERE id = %s", [model.pk]
        )


RETIRE = """
UPDATE risk_modelversion SET state = 'retired', state_reason = 'so', retired_at = '2000-01-01' WHERE id = %s
"""
BACK = "UPDATE risk_modelversion SET state = 'approved', valid_until_on = '2100-01-01' WHERE id = %s"


@pytest.mark.parametrize("forged", [{}, {"decided_at": "2099-01-01"}, {"id": 2**60}])
def test_old_approval_does_not_bring_a_retired_model_back(forged: dict[str, Any]) -> None:
    model = active()
    decide(model, **forged)
    execute(RETIRE, [model.pk])

    with refused("nobody has approved it"):
        execute(BACK, [model.pk])
    decide(model)
    execute(BACK, [model.pk])


def test_what_was_approved_before_a_retirement_stays_so() -> None:
    model = active()
    execute(RETIRE, [model.pk])

    with refused("what it is cannot be changed"):
        execute("UPDATE risk_modelversion SET retired_after_decision = 0 WHERE id = %s", [model.pk])


@pytest.mark.parametrize("through", ["command", "phone", ""])
def test_decision_says_where_it_was_taken(through: str) -> None:
    with refused("decision_says_where"):
        decide(validated(), through=through)


@pytest.mark.parametrize("day", ["2099-01-01", "2001-01-01"])
def test_decision_is_of_the_moment_it_is_recorded(day: str) -> None:
    model = validated()
    before = timezone.now()

    decide(model, decided_at=day)

    assert before <= model.decisions.latest("pk").decided_at <= timezone.now()


def test_decision_takes_its_number_in_order() -> None:
    model = validated()
    first = model.decisions.latest("pk").pk

    decide(model, id=2**60)

    assert first < model.decisions.latest("pk").pk < 2**60


def test_raw_sql_cannot_have_two_active() -> None:
    active()
    other = approved(seed=1)

    with refused("model_one_active"):
        execute(
            "UPDATE risk_modelversion SET state = 'active', activated_at = now() WHERE id = %s", [other.pk]
        )


def test_raw_sql_cannot_have_two_in_shadow() -> None:
    registry.shadow_start(model=candidate(), by=analyst())
    other = candidate(seed=1)

    with refused("model_one_shadow"):
        execute("UPDATE risk_modelversion SET shadow_since = now() WHERE id = %s", [other.pk])


def test_raw_sql_cannot_insert_what_is_active() -> None:
    model = approved()
    text = canonical(model.manifest | {"more": 1})

    with refused("begins as a candidate or rejected"):
        execute(
            "INSERT INTO risk_modelversion (name, version, author_id, manifest_text, manifest_sha256, artifact_id,"
            " metrics, state, state_reason, valid_until_on, activated_at)"
            " VALUES ('early-warning', 9, %s, %s, %s, %s, '{}', 'active', '', '2100-01-01', now())",
            [model.author_id, text, sha256_of_text(text), model.artifact_id],
        )


@pytest.mark.parametrize(
    "change",
    [
        "manifest_text = manifest_text || ' '",
        "manifest_sha256 = repeat('0', 64)",
        "artifact_id = repeat('0', 64)",
        "author_id = author_id + 1",
        "metrics = '{}'",
        "metrics = '{}', metrics_sha256 = encode(sha256('{}'), 'hex')",
        "version = 9",
        "trained_at = now() - interval '1 day'",
    ],
)
def test_raw_sql_cannot_change_what_a_version_is(change: str) -> None:
    model = active()

    with refused("what it is cannot be changed"):
        execute(f"UPDATE risk_modelversion SET {change} WHERE id = %s", [model.pk])  # noqa: S608


def test_session_cannot_switch_the_guard_off() -> None:
    model = active()
    execute("SELECT set_config('pgtrigger.ignore', '{equilibrate_govern_model}', true)")

    with refused("what it is cannot be changed"):
        execute("UPDATE risk_modelversion SET metrics = '{}' WHERE id = %s", [model.pk])


SHADOWED = "CREATE TEMP TABLE risk_modeldecision AS SELECT * FROM public.risk_modeldecision"
FORGED = """
INSERT INTO pg_temp.risk_modeldecision (model_id, author_id, manifest_sha256, kind, valid_until_on, decided_at, id)
SELECT id, author_id, manifest_sha256, kind, CASE kind WHEN 'approved' THEN date '2100-01-01' END, now(), 1
FROM public.risk_modelversion, unnest(ARRAY['validated', 'approved']) kind
"""


def test_table_of_the_same_name_does_not_stand_in_for_the_decisions() -> None:
    model = candidate()
    execute(SHADOWED)
    execute(FORGED)

    with refused("nobody has validated it"):
        execute("UPDATE public.risk_modelversion SET state = 'validated' WHERE id = %s", [model.pk])


def test_every_function_of_ours_says_where_it_looks() -> None:
    """Without a search path of its own, a function that names a table can be shown another one of that name."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND proname LIKE 'equilibrate%'"
            " AND NOT coalesce(array_to_string(proconfig, ' ') LIKE 'search_path=%pg_temp', false)"
        )
        assert cursor.fetchall() == []


@pytest.mark.parametrize(
    ("statement", "because"),
    [
        ("DELETE FROM risk_modelversion", "permission denied"),
        ("TRUNCATE risk_modelversion CASCADE", "permission denied"),
        ("UPDATE risk_modelartifact SET content = ''", "permission denied"),
        ("DELETE FROM risk_modelartifact", "permission denied"),
        ("UPDATE risk_modeldecision SET reason = 'other'", "permission denied"),
        ("DELETE FROM risk_modeldecision", "permission denied"),
        ("ALTER TABLE risk_modelversion DISABLE TRIGGER ALL", "must be owner"),
        ("SET session_replication_role = replica", "permission denied"),
    ],
)
def test_raw_sql_cannot_alter_bytes_decisions_or_guards(statement: str, because: str) -> None:
    active()

    with refused(because, DatabaseError):
        execute(statement)


@pytest.mark.django_db(transaction=True)
def test_not_even_the_owner_alters_metrics_in_passing() -> None:
    validated()
    guarded = "ALTER TABLE risk_modelversion DISABLE TRIGGER USER"

    with pytest.raises(psycopg.IntegrityError, match="model_hash_is_of_metrics"):
        as_owner(guarded, """UPDATE risk_modelversion SET metrics = '{"roc_auc": 0.99}'""")
    with pytest.raises(psycopg.IntegrityError, match="decision_is_of_this_version"):
        as_owner(
            guarded,
            "UPDATE risk_modelversion SET metrics = '{}', metrics_sha256 = encode(sha256('{}'), 'hex')",
        )


@pytest.mark.django_db(transaction=True)
def test_not_even_the_owner_deletes_a_version_in_passing() -> None:
    model = candidate()

    with pytest.raises(psycopg.IntegrityError, match="a version is never deleted"):
        as_owner("DELETE FROM risk_modelversion")

    model.refresh_from_db()


def test_bytes_under_another_hash_are_refused() -> None:
    with refused("artifact_hash_is_of_content"):
        ModelArtifact.objects.create(sha256="0" * 64, content=b"model")


@pytest.mark.parametrize("changes", [{"ubj_sha256": "0" * 64}, {"ubj_sha256": None}])
def test_manifest_of_other_bytes_is_refused(changes: dict[str, Any]) -> None:
    model = candidate()
    text = canonical(manifest(trained(), **changes))

    with refused("model_manifest_names_its_bytes"):
        ModelVersion.objects.create(
            name="early-warning", version=2, author=model.author, artifact=model.artifact,
            manifest_text=text, manifest_sha256=sha256_of_text(text),
        )  # fmt: skip


def superuser() -> User:
    return staff(is_superuser=True, is_staff=True)


@pytest.mark.parametrize(
    "change",
    [
        lambda model: ModelVersion.objects.filter(pk=model.pk).update(author=superuser()),
        lambda model: ModelVersion.objects.filter(pk=model.pk).update(state="approved"),
        lambda model: ModelVersion.objects.filter(pk=model.pk).delete(),
        lambda model: ModelDecision.objects.update(reason="other"),
        lambda model: ModelDecision.objects.create(
            kind="approved",
            model=model,
            author=model.author,
            decided_by=model.author,
            manifest_sha256=model.manifest_sha256,
            reason="mine",
            valid_until_on=timezone.localdate(),
        ),
    ],
)
def test_django_superuser_is_bound_by_the_database(change: Callable[[ModelVersion], Any]) -> None:
    model = validated(author=staff("Analysts", is_superuser=True))

    with pytest.raises(DatabaseError), transaction.atomic():
        change(model)


def test_being_superuser_decides_nothing() -> None:
    with pytest.raises(ModelRefused, match="may not approve models"):
        registry.model_approve(model=validated(), by=superuser(), reason="I may everything")


def test_raw_sql_can_do_what_two_people_may() -> None:
    """The counterpart: with true decisions every step goes through, so the refusals above are of their reasons."""
    model = candidate()

    decide(model, kind="validated")
    execute("UPDATE risk_modelversion SET state = 'validated' WHERE id = %s", [model.pk])
    decide(model)
    execute(
        "UPDATE risk_modelversion SET state = 'approved', valid_until_on = '2100-01-01' WHERE id = %s",
        [model.pk],
    )
    execute("UPDATE risk_modelversion SET state = 'active', activated_at = now() WHERE id = %s", [model.pk])

    model.refresh_from_db()
    assert model.state == ModelVersion.State.ACTIVE
