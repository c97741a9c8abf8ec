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


def create(file: Path, *, managers: int = 0) -> list[dict[str, str]]:
    output = StringIO()
    call_command("create_demo_users", file=file, managers=managers, stdout=output)
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


def test_colleagues_have_customers_and_no_password(settings: Settings, tmp_path: Path) -> None:
    settings.BANK_CLOCK_SPEED = 60.0
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    CustomerFactory.create_batch(60)

    for _again in range(2):
        logins = create(tmp_path / "logins.json", managers=30)

    managers = User.objects.filter(groups__name=roles.RELATIONSHIP_MANAGERS)
    assert managers.count() == len({each.get_full_name() for each in managers}) == 30
    assert set(Customer.objects.values_list("assigned_rm", flat=True)) == {each.pk for each in managers}
    colleagues = managers.exclude(username__in=[login["username"] for login in logins])
    assert colleagues.count() == 27
    assert not any(each.has_usable_password() or each.is_staff for each in colleagues)


def test_demo_users_are_refused_beside_real_customers(settings: Settings, tmp_path: Path) -> None:
    settings.BANK_CLOCK_SPEED = 0.0

    with pytest.raises(CommandError, match="BANK_CLOCK_SPEED is 0"):
        create(tmp_path / "logins.json")

    assert not User.objects.exists()
