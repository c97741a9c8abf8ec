"""The audit's one search box: what each word means, that it goes along an index, and what is said about it."""

import pytest
from django.contrib.auth.models import Group, User
from django.db import connection
from django.db.models import Q
from django.test import Client
from django.urls import reverse

from audit import request_context, searching
from audit.models import AuditEvent
from audit.services import record
from customers import roles
from customers.tests.factories import CustomerFactory

pytestmark = pytest.mark.django_db
LIST = "admin:audit_auditevent_changelist"


@pytest.fixture
def officer(client: Client) -> User:
    made = User.objects.create(username="officer", first_name="Cyrus", last_name="Daruwala", is_staff=True)
    made.groups.add(Group.objects.get(name=roles.COMPLIANCE_OFFICERS))
    client.force_login(made)
    return made


def page_of(client: Client, text: str) -> str:
    return client.get(reverse(LIST), {"q": text}).content.decode()


def found(client: Client, text: str) -> list[AuditEvent]:
    return list(client.get(reverse(LIST), {"q": text}).context["cl"].result_list)


def test_each_word_is_understood(client: Client, officer: User) -> None:
    customer = CustomerFactory.create(bank_id="4711")
    with request_context.use("request-77"):
        mine = record(
            action="tests.case.moved", subject_type="case", subject_id=17, actor=officer, customer=customer.pk
        )
    other = record(action="tests.case.opened", subject_type="case", subject_id=18)

    for text in ("4711", "request-77", "case 17", "tests.case.moved", "customer 4711", "request request-77"):
        assert found(client, text) == [mine], text
    for text in ("officer tests.case", "Daruwala tests.case", "actor cyrus case 17", "officer 4711 case 17"):
        assert found(client, text) == [mine], text
    assert found(client, "tests.case") == found(client, "tests.case.") == [other, mine]
    assert found(client, "system tests.case") == [other]
    assert found(client, "officer case 18") == []
    assert found(client, "action tests.case.o") == [other]


def test_what_was_understood_is_said(client: Client, officer: User) -> None:
    CustomerFactory.create(bank_id="4711")

    said = page_of(client, "4711 officer nonsense")

    assert "customer 4711 · actor officer" in said
    assert "“nonsense” is no customer" in said
    assert "Nothing fits" in said
    assert "10000" not in said


def test_word_that_could_be_two_things_is_told_apart_by_its_kind(client: Client, officer: User) -> None:
    customer = CustomerFactory.create(bank_id="officer")
    about = record(action="tests.a.b", subject_type="case", subject_id=1, customer=customer.pk)
    by = record(action="tests.a.b", subject_type="case", subject_id=2, actor=officer)

    assert found(client, "officer tests.a") == [about]
    assert found(client, "actor officer tests.a") == [by]


def test_list_shows_the_number_that_the_bank_knows(client: Client, officer: User) -> None:
    customer = CustomerFactory.create(bank_id="C-4711")
    record(action="tests.customer.seen", subject_type="customer", subject_id=customer.pk)
    gone = record(action="tests.customer.gone", subject_type="customer", subject_id=987654)

    page = page_of(client, "tests.customer")
    assert "C-4711" in page
    assert "our number 987654" in page
    detail = client.get(reverse("admin:audit_auditevent_change", args=[gone.pk])).content.decode()
    assert "our number 987654" in detail


@pytest.mark.parametrize(
    "query",
    [
        Q(),
        searching.of_request("r-1"),
        searching.of_subject("case", "17"),
        Q(customer_key__in=["1", "2"]),
        Q(actor_id__in=[1, 2]),
        Q(action__in=["tests.a.b", "tests.a.c"]),
        Q(actor__isnull=True),
        Q(customer_key__in=["1"], action__in=["tests.a.b"]),
    ],
)
def test_every_search_has_an_index(query: Q) -> None:
    with connection.cursor() as cursor:
        # Where there is a way along an index, the planner is made to take it, however few rows there are.
        cursor.execute("SET LOCAL enable_seqscan = off")
        plan = AuditEvent.objects.filter(query).order_by("-recorded_at", "-id")[:51].explain()

    assert "Seq Scan" not in plan
