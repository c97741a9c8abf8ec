"""Indexes that are made while a table is written to, by migrations that can be interrupted."""

from typing import Any

from django.contrib.postgres.operations import AddIndexConcurrently


class AddIndexAnew(AddIndexConcurrently):
    """Make an index without holding up writers; what an interrupted run left of it is dropped first.

    PostgreSQL leaves an invalid index behind where it cannot finish one, and a migration outside a transaction begins
    anew at its first operation: without this the next `migrate` would only say that the index exists.
    """

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        """Drop what bears the name, then make the index."""
        self._ensure_not_in_transaction(schema_editor)
        name = schema_editor.quote_name(self.index.name)
        schema_editor.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")
        super().database_forwards(app_label, schema_editor, from_state, to_state)
