"""Consent, holds and history in the admin: read, holds placed and lifted through the services, looks recorded."""

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from audit.models import AuditEvent
from customers.models import Customer
from customers.tests.factories import CustomerFactory
from interventions.contact import consents, holds
from interventions.models import ContactHold
from interventions.tests import governed

pytestmark = pytest.mark.django_db
PLACE = reverse("admin:interventions_contacthold_changelist") + "place/"


@pytest.fixture
def me() -> User:
    made = governed.officer()
    made.is_staff = True
    made.save()
    return made


@pytest.fixture
def officer(client: Client, me: User) -> Client:
    client.force_login(me)
    return client


@pytest.fixture
def customer() -> Customer:
    return CustomerFactory.create(full_name="Asha Rao", bank_id="4711")


def page_of(hold: ContactHold, step: str) -> str:
    return reverse("admin:interventions_contacthold_change", args=[hold.pk]).replace("change/", f"{step}/")


def test_hold_is_placed_by_bank_id(officer: Client, me: User, customer: Customer) -> None:
    assert "number at the bank" in officer.get(PLACE).content.decode()

    answer = officer.post(PLACE, {"bank_id": " 4711 ", "kind": "complaint", "reason": "a letter"})

    hold = ContactHold.objects.get()
    assert answer.headers["Location"] == page_of(hold, "change")
    assert (hold.customer, hold.kind, hold.placed_by) == (customer, "complaint", me)


@pytest.mark.parametrize(
    ("changes", "because"),
    [({"bank_id": "9"}, "no such customer"), ({"reason": ""}, "required"), ({"kind": "x"}, "not one of")],
)
def test_hold_that_is_no_hold_is_not_placed(
    officer: Client, customer: Customer, changes: dict[str, str], because: str
) -> None:
    answer = officer.post(PLACE, {"bank_id": "4711", "kind": "complaint", "reason": "a letter", **changes})

    assert because in answer.content.decode()
    assert not ContactHold.objects.exists()


def test_hold_is_for_the_one_who_is_meant(officer: Client, customer: Customer) -> None:
    other = CustomerFactory.create(source="cards", bank_id="4711")
    said = {"bank_id": "4711", "kind": "complaint", "reason": "a letter"}

    assert "say which system as well" in officer.post(PLACE, said).content.decode()
    assert not ContactHold.objects.exists()
    assert "no such customer" in officer.post(PLACE, {**said, "source": "loans"}).content.decode()
    assert officer.post(PLACE, {**said, "source": " cards "}).status_code == 302

    assert ContactHold.objects.get().customer == other


def test_hold_is_lifted_with_a_reason(officer: Client, me: User, customer: Customer) -> None:
    hold = holds.place(customer=customer, kind="complaint", reason="a letter", by=me)
    assert officer.get(page_of(hold, "lift")).status_code == 200

    assert officer.post(page_of(hold, "lift"), {"reason": " "}).status_code == 200
    hold.refresh_from_db()
    assert hold.lifted_at is None
    assert officer.post(page_of(hold, "lift"), {"reason": "settled"}).status_code == 302
    hold.refresh_from_db()
    assert (hold.lifted_by, hold.lift_reason) == (me, "settled")
    assert page_of(hold, "lift") not in officer.get(page_of(hold, "change")).content.decode()
    assert officer.get(page_of(ContactHold(pk=987654321), "lift")).status_code == 404


def test_opening_a_row_is_recorded_as_a_look(officer: Client, me: User, customer: Customer) -> None:
    hold = holds.place(customer=customer, kind="complaint", reason="a letter", by=me)

    officer.get(page_of(hold, "change"))
    officer.get(page_of(ContactHold(pk=987654321), "change"))

    event = AuditEvent.objects.get(action="contacthold.viewed")
    assert (event.actor_id, event.subject_id, event.customer_key) == (me.pk, str(hold.pk), str(customer.pk))


def test_ledger_is_searched_by_bank_id_alone(officer: Client, me: User, customer: Customer) -> None:
    for each in (customer, CustomerFactory.create(full_name="Other One", bank_id="47110")):
        consents.grant(customer=each, channel="sms", purpose="support", source="staff", by=me)
    consents.withdraw(customer=customer, channel="sms", purpose="support", source="staff", by=me)

    found = officer.get(
        reverse("admin:interventions_consentevent_changelist"), {"q": "4711"}
    ).content.decode()

    assert "Asha Rao" in found
    assert "withdrawn" in found
    assert "Other One" not in found
