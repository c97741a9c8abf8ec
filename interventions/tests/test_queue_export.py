import asyncio
import csv
import datetime as dt
import io

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from audit.models import AuditEvent
from customers import bank_clock
from interventions.console.queue import export
from interventions.tests import governed, staff
from interventions.tests.cases import opened
from interventions.tests.test_views import logged_in
from risk.levels import Level
from risk.models import CurrentRisk

pytestmark = pytest.mark.django_db


def rows_of(client: Client, address: str = "/queue/export/") -> list[dict[str, str]]:
    response = client.get(address)
    assert response.status_code == 200
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert response["Content-Disposition"].startswith('attachment; filename="risk-queue-')
    return list(csv.DictReader(io.StringIO(response.getvalue().decode("utf-8-sig"))))


def test_file_has_every_column_in_words() -> None:
    customer = staff.in_shock(
        "लक्ष्मी त्रिपाठी",
        bank_id="7788",
        city="Kochi",
        employment="SELF_EMPLOYED",
        phone="+919876543210",
        email="lakshmi@example.com",
        assigned_rm=staff.manager(),
        expected_salary_day=5,
    )
    case = opened(customer)

    [row] = rows_of(logged_in(staff.supervisor()))

    assert row["Name"] == "लक्ष्मी त्रिपाठी"
    assert (row["Customer id"], row["Level"], row["Score of 10"]) == ("7788", "HIGH", "5.5")
    assert row["Phone, masked"] == "'+91 ••••• 3210"
    assert row["E-mail, masked"] == "l•••••@example.com"
    assert row["Why"].startswith("Salary is 12 days later")
    assert row["Case"] == str(case.pk)
    assert row["Due on"] == "2026-02-27"
    assert row["Amount due"] == "11000.00 INR"
    assert row["SLA"]


@pytest.mark.parametrize(
    "begin", ["=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20"]
)
def test_no_cell_is_a_formula(begin: str) -> None:
    staff.assessed(f"{begin}HYPERLINK(1)", city=f"{begin}cmd|x")

    [row] = rows_of(logged_in(staff.supervisor()))

    assert row["Name"] == f"'{begin}HYPERLINK(1)"
    assert row["City"] == f"'{begin}cmd|x"


def test_days_of_what_is_overdue_are_a_number() -> None:
    staff.assessed("a", next_due_on=bank_clock.today() - dt.timedelta(days=3))

    [row] = rows_of(logged_in(staff.supervisor()))

    assert row["Due in days"] == "-3"


def test_file_has_the_filters_and_the_order_of_the_page() -> None:
    for name, level in (("b", Level.HIGH), ("a", Level.HIGH), ("c", Level.LOW)):
        staff.assessed(name, level=level)

    found = rows_of(logged_in(staff.supervisor()), "/queue/export/?level=HIGH&sort=name&after=3")

    assert [row["Name"] for row in found] == ["a", "b"]


def test_manager_gets_own_customers_alone() -> None:
    manager = staff.manager()
    staff.assessed("mine", assigned_rm=manager)
    other = staff.assessed("not mine")
    client = logged_in(manager)

    assert [row["Name"] for row in rows_of(client)] == ["mine"]
    chosen = client.post("/queue/export/", {"customer": [other.pk]}).getvalue().decode()
    assert "not mine" not in chosen


def test_export_is_audited_with_its_filters_and_number() -> None:
    user = staff.supervisor()
    staff.assessed("Asha Rao")
    rows_of(logged_in(user), "/queue/export/?level=LOW&level=HIGH&q=asha&due=15-30")

    event = AuditEvent.objects.get(action="interventions.queue.exported")
    assert event.actor_id == user.pk
    assert event.detail["filters"] == {"level": ["HIGH", "LOW"], "due": ["15-30"]}
    assert (event.detail["is_searched"], event.detail["most"]) == (True, 10_000)
    assert "asha" not in str(event.detail).lower()


def test_selected_are_exported_and_named_in_the_audit() -> None:
    chosen, _other = staff.assessed("chosen"), staff.assessed("other")
    client = logged_in(staff.supervisor())

    response = client.post("/queue/export/", {"customer": [chosen.pk, "x", 10**15]})

    text = response.getvalue().decode()
    assert "chosen" in text
    assert "other" not in text
    detail = AuditEvent.objects.get(action="interventions.queue.exported").detail
    assert (detail["rows"], detail["customers"]) == (1, [chosen.pk])


def test_nothing_selected_is_no_file() -> None:
    client = logged_in(staff.supervisor())

    assert client.post("/queue/export/", {"back": "?level=LOW"})["Location"] == "/queue/?level=LOW"
    assert not AuditEvent.objects.filter(action="interventions.queue.exported").exists()


def test_file_ends_at_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export, "MOST_ROWS", 2)
    for number in range(3):
        staff.assessed(f"c{number}")

    assert len(rows_of(logged_in(staff.supervisor()))) == 2
    assert AuditEvent.objects.get(action="interventions.queue.exported").detail["rows"] == 2


def test_customer_who_is_given_to_another_meanwhile_is_not_in_the_file() -> None:
    manager = staff.manager()
    customer = staff.assessed("was mine", assigned_rm=manager)
    response = logged_in(manager).get("/queue/export/")
    customer.assigned_rm = None
    customer.save()

    assert "was mine" not in response.getvalue().decode()


def test_queries_grow_with_chunks_not_with_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export, "CHUNK", 20)
    client = logged_in(staff.supervisor())

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            rows_of(client)
        return len(captured)

    staff.in_shock()
    few = queries()
    for number in range(12):
        staff.in_shock(f"c{number}")

    assert queries() == few


def test_file_comes_chunk_by_chunk_from_an_asynchronous_server() -> None:
    lines = iter(["a", "b"])

    async def told() -> list[str]:
        return [line async for line in export._later(lines)]

    assert asyncio.run(told()) == ["a", "b"]


def test_looking_at_the_address_is_no_export() -> None:
    assert logged_in(staff.supervisor()).head("/queue/export/").status_code == 405

    assert not AuditEvent.objects.filter(action="interventions.queue.exported").exists()


def test_customer_of_collections_is_with_them_in_the_queue_and_the_file() -> None:
    governed.active_policy(action="Call and offer a pause")
    overdue = staff.in_shock()
    due_on = bank_clock.today() - dt.timedelta(days=30)
    CurrentRisk.objects.filter(customer=overdue).update(next_due_on=due_on)
    client = logged_in(staff.supervisor())

    assert [row["Recommended action"] for row in rows_of(client)] == ["With collections"]
    html = client.get(f"/queue/?open={overdue.pk}").content.decode()
    assert "With collections" in html and "Call and offer a pause" not in html and "business hour" not in html

    opened(overdue)
    assert [row["Recommended action"] for row in rows_of(client)] == ["Call and offer a pause"]
