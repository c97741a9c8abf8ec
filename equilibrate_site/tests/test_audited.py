"""Who came and who failed to, and what became of accounts and roles: all of it in the audit."""

import json
from typing import Any

import pytest
from django.contrib.auth import logout
from django.contrib.auth.models import Group, User
from django.contrib.auth.signals import user_logged_out
from django.core.cache import caches
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.test import Client, RequestFactory
from pytest_django import Settings

from audit import signals
from audit.models import AuditEvent
from customers import roles
from customers.tests.factories import CustomerFactory
from equilibrate_site import audited
from equilibrate_site.accounts import ClosedAccountAdapter
from risk.models import Alert

PASSWORD = "correct horse battery staple"
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _attempts_in_memory(settings: Settings) -> None:
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    caches["default"].clear()


@pytest.fixture
def somebody(settings: Settings) -> User:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    return User.objects.create_user("rm1", password=PASSWORD, first_name="Ravi", last_name="Kulkarni")


def log_in(name: str, password: str) -> Any:
    return Client(REMOTE_ADDR="192.0.2.7").post("/accounts/login/", {"login": name, "password": password})


def the(action: str) -> AuditEvent:
    return AuditEvent.objects.get(action=action)


def test_login_is_noted_with_its_address_apart(somebody: User) -> None:
    assert log_in("rm1", PASSWORD).status_code == 302

    event = the("accounts.login.succeeded")
    assert (event.actor, event.subject_id) == (somebody, str(somebody.pk))
    assert (event.actor_label, event.subject_label) == ("Ravi Kulkarni (rm1)", "Ravi Kulkarni (rm1)")
    assert json.loads(event.personal.content)["after"]["address"] == "192.0.2.7"
    assert "192.0.2.7" not in json.dumps(event.detail)


def test_failed_login_names_a_user_only_where_there_is_one(somebody: User) -> None:
    log_in("rm1", "wrong")
    log_in("my password by mistake", "wrong")

    known, unknown = AuditEvent.objects.filter(action="accounts.login.failed").order_by("pk")
    assert (known.subject_id, known.actor) == (str(somebody.pk), None)
    assert (unknown.subject_id, unknown.subject_label) == ("unknown", "")
    assert "mistake" not in unknown.personal.content


@pytest.mark.parametrize("credentials", [{}, {"username": None}, {"username": "a\0b"}])
def test_name_that_is_none_is_nobodys(credentials: dict[str, Any]) -> None:
    audited.note_failure(credentials=credentials)

    assert the("accounts.login.failed").subject_id == "unknown"


def test_lockout_is_noted(somebody: User) -> None:
    for _ in range(8):
        log_in("rm1", "wrong")

    assert AuditEvent.objects.filter(action="accounts.login.locked_out", subject_id=somebody.pk).exists()


def test_attempt_beyond_the_limit_is_refused_and_noted(
    somebody: User, rf: RequestFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("allauth.account.adapter.ratelimit.consume", lambda *_, **__: None)

    with pytest.raises(ValidationError):
        ClosedAccountAdapter().pre_authenticate(rf.post("/"), username="rm1")

    assert the("accounts.login.locked_out").subject_id == str(somebody.pk)


def test_logout_is_noted(somebody: User, client: Client) -> None:
    client.force_login(somebody)
    client.post("/accounts/logout/")

    assert the("accounts.logout.done").actor == somebody


def test_end_of_a_session_without_user_is_nothing(rf: RequestFactory) -> None:
    user_logged_out.send(sender=User, request=rf.get("/"), user=None)

    assert not AuditEvent.objects.exists()


def test_own_change_of_password_is_noted_with_who_did_it(somebody: User, client: Client) -> None:
    client.force_login(somebody)
    new = "another horse battery staple"
    client.post("/accounts/password/change/", {"oldpassword": PASSWORD, "password1": new, "password2": new})

    assert the("accounts.password.changed").actor == somebody
    assert the("accounts.password.changed_by_user").actor == somebody


def test_password_set_by_a_command_is_noted(somebody: User) -> None:
    somebody.set_password("x")
    somebody.save()

    assert (the("accounts.password.changed").actor, the("accounts.password.changed").detail) == (None, {})


def test_account_and_its_rights_are_noted(somebody: User) -> None:
    somebody.is_staff = True
    somebody.save()
    somebody.save(update_fields=["last_login"])
    somebody.save()

    assert the("accounts.user.created").detail == {
        "is_active": True,
        "is_staff": False,
        "is_superuser": False,
    }
    assert the("accounts.user.changed").detail == {"changes": {"is_staff": [False, True]}}


def test_saving_under_a_number_of_ones_own_is_no_change() -> None:
    User(pk=77, username="new").save()

    assert AuditEvent.objects.get().action == "accounts.user.created"


def test_rows_that_are_loaded_are_not_noted() -> None:
    User(username="loaded").save_base(raw=True)

    assert not AuditEvent.objects.exists()


def given_and_taken() -> list[tuple[str, list[str]]]:
    events = AuditEvent.objects.filter(action__startswith="accounts.roles").order_by("pk")
    return [(each.action.rpartition(".")[2], each.detail["roles"]) for each in events]


def test_roles_given_and_taken_are_noted_from_either_side(somebody: User) -> None:
    group = Group.objects.get(name=roles.ANALYSTS)

    somebody.groups.add(group)
    somebody.groups.add(group)
    somebody.groups.remove(group)
    group.user_set.add(somebody)
    group.user_set.clear()
    somebody.groups.set([group])
    somebody.groups.clear()
    somebody.groups.clear()

    assert given_and_taken() == [("given", [roles.ANALYSTS]), ("taken", [roles.ANALYSTS])] * 3


def test_request_without_an_address_has_no_personal_part(somebody: User, client: Client) -> None:
    client.force_login(somebody)
    request = HttpRequest()
    request.session = client.session
    request.user = somebody
    logout(request)

    assert the("accounts.logout.done").commitment == ""


def test_customers_are_found_by_the_banks_number() -> None:
    customer = CustomerFactory.create(bank_id="C-9")

    assert audited.customer_keys(" C-9 ") == [str(customer.pk)]
    assert audited.customer_keys("C-8") == []


def test_operators_are_told_once() -> None:
    for _ in range(2):
        signals.trouble.send(sender=None, dedupe_key="audit.key.2026-02-17", message="no key", detail={})

    assert Alert.objects.get().message == "no key"
