"""What a page is told whose session has ended, and the way back."""

import pytest
from django.contrib.sessions.models import Session
from django.test import Client

from interventions.tests import staff

pytestmark = pytest.mark.django_db


def test_part_of_a_page_is_not_given_the_login() -> None:
    response = Client().get("/queue/", headers={"HX-Request": "true"})

    assert (response.status_code, response.content) == (401, b"")


def test_page_is_sent_to_the_login() -> None:
    assert Client().get("/queue/")["Location"] == "/accounts/login/?next=/queue/"


def test_state_says_who_is_logged_in_and_gives_a_token_that_holds() -> None:
    user = staff.supervisor()
    client = Client(enforce_csrf_checks=True)
    client.force_login(user)

    state = client.get("/session/").json()

    assert (state["user"], state["name"]) == (user.pk, user.username)
    said = {"csrfmiddlewaretoken": state["csrf"], "has_shortcuts": "on"}
    assert client.post("/settings/keyboard/", said).status_code == 204


def test_state_of_an_ended_session_gives_nothing() -> None:
    client = Client()
    client.force_login(staff.supervisor())
    Session.objects.all().delete()

    response = client.get("/session/")

    assert response.json() == {"user": None}
    assert "no-store" in response["Cache-Control"]


def test_way_back_needs_a_login() -> None:
    assert Client().get("/session/back/")["Location"].startswith("/accounts/login/?next=/session/back/")
    client = Client()
    client.force_login(staff.supervisor())

    assert "You are logged in again" in client.get("/session/back/").content.decode()
