"""Migrations that make indexes on a bank at work can be begun anew, wherever they were interrupted."""

import pytest
from django.db import connection
from django.db.migrations.loader import MigrationLoader

from customers.concurrently import AddIndexAnew


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("app", "migration"),
    [
        ("customers", "0012_found_by_phone_and_mailbox"),
        ("interventions", "0010_found_by_address"),
        ("interventions", "0011_provider_rests"),
    ],
)
def test_what_an_interrupted_run_left_is_dropped_before(app: str, migration: str) -> None:
    loader = MigrationLoader(None)
    state = loader.project_state((app, migration))
    operations = loader.get_migration(app, migration).operations
    made = [each for each in operations if isinstance(each, AddIndexAnew)]
    assert made

    for operation in made:
        with connection.schema_editor(collect_sql=True, atomic=False) as editor:
            operation.database_forwards(app, editor, state, state)

        name = f'"{operation.index.name}"'
        drop, create = editor.collected_sql
        assert drop == f"DROP INDEX CONCURRENTLY IF EXISTS {name};"
        assert create.startswith(f"CREATE INDEX CONCURRENTLY {name} ")


def test_what_cannot_be_made_twice_comes_last() -> None:
    """A table that is there already would stop a second run before it came to the indexes."""
    operations = MigrationLoader(None).get_migration("interventions", "0011_provider_rests").operations

    assert [type(each).__name__ for each in operations] == [
        "AddIndexAnew",
        "RemoveIndexConcurrently",
        "CreateModel",
    ]
