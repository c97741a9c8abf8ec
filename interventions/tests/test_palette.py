"""What the palette finds, and for whom."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from audit.models import AuditEvent
from customers import roles
from interventions.console.search import found
from interventions.models import Case
from interventions.tests import cases, staff

pytestmark = pytest.mark.django_db


def labels(offers: list[found.Offer]) -> list[str]:
    return [str(offer.label) for offer in offers]


def logged_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_customer_is_found_by_the_beginning_of_any_word_and_of_the_number() -> None:
    customer = staff.assessed("Asha Rao Deshpande", bank_id="7001234")
    reader = staff.supervisor()

    for text in ("ash", "desh", "rao asha", "70012", "  asha   rao "):
        assert found.search(user=reader, text=text).customers == [customer], text
    for text in ("sha", "001234", "a"):
        assert found.search(user=reader, text=text).customers == [], text


def test_whole_number_comes_before_longer_ones() -> None:
    longer = staff.assessed("Asha Rao", bank_id="70012")
    exact = staff.assessed("Bina Das", bank_id="7001")

    assert found.search(user=staff.supervisor(), text="7001").customers == [exact, longer]


def test_no_more_than_eight_customers() -> None:
    for number in range(10):
        staff.assessed(f"Asha {number}")

    assert len(found.search(user=staff.supervisor(), text="asha").customers) == found.MOST


def test_manager_finds_own_customers_and_cases_alone() -> None:
    mine, other = staff.manager("rm1"), staff.manager("rm2")
    own, hidden = staff.assessed("Asha Rao", assigned_rm=mine), staff.assessed("Asha Das", assigned_rm=other)
    case, others = cases.opened(own), cases.opened(hidden)

    assert found.search(user=mine, text="asha").customers == [own]
    assert found.search(user=mine, text=str(case.pk)).cases == [case]
    assert found.search(user=mine, text=str(others.pk)).cases == []


def test_nobody_without_role_finds_a_customer() -> None:
    staff.assessed("Asha Rao")

    answer = found.search(user=staff.user("nobody"), text="asha")

    assert answer.is_empty


@pytest.mark.parametrize("text", ["{pk}", "#{pk}", "case {pk}", "Fall {pk}", "case #{pk}", " {pk} "])
def test_case_is_found_by_its_number(text: str) -> None:
    case = cases.opened()

    assert found.search(user=staff.supervisor(), text=text.format(pk=case.pk)).cases == [case]


@pytest.mark.parametrize(
    "text", ["9" * 20, "9" * 5000, "\x00", "' | & !", "case", "0", "-1", "١٢", "%", "\\"]
)
def test_odd_texts_find_nothing_and_break_nothing(text: str) -> None:
    staff.assessed("Asha Rao")

    response = logged_in(staff.supervisor()).get("/search/", {"q": text})

    assert response.status_code == 200
    assert "Asha" not in response.content.decode()


def test_pages_are_those_of_the_role() -> None:
    analyst, manager = staff.user("ana", roles.ANALYSTS), staff.manager()

    assert {"Risk queue", "What if", "Model"} <= set(labels(found.search(user=analyst, text="").pages))
    assert not {"What if", "Model"} & set(labels(found.search(user=manager, text="").pages))


def test_actions_are_those_of_the_role() -> None:
    assert "Next case" in labels(found.search(user=staff.manager(), text="next").actions)
    assert "Next case" not in labels(
        found.search(user=staff.user("ana", roles.ANALYSTS), text="next").actions
    )
    assert labels(found.search(user=staff.supervisor(), text="dark").actions) == ["Dark theme"]


def test_number_of_queries_does_not_depend_on_what_is_found() -> None:
    client = logged_in(staff.supervisor())

    def queries(text: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            assert client.get("/search/", {"q": text}, headers={"HX-Request": "true"}).status_code == 200
        return len(captured)

    none = queries("asha 1")
    for number in range(9):
        cases.opened(staff.assessed(f"Asha 1{number}"))
    first = Case.objects.earliest("pk").pk

    assert queries("asha 1") == none
    assert queries(f"asha {first}") == none


def test_looking_for_customers_is_no_view_of_them() -> None:
    staff.assessed("Asha Rao")

    html = logged_in(staff.supervisor()).get("/search/?q=asha").content.decode()

    assert "Asha Rao" in html
    assert not AuditEvent.objects.filter(action__endswith=".viewed").exists()


def test_page_stands_by_itself_where_scripts_are_off() -> None:
    customer = staff.assessed("Asha Rao")
    response: Any = logged_in(staff.supervisor()).get("/search/?q=asha")

    html = " ".join(response.content.decode().split())
    assert "<h1>Search</h1>" in html
    assert customer.bank_id in html


def test_names_cannot_be_markup() -> None:
    staff.assessed("Asha <script>alert(1)</script>")

    html = logged_in(staff.supervisor()).get("/search/?q=asha").content.decode()

    assert "<script>alert" not in html
