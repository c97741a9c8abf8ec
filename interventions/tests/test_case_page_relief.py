"""Relief and outcomes on the case page: what can be chosen, what is stored, and what is refused in words."""

import datetime as dt
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from customers.tests.factories import LoanFactory
from interventions.models import BackOfficeTask, Case, ReliefOffer
from interventions.tests import staff
from interventions.tests.helped import lending, on_stage
from interventions.tests.stage import Stage
from interventions.tests.test_case_views import hidden, logged_in, send, text_of
from risk.tests.factories import TODAY

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_noon")]
MOVE, SPLIT = "due_date_move", "instalment_split"


@pytest.fixture
def stage() -> Stage:
    stage = on_stage()
    lending(stage.customer)
    return stage


@pytest.fixture
def client(stage: Stage) -> Client:
    return logged_in(stage.manager)


def key(stage: Stage, kind: str) -> str:
    return f"{kind}-{stage.customer.loans.get().pk}"


def page(user: User, case: Case) -> str:
    return text_of(logged_in(user), f"/cases/{case.pk}/")


def test_days_are_offered_to_choose_with_the_suggested_one_first(stage: Stage, client: Client) -> None:
    html = text_of(client, f"/cases/{stage.case.pk}/")

    assert '<option value="2026-03-02">Monday, 2 March 2026 (suggested)</option>' in html
    assert '<option value="2026-03-16">Monday, 16 March 2026</option>' in html
    assert "2026-03-17" not in html
    assert '<option value="2026-03-01">' not in html


def test_chosen_day_is_offered_and_shown_until_it_is_entered(stage: Stage, client: Client) -> None:
    html = send(client, stage.case, "offer", offer=key(stage, MOVE), way="2026-03-05")

    words = "is due on 5 March 2026 instead of 25 February 2026."
    made = ReliefOffer.objects.get()
    assert made.terms["to_on"] == "2026-03-05"
    # In the answer to the form, and where the offer waits.
    assert html.count(words) == 2
    send(client, stage.case, "answer", offer=made.pk, answer="accepted")
    assert BackOfficeTask.objects.get().offer == made
    assert words in page(staff.supervisor(), stage.case)


def test_what_an_accepted_offer_sets_off_is_said_before_it_is_recorded(stage: Stage, client: Client) -> None:
    html = send(client, stage.case, "offer", offer=key(stage, MOVE), way="2026-03-05")

    said = html.index("keeps messages back until the arrangement ends")
    assert "It cannot be undone." in html[said : said + 200]
    assert html.index("<summary>Accepted</summary>") < said < html.index("Record that it was accepted")


def test_every_number_of_parts_says_its_sums_and_days(stage: Stage, client: Client) -> None:
    html = text_of(client, f"/cases/{stage.case.pk}/")

    assert (
        "As suggested: The instalment of ₹11,000 is paid in parts: ₹5,500 on 25 February 2026; ₹5,500 on"
        in html
    )
    assert "<li>The instalment of ₹11,000 is paid in parts: ₹3,666.67 on 25 February 2026;" in html


def test_promise_is_about_the_loan_that_is_due_next(stage: Stage, client: Client) -> None:
    due = stage.customer.loans.get()
    LoanFactory.create(customer=stage.customer, reference="A-first-by-its-name")

    html = text_of(client, f"/cases/{stage.case.pk}/")

    assert f'<option value="{due.pk}" selected>' in html


def test_promise_of_a_late_instalment_is_for_a_day_that_can_be(stage: Stage, client: Client) -> None:
    Case.objects.filter(pk=stage.case.pk).update(due_on=TODAY - dt.timedelta(days=3))

    html = text_of(client, f"/cases/{stage.case.pk}/")

    assert f'name="promised_on" value="{TODAY}"' in html


def test_bank_without_pauses_and_splits_has_a_page_all_the_same(
    stage: Stage, client: Client, settings: Any
) -> None:
    settings.RELIEF_RULES = {"parts_max": 1, "holiday_months_max": 0}

    html = text_of(client, f"/cases/{stage.case.pk}/")

    assert "The bank pauses no payments." in html
    assert "Offer: another due date" in html and "Offer: split" not in html


def test_nothing_chosen_is_the_suggested_way(stage: Stage, client: Client) -> None:
    send(client, stage.case, "offer", offer=key(stage, SPLIT))

    assert len(ReliefOffer.objects.get().terms["parts"]) == 2


def test_more_parts_can_be_chosen(stage: Stage, client: Client) -> None:
    send(client, stage.case, "offer", offer=key(stage, SPLIT), way="3")

    assert len(ReliefOffer.objects.get().terms["parts"]) == 3


@pytest.mark.parametrize("way", ["2026-03-01", "2027-01-01", "x", "9"])
def test_way_that_is_not_possible_is_refused_in_words(stage: Stage, client: Client, way: str) -> None:
    said = {**hidden(client, stage.case), "offer": key(stage, MOVE), "way": way}

    response = client.post(f"/cases/{stage.case.pk}/offer/", said)

    assert response.status_code == 422
    html = response.content.decode()
    assert "That is not possible any more: choose again." in html and 'href="#offer-way"' not in html
    assert not ReliefOffer.objects.exists()


def test_outcome_that_did_not_happen_is_not_offered_and_is_refused_in_words(
    stage: Stage, client: Client
) -> None:
    html = text_of(client, f"/cases/{stage.case.pk}/")
    assert '<option value="helped">' in html
    assert '<option value="relief_agreed">' not in html
    assert '<option value="self_cured">' not in html
    said = {**hidden(client, stage.case), "outcome": "relief_agreed"}

    response = client.post(f"/cases/{stage.case.pk}/resolve/", said)

    assert response.status_code == 422
    assert "accepted no offer of this case" in response.content.decode()
    stage.case.refresh_from_db()
    assert stage.case.state == Case.State.ASSIGNED
