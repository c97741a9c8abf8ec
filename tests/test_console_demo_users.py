import json
from io import StringIO
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from pytest_django.fixtures import Settings

from customers import roles
from customers.models import Customer
from customers.tests.factories import CustomerFactory

pytestmark = pytest.mark.django_db


def create(file: Path) -> list[dict[str, str]]:
    output = StringIO()
    call_command("create_demo_users", file=file, stdout=output)
    logins: list[dict[str, str]] = json.loads(output.getvalue())
    return logins


def test_demo_users_are_created_once_with_private_passwords(settings: Settings, tmp_path: Path) -> None:
    settings.BANK_CLOCK_SPEED = 60.0
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    CustomerFactory.create()
    file = tmp_path / "logins.json"

    first, second = create(file), create(file)

    assert first == second == json.loads(file.read_text())
    assert file.stat().st_mode & 0o777 == 0o600
    assert [login["role"] for login in first].count(roles.RELATIONSHIP_MANAGERS) == 3
    assert all(User.objects.get(username=each["username"]).check_password(each["password"]) for each in first)
    assert not Customer.objects.filter(assigned_rm=None).exists()
    in_admin = User.objects.filter(is_staff=True, is_superuser=False).values_list("groups__name", flat=True)
    assert set(in_admin) == {roles.COMPLIANCE_OFFICERS, roles.ANALYSTS}


def test_demo_users_are_refused_beside_real_customers(settings: Settings, tmp_path: Path) -> None:
    settings.BANK_CLOCK_SPEED = 0.0

    with pytest.raises(CommandError, match="BANK_CLOCK_SPEED is 0"):
        create(tmp_path / "logins.json")

    assert not User.objects.exists()
