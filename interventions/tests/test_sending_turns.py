"""Which message is next: each channel has its turn, and a provider in trouble holds up nobody but its own."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.utils import timezone
from pytest_django.fixtures import Settings

from interventions.models import Channel, Delivery, ProviderRest
from interventions.sending import asking, exchange, outbox, resting, sender
from interventions.tests import staff
from interventions.tests.deliveries import S, brought, confirmed
from interventions.tests.stage import set_up
from interventions.transports.base import CannotTell, Handed, Message, NotYet, OutcomeUnknown, Permit
from risk.models import Alert

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_noon", "no_redis")]


@dataclass
class Provider:
    """One of a name, which fails as it is told to."""

    name: str
    failure: Exception | None = None
    timeout_seconds: float = 1.0
    taken: list[Message] = field(default_factory=list)

    def send(self, message: Message, permit: Permit) -> Handed:
        self.taken.append(message)
        if self.failure:
            raise self.failure
        return Handed(self.name, f"T{len(self.taken)}")

    def lookup(self, message: Message) -> CannotTell:
        return CannotTell()


@dataclass
class Town:
    """Two providers, and customers without end."""

    sms: Provider
    mail: Provider
    queue: Callable[[str], Delivery]


@pytest.fixture
def town(monkeypatch: pytest.MonkeyPatch) -> Town:
    manager, names = staff.manager(), iter(range(1_000))

    def queue(channel: str) -> Delivery:
        stage = set_up(manager=manager, name=f"Asha {next(names)}")
        message = confirmed(
            stage.case,
            by=manager,
            template=stage.policy,
            channel=channel,
            subject="We are there" if channel == Channel.EMAIL else "",
            confirmed_at=timezone.now(),
        )
        return outbox.enqueue(intervention=message, by=manager)

    made = Town(Provider("sms"), Provider("mail"), queue)
    by_channel = {Channel.SMS: made.sms, Channel.WHATSAPP: made.sms, Channel.EMAIL: made.mail}
    monkeypatch.setattr(exchange, "CHANNELS", tuple(by_channel))
    # Long enough for the slowest machine.
    monkeypatch.setattr(sender, "LONGEST_RUN_SECONDS", 60.0)
    monkeypatch.setattr(resting, "FIRST_REST", dt.timedelta(minutes=1))
    monkeypatch.setattr(exchange, "transport_of", lambda channel: by_channel[channel])
    return made


def states(deliveries: list[Delivery]) -> list[str]:
    by_key = dict(Delivery.objects.values_list("pk", "state"))
    return [by_key[each.pk] for each in deliveries]


def test_no_channel_waits_behind_anothers_queue(town: Town) -> None:
    mails = [town.queue(Channel.EMAIL) for _ in range(3)]
    last = town.queue(Channel.SMS)

    assert sender.send_due(limit=2) == 2

    assert states([*mails, last]) == [S.SENT, S.PENDING, S.PENDING, S.SENT]


def test_provider_that_fails_in_a_row_rests_while_others_send(
    town: Town, at_noon: time_machine.Traveller
) -> None:
    """Not every message that is due becomes one of which nobody knows."""
    mails = [town.queue(Channel.EMAIL) for _ in range(5)]
    texts = [town.queue(Channel.SMS) for _ in range(4)]
    town.mail.failure = OutcomeUnknown("No answer")

    sender.send_due(limit=20)
    sender.send_due(limit=20)

    assert states(mails) == [S.UNKNOWN] * 3 + [S.PENDING] * 2
    assert states(texts) == [S.SENT] * 4
    assert Alert.objects.filter(dedupe_key__startswith="provider.rests.mail.").count() == 1
    at_noon.shift(resting.FIRST_REST)
    sender.send_due(limit=20)
    assert states(mails)[3:] == [S.UNKNOWN, S.PENDING]
    at_noon.shift(resting.FIRST_REST)
    assert sender.send_due(limit=20) == 0


def test_provider_that_works_again_is_forgiven(town: Town, at_noon: time_machine.Traveller) -> None:
    mails = [town.queue(Channel.EMAIL) for _ in range(5)]
    town.mail.failure = OutcomeUnknown("No answer")
    sender.send_due(limit=20)
    town.mail.failure = None
    at_noon.shift(resting.FIRST_REST)

    sender.send_due(limit=20)

    assert states(mails)[3:] == [S.SENT, S.SENT]
    assert ProviderRest.objects.get(pk="mail").failures == 0


def test_providers_wish_to_wait_is_heeded_by_all_messages(
    town: Town, at_noon: time_machine.Traveller
) -> None:
    mails = [town.queue(Channel.EMAIL) for _ in range(3)]
    town.mail.failure = NotYet("too busy", wait_seconds=120, is_of_provider=True)
    sender.send_due(limit=20)
    at_noon.shift(dt.timedelta(seconds=60))

    assert sender.send_due(limit=20) == 0

    assert [each.address for each in town.mail.taken] == [mails[0].address]
    at_noon.shift(dt.timedelta(seconds=60))
    town.mail.failure = None
    assert sender.send_due(limit=20) == 3


def test_what_only_an_operator_mends_is_tried_with_one_message(town: Town) -> None:
    for _ in range(3):
        town.queue(Channel.EMAIL)
    town.mail.failure = NotYet("wrong password", needs_operator=True)

    sender.send_due(limit=20)

    assert len(town.mail.taken) == 1


def test_messages_own_fault_is_not_the_providers(town: Town) -> None:
    for _ in range(5):
        town.queue(Channel.EMAIL)
    town.mail.failure = NotYet("this mailbox is full")

    assert sender.send_due(limit=20) == 5


def test_provider_with_its_hands_full_gets_no_more(
    town: Town, settings: Any, at_noon: time_machine.Traveller
) -> None:
    """As many as it may have are with other workers: this one sends what others take."""
    for _ in range(settings.SEND_AT_ONCE_MAX):
        brought(S.SENDING, town.queue(Channel.EMAIL), handed_over_at=timezone.now(), provider="mail")
    mail, text = town.queue(Channel.EMAIL), town.queue(Channel.SMS)

    sender.send_due(limit=20)

    assert states([mail, text]) == [S.PENDING, S.SENT]
    at_noon.shift(dt.timedelta(seconds=2 * settings.SEND_TIMEOUT_SECONDS))
    assert sender.send_due(limit=20) == 1


def test_what_several_workers_learn_at_once_is_one_failure(at_noon: time_machine.Traveller) -> None:
    for _ in range(resting.FAILURES + 5):
        resting.failed("mail", why="No answer")

    assert ProviderRest.objects.get(pk="mail").failures == resting.FAILURES


def test_rests_grow_up_to_a_limit(at_noon: time_machine.Traveller) -> None:
    for _ in range(20):
        resting.failed("mail", why="No answer")
        at_noon.shift(resting.LONGEST_REST)

    assert resting.unavailable() == set()
    resting.failed("mail", why="No answer")
    found = ProviderRest.objects.get(pk="mail")
    assert found.until_at is not None
    assert dt.timedelta(minutes=4) < found.until_at - timezone.now() <= resting.LONGEST_REST


def test_next_of_a_channel_is_found_in_order(town: Town) -> None:
    """However many wait for the same moment, such as the end of the quiet hours: nothing is sorted."""
    town.queue(Channel.SMS)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_bitmapscan = off")
        now = timezone.now()
        cursor.execute(f"EXPLAIN {asking._CLAIM}", ["worker", now, "sms", now, now, now])
        plan = "\n".join(row[0] for row in cursor.fetchall())

    assert "delivery_due_by_channel" in plan
    assert "Sort" not in plan


def test_transport_that_breaks_over_every_message_rests(town: Town) -> None:
    """A mistake of ours must not turn everything that is due into messages of which nobody knows."""
    mails = [town.queue(Channel.EMAIL) for _ in range(5)]
    town.mail.failure = ZeroDivisionError()

    sender.send_due(limit=20)

    assert states(mails) == [S.UNKNOWN] * 3 + [S.PENDING] * 2


def test_long_outage_uses_up_no_message(
    town: Town, at_noon: time_machine.Traveller, settings: Settings
) -> None:
    settings.SEND_ATTEMPTS_MAX = 2
    mail = town.queue(Channel.EMAIL)
    town.mail.failure = NotYet("No connection", is_of_provider=True)

    for _ in range(4):
        sender.send_due(limit=20)
        at_noon.shift(dt.timedelta(minutes=31))

    mail.refresh_from_db()
    assert (mail.state, mail.attempts) == (S.PENDING, 4)


def test_rest_of_a_clock_that_was_wrong_is_none(town: Town) -> None:
    far = timezone.now() + dt.timedelta(days=365)
    ProviderRest.objects.create(provider="mail", failures=resting.FAILURES, until_at=far)

    assert resting.unavailable() == set()

    resting.failed("mail", why="No connection")
    assert resting.unavailable() == {"mail"}
    assert not ProviderRest.objects.filter(until_at__gt=timezone.now() + resting.LONGEST_WISH).exists()
