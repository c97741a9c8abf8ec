"""The admin's lists and pages: which clock, whose name, how many queries, and that a look at customers is recorded."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import User
from django.test import Client, RequestFactory
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries, Settings

from audit.models import AuditEvent
from customers import bank_clock, roles
from customers.models import Customer
from customers.tests.factories import CustomerFactory
from interventions.admin import holidays
from interventions.admin.history import EditRows, TransitionRows
from interventions.admin.stepping import decision_rows
from interventions.contact import holds
from interventions.models import (
    BankHoliday,
    Case,
    ConsentEvent,
    ContactHold,
    Conversation,
    Intervention,
    Override,
    PolicyDecision,
    PolicyTemplate,
)
from interventions.policy import governing
from interventions.tests import cases, deliveries, governed, staff
from risk.admin import DecisionInline
from risk.levels import Hardship
from risk.models import ModelVersion
from risk.tests.factories import NOON

pytestmark = pytest.mark.django_db


@pytest.fixture
def me(client: Client) -> User:
    made = governed.officer()
    made.first_name, made.last_name, made.is_staff = "Cyrus", "Daruwala", True
    made.save()
    client.force_login(made)
    return made


def of_list(name: str) -> str:
    return reverse(f"admin:interventions_{name}_changelist")


def of_page(row: Any) -> str:
    return reverse(f"admin:interventions_{row._meta.model_name}_change", args=[row.pk])


def text(client: Client, address: str, **search: str) -> str:
    answer = client.get(address, search)
    assert answer.status_code == 200, answer
    return str(answer.content.decode())


def everything_about(number: int) -> Customer:
    """A customer with a row in every list."""
    by = User.objects.get_or_create(username=f"rm{number % 7}")[0]
    customer = CustomerFactory.create(full_name=f"Asha {number}")
    case = cases.opened(customer, to=by)
    delivery = deliveries.queued(deliveries.confirmed(case, by=by))
    deliveries.allow(delivery)
    ConsentEvent.objects.create(
        customer=customer, channel="sms", is_granted=True, source="staff", happened_at=NOON, recorded_by=by
    )
    ContactHold.objects.create(
        customer=customer, kind="complaint", reason="ill", placed_by=by, placed_at=NOON
    )
    Conversation.objects.create(
        customer=customer, case=case, channel="call", result="spoke", note="n", by=by, happened_at=NOON
    )
    Override.objects.create(
        case=case, customer=customer, recommended="a", chosen="b", category="other", by=by, at=NOON
    )
    return customer


LISTS = (
    "case", "intervention", "delivery", "consentevent", "contacthold", "conversation", "gatedecision", "override",
)  # fmt: skip


@pytest.mark.parametrize("name", LISTS)
def test_queries_of_a_list_do_not_grow_with_its_rows(
    client: Client,
    me: User,
    name: str,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    for number in range(20):
        everything_about(number)
    with django_assert_max_num_queries(100) as few:
        assert text(client, of_list(name)).count("Asha ") >= 20
    for number in range(20, 40):
        everything_about(number)

    with django_assert_max_num_queries(len(few)):
        assert text(client, of_list(name)).count("Asha ") >= 40


@pytest.mark.parametrize("name", LISTS)
def test_list_is_one_look_that_names_its_customers(client: Client, me: User, name: str) -> None:
    customers = [everything_about(number) for number in range(3)]
    customers.sort(key=lambda each: each.pk)

    text(client, of_list(name))
    text(client, of_list(name), q=customers[1].bank_id)
    text(client, of_list(name), q="nobody's")

    alone, all_of_them = AuditEvent.objects.filter(action=f"{name}.viewed").order_by("-id")
    assert (all_of_them.actor_id, all_of_them.subject_id, all_of_them.customer_key) == (me.pk, "*", "")
    assert all_of_them.detail["customers"] == [each.pk for each in customers]
    assert alone.detail["customers"] == [customers[1].pk]
    assert alone.customer_key == str(customers[1].pk)


@pytest.mark.parametrize("model", [ConsentEvent, Conversation, Override, Case])
def test_opening_any_row_about_a_customer_is_recorded(client: Client, me: User, model: Any) -> None:
    customer = everything_about(1)

    page = text(client, of_page(model.objects.get(customer=customer)))

    event = AuditEvent.objects.get(action=f"{model._meta.model_name}.viewed")
    assert (event.actor_id, event.customer_key) == (me.pk, str(customer.pk))
    assert f"Asha 1 · {customer.bank_id}" in page


def test_asking_to_lift_a_hold_shows_its_reason_and_is_recorded(client: Client, me: User) -> None:
    customer = CustomerFactory.create()
    hold = holds.place(customer=customer, kind="complaint", reason="a letter", by=me)

    assert "a letter" in text(client, of_page(hold).replace("change/", "lift/"))

    assert AuditEvent.objects.filter(action="contacthold.viewed", customer_key=str(customer.pk)).exists()


def test_rows_about_customers_have_no_history_of_django(client: Client, me: User) -> None:
    customer = everything_about(1)

    address = of_page(Case.objects.get(customer=customer)).replace("change/", "history/")

    assert client.get(address).status_code == 404


@pytest.mark.parametrize(
    ("rows", "parent", "people"),
    [
        (TransitionRows, Case, {"by"}),
        (EditRows, Intervention, {"author", "decided_by"}),
        (decision_rows(PolicyDecision), PolicyTemplate, {"decided_by"}),
        (DecisionInline, ModelVersion, {"decided_by"}),
    ],
)
def test_rows_beside_a_page_come_with_their_people(
    rf: RequestFactory, me: User, rows: Any, parent: Any, people: set[str]
) -> None:
    request = rf.get("/")
    request.user = me

    found = rows(parent, admin.site).get_queryset(request).query.select_related

    assert set(found) == people


def test_moments_say_by_which_clock(client: Client, me: User) -> None:
    everything_about(1)

    assert "Opened (bank time)" in text(client, of_list("case"))
    page = text(client, of_page(ConsentEvent.objects.get()))
    assert "Happened (bank time)" in page
    assert "Recorded (wall clock)" in page
    assert "Activated (wall clock)" in text(client, of_list("policytemplate"))
    assert "Asia/Kolkata" in page
    assert "Bank time is the same." in page


def test_demonstration_says_that_there_are_two_clocks(client: Client, me: User, settings: Settings) -> None:
    settings.BANK_CLOCK_SPEED = 60.0

    assert "a demonstration runs faster" in text(client, of_list("case"))


@pytest.mark.parametrize("state", ["draft", "submitted"])
def test_people_are_names_and_no_links(client: Client, me: User, state: str) -> None:
    subject = governing.new_version(subject=PolicyTemplate.objects.get(hardship=1, level=3), by=me)
    if state == "submitted":
        governing.submit(subject=subject, by=me)

    page = text(client, of_page(subject))

    assert f"Cyrus Daruwala ({me.username})" in page
    assert "/admin/auth/user/" not in page


def test_words_are_words(client: Client, me: User) -> None:
    subject = governing.new_version(subject=PolicyTemplate.objects.get(hardship=1, level=3), by=me)

    for page in (text(client, of_list("policytemplate")), text(client, of_page(subject))):
        assert "SLA hours" in page
        assert "Sla hours" not in page
    compared = text(client, of_page(subject).replace("change/", "compare/"))
    assert "SLA hours" in compared
    assert "SMS · English" in compared


@pytest.mark.parametrize("name", ["case", "policytemplate"])
def test_hardships_are_words(client: Client, me: User, name: str) -> None:
    made = cases.opened(hardship=Hardship.INCOME_SHOCK)
    row = made if name == "case" else PolicyTemplate.objects.filter(hardship=Hardship.INCOME_SHOCK).first()

    for address in (of_list(name), of_page(row)):
        html = text(client, address)
        assert "Income shock" in html and "INCOME_SHOCK" not in html


def test_list_says_what_is_known_and_no_number_of_results(client: Client, me: User) -> None:
    for number in range(51):
        everything_about(number)

    first = text(client, of_list("case"))
    second = text(client, of_list("case"), p="2")

    assert "Rows 1 to 50; there are more." in first
    assert "Rows 51 to 51: the last ones." in second
    assert "10000" not in first + second
    assert "There are no promises to pay yet." in text(client, of_list("promisetopay"))


def test_case_leads_back_to_the_console(client: Client, me: User) -> None:
    everything_about(1)
    case = Case.objects.get()

    assert "Back to the console" in text(client, of_list("case"))
    answer = client.get(of_page(case).replace("change/", "in-console/"))
    assert answer.headers["Location"] == reverse("case", kwargs={"pk": case.pk})


def test_administrator_without_a_role_is_not_sent_to_a_console_that_shows_nothing(client: Client) -> None:
    client.force_login(User.objects.create(username="root", is_staff=True, is_superuser=True))

    assert "Back to the console" not in text(client, reverse("admin:index"))
    assert reverse("admin:index") in client.get(reverse("queue")).content.decode()


def test_first_page_says_what_waits_for_whom(client: Client, me: User) -> None:
    mine = governing.new_version(subject=PolicyTemplate.objects.get(hardship=1, level=3), by=me)
    governing.submit(subject=mine, by=me)
    assert "another officer decides" in text(client, reverse("admin:index"))

    other = governed.officer()
    other.is_staff = True
    other.save()
    client.force_login(other)
    assert "waits for a second person" in text(client, reverse("admin:index"))
    governing.approve(subject=mine, by=other, reason="clear")
    assert "waits to be activated" in text(client, reverse("admin:index"))

    analyst = staff.user("analyst", roles.ANALYSTS)
    analyst.is_staff = True
    analyst.save()
    client.force_login(analyst)
    assert "waits" not in text(client, reverse("admin:index"))


@pytest.mark.parametrize(
    ("days", "region", "is_warned"),
    [
        (None, "", True),
        (1, "", False),
        (60, "", False),
        (61, "", True),
        (-1, "", True),
        (1, "elsewhere", True),
    ],
)
def test_missing_holidays_are_said(
    client: Client, me: User, days: int | None, region: str, is_warned: bool
) -> None:
    if days is not None:
        day_on = bank_clock.today() + dt.timedelta(days=days)
        BankHoliday.objects.create(day_on=day_on, region=region, name="Holi")

    said: Callable[[str], bool] = lambda page: "No bank holiday is known" in page  # noqa: E731

    assert holidays.none_ahead() == is_warned
    assert said(text(client, of_list("bankholiday"))) == is_warned
    assert said(text(client, reverse("admin:index"))) == is_warned
