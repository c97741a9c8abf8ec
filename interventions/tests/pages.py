"""A customer whose message carried the link to their page, for the tests of what is said there."""

import datetime as dt
import itertools
from dataclasses import dataclass
from typing import Any

from django.test import Client

from interventions.answering import asks
from interventions.contact import page_links
from interventions.messages import composing
from interventions.models import Case, Channel, CustomerAnswer, Delivery, PageLink
from interventions.tests import helped
from interventions.tests.stage import Stage

BASE = "https://help.bank.example"
TEXT = (
    "Dear {first_name}, we are there for you: {bank_phone}. Free debt advice: {advice_line}. Reply STOP to opt out."
    " {help_link}"
)
HINDI = "{first_name} जी, हम आपके साथ हैं: {bank_phone}। निःशुल्क कर्ज़ सलाह: {advice_line}। संदेश रोकें: STOP लिखें। {help_link}"
MAIL = {"subject": "How are things?", "body": TEXT}
MESSAGES = {"sms": {"en": TEXT, "hi": HINDI}, "email": {"en": MAIL}, "call": {"en": "Dear {first_name}?"}}
BIRTH_ON = dt.date(1988, 4, 2)
_numbers = itertools.count(1)


@dataclass(frozen=True)
class Page:
    """A customer's page, as its link leads to it."""

    stage: Stage
    delivery: Delivery
    link: PageLink
    token: str

    def at(self, rest: str = "") -> str:
        """An address of the page."""
        return f"/h/{self.token}{rest}"

    @property
    def case(self) -> Case:
        """As it is now."""
        return Case.objects.get(pk=self.stage.case.pk)


def anybody() -> Client:
    """Somebody with an address of their own: rates of one test are not another's."""
    number = next(_numbers)
    return Client(enforce_csrf_checks=True, REMOTE_ADDR=f"198.51.{number // 250}.{number % 250 + 1}")


def opened(*, channel: str = Channel.SMS, language: str = "en", **fields: Any) -> Page:
    """A message with its link, confirmed and in the outbox; PUBLIC_BASE_URL is set by the test's fixture."""
    stage = helped.on_stage(language=language, messages=MESSAGES, fields={}, personal_line_max=0, **fields)
    stage.customer.birth_on = BIRTH_ON
    stage.customer.save(update_fields=["birth_on"])
    helped.lending(stage.customer)
    return of_stage(stage, channel=channel)


def waiting(theirs: Page) -> set[str]:
    """What the customer's answers wait for: "talk", "confirm"."""
    given = CustomerAnswer.objects.filter(customer=theirs.stage.customer)
    return set(asks.waiting_among(list(given)).values())


def of_stage(stage: Stage, *, channel: str = Channel.SMS) -> Page:
    """The page of a customer on stage."""
    message = composing.draft(case=stage.case, channel=channel, by=stage.manager)
    delivery, verdict = composing.confirm(intervention=message, by=stage.manager)
    assert delivery is not None, verdict
    token = delivery.body.split("/h/")[1].split()[0]
    link = page_links.found(token)
    assert link is not None
    return Page(stage=stage, delivery=delivery, link=link, token=token)
