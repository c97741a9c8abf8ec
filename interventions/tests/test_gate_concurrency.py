"""Twenty workers at once never exceed a customer's caps, nor the breaker's limit."""

import itertools
import threading
from collections import Counter
from typing import Any

import pytest
from django.db import connection

from interventions import send_gate
from interventions.contact import breaker, packs
from interventions.models import Channel, Delivery, GateDecision, PolicyTemplate
from interventions.sending import asking
from interventions.tests import cases, deliveries, governed
from interventions.tests.staff import manager
from interventions.tests.stage import EMAIL, PHONE, set_up
from risk.levels import Hardship, Level
from risk.models import Alert

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("at_noon")]
WORKERS = 20
PATIENCE_SECONDS = 60.0


def pack(**changes: Any) -> None:
    """Rules by which nothing but what is changed stands in the way of many messages at once."""
    everybody = {"contacts": 100, "days": 7, "channels": list(Channel.values)}
    governed.active_pack(rules=packs.shipped("india") | {"caps": [everybody]} | changes)


def claimed() -> list[Delivery]:
    """Every delivery is some worker's own, as the outbox's claim would have it."""
    waiting = list(Delivery.objects.filter(state="pending"))
    for number, delivery in enumerate(waiting):
        delivery.claimed_by, delivery.claimed_at = f"worker {number}", delivery.not_before_at
        delivery.save()
    return waiting


def all_at_once(waiting: list[Delivery]) -> Counter[str]:
    """Each worker asks for its own delivery, all at the same moment; returns how many ended in which state."""
    start = threading.Barrier(len(waiting))
    errors: list[BaseException] = []

    def work(delivery: Delivery) -> None:
        try:
            start.wait(PATIENCE_SECONDS)
            asking.ask(delivery_id=delivery.pk, worker=delivery.claimed_by, provider="sandbox")
        except BaseException as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=[each], daemon=True) for each in waiting]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE_SECONDS)
    assert errors == []
    return Counter(Delivery.objects.values_list("state", flat=True))


def without_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    """The pause between messages would hold back what only the caps are to hold back here."""
    asked = [(name, check) for name, check in send_gate.RULES if name != "message_cool_down"]
    monkeypatch.setattr(send_gate, "RULES", asked)


def test_twenty_workers_do_not_exceed_a_customer_s_cap(monkeypatch: pytest.MonkeyPatch) -> None:
    pack(caps=[{"contacts": 3, "days": 7, "channels": list(Channel.values)}])
    without_pause(monkeypatch)
    stage = set_up()
    for level, hardship in itertools.islice(itertools.product(Level, Hardship), WORKERS // 2):
        # Each message is of another template or channel, so that each is a contact of its own.
        found = PolicyTemplate.objects.filter(hardship=hardship, level=level, state="active").first()
        template = found or governed.active(cases.policy(hardship=hardship, level=level))
        for channel in ("sms", "email"):
            message = deliveries.confirmed(stage.case, by=stage.manager, template=template, channel=channel)
            deliveries.queued(message, address=EMAIL if channel == "email" else PHONE)

    states = all_at_once(claimed())

    assert states == {"sending": 3, "pending": WORKERS - 3}
    denied = GateDecision.objects.filter(is_allowed=False).values_list("rule", flat=True)
    assert Counter(denied) == {"frequency": WORKERS - 3}


def test_twenty_workers_do_not_exceed_the_breaker_s_limit() -> None:
    pack(breaker_sends_per_hour=5)
    for number in range(WORKERS):
        stage = set_up(manager=manager(f"rm{number + 1}"), name=f"Customer {number}")
        message = deliveries.confirmed(stage.case, by=stage.manager, template=stage.policy)
        deliveries.queued(message, address=PHONE)

    states = all_at_once(claimed())

    assert states == {"sending": 5, "pending": WORKERS - 5}
    assert breaker.look(packs.active_rules()).is_open
    assert Alert.objects.filter(message__contains="breaker is open").count() == 1
