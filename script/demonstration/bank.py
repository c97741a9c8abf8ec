"""The demonstration's bank: its settings, its database, its logins and its portfolio, made once and kept."""

import json
import math
import subprocess
import sys
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from embedded import EmbeddedError
from embedded.commands import CHECKOUT, program_environment
from embedded.memory import Memory, write_private
from embedded.ports import free_port, is_free
from embedded.processes import Command, tail

USUAL_PORT = 8000
# Of whom about 40, as many as one of them takes, have a case: of five simulated customers one is at MEDIUM or HIGH.
CUSTOMERS_A_MANAGER = 167


@dataclass(frozen=True, kw_only=True)
class Login:
    """A demonstration user as `create_demo_users` prints them."""

    username: str
    password: str
    role: str


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """How a management command ended, and what it printed."""

    returncode: int
    output: str
    last_words: str


class Bank:
    """Everything the demonstration keeps in one directory, apart from its servers.

    Args:
        directory: Where it is kept.
        speed: Bank seconds per wall second.
        wanted_port: The web port a person asked for, or None for the remembered or a free one.
        servers: The variables of the running servers.
    """

    def __init__(
        self, *, directory: Path, speed: float, wanted_port: int | None, servers: Mapping[str, str]
    ) -> None:
        self.directory = directory
        self.log_path = directory / "demo.log"
        self.port = choose_port(Memory(directory / "memory.json"), wanted_port)
        self._portfolio_mark = directory / "portfolio.json"
        self._audit_key = directory / "audit-key.pem"
        self._environment = program_environment(
            directory,
            {
                **servers,
                "BANK_CLOCK_SPEED": str(speed),
                "BANK_REGION": "IN",
                "SECURE_TLS": "false",
                "SERVE_STATIC_FROM_SOURCE": "true",
                # Nobody is there to log in: the demonstration's own programs decide about its model and its policy.
                "MODEL_DECISIONS_BY_COMMAND": "true",
                "POLICY_DECISIONS_BY_COMMAND": "true",
                "AUDIT_SIGNING_KEY_FILE": str(self._audit_key),
                "AUDIT_CHECKPOINT_DIRECTORY": str(directory / "audit-checkpoints"),
                "ALLOWED_HOSTS": "localhost,127.0.0.1",
                "PUBLIC_BASE_URL": f"http://127.0.0.1:{self.port}",
                "DEMO_PORT": str(self.port),
                "DEMO_DIRECTORY": str(directory),
                "PYTHONPATH": str(CHECKOUT / "script"),
            },
        )

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/"

    def process_environment(self) -> dict[str, str]:
        """The environment of the running programs: the owner's rights are for migrations only."""
        return {key: value for key, value in self._environment.items() if key != "DATABASE_OWNER_URL"}

    def migrate(self) -> None:
        """Bring the database to this version's schema, as its owner; the audit gets a key to sign with."""
        if not self._audit_key.exists():
            self._manage(["create_audit_key"], self.process_environment())
        self._manage(["migrate", "--verbosity", "0"], self._environment)

    def logins(self, *, customers: int) -> list[Login]:
        """The demonstration's users, made on first use; their passwords are kept in a private file.

        Args:
            customers: For whom there are relationship managers enough.
        """
        path, managers = self.directory / "logins.json", math.ceil(customers / CUSTOMERS_A_MANAGER)
        arguments = ["create_demo_users", "--file", str(path), "--managers", str(managers)]
        output = self._manage(arguments, self.process_environment())
        return [
            Login(username=row["username"], password=row["password"], role=row["role"])
            for row in json.loads(output)
        ]

    def has_portfolio(self) -> bool:
        """Whether the simulated customers and their history are stored completely."""
        return self._portfolio_mark.exists()

    def load_portfolio(self, *, customers: int, days: int) -> None:
        """Write the simulated customers with their history; the mark is written last."""
        arguments = ["simulate_portfolio", "--customers", str(customers), "--days", str(days)]
        self._manage(arguments, self.process_environment())
        write_private(self._portfolio_mark, json.dumps({"customers": customers, "days": days}))

    def begin_clock(self) -> None:
        """Have the bank's time begin on a morning on which it is open and messages may go out; once."""
        morning = self._manage(["show_first_morning"], self.process_environment()).strip()
        self._manage(["bank_clock", "begin", "--at", morning], self.process_environment())

    def run_clock(self) -> str:
        """Let the bank's time pass, from where it was paused; that time and the clock's pace, in words."""
        return self._manage(["bank_clock", "run"], self.process_environment()).strip()

    def pause_clock(self) -> None:
        """Stop the bank's time, so that no bank day passes while nothing runs."""
        self._manage(["bank_clock", "pause"], self.process_environment())

    def status(self, *, latency_seconds: float = 300) -> dict[str, Any]:
        """The running system's own account of itself, from `manage.py status --json`."""
        arguments = ["status", "--json", "--latency-seconds", str(latency_seconds)]
        found: dict[str, Any] = json.loads(self._manage(arguments, self.process_environment()))
        return found

    def manage(self, arguments: Sequence[str], *, may_fail_with: Collection[int] = ()) -> Outcome:
        """Run a management command as the application's role; its log lines go to the demonstration's log.

        Args:
            arguments: The command and what follows it.
            may_fail_with: Exit codes that the caller deals with.

        Raises:
            EmbeddedError: It failed with another one; the message shows the end of the log.
        """
        return self._run(arguments, self.process_environment(), may_fail_with)

    def _manage(self, arguments: Sequence[str], environment: Mapping[str, str]) -> str:
        return self._run(arguments, environment, ()).output

    def _run(
        self, arguments: Sequence[str], environment: Mapping[str, str], may_fail_with: Collection[int]
    ) -> Outcome:
        argv = [sys.executable, str(CHECKOUT / "manage.py"), *arguments]
        with self.log_path.open("ab") as log:
            result = subprocess.run(
                Command(argv=argv).full_argv(),
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                check=False,
            )
        if result.returncode != 0 and result.returncode not in may_fail_with:
            reason = f"`manage.py {arguments[0]}` failed with code {result.returncode}"
            raise EmbeddedError(f"{reason}. The end of {self.log_path}:\n{tail(self.log_path)}")
        lines = tail(self.log_path).strip().splitlines()
        return Outcome(
            returncode=result.returncode,
            output=result.stdout.decode(),
            last_words=lines[-1].strip() if lines else "",
        )


def choose_port(memory: Memory, wanted: int | None) -> int:
    """The web port: the wanted one, else the remembered one, else 8000, else any free one; remembered.

    Raises:
        EmbeddedError: The wanted port is taken.
    """
    if wanted is not None and not is_free(wanted):
        raise EmbeddedError(f"Port {wanted} is taken: choose another with --port, or leave the choice to us.")
    remembered = int(memory.get("port") or USUAL_PORT)
    port = wanted or next((port for port in (remembered, USUAL_PORT) if is_free(port)), None) or free_port()
    memory.put("port", str(port))
    return port
