"""Answers and senders at the same moment: after a STOP nothing goes out, and a double click is one answer."""

import threading
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connections
from pytest_django.fixtures import Settings

from interventions.answering import answers
from interventions.answering.answers import Said
from interventions.models import ConsentEvent, CustomerAnswer, Delivery, SandboxMessage
from interventions.sending import sender
from interventions.tests import pages
from interventions.tests.pages import BASE, Page, opened
from tests import threads
from tests.threads import Elsewhere

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("at_noon", "no_redis")]
STOP = Said(kind=CustomerAnswer.Kind.STOP)
CLICKS = 8


@pytest.fixture(autouse=True)
def _public(settings: Settings) -> None:
    settings.PUBLIC_BASE_URL = BASE


def all_at_once(work: Callable[[], Any]) -> list[Any]:
    together = threading.Barrier(CLICKS)

    def one() -> Any:
        try:
            together.wait(30)
            return work()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(CLICKS) as pool:
        return [each.result() for each in [pool.submit(one) for _click in range(CLICKS)]]


def stop(theirs: Page, key: uuid.UUID | None = None) -> CustomerAnswer:
    return answers.give(link=theirs.link, said=STOP, key=key or uuid.uuid4())


def test_clicks_at_the_same_moment_are_one_answer() -> None:
    theirs, key = opened(), uuid.uuid4()

    given = all_at_once(lambda: stop(theirs, key))

    assert len({each.pk for each in given}) == 1
    assert CustomerAnswer.objects.count() == 1
    withdrawn = ConsentEvent.objects.filter(is_granted=False).values_list("channel", "purpose")
    assert len(withdrawn) == len(set(withdrawn))


def test_message_that_waits_does_not_go_out_after_a_stop() -> None:
    theirs = opened()

    stop(theirs)
    sender.send_due(limit=50)

    theirs.delivery.refresh_from_db()
    assert theirs.delivery.state == Delivery.State.CANCELLED
    assert not SandboxMessage.objects.exists()


def test_sender_waits_for_a_stop_that_is_being_said() -> None:
    theirs = opened()

    def send(elsewhere: Elsewhere) -> None:
        elsewhere.pause()
        sender.send_due(limit=50)

    with threads.uncommitted(lambda: stop(theirs)) as said:
        sending = Elsewhere(send)
        sending.until_paused()
        said.finish()
        sending.finish()

    assert not SandboxMessage.objects.exists()


def test_stop_and_sender_at_once_leave_no_message_after_the_stop() -> None:
    theirs = opened()
    pages.of_stage(theirs.stage, channel="email")

    all_at_once(lambda: (sender.send_due(limit=50), stop(theirs)))

    waiting = Delivery.objects.filter(state__in=["pending", "sending"])
    assert not waiting.exists()
    sent = SandboxMessage.objects.count()
    sender.send_due(limit=50)
    assert SandboxMessage.objects.count() == sent
