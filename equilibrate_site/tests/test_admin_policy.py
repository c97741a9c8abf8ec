"""The admin's content security policy is looser in two directives; everywhere else it is the strict one."""

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

pytestmark = pytest.mark.django_db


def directives(client: Client, path: str) -> dict[str, str]:
    header = client.get(path).headers["Content-Security-Policy"]
    return {each.split()[0]: " ".join(each.split()[1:]) for each in header.split(";")}


@pytest.mark.parametrize("path", ["/accounts/login/", "/", "/models/", "/administration/", "/x/admin/"])
def test_strict_policy_holds_outside_the_admin(client: Client, path: str) -> None:
    policy = directives(client, path)

    assert (policy["script-src"], policy["style-src"], policy["default-src"]) == (
        "'self'",
        "'self'",
        "'none'",
    )
    assert "unsafe" not in str(policy)


def test_admin_may_evaluate_but_has_no_inline_scripts_and_no_other_sources(client: Client) -> None:
    client.force_login(User.objects.create(username="root", is_staff=True, is_superuser=True))
    strict, loose = directives(client, "/accounts/login/"), directives(client, reverse("admin:index"))

    assert loose.pop("script-src") == "'self' 'unsafe-eval'"
    assert loose.pop("style-src") == "'self' 'unsafe-inline'"
    assert loose == {name: value for name, value in strict.items() if name in loose}
    assert loose.keys() | {"script-src", "style-src"} == strict.keys()


def test_administrators_manage_accounts_and_nothing_else(client: Client) -> None:
    client.force_login(User.objects.create(username="root", is_staff=True, is_superuser=True))

    page = client.get(reverse("admin:index")).content.decode()

    assert reverse("admin:auth_user_changelist") in page
    assert reverse("admin:auth_group_changelist") in page
    assert "/admin/interventions/" not in page
    assert "/admin/risk/" not in page
    assert "/admin/account/" not in page
    assert client.get(reverse("admin:auth_user_changelist")).status_code == 200
