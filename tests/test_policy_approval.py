"""Nobody approves their own policy, and nothing approved is changed: not by raw SQL, not as a Django superuser."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg
import pytest
from django.contrib.auth.models import User
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.utils import timezone

from interventions.models import PolicyDecision, PolicyTemplate
from interventions.policy import governing
from interventions.policy.content import content_hash
from interventions.tests import governed
from interventions.tests.governed import officer
from risk.tests.test_standing import as_owner

pytestmark = pytest.mark.django_db


@dataclass(frozen=True)
class Kind:
    """One kind of subject with its tables.

    Args:
        name: what the database calls it.
        table: of the subjects.
        decisions: their table.
        column: a decision's column of the subject.
        draft: makes one.
        contents: changes of what it says.
        identities: changes of which version it is.
    """

    name: str
    table: str
    decisions: str
    column: str
    draft: Callable[[], Any]
    contents: tuple[str, ...]
    identities: tuple[str, ...]

    def __str__(self) -> str:
        return self.name


KINDS = (
    Kind(
        "policy",
        "interventions_policytemplate",
        "interventions_policydecision",
        "template_id",
        governed.draft_policy,
        (
            "action = 'Cut the limit'",
            """messages = '{"sms": {"en": "Pay!"}}'""",
            """fields = '{"x": {"label": "x", "max_length": 9}}'""",
            "personal_line_max = 999",
            """relief_kinds = '["payment_holiday"]'""",
            "priority = 'ROUTINE'",
            "sla_hours = 99",
            "effect = 'adverse'",
            "valid_from = '2001-01-01'",
            "valid_until = '2099-01-01'",
            "based_on_id = id",
        ),
        ("version = 77", "hardship = 5", "level = 1", "created_at = '2001-01-01'", "id = id + 1000000"),
    ),
    Kind(
        "pack",
        "interventions_contactpack",
        "interventions_packdecision",
        "pack_id",
        governed.draft_pack,
        ("""rules = '{"caps": []}'""",),
        ("version = 77", "name = 'other'", "created_at = '2001-01-01'"),
    ),
    Kind(
        "holdout",
        "interventions_holdoutdesign",
        "interventions_holdoutdecision",
        "design_id",
        governed.draft_holdout,
        (
            "share = 0.5",
            "salt = 'other'",
            """hardships = '["INCOME_SHOCK"]'""",
            """levels = '["HIGH"]'""",
            "purpose = 'other'",
            "ends_on = '2099-01-01'",
        ),
        ("version = 77", "created_at = '2001-01-01'"),
    ),
)
each_kind = pytest.mark.parametrize("kind", KINDS, ids=str)


def execute(statement: str, parameters: Any = None) -> None:
    """As the application's role, which the tests' connection is."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, parameters)


@contextmanager
def refused(because: str, error: type[Exception] = IntegrityError) -> Iterator[None]:
    with pytest.raises(error, match=because), transaction.atomic():
        yield


def update(kind: Kind, subject: Any, change: str, *values: Any) -> None:
    execute(f"UPDATE {kind.table} SET {change} WHERE id = %s", [*values, subject.pk])  # noqa: S608


def submit(kind: Kind, subject: Any, by: User) -> None:
    """By raw SQL, with the true hash."""
    subject.refresh_from_db()
    change = "state = 'submitted', author_id = %s, content_hash = %s"
    update(kind, subject, change, by.pk, content_hash(subject))
    subject.refresh_from_db()


def decide(of: Kind, subject: Any, **changes: Any) -> None:
    """By raw SQL; changes are of columns."""
    values = {
        "kind": "approved",
        of.column: subject.pk,
        "author_id": subject.author_id,
        "decided_by_id": officer().pk,
        "content_hash": subject.content_hash,
        "reason": "because",
        **changes,
    }
    names, marks = ", ".join(values), ", ".join(["%s"] * len(values))
    statement = f"INSERT INTO {of.decisions} ({names}) VALUES ({marks})"  # noqa: S608
    execute(statement, list(values.values()))


def submitted(kind: Kind) -> Any:
    return governing.submit(subject=kind.draft(), by=officer())


def test_tests_speak_as_a_role_that_owns_nothing() -> None:
    tables = [kind.table for kind in KINDS]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_tables WHERE tablename = ANY(%s) AND tableowner = current_user", [tables]
        )
        assert cursor.fetchone() == (0,)


@each_kind
def test_raw_sql_can_do_what_two_people_may(kind: Kind) -> None:
    """The counterpart: with true decisions every step goes through, so the refusals below are of their reasons."""
    subject = kind.draft()

    submit(kind, subject, officer())
    decide(kind, subject)
    update(kind, subject, "state = 'approved'")
    update(kind, subject, "state = 'active'")
    update(kind, subject, "state = 'retired', state_reason = 'enough'")

    subject.refresh_from_db()
    assert subject.submitted_at < subject.activated_at < subject.retired_at


@each_kind
def test_raw_sql_cannot_approve_as_the_author(kind: Kind) -> None:
    subject = submitted(kind)

    with refused("decision_is_not_by_the_author"):
        decide(kind, subject, decided_by_id=subject.author_id)


@each_kind
def test_raw_sql_cannot_name_another_author(kind: Kind) -> None:
    subject = submitted(kind)

    with refused(f"{kind.name}_decision_is_of_this_version"):
        decide(kind, subject, decided_by_id=subject.author_id, author_id=officer().pk)


@each_kind
def test_raw_sql_cannot_decide_about_another_content(kind: Kind) -> None:
    with refused(f"{kind.name}_decision_is_of_this_version"):
        decide(kind, submitted(kind), content_hash="0" * 64)


@each_kind
def test_raw_sql_cannot_decide_ahead(kind: Kind) -> None:
    subject = kind.draft()
    update(kind, subject, "author_id = %s", officer().pk)
    subject.refresh_from_db()

    with refused("it is not submitted"):
        decide(kind, subject)
    with refused("it is not submitted"):
        decide(kind, subject, content_hash=content_hash(subject))


@each_kind
@pytest.mark.parametrize("state", ["approved", "active"])
def test_raw_sql_cannot_skip_a_step(kind: Kind, state: str) -> None:
    subject = kind.draft()

    with refused(f"draft does not become {state}"):
        update(
            kind,
            subject,
            "state = %s, author_id = %s, content_hash = %s",
            state,
            officer().pk,
            content_hash(subject),
        )


@each_kind
@pytest.mark.parametrize("state", ["draft", "submitted", "approved", "active"])
def test_what_is_retired_stays_so(kind: Kind, state: str) -> None:
    subject = governing.retire(subject=governed.active(kind.draft()), by=officer(), reason="enough")

    with refused(f"retired does not become {state}"):
        update(kind, subject, "state = %s", state)


@each_kind
def test_raw_sql_cannot_submit_under_another_hash(kind: Kind) -> None:
    subject = kind.draft()

    with refused("the hash is not of what it says"):
        update(
            kind, subject, "state = 'submitted', author_id = %s, content_hash = repeat('0', 64)", officer().pk
        )


@each_kind
def test_raw_sql_cannot_submit_what_nobody_answers_for(kind: Kind) -> None:
    subject = kind.draft()

    with refused("is_frozen_once_submitted"):
        update(kind, subject, "state = 'submitted', content_hash = %s", content_hash(subject))


@each_kind
def test_raw_sql_cannot_approve_without_a_decision(kind: Kind) -> None:
    with refused("nobody has approved it"):
        update(kind, submitted(kind), "state = 'approved'")


@each_kind
def test_last_decision_counts(kind: Kind) -> None:
    subject = submitted(kind)
    decide(kind, subject)
    decide(kind, subject, kind="refused")

    with refused("nobody has approved it"):
        update(kind, subject, "state = 'approved'")
    decide(kind, subject)
    update(kind, subject, "state = 'approved'")
    decide(kind, subject, kind="refused")
    with refused("nobody has approved it"):
        update(kind, subject, "state = 'active'")


@each_kind
@pytest.mark.parametrize(
    "forged", [{"id": 2**60}, {"decided_at": "2099-01-01"}, {"decided_at": "2001-01-01"}]
)
def test_number_and_moment_of_a_decision_are_the_databases(kind: Kind, forged: dict[str, Any]) -> None:
    subject, before = submitted(kind), timezone.now()

    decide(kind, subject, **forged)
    decide(kind, subject, kind="refused")

    refusal, approval = subject.decisions.order_by("-id")
    assert approval.pk < refusal.pk < 2**60
    assert before <= approval.decided_at <= refusal.decided_at <= timezone.now()


CONTENTS = [pytest.param(kind, change, id=f"{kind}: {change}") for kind in KINDS for change in kind.contents]
IDENTITIES = [
    pytest.param(kind, change, id=f"{kind}: {change}") for kind in KINDS for change in kind.identities
]


@pytest.mark.parametrize(("kind", "change"), CONTENTS)
def test_raw_sql_cannot_change_what_was_submitted_or_later(kind: Kind, change: str) -> None:
    subject = submitted(kind)
    for step in ("", "approve", "activate", "retire"):
        if step == "activate":
            governing.activate(subject=subject, by=officer())
        elif step:
            getattr(governing, step)(subject=subject, by=officer(), reason="fit")
        with refused("what it says cannot be changed any more"):
            update(kind, subject, change)


@pytest.mark.parametrize(("kind", "change"), IDENTITIES)
def test_raw_sql_cannot_change_which_version_even_a_draft_is(kind: Kind, change: str) -> None:
    with refused("which version it is cannot be changed"):
        update(kind, kind.draft(), change)


@each_kind
def test_draft_is_written_on_by_raw_sql(kind: Kind) -> None:
    for change in kind.contents:
        update(kind, kind.draft(), change)


@each_kind
def test_raw_sql_cannot_give_a_draft_to_another_author(kind: Kind) -> None:
    subject = kind.draft()
    update(kind, subject, "author_id = %s", officer().pk)

    for other in (officer().pk, None):
        with refused("who wrote it cannot be changed"):
            update(kind, subject, "author_id = %s", other)


@each_kind
def test_what_was_decided_upon_is_not_changed_as_a_draft_again(kind: Kind) -> None:
    """Approved as it was, taken back, changed, submitted: the approval must not be of the change."""
    subject = submitted(kind)
    decide(kind, subject)
    update(kind, subject, "state = 'draft'")
    update(kind, subject, kind.contents[0])

    with refused("the hash is not of what it says"):
        update(kind, subject, "state = 'submitted'")
    with pytest.raises(IntegrityError, match="decision_is_of_this_version"), transaction.atomic():
        submit(kind, subject, subject.author)
        execute("SET CONSTRAINTS ALL IMMEDIATE")
    with refused("it gets its hash when it is submitted"):
        update(kind, subject, "content_hash = ''")


@each_kind
def test_moments_and_reason_of_the_way_are_not_rewritten(kind: Kind) -> None:
    subject = governing.retire(subject=governed.active(kind.draft()), by=officer(), reason="enough")
    moments = "submitted_at, activated_at, retired_at"

    update(kind, subject, f"({moments}) = (now() - interval '1 year', NULL, NULL)")
    with refused("the reason cannot be changed any more"):
        update(kind, subject, "state_reason = 'other'")

    known = type(subject).objects.get(pk=subject.pk)
    assert (known.submitted_at, known.activated_at, known.retired_at) == (
        subject.submitted_at, subject.activated_at, subject.retired_at,
    )  # fmt: skip


@each_kind
def test_nothing_ends_without_a_reason(kind: Kind) -> None:
    with refused("it ends for a reason"):
        update(kind, kind.draft(), "state = 'retired'")


@each_kind
@pytest.mark.parametrize(
    "begins", ["state = 'active'", "content_hash = repeat('0', 64)", "activated_at = now()"]
)
def test_raw_sql_cannot_insert_what_is_no_draft(kind: Kind, begins: str) -> None:
    subject = kind.draft()
    subject.author = officer()
    column, _, value = begins.partition(" = ")
    row = f"jsonb_set(to_jsonb(old), '{{{column}}}', to_jsonb({value}::text)) || '{{\"id\": 9999999}}'"

    with refused("begins as a draft"):
        execute(
            f"INSERT INTO {kind.table} SELECT made.* FROM {kind.table} old,"  # noqa: S608
            f" jsonb_populate_record(NULL::{kind.table}, {row}) made WHERE old.id = %s",
            [subject.pk],
        )


@each_kind
def test_session_cannot_switch_the_guard_off(kind: Kind) -> None:
    subject = governed.active(kind.draft())
    execute("SELECT set_config('pgtrigger.ignore', %s, true)", [f"{{equilibrate_govern_{kind.name}}}"])

    with refused("what it says cannot be changed"):
        update(kind, subject, kind.contents[0])


@each_kind
def test_table_of_the_same_name_does_not_stand_in_for_the_decisions(kind: Kind) -> None:
    subject = submitted(kind)
    execute(f"CREATE TEMP TABLE {kind.decisions} AS SELECT * FROM public.{kind.decisions} WHERE false")  # noqa: S608
    execute(
        f"INSERT INTO pg_temp.{kind.decisions} (id, kind, {kind.column}, author_id, decided_by_id, content_hash,"  # noqa: S608
        " reason, decided_at) VALUES (1, 'approved', %s, %s, %s, %s, 'mine', now())",
        [subject.pk, subject.author_id, subject.author_id, subject.content_hash],
    )

    with refused("nobody has approved it"):
        update(kind, subject, "state = 'approved'")


@each_kind
def test_function_of_the_same_name_does_not_stand_in_for_the_hash(kind: Kind) -> None:
    subject = kind.draft()
    execute(
        f"CREATE FUNCTION pg_temp.equilibrate_hash_{kind.name}(public.{kind.table}) RETURNS text"
        " LANGUAGE sql AS $$ SELECT repeat('0', 64) $$"
    )

    with refused("the hash is not of what it says"):
        update(
            kind, subject, "state = 'submitted', author_id = %s, content_hash = repeat('0', 64)", officer().pk
        )


@each_kind
@pytest.mark.parametrize(
    ("statement", "because"),
    [
        ("DELETE FROM {table}", "permission denied"),
        ("TRUNCATE {table} CASCADE", "permission denied"),
        ("UPDATE {decisions} SET reason = 'other'", "permission denied"),
        ("DELETE FROM {decisions}", "permission denied"),
        ("TRUNCATE {decisions}", "permission denied"),
        ("ALTER TABLE {table} DISABLE TRIGGER ALL", "must be owner"),
        ("ALTER TABLE {decisions} DISABLE TRIGGER ALL", "must be owner"),
        ("SET session_replication_role = replica", "permission denied"),
    ],
)
def test_raw_sql_cannot_remove_history_or_guards(kind: Kind, statement: str, because: str) -> None:
    governed.active(kind.draft())

    with refused(because, DatabaseError):
        execute(statement.format(table=kind.table, decisions=kind.decisions))


@each_kind
@pytest.mark.django_db(transaction=True)
def test_not_even_the_owner_removes_history_in_passing(kind: Kind) -> None:
    governed.active(kind.draft())

    for statement, because in (
        (f"DELETE FROM {kind.table} WHERE author_id IS NOT NULL", "never deleted"),  # noqa: S608
        (f"UPDATE {kind.decisions} SET reason = 'other'", "what is written there stays"),  # noqa: S608
        (f"DELETE FROM {kind.decisions}", "what is written there stays"),  # noqa: S608
        (f"TRUNCATE {kind.decisions}", "what is written there stays"),
        (f"TRUNCATE {kind.table} CASCADE", "what is written there stays"),
    ):
        with pytest.raises(psycopg.IntegrityError, match=because):
            as_owner(statement)


@each_kind
@pytest.mark.django_db(transaction=True)
def test_not_even_the_owner_names_another_author_in_passing(kind: Kind) -> None:
    subject = submitted(kind)

    with pytest.raises(psycopg.IntegrityError, match="decision_is_of_this_version"):
        as_owner(
            f"ALTER TABLE {kind.decisions} DISABLE TRIGGER USER",
            f"INSERT INTO {kind.decisions} (kind, {kind.column}, author_id, decided_by_id, content_hash, reason)"  # noqa: S608
            f" VALUES ('approved', {subject.pk}, {officer().pk}, {subject.author_id}, '{subject.content_hash}', 'so')",
        )


def superuser() -> User:
    made = officer()
    made.is_superuser = made.is_staff = True
    made.save()
    return made


@pytest.mark.parametrize(
    "change",
    [
        lambda policy: PolicyTemplate.objects.filter(pk=policy.pk).update(author=superuser()),
        lambda policy: PolicyTemplate.objects.filter(pk=policy.pk).update(state="approved"),
        lambda policy: PolicyTemplate.objects.filter(pk=policy.pk).update(action="other"),
        lambda policy: PolicyTemplate.objects.filter(pk=policy.pk).delete(),
        lambda policy: PolicyDecision.objects.create(
            kind="approved",
            template=policy,
            author=policy.author,
            decided_by=policy.author,
            content_hash=policy.content_hash,
            reason="mine",
        ),
    ],
)
def test_django_superuser_is_bound_by_the_database(change: Callable[[PolicyTemplate], Any]) -> None:
    policy = governing.submit(subject=governed.draft_policy(), by=superuser())

    with pytest.raises(DatabaseError), transaction.atomic():
        change(policy)


def test_being_superuser_decides_nothing() -> None:
    policy = governing.submit(subject=governed.draft_policy(), by=officer())
    alone = User.objects.create(username="root", is_superuser=True, is_staff=True)

    with pytest.raises(governing.Refused, match="that is for compliance officers"):
        governing.approve(subject=policy, by=alone, reason="I may everything")
