"""What holds for cases against raw SQL of the application's role."""

import datetime as dt
import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.core.management import call_command
from django.db import IntegrityError, ProgrammingError, connection, transaction

from interventions.casework import case_rules
from interventions.models import Case, CaseTransition, Override
from interventions.tests.cases import brought, opened
from interventions.tests.staff import manager, supervisor
from risk.tests.factories import NOON
from risk.tests.test_standing import as_owner

pytestmark = pytest.mark.django_db
State = Case.State
BROUGHT = {
    State.ASSIGNED: "assigned_to_id = %(rm)s, snoozed_until = NULL",
    State.IN_PROGRESS: "assigned_to_id = %(rm)s, snoozed_until = NULL",
    State.WAITING: "assigned_to_id = %(rm)s, snoozed_until = now()",
    State.ESCALATED: "snoozed_until = NULL",
    State.RESOLVED: "outcome = 'helped', resolved_at = now(), snoozed_until = NULL",
    State.NEW: "assigned_to_id = NULL, snoozed_until = NULL",
}


def execute(statement: str, parameters: Any = None) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, parameters)


@contextmanager
def refused(because: str, error: type[Exception] = IntegrityError) -> Iterator[None]:
    with pytest.raises(error, match=because), transaction.atomic():
        yield


def told(case: Case, **fields: Any) -> CaseTransition:
    begun = {"customer_id": case.customer_id, "verb": "noted", "to_state": case.state, "at": NOON}
    return CaseTransition.objects.create(case=case, from_state=case.state, **begun | fields)


def overridden(case: Case, **fields: Any) -> Override:
    begun = {"customer_id": case.customer_id, "recommended": "call", "chosen": "wait", "category": "other"}
    return Override.objects.create(case=case, by=supervisor(), at=NOON, **begun | fields)


def test_models_and_migrations_agree() -> None:
    call_command("makemigrations", "interventions", check=True, dry_run=True, verbosity=0)


@pytest.mark.parametrize(("before", "after"), list(itertools.permutations(State, 2)))
def test_database_knows_the_same_ways_as_the_rules(before: State, after: State) -> None:
    rm, case = manager(), brought(before) if before == State.NEW else None
    case = case or brought(before, to=rm)
    step = f"UPDATE interventions_case SET state = '{after}', {BROUGHT[after]} WHERE id = {case.pk}"  # noqa: S608

    if case_rules.is_legal(before, after):
        execute(step, {"rm": rm.pk})
        case.refresh_from_db()
        assert (case.state, case.version) == (after, (2 if before in (State.NEW, State.ASSIGNED) else 3))
    else:
        with refused("does not become|stays as it is"):
            execute(step, {"rm": rm.pk})


@pytest.mark.parametrize("state", [State.IN_PROGRESS, State.WAITING, State.ESCALATED, State.RESOLVED])
def test_case_begins_as_new_or_assigned(state: State) -> None:
    with refused("begins as new or assigned"):
        opened(to=manager()).__class__.objects.create(
            customer=opened().customer,
            state=state,
            level=3,
            hardship=1,
            priority="HIGH",
            revision=1,
            opened_at=NOON,
        )


@pytest.mark.parametrize("fields", [{"version": 2}, {"first_contact_at": NOON}, {"calm_since": NOON}])
def test_case_begins_with_nothing_done(fields: dict[str, Any]) -> None:
    with refused("begins as new or assigned"):
        opened(**fields)


@pytest.mark.parametrize(
    "change", ["outcome = 'no_need'", "state = 'assigned'", "rank = 9", "first_contact_at = now()"]
)
def test_resolved_case_stays(change: str) -> None:
    case = brought(State.RESOLVED)

    with refused("it is resolved and stays as it is"):
        execute(f"UPDATE interventions_case SET {change} WHERE id = {case.pk}")  # noqa: S608


@pytest.mark.parametrize(
    ("change", "because"),
    [
        ("opened_at = opened_at + interval '1 second'", "whose it is and when it was opened stays"),
        ("customer_id = customer_id + 1", "whose it is and when it was opened stays"),
        ("revision = 0", "decided by a later assessment"),
        ("assigned_to_id = NULL", "case_in_hand_is_somebodys"),
        ("snoozed_until = now()", "case_snoozed_only_waiting"),
        ("escalated_to_id = assigned_to_id", "case_escalated_to_only_escalated"),
        ("state = 'resolved'", "case_resolved_with_an_outcome"),
    ],
)
def test_open_case_stays_consistent(change: str, because: str) -> None:
    case = opened(to=manager())

    with refused(because):
        execute(f"UPDATE interventions_case SET {change} WHERE id = {case.pk}")  # noqa: S608


def test_new_case_is_nobodys() -> None:
    case, rm = opened(), manager()

    with refused("case_new_is_nobodys"):
        execute("UPDATE interventions_case SET assigned_to_id = %s WHERE id = %s", [rm.pk, case.pk])


def test_waiting_case_is_somebodys() -> None:
    case = brought(State.WAITING)

    with refused("case_waits_for_somebody"):
        execute("UPDATE interventions_case SET assigned_to_id = NULL WHERE id = %s", [case.pk])


@pytest.mark.parametrize("column", ["first_contact_at", "sla_breached_at"])
def test_first_contact_and_breach_are_noted_once(column: str) -> None:
    case = opened()
    execute(f"UPDATE interventions_case SET {column} = now() WHERE id = {case.pk}")  # noqa: S608

    for later in ("NULL", "now() + interval '1 day'"):
        with refused("noted once"):
            execute(f"UPDATE interventions_case SET {column} = {later} WHERE id = {case.pk}")  # noqa: S608


def test_version_is_the_databases_and_a_rank_alone_moves_it_not() -> None:
    case = opened()

    execute("UPDATE interventions_case SET version = 40, rank = 3 WHERE id = %s", [case.pk])
    case.refresh_from_db()
    assert case.version == 1
    execute("UPDATE interventions_case SET version = 1, level = 2 WHERE id = %s", [case.pk])
    case.refresh_from_db()
    assert case.version == 2


def test_two_open_cases_of_one_customer_are_impossible() -> None:
    case = opened()

    with refused("case_one_open_per_customer"):
        opened(case.customer)


@pytest.mark.parametrize("table", ["case", "casetransition", "override"])
@pytest.mark.parametrize("statement", ["DELETE FROM interventions_{}", "TRUNCATE interventions_{} CASCADE"])
def test_nothing_is_deleted(table: str, statement: str) -> None:
    case = opened()
    told(case)
    overridden(case)

    with refused("permission denied", ProgrammingError):
        execute(statement.format(table))


@pytest.mark.parametrize("table", ["casetransition", "override"])
def test_history_is_not_rewritten(table: str) -> None:
    case = opened()
    told(case)
    overridden(case)

    with refused("permission denied", ProgrammingError):
        execute(f"UPDATE interventions_{table} SET at = now()")  # noqa: S608


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("table", ["case", "casetransition", "override"])
@pytest.mark.parametrize("statement", ["DELETE FROM interventions_{}", "TRUNCATE interventions_{} CASCADE"])
def test_triggers_stand_where_grants_do_not(table: str, statement: str) -> None:
    case = opened()
    told(case)
    overridden(case)

    with pytest.raises(Exception, match=r"never deleted|only added to"):
        as_owner(statement.format(table))


def test_history_is_of_the_case_it_names() -> None:
    case, other = opened(), opened()

    with refused("is not of customer"):
        told(case, customer_id=other.customer_id)
    with refused("is not of customer"):
        overridden(case, customer_id=other.customer_id)
    with refused(f"case {case.pk} is new, not resolved"):
        told(case, to_state="resolved")


def test_history_bears_the_databases_time() -> None:
    line = told(opened(), recorded_at=NOON - dt.timedelta(days=400))

    line.refresh_from_db()
    assert line.recorded_at > NOON


def test_lines_read_well() -> None:
    case = opened()

    assert str(told(case)) == f"{case.pk}: noted"
    assert str(overridden(case)) == f"{case.pk}: other"
