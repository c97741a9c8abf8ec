"""What staff see of what a customer said: on the case page, in its history and the list; and what they do with it."""

import datetime as dt
import uuid
from typing import Any

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from customers import bank_clock
from interventions.answering import answers, shown
from interventions.answering.answers import Said
from interventions.casework import conversations
from interventions.models import AnswerDecision, CustomerAnswer, PageLink
from interventions.tests import staff
from interventions.tests.pages import BASE, Page, opened
from interventions.tests.test_case_live import polled, words
from interventions.tests.test_confirming import paid

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_noon", "no_redis")]
Kind = CustomerAnswer.Kind


@pytest.fixture(autouse=True)
def _public(settings: Settings) -> None:
    settings.PUBLIC_BASE_URL = BASE


@pytest.fixture
def theirs() -> Page:
    return opened()


def say(theirs: Page, kind: str, **said: Any) -> CustomerAnswer:
    given = {"day_on": bank_clock.today() + dt.timedelta(days=9), **said}
    return answers.give(link=theirs.link, said=Said(kind=kind, **given), key=uuid.uuid4())


def reader(theirs: Page) -> Client:
    client = Client()
    client.force_login(theirs.stage.manager)
    return client


def case_page(theirs: Page) -> str:
    return reader(theirs).get(f"/cases/{theirs.case.pk}/").content.decode()


def act(theirs: Page, name: str, **said: Any) -> int:
    form = {"version": theirs.case.version, "once": str(uuid.uuid4()), "seen": 0, **said}
    return reader(theirs).post(f"/cases/{theirs.case.pk}/{name}/", form).status_code


def test_answer_waits_on_the_case_page_in_its_history_and_in_the_list(theirs: Page) -> None:
    say(theirs, Kind.TALK, channel="call", part_of_day="morning")
    say(theirs, Kind.PAY_DAY)

    text = case_page(theirs)

    assert "Asks for a call on 26 February 2026, morning" in text
    assert "Says that their pay comes on 26 February 2026" in text
    assert "On their page: Asks for a call on 26 February 2026, morning" in text
    assert "No answer (came to us)" not in text and "the customer asked to talk" not in text
    assert text.count("Confirm it") == 1
    listed = reader(theirs).get("/cases/").content.decode()
    assert "Asked to talk" in listed and "To be confirmed" in listed
    queued = reader(theirs).get("/queue/").content.decode()
    assert "Asked to talk" in queued and "To be confirmed" in queued


def test_pay_day_is_confirmed_on_the_page_and_says_by_whom(theirs: Page) -> None:
    paid(theirs, days_ago=43)
    given = say(theirs, Kind.PAY_DAY)

    assert act(theirs, "confirm_answer", answer=given.pk, reason="payslip seen") == 302

    text = case_page(theirs)
    assert "The customer says that their pay comes on 26 February 2026; confirmed by rm1." in text
    assert "payslip seen" in text and "Confirm it" not in text
    assert "What the customer said on their page is confirmed" in text
    assert "To be confirmed" not in reader(theirs).get("/cases/").content.decode()


def test_what_cannot_be_confirmed_is_declined(theirs: Page) -> None:
    given = say(theirs, Kind.ARRANGED)

    assert act(theirs, "decline_answer", answer=given.pk, reason="") == 422
    assert act(theirs, "decline_answer", answer=given.pk, reason="nothing arranged") == 302

    assert not AnswerDecision.objects.get().is_confirmed
    assert "Not confirmed" in case_page(theirs)


@pytest.mark.parametrize("answer", ["", "x", "0", "99999999999999999999", "\0"])
def test_answer_that_is_not_theirs_is_refused(theirs: Page, answer: str) -> None:
    assert act(theirs, "confirm_answer", answer=answer, reason="r") == 422


def test_link_is_switched_off(theirs: Page) -> None:
    assert act(theirs, "links_off", reason="a wrong number") == 302
    assert act(theirs, "links_off", reason="again") == 422

    assert PageLink.objects.get().revoked_by == theirs.stage.manager
    assert Client().get(theirs.at()).status_code == 404


def test_every_answer_has_its_words_and_its_end(theirs: Page) -> None:
    say(theirs, Kind.STOP, channel="sms", day_on=None)
    say(theirs, Kind.STOP, day_on=None)
    say(theirs, Kind.TALK, channel="sms", part_of_day="evening")
    given = say(theirs, Kind.PAUSE)
    answers.take_back(link=theirs.link, answer_id=given.pk, key=uuid.uuid4())

    told = shown.told_by(theirs.stage.customer)

    assert [each.text for each in told] == [
        "Asks us to pause until the end of 26 February 2026",
        "Asks for a message by SMS on 26 February 2026, evening",
        "Wants no more messages and calls",
        "Wants no more messages by SMS",
    ]
    assert told[0].outcome == "Taken back by the customer"
    assert [each.waits_for for each in told] == ["", "talk", "", ""]
    conversations.record(
        customer=theirs.stage.customer,
        case=theirs.case,
        channel="call",
        result="spoke",
        by=theirs.stage.manager,
    )
    assert {each.waits_for for each in shown.told_by(theirs.stage.customer)} == {""}


def test_reading_answers_takes_two_queries(theirs: Page, django_assert_num_queries: Any) -> None:
    for _turn in range(5):
        say(theirs, Kind.PAY_DAY)

    with django_assert_num_queries(2):
        assert len(shown.told_by(theirs.stage.customer)) == 5
    nobody = staff.assessed("Bina Shah")
    with django_assert_num_queries(1):
        assert shown.told_by(nobody) == []


def test_open_page_follows_what_the_customer_says(theirs: Page) -> None:
    client = reader(theirs)
    address = polled(client, theirs.case)
    assert client.get(address).status_code == 204

    say(theirs, Kind.TALK, channel="call", part_of_day="evening")

    html = words(client, address)
    panel = html.partition('id="customer-answers"')[2].partition("</section>")[0]
    assert "hx-swap-oob" in panel and "Asks for a call on 26 February 2026, evening" in panel
    assert "<form" not in html


def test_consent_withdrawn_on_the_page_is_the_customers_act(theirs: Page) -> None:
    say(theirs, Kind.STOP, channel="sms", day_on=None)

    withdrawn = case_page(theirs).partition("Consent withdrawn: SMS")[2]
    assert withdrawn.split("</li>")[0].count("by the customer") == 1
