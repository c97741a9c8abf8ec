"""The test database: migrated once as the owner, used as the application's role, copied back after a commit.

Tests connect as the role production uses, so that a missing grant fails a test. A test that commits gets the
whole database replaced by a copy of the freshly migrated one: tables, partitions, sequences, seeded rows.
"""

import os
import time
from typing import Any

import environ
import psycopg
from django.conf import settings
from django.core.management import call_command
from django.db import connections
from psycopg import errors, sql

DROP_SECONDS = 30
CLIENTS_OUT = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s AND backend_type = 'client backend'
"""
CONNECTION_KEYS = ("USER", "PASSWORD", "HOST", "PORT")


class TestDatabase:
    """A database of this test run, with the template it is copied from.

    Several runs may share a server: the names carry the process id.
    """

    __test__ = False

    def __init__(self) -> None:
        self._settings: dict[str, Any] = connections["default"].settings_dict
        self._application = {key: self._settings[key] for key in CONNECTION_KEYS}
        self._owner_url = settings.DATABASE_OWNER_URL or os.environ["DATABASE_URL"]
        self._owner: dict[str, Any] = environ.Env.db_url_config(self._owner_url)
        self.name = f"test_{self._settings['NAME']}_{os.getpid()}"
        self._template = f"{self.name}_template"

    def create(self) -> None:
        """Migrate the template and copy it."""
        self._execute("CREATE DATABASE {} TEMPLATE template0", self._template)
        self._point_to(self._template)
        call_command("migrate", verbosity=0, interactive=False)
        self._copy()

    def restore(self) -> None:
        """Replace the database by a fresh copy; whoever is still connected is thrown out."""
        connections.close_all()
        self._drop(self.name)
        self._copy()

    def destroy(self) -> None:
        """Remove both databases."""
        connections.close_all()
        for name in (self.name, self._template):
            self._drop(name)

    def environment(self) -> dict[str, str]:
        """The variables by which another process finds this database."""
        return {
            "DATABASE_URL": _with_name(os.environ["DATABASE_URL"], self.name),
            "DATABASE_OWNER_URL": _with_name(self._owner_url, self.name),
        }

    def _copy(self) -> None:
        connections.close_all()
        self._execute("CREATE DATABASE {} TEMPLATE {}", self.name, self._template)
        self._point_to(self.name)

    def _point_to(self, name: str) -> None:
        # In place: connections of other threads are made from the same dictionary.
        self._settings.update(self._application, NAME=name)
        settings.DATABASE_OWNER_URL = _with_name(self._owner_url, name)

    def _drop(self, name: str) -> None:
        """Throw out whoever is connected and drop the database.

        Not WITH (FORCE): that fails when an autovacuum worker, a superuser's, is at work in the database, whereas a
        plain DROP DATABASE ends autovacuum by itself.
        """
        until = time.monotonic() + DROP_SECONDS
        while True:
            with self._connected() as connection:
                connection.execute(CLIENTS_OUT, [name])
                try:
                    connection.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(name)))
                    return
                except errors.ObjectInUse:  # somebody has connected again
                    if time.monotonic() > until:
                        raise

    def _execute(self, statement: str, *names: str) -> None:
        with self._connected() as connection:
            connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))

    def _connected(self) -> psycopg.Connection:
        owner = self._owner
        return psycopg.connect(
            host=owner["HOST"],
            port=owner["PORT"] or None,
            user=owner["USER"],
            password=owner["PASSWORD"],
            dbname="postgres",
            autocommit=True,
        )


def _with_name(url: str, name: str) -> str:
    base, _, query = url.partition("?")
    renamed = f"{base.rpartition('/')[0]}/{name}"
    return f"{renamed}?{query}" if query else renamed
