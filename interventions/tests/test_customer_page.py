"""The customer's page over HTTP: what it shows to whom, and that looking changes nothing."""

import datetime as dt
import re
import uuid
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import translation
from pytest_django.fixtures import Settings

from audit.models import AuditEvent
from customers.models import Customer
from equilibrate_site.logs import mask_personal_data
from interventions.answering import identity, limits, why
from interventions.contact import page_links
from interventions.models import Channel, ConsentEvent, CustomerAnswer, PageLink
from interventions.policy import wording
from interventions.tests import helped, pages
from interventions.tests.pages import BASE, BIRTH_ON, Page, opened
from risk.levels import Hardship, Signal
from risk.tests.factories import NOON

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_noon", "no_redis")]
REST = ("", "/instalment", "/talk", "/pay-day", "/arranged", "/pause", "/stop")
TODAY = NOON.date()


@pytest.fixture(autouse=True)
def _public(settings: Settings) -> None:
    settings.PUBLIC_BASE_URL = BASE


@pytest.fixture
def theirs() -> Page:
    return opened()


@pytest.fixture
def anybody() -> Client:
    return pages.anybody()


def text_of(client: Client, address: str, status: int = 200) -> str:
    response = client.get(address)
    assert response.status_code == status, (address, response.status_code)
    return response.content.decode()


def sent(client: Client, theirs: Page, rest: str, **said: Any) -> Any:
    return client.post(theirs.at(rest), {"key": uuid.uuid4(), **said})


def test_first_page_says_why_and_what_can_be_answered(theirs: Page, anybody: Client) -> None:
    text = text_of(anybody, theirs.at())

    assert "Why we wrote to you" in text
    assert 2 <= text.split("</ul>")[0].count("<li>") <= why.MOST
    for title in (
        "Talk to a person",
        "My pay day moved",
        "It is arranged already",
        "Please pause",
        "No more messages",
    ):
        assert title in text


@pytest.mark.parametrize("rest", REST)
def test_nothing_personal_is_shown_to_whoever_has_the_link(theirs: Page, anybody: Client, rest: str) -> None:
    text = text_of(anybody, theirs.at(rest))

    customer = theirs.stage.customer
    for said in (
        "Asha",
        "Rao",
        "11,000",
        "11000",
        customer.phone,
        customer.email,
        customer.bank_id,
        "25 February",
    ):
        assert said not in text, said
    assert not re.search(r"risk|score|HIGH|MEDIUM|default|overdue|debt(?! advice)", text)


@pytest.mark.parametrize("rest", REST)
def test_page_is_kept_by_nobody_and_tells_nobody(theirs: Page, anybody: Client, rest: str) -> None:
    response = anybody.get(theirs.at(rest))

    assert response["Referrer-Policy"] == "no-referrer"
    assert response["Cache-Control"] == "no-store, private"
    assert "noindex" in response["X-Robots-Tag"]
    assert response["X-Frame-Options"] == "DENY"
    policy = response["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "script-src 'none'" in policy
    assert not response.cookies
    text = response.content.decode()
    assert "<script" not in text and "http://" not in text and "https://" not in text


@pytest.mark.parametrize("rest", REST)
def test_scanners_that_open_every_link_change_nothing(theirs: Page, anybody: Client, rest: str) -> None:
    before = AuditEvent.objects.count()

    for method in (anybody.get, anybody.head):
        assert method(theirs.at(rest)).status_code == 200

    assert AuditEvent.objects.count() == before
    assert not CustomerAnswer.objects.exists()


@pytest.mark.parametrize("rest", [*REST, "/said/1", "/said/99999999999999999999"])
def test_forged_expired_and_revoked_links_look_alike(theirs: Page, anybody: Client, rest: str) -> None:
    forged = text_of(anybody, f"/h/{'0' * 22}{rest}", 404)
    with time_machine.travel(NOON + dt.timedelta(days=40)):
        expired = text_of(anybody, theirs.at(rest), 404)
    page_links.revoke(case=theirs.case, by=theirs.stage.manager, reason="r")
    revoked = text_of(anybody, theirs.at(rest), 404)

    assert forged == expired == revoked
    assert "This page is not open" in forged
    assert "Asha" not in forged


@pytest.mark.parametrize("name", ["CUSTOMER_PAGE", "PUBLIC_BASE_URL"])
def test_page_that_is_switched_off_is_nowhere(
    theirs: Page, anybody: Client, settings: Settings, name: str
) -> None:
    setattr(settings, name, "")

    text_of(anybody, theirs.at(), 404)


@pytest.mark.parametrize("rest", ["/said/99999999999999999999", "/said/0", "/elsewhere", "/\0"])
def test_what_is_not_there_is_no_failure(theirs: Page, anybody: Client, rest: str) -> None:
    assert anybody.get(theirs.at(rest)).status_code == 404


def test_hindi_message_leads_to_a_hindi_page_and_the_reader_may_choose(anybody: Client) -> None:
    theirs = opened(language="hi")

    hindi = text_of(anybody, theirs.at())
    assert '<html lang="hi">' in hindi
    assert "हमने आपको क्यों लिखा" in hindi and "किसी व्यक्ति से बात कीजिए" in hindi
    assert "We " not in hindi
    english = text_of(anybody, theirs.at("?lang=en"))
    assert '<html lang="en">' in english and "/talk?lang=en" in english
    assert '<html lang="hi">' in text_of(anybody, theirs.at("?lang=xx&x[]=1"))


@pytest.mark.parametrize("language", ["en", "hi"])
def test_reasons_pass_the_rules_of_messages(language: str) -> None:
    said = [why.ALWAYS, why.CLOSING, *why.BY_SIGNAL.values(), *why.BY_HARDSHIP.values()]

    with translation.override(language):
        sentences = [str(each) for each in said]
    assert len(set(sentences)) == len(said) - 3
    for sentence in sentences:
        assert wording.problems_of_line(sentence, language=language) == []


@pytest.mark.parametrize("hardship", Hardship)
def test_reasons_are_four_at_most_and_none_twice(hardship: Hardship) -> None:
    chosen = why.chosen(points=dict.fromkeys(Signal.values, 1.0), hardship=hardship)

    assert len(chosen) == len(set(chosen)) == why.MOST
    assert why.chosen(points={}, hardship=Hardship.NONE) == [str(why.ALWAYS), str(why.CLOSING)]


def test_instalment_is_shown_to_whoever_knows_both(theirs: Page, anybody: Client) -> None:
    said = {"phone_end": "3210", "birth_on": BIRTH_ON.isoformat()}

    shown = anybody.post(theirs.at("/instalment"), said)

    text = shown.content.decode()
    for told in ("Dear Asha Rao", "₹11,000", f"{helped.DUE_ON.day} {helped.DUE_ON:%B %Y}"):
        assert told in text
    assert not shown.cookies
    # Nothing remembers it.
    assert "11,000" not in text_of(anybody, theirs.at("/instalment"))
    assert AuditEvent.objects.filter(action="interventions.page.identified").count() == 1


@pytest.mark.parametrize(
    "said",
    [
        {"phone_end": "3210", "birth_on": "1988-04-03"},
        {"phone_end": "0000", "birth_on": BIRTH_ON.isoformat()},
        {"phone_end": "३२१०", "birth_on": BIRTH_ON.isoformat()},
        {"phone_end": "", "birth_on": ""},
        {"phone_end": "3210\0", "birth_on": "99999999999999999999"},
    ],
)
def test_instalment_is_not_shown_to_whoever_guesses(
    theirs: Page, anybody: Client, said: dict[str, str]
) -> None:
    refused = anybody.post(theirs.at("/instalment"), said)

    assert refused.status_code == 422
    assert "11,000" not in refused.content.decode()


def test_guesses_are_few_whichever_link_they_come_by(theirs: Page, anybody: Client) -> None:
    other = pages.of_stage(theirs.stage, channel=Channel.EMAIL)
    for number in range(identity.TRIES_MAX):
        link = (theirs, other)[number % 2]
        anybody.post(link.at("/instalment"), {"phone_end": f"000{number}", "birth_on": BIRTH_ON.isoformat()})

    right = anybody.post(theirs.at("/instalment"), {"phone_end": "3210", "birth_on": BIRTH_ON.isoformat()})

    assert right.status_code == 422
    assert "11,000" not in right.content.decode()
    assert "We cannot show this here" in text_of(anybody, other.at("/instalment"))
    # The rest goes on.
    assert sent(anybody, theirs, "/stop", channel="sms").status_code == 302


def test_customer_whose_birth_date_is_unknown_is_asked_nothing(theirs: Page, anybody: Client) -> None:
    Customer.objects.update(birth_on=None)

    assert "We cannot show this here" in text_of(anybody, theirs.at("/instalment"))


def test_link_is_asked_so_often_and_no_more(
    theirs: Page, anybody: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(limits.RATES, "answer", {f"test_{theirs.token}": "2/h/key"})

    answers = [sent(anybody, theirs, "/talk").status_code for _turn in range(3)]
    refused = sent(anybody, theirs, "/talk")

    assert answers == [422, 422, 429]
    assert refused["Retry-After"] and "Please wait a little" in refused.content.decode()


def test_address_that_tries_links_is_held_up_and_nobody_else(
    theirs: Page, anybody: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(limits.RATES, "wrong", {f"test_{theirs.token}": "2/m/ip"})

    tried = [anybody.get(f"/h/{number:022}").status_code for number in range(3)]

    assert tried == [404, 404, 429]
    assert anybody.get(theirs.at()).status_code == 200
    assert pages.anybody().get("/h/" + "1" * 22).status_code == 404


def test_staff_do_not_answer_in_a_customers_place(theirs: Page, settings: Settings) -> None:
    client = pages.anybody()
    client.force_login(theirs.stage.manager)
    settings.TRANSPORTS = {**settings.TRANSPORTS, "sms": "twilio"}

    refused = sent(client, theirs, "/stop", channel="sms")

    assert refused.status_code == 403
    assert not CustomerAnswer.objects.exists()


def test_answer_of_another_link_is_not_there(theirs: Page, anybody: Client) -> None:
    other = pages.of_stage(theirs.stage, channel=Channel.EMAIL)
    sent(anybody, theirs, "/pause", day_on=TODAY + dt.timedelta(days=3))
    given = CustomerAnswer.objects.get()

    text_of(anybody, other.at(f"/said/{given.pk}"), 404)
    assert anybody.post(other.at(f"/said/{given.pk}/back"), {"key": uuid.uuid4()}).status_code == 422
    assert CustomerAnswer.objects.count() == 1


@pytest.mark.parametrize("key", ["", "x", "\0"])
def test_form_without_its_key_is_refused(theirs: Page, anybody: Client, key: str) -> None:
    refused = anybody.post(theirs.at("/stop"), {"channel": "sms", "key": key})

    assert refused.status_code == 422
    assert "could not be read" in refused.content.decode()
    assert not ConsentEvent.objects.filter(is_granted=False).exists()


def test_pause_is_shown_as_over_once_it_is(theirs: Page, anybody: Client) -> None:
    sent(anybody, theirs, "/pause", day_on=TODAY + dt.timedelta(days=3))
    first = CustomerAnswer.objects.get()
    assert "This is over" not in text_of(anybody, theirs.at())

    sent(anybody, theirs, "/talk", day_on=TODAY, part_of_day="any", channel="call")

    assert "This is over" in text_of(anybody, theirs.at())
    assert "does not count any more" in text_of(anybody, theirs.at(f"/said/{first.pk}"))


def test_form_from_the_browsers_memory_is_sent_once_more(theirs: Page, anybody: Client) -> None:
    key, day_on = str(uuid.uuid4()), TODAY + dt.timedelta(days=3)
    anybody.post(theirs.at("/pause"), {"key": key, "day_on": day_on})

    again = anybody.post(theirs.at("/pause"), {"key": key, "day_on": TODAY + dt.timedelta(days=9)})
    assert again.status_code == 422
    assert key not in again.content.decode()
    given = CustomerAnswer.objects.get()
    assert anybody.post(theirs.at(f"/said/{given.pk}/back"), {"key": key}).status_code == 422

    assert "Send it once more" in again.content.decode()


def test_logs_and_audit_know_no_token_and_no_name(
    theirs: Page, anybody: Client, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    sent(anybody, theirs, "/talk", day_on=TODAY, part_of_day="any", channel="call")
    anybody.get(theirs.at("/said/7"))
    anybody.get(theirs.at("/elsewhere"))

    said = "".join(capsys.readouterr())
    for record in caplog.records:
        said += str(mask_personal_data(None, "warning", {"event": record.getMessage()}))
    assert "/h/•••" in said
    for each in AuditEvent.objects.values_list("detail", "reason"):
        said += str(each)
    assert "Asha" not in said and theirs.token not in said


def test_queries_of_the_first_page_do_not_grow(
    theirs: Page, anybody: Client, django_assert_num_queries: Any
) -> None:
    for days in (3, 4, 5):
        sent(anybody, theirs, "/pause", day_on=TODAY + dt.timedelta(days=days))

    with django_assert_num_queries(4):
        anybody.get(theirs.at())


def test_only_what_is_meant_is_allowed(theirs: Page, anybody: Client) -> None:
    assert anybody.post(theirs.at()).status_code == 405
    assert anybody.put(theirs.at("/stop")).status_code == 405
    assert anybody.get(theirs.at("/said/1/back")).status_code == 405
    assert PageLink.objects.count() == 1
