import re

import pytest
from django.contrib.auth.models import User
from django.test import Client

from audit.models import AuditEvent
from interventions.models import Case, Intervention
from interventions.tests import cases, staff, stage

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_noon")]
HIDDEN = re.compile(r'name="(version|seen|once|words|intervention)" value="([^"]*)"')


def logged_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def text_of(client: Client, address: str, status: int = 200) -> str:
    response = client.get(address)
    assert response.status_code == status
    return " ".join(response.content.decode().split())


def hidden(client: Client, case: Case, query: str = "") -> dict[str, str]:
    """What the page's forms carry."""
    html = client.get(f"/cases/{case.pk}/{query}").content.decode()
    return dict(HIDDEN.findall(html))


def send(client: Client, case: Case, name: str, *, query: str = "", **said: object) -> str:
    """Fill in a form of the page and follow where it leads."""
    carried = {**hidden(client, case, query), **said}
    response = client.post(f"/cases/{case.pk}/{name}/", carried, follow=True)
    return " ".join(response.content.decode().split())


def test_page_says_why_and_what_may_be_said() -> None:
    scene = stage.set_up()

    html = text_of(logged_in(scene.manager), f"/cases/{scene.case.pk}/")

    assert "Asha Rao" in html
    assert "Salary is 12 days later than usual" in html
    assert "Sms: May be sent now" in html or "SMS: May be sent now" in html
    assert "Dear Asha, your instalment of" in html
    assert "+91 ••••• 3210" in html
    assert stage.PHONE not in html
