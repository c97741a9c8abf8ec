"""Many workers at once: each message once, and each customer within the rules."""

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection, connections
from django.utils import timezone

from interventions.models import Channel, Delivery, GateDecision, SandboxMessage
from interventions.sending import outbox, sender, settling
from interventions.tests import staff
from interventions.tests.deliveries import S, confirmed
from interventions.tests.stage import Stage, set_up

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("at_noon", "no_redis")]
WORKERS = 20


@pytest.fixture(autouse=True)
def unhurried(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """All of them send at the same time, however slow the machine is."""
    settings.SEND_AT_ONCE_MAX = WORKERS
    monkeypatch.setattr(sender, "LONGEST_RUN_SECONDS", 60.0)


def queued(stage: Stage, *, channel: str = Channel.SMS) -> Delivery:
    message = confirmed(
        stage.case,
        by=stage.manager,
        template=stage.policy,
        channel=channel,
        subject="We are there" if channel == Channel.EMAIL else "",
        confirmed_at=timezone.now(),
    )
    return outbox.enqueue(intervention=message, by=stage.manager)


def all_at_once() -> None:
    """As many workers as can be, beginning at the same moment."""
    together = threading.Barrier(WORKERS)

    def work() -> None:
        try:
            together.wait(30)
            sender.send_due(limit=50)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(WORKERS) as pool:
        for each in [pool.submit(work) for _ in range(WORKERS)]:
            each.result()


def test_each_message_goes_out_once() -> None:
    manager = staff.manager()
    waiting = [queued(set_up(manager=manager, name=f"Asha {number}")) for number in range(10)]

    all_at_once()

    assert sorted(SandboxMessage.objects.values_list("key", flat=True)) == sorted(
        each.idempotency_key for each in waiting
    )
    assert set(Delivery.objects.values_list("state", "attempts")) == {(S.SENT, 1)}


def test_customer_gets_no_more_than_the_rules_allow() -> None:
    stage = set_up()
    for channel in (Channel.SMS, Channel.WHATSAPP, Channel.EMAIL):
        queued(stage, channel=channel)

    all_at_once()

    assert SandboxMessage.objects.count() == 1
    assert GateDecision.objects.filter(moment="send", is_allowed=True).count() == 1
    left = Delivery.objects.filter(state=S.PENDING)
    assert left.count() == 2
    assert all(each.next_lawful_at is not None and each.denied_rule for each in left)


def test_settling_goes_on_with_a_new_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    delivery = queued(set_up())
    monkeypatch.setattr(sender, "SETTLE_PAUSES_SECONDS", (0.0,))
    true, tries = settling.sent, iter([True, False])

    def away(**fields: Any) -> None:
        if next(tries):
            connection.connection.close()
            connection.cursor().execute("SELECT 1")
        true(**fields)

    monkeypatch.setattr(settling, "sent", away)

    sender.send_due(limit=1)

    delivery.refresh_from_db()
    assert delivery.state == S.SENT
