"""Compliance officers order in the admin that what is personal about a customer be erased from the audit."""

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client
from django.urls import reverse

from audit.models import AuditEvent, AuditPersonal
from audit.services import record
from customers import roles
from customers.tests.factories import CustomerFactory

pytestmark = pytest.mark.django_db
PAGE = "admin:audit_auditevent_change"
ERASE = "admin:audit_auditevent_erase"


def logged_in(client: Client, role: str, is_superuser: bool = False) -> User:
    made = User.objects.create_user("somebody", is_staff=True, is_superuser=is_superuser)
    made.groups.add(Group.objects.get(name=role))
    client.force_login(made)
    return made


@pytest.fixture
def event() -> AuditEvent:
    customer = CustomerFactory.create(bank_id="4711")
    record(
        action="tests.case.moved",
        subject_type="case",
        subject_id=1,
        customer=customer.pk,
        personal={"after": 1},
    )
    return record(
        action="tests.case.closed",
        subject_type="case",
        subject_id=1,
        customer=customer.pk,
        reason="she is ill",
    )


def test_page_asks_and_erases_nothing(client: Client, event: AuditEvent) -> None:
    logged_in(client, roles.COMPLIANCE_OFFICERS)

    text = client.get(reverse(ERASE, args=[event.pk])).content.decode()

    assert "about customer 4711?" in text
    assert "2 events about this customer" in text
    assert AuditPersonal.objects.filter(event__customer_key=event.customer_key).count() == 2
    assert reverse(ERASE, args=[event.pk]) in client.get(reverse(PAGE, args=[event.pk])).content.decode()


def test_officer_erases_with_a_reason_and_it_is_recorded(client: Client, event: AuditEvent) -> None:
    officer = logged_in(client, roles.COMPLIANCE_OFFICERS)
    refused = client.post(reverse(ERASE, args=[event.pk]), {"reason": "  "})
    assert "Please give a reason" in refused.content.decode()
    assert AuditPersonal.objects.filter(event=event).exists()

    answer = client.post(reverse(ERASE, args=[event.pk]), {"reason": "request 7"}, follow=True)

    assert "2 parts are erased." in answer.content.decode()
    assert "she is ill" not in answer.content.decode()
    ordered = AuditEvent.objects.get(action="audit.erasure.ordered")
    assert (ordered.actor, ordered.reason, ordered.customer_key) == (officer, "request 7", event.customer_key)


def test_event_about_no_customer_has_no_such_button(client: Client) -> None:
    logged_in(client, roles.COMPLIANCE_OFFICERS)
    other = record(action="tests.thing.done", subject_type="thing", subject_id=1, personal={"after": 1})

    assert "/erase/" not in client.get(reverse(PAGE, args=[other.pk])).content.decode()
    assert client.post(reverse(ERASE, args=[other.pk]), {"reason": "r"}).status_code == 404
    assert client.get(reverse(ERASE, args=[10**9])).status_code == 404


@pytest.mark.parametrize("role", [roles.SUPERVISORS, roles.ANALYSTS, roles.RELATIONSHIP_MANAGERS])
def test_nobody_else_erases(client: Client, event: AuditEvent, role: str) -> None:
    logged_in(client, role, is_superuser=True)

    assert client.get(reverse(ERASE, args=[event.pk])).status_code == 403
    assert client.post(reverse(ERASE, args=[event.pk]), {"reason": "r"}).status_code == 403
    assert AuditPersonal.objects.filter(event=event).exists()
