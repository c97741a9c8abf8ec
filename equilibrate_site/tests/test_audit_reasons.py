"""Reasons about customers in the audit's list: from where they can be erased, and who sees them is recorded."""

import pytest
from django.contrib.auth.models import Group, User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from audit.models import AuditEvent, AuditPersonal
from audit.sealed_rows import commitment_of
from audit.services import erase_personal, record
from customers import roles

pytestmark = pytest.mark.django_db
LIST = "admin:audit_auditevent_changelist"
PAGE = "admin:audit_auditevent_change"


@pytest.fixture
def officer(client: Client) -> User:
    made = User.objects.create_user("officer", is_staff=True)
    made.groups.add(Group.objects.get(name=roles.COMPLIANCE_OFFICERS))
    client.force_login(made)
    return made


def test_reasons_about_customers_stand_in_the_list_and_who_sees_them_is_recorded(
    client: Client, officer: User
) -> None:
    mine = [
        record(
            action="tests.case.closed",
            subject_type="case",
            subject_id=number,
            customer=5,
            reason="she is ill",
        )
        for number in range(2)
    ]
    record(
        action="tests.case.closed",
        subject_type="case",
        subject_id=3,
        customer=6,
        personal={"after": "secret"},
    )

    text = client.get(reverse(LIST)).content.decode()

    assert text.count("she is ill") == 2
    assert "secret" not in text
    seen = AuditEvent.objects.get(action="audit.personal.viewed")
    assert (seen.actor, seen.subject_id, seen.customer_key) == (officer, "*", "5")
    assert seen.detail["events"] == [event.pk for event in mine[::-1]]
    erase_personal(customer=5, by=officer, reason="request")
    assert "she is ill" not in client.get(reverse(LIST)).content.decode()
    assert AuditEvent.objects.filter(action="audit.personal.viewed").count() == 1


@pytest.mark.parametrize("content", ["no JSON", "[]", '{"reason":7}'])
def test_personal_part_that_somebody_wrote_past_us_breaks_no_page(
    client: Client, officer: User, content: str
) -> None:
    salt = b"s" * 32
    event = AuditEvent.objects.create(
        action="tests.thing.done",
        subject_type="thing",
        subject_id="1",
        customer_key="5",
        commitment=commitment_of(salt, content).hex(),
    )
    AuditPersonal.objects.create(event=event, salt=salt, content=content)

    assert client.get(reverse(LIST)).status_code == 200
    assert client.get(reverse(PAGE, args=[event.pk])).status_code == 200


def test_reasons_in_the_list_cost_one_question(client: Client, officer: User) -> None:
    def said(count: int) -> None:
        for number in range(count):
            record(
                action="tests.case.closed",
                subject_type="case",
                subject_id=number,
                customer=number,
                reason="r",
            )

    said(2)
    client.get(reverse(LIST))
    with CaptureQueriesContext(connection) as few:
        client.get(reverse(LIST))
    said(30)

    with CaptureQueriesContext(connection) as many:
        client.get(reverse(LIST))

    assert len(many) <= len(few)
