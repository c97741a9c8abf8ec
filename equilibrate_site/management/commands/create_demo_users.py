"""`manage.py create_demo_users`: staff to try the console with."""

import json
import os
import secrets
from argparse import ArgumentParser
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group, User
from django.core.management.base import BaseCommand, CommandError

from customers import roles
from customers.services import customers_assign_unassigned

STAFF = (
    ("supervisor", "Sarita", "Menon", roles.SUPERVISORS),
    ("compliance", "Cyrus", "Daruwala", roles.COMPLIANCE_OFFICERS),
    # What one of them writes, the other approves.
    ("compliance2", "Nandini", "Rao", roles.COMPLIANCE_OFFICERS),
    ("analyst", "Ananya", "Bose", roles.ANALYSTS),
    ("rm1", "Ravi", "Kulkarni", roles.RELATIONSHIP_MANAGERS),
    ("rm2", "Meera", "Pillai", roles.RELATIONSHIP_MANAGERS),
    ("rm3", "Imran", "Sheikh", roles.RELATIONSHIP_MANAGERS),
)
# Their colleagues, with whom nobody logs in: they have customers and cases of their own.
FIRST_NAMES = (
    "Aarti", "Bhavesh", "Chhaya", "Deepak", "Esha", "Farhan", "Gauri", "Harish", "Ishita", "Jatin",
    "Kavita", "Lokesh", "Manisha", "Naveen", "Ojas", "Pooja", "Qasim", "Rekha", "Sanjay", "Tara",
)  # fmt: skip
LAST_NAMES = (
    "Acharya", "Bhatt", "Chopra", "Dutta", "Fernandes", "Ghosh", "Hegde", "Iyer", "Joshi", "Khan", "Mishra",
    "Nair", "Patil", "Reddy", "Saxena", "Thomas", "Verma",
)  # fmt: skip
PASSWORD_BYTES = 12
# They look at models and decide about them in the admin.
IN_THE_ADMIN = {roles.COMPLIANCE_OFFICERS, roles.ANALYSTS}


@dataclass(frozen=True)
class Login:
    """One demonstration user; the password exists only here and in the private file."""

    username: str
    password: str
    role: str


class Command(BaseCommand):
    """Create the demonstration's staff, once, and print their logins as JSON.

    With --managers there are more relationship managers than log in, so that a portfolio is looked after as at a bank.
    A second run keeps the users and their passwords. Refused where the bank's clock is the wall clock:
    passwords in a file have no place beside real customers.
    """

    help = "Create the demonstration's staff and print their logins as JSON."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--file", type=Path, required=True, help="where the passwords are kept (mode 0600)"
        )
        parser.add_argument(
            "--managers",
            type=int,
            default=0,
            help="relationship managers in all, where that is more than log in",
        )

    def handle(self, *args: Any, file: Path, managers: int, **options: Any) -> None:
        if not settings.BANK_CLOCK_SPEED:
            raise CommandError("Demo users are for demonstrations only: BANK_CLOCK_SPEED is 0 here.")
        known = _read(file)
        logins = [
            Login(username, known.get(username) or secrets.token_urlsafe(PASSWORD_BYTES), role)
            for username, _, _, role in STAFF
        ]
        # The file first: a password that is set but not written down would be lost.
        _write(file, logins)
        for login, (_, first_name, last_name, _) in zip(logins, STAFF, strict=True):
            _ensure(login, first_name=first_name, last_name=last_name)
        _ensure_colleagues(managers)
        customers_assign_unassigned()
        self.stdout.write(json.dumps([asdict(login) for login in logins]))


def _ensure(login: Login, *, first_name: str, last_name: str) -> None:
    user, _ = User.objects.get_or_create(
        username=login.username, defaults={"first_name": first_name, "last_name": last_name}
    )
    if not user.check_password(login.password):
        user.set_password(login.password)
        user.save(update_fields=["password"])
    user.is_staff = login.role in IN_THE_ADMIN
    user.save(update_fields=["is_staff"])
    user.groups.set([Group.objects.get(name=login.role)])


def _ensure_colleagues(managers: int) -> None:
    role = Group.objects.get(name=roles.RELATIONSHIP_MANAGERS)
    log_in = sum(name == role.name for *_who, name in STAFF)
    for number in range(log_in + 1, managers + 1):
        user, is_new = User.objects.get_or_create(
            username=f"rm{number}",
            defaults={
                "first_name": FIRST_NAMES[number % len(FIRST_NAMES)],
                "last_name": LAST_NAMES[number % len(LAST_NAMES)],
                "password": make_password(None),
            },
        )
        if is_new:
            user.groups.add(role)


def _read(file: Path) -> dict[str, str]:
    if not file.exists():
        return {}
    return {row["username"]: row["password"] for row in json.loads(file.read_text())}


def _write(file: Path, logins: list[Login]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    new = file.with_name(f"{file.name}.{os.getpid()}.new")
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as stream:
        json.dump([asdict(login) for login in logins], stream)
    new.replace(file)
