"""What a case's page and its poll cost: a number of small queries that does not grow with what happened."""

import datetime as dt

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from interventions.casework import cases, conversations
from interventions.console import case_rows
from interventions.console.case_filters import View, views_of
from interventions.console.case_matters import Matters
from interventions.contact import gate
from interventions.help import considering, offers
from interventions.help.lending import owed_by
from interventions.messages import composing
from interventions.models import Channel
from interventions.tests import stage
from interventions.tests.helped import lending
from interventions.tests.stage import Stage
from interventions.tests.test_case_live import client_of, polled
from risk.tests.factories import NOON

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_noon")]
# Of a case that was just opened, of one with some of everything, and of a poll that finds it.
IDLE, NEW, BUSY, MOVED = 5, 26, 31, 20


@pytest.fixture
def scene() -> Stage:
    made = stage.set_up()
    lending(made.customer)
    return made


def cost(client: Client, address: str, status: int = 200) -> int:
    with CaptureQueriesContext(connection) as queries:
        assert client.get(address).status_code == status
    return len(queries)


def live_through_much(scene: Stage) -> None:
    """A history with some of everything."""
    for _ in range(3):
        conversations.record(
            customer=scene.customer, case=scene.case, channel="call", result="no_answer", by=scene.manager
        )
        scene.case.refresh_from_db()
        composing.mark_reviewed(case=scene.case, by=scene.manager, note="looked")
    call = composing.draft(case=scene.case, channel="call", by=scene.manager)
    composing.confirm(intervention=call, by=scene.manager, scheduled_for=NOON + dt.timedelta(hours=2))
    composing.draft(case=scene.case, channel="email", by=scene.manager)
    offers.offer(case=scene.case, eligible=considering.eligible(scene.case)[0], by=scene.manager)
    cases.escalate(case_id=scene.case.pk, version=scene.case.version, by=scene.manager, reason="r")


def test_asking_whether_anything_moved_costs_little(scene: Stage) -> None:
    client = client_of(scene.manager)

    assert cost(client, polled(client, scene.case, "?channel=sms"), status=204) <= IDLE

    live_through_much(scene)
    assert cost(client, polled(client, scene.case, "?channel=sms"), status=204) <= IDLE


def test_page_asks_for_what_there_is_however_much_it_is(scene: Stage) -> None:
    client = client_of(scene.manager)
    address = f"/cases/{scene.case.pk}/?channel=sms"
    assert cost(client, address) <= NEW

    live_through_much(scene)

    assert cost(client, address) <= BUSY


def test_poll_that_finds_something_costs_no_more_than_the_page(scene: Stage) -> None:
    client = client_of(scene.manager)
    address = polled(client, scene.case, "?channel=sms")

    live_through_much(scene)

    assert cost(client, address) <= MOVED


def test_loans_are_read_together(scene: Stage) -> None:
    lending(scene.customer, fallen_due=2)

    with CaptureQueriesContext(connection) as queries:
        found = owed_by(scene.customer.pk, NOON.date())

    assert len(found) == 2 and len(queries) == 3


def test_gate_says_the_same_of_what_it_was_told_there_is_none_of(scene: Stage) -> None:
    scene.case.refresh_from_db()
    matters = Matters.of(scene.case, now=NOON)
    assert matters.without == {"talks", "contacts", "holds"}
    asked = gate.looks(case=scene.case, channels=Channel.values)

    assert gate.looks(case=scene.case, channels=Channel.values, none_of=matters.without) == asked

    live_through_much(scene)
    assert "talks" not in Matters.of(scene.case, now=NOON).without


def test_numbers_of_all_lists_are_one_query(scene: Stage) -> None:
    with CaptureQueriesContext(connection) as queries:
        counts = case_rows.case_counts(user=scene.manager, views=views_of(scene.manager))

    # The reader's roles, and the numbers.
    assert len(queries) == 2 and counts[View.MINE] == counts[View.ALL] == 1
