"""When a page cannot be shown, it says why, who may see it, and what still works."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.test import Client, RequestFactory
from django.views.defaults import page_not_found, permission_denied, server_error

from customers import roles
from interventions.tests import staff

pytestmark = pytest.mark.django_db


def words(response) -> str:
    return " ".join(response.content.decode().split())


def test_not_allowed_says_who_may_and_leads_on() -> None:
    client = Client()
    client.force_login(staff.manager())

    html = words(client.get("/measuring/"))

    assert "Supervisors see every customer" in html
    assert 'href="/queue/"' in html
    assert 'href="/measuring/"' not in html


def test_not_allowed_gives_the_reason_it_was_told() -> None:
    request = RequestFactory().get("/")
    request.user = AnonymousUser()

    html = words(permission_denied(request, PermissionDenied("Only supervisors give cases to others.")))

    assert "Only supervisors give cases to others." in html
    assert "Open to you" not in html


def test_not_there_leads_to_what_is() -> None:
    client = Client()
    client.force_login(staff.user("ana", roles.ANALYSTS))

    html = words(client.get("/cases/99999999999999999999/"))

    assert "There is no such page for you" in html
    assert 'href="/what-if/"' in html


def test_not_there_works_without_anybody() -> None:
    request = RequestFactory().get("/nothing/")

    assert "There is no such page for you" in words(page_not_found(request, ValueError()))


def test_failure_says_what_still_works_without_asking_the_database(django_assert_num_queries) -> None:
    with django_assert_num_queries(0):
        html = words(server_error(RequestFactory().get("/")))

    assert "What still works" in html
    assert "data-not-sent" in html
