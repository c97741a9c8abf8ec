"""The bell's "asked to talk" can be taken away and brought back: its rows go with it, the others stay."""

import datetime as dt
import uuid

import pytest
from django.conf import settings
from django.db import IntegrityError, transaction
from pytest_django.fixtures import Settings

from customers import bank_clock
from interventions.alerting import reading
from interventions.answering import answers
from interventions.answering.answers import Said
from interventions.models import CustomerAnswer, Notice
from interventions.tests.migrating import migrate
from interventions.tests.pages import BASE, Page, opened

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(not settings.DATABASE_OWNER_URL, reason="owner and application are one role here"),
    pytest.mark.usefixtures("at_noon", "no_redis"),
]
BEFORE, THIS = ("interventions", "0020_deliveries_dealt_with"), ("interventions", "0021_asked_to_talk")


@pytest.fixture
def theirs(transactional_db: None, settings: Settings) -> Page:
    settings.PUBLIC_BASE_URL = BASE
    return opened()


def ask_to_talk(theirs: Page) -> None:
    soon_on = bank_clock.today() + dt.timedelta(days=3)
    said = Said(kind=CustomerAnswer.Kind.TALK, day_on=soon_on, channel="call", part_of_day="evening")
    answers.give(link=theirs.link, said=said, key=uuid.uuid4())


def kinds() -> list[str]:
    """Of this customer; setting the stage tells of approvals."""
    return sorted(Notice.objects.exclude(customer=None).values_list("kind", flat=True))


def note(theirs: Page, kind: str) -> Notice:
    stage = theirs.stage
    return Notice.objects.create(kind=kind, customer=stage.customer, manager=stage.manager, case=stage.case)


def test_reversed_and_applied_again_it_takes_its_rows_and_tells_anew(theirs: Page) -> None:
    ask_to_talk(theirs)
    note(theirs, "sla_breached")
    reading.mark_read(notice_id=Notice.objects.get(kind="asked_to_talk").pk, by=theirs.stage.manager)
    assert kinds() == ["asked_to_talk", "sla_breached"]

    migrate(THIS, before=BEFORE, back=True)

    assert kinds() == ["sla_breached"]
    ask_to_talk(theirs)
    assert kinds() == ["sla_breached"]
    with pytest.raises(IntegrityError, match="notice_kind_is_known"), transaction.atomic():
        note(theirs, "asked_to_talk")

    migrate(THIS, before=BEFORE, back=False)
    ask_to_talk(theirs)

    assert kinds() == ["asked_to_talk", "sla_breached"]
