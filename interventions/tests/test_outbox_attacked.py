"""Workers that stop in the middle and go on later, and providers that contradict themselves: nothing goes out twice."""

import datetime as dt
import time
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest
import time_machine
from django.db import DatabaseError, OperationalError
from django.utils import timezone

from audit.models import AuditEvent
from interventions.models import Case, ContactPack, Delivery, SandboxMessage
from interventions.policy import governing
from interventions.sending import asking, exchange, inbound, lapse, outbox, reaping, sender, settling
from interventions.sending.exchange import Outcome
from interventions.sending.lapse import Lapse
from interventions.tests import governed
from interventions.tests.deliveries import S, brought, confirmed
from interventions.tests.stage import Stage, set_up
from interventions.transports.base import (
    CannotTell,
    Handed,
    Message,
    NotThere,
    NotYet,
    Permit,
    require,
    require_fresh,
)
from interventions.transports.sandbox import Sandbox
from risk.models import Alert

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_noon", "no_redis")]
STOPPED = dt.timedelta(seconds=41)


@pytest.fixture
def stage() -> Stage:
    return set_up()


def queued(stage: Stage) -> Delivery:
    message = confirmed(stage.case, by=stage.manager, template=stage.policy, confirmed_at=timezone.now())
    return outbox.enqueue(intervention=message, by=stage.manager)


def state_of(delivery: Delivery) -> str:
    delivery.refresh_from_db()
    return delivery.state


class Provider:
    """Takes what is still fresh, and does something else first."""

    name = "test"
    timeout_seconds = 1.0

    def __init__(self, *meanwhile: Callable[[], None], found: Any = None) -> None:
        self.meanwhile: Iterator[Callable[[], None]] = iter(meanwhile)
        self.found = found or CannotTell()
        self.taken: list[Message] = []

    def send(self, message: Message, permit: Permit) -> Handed:
        require(permit, message)
        next(self.meanwhile, lambda: None)()
        require_fresh(message)
        self.taken.append(message)
        return Handed("test", f"T{len(self.taken)}")

    def lookup(self, message: Message) -> Any:
        if isinstance(self.found, Exception):
            raise self.found
        return self.found


def provided(monkeypatch: pytest.MonkeyPatch, provider: Provider) -> Provider:
    monkeypatch.setattr(exchange, "transport_of", lambda _channel: provider)
    return provider


def process_stands_still(monkeypatch: pytest.MonkeyPatch, _at_noon: time_machine.Traveller) -> None:
    """Or the machine sleeps, or somebody sets the wall clock back: the steady one goes on."""
    steady = lapse._steady
    monkeypatch.setattr(lapse, "_steady", lambda: steady() + STOPPED.total_seconds())


def machine_is_suspended(_monkeypatch: pytest.MonkeyPatch, at_noon: time_machine.Traveller) -> None:
    """By its host: no clock of its own goes on, and then the wall clock is set."""
    at_noon.shift(STOPPED)


@pytest.mark.parametrize("stop", [process_stands_still, machine_is_suspended])
def test_worker_that_stopped_after_the_gates_yes_hands_nothing_over(
    stage: Stage,
    monkeypatch: pytest.MonkeyPatch,
    at_noon: time_machine.Traveller,
    stop: Callable[[pytest.MonkeyPatch, time_machine.Traveller], None],
) -> None:
    """Between the commit and the exchange: the time counts from the gate's answer, not from when it goes on."""
    provider, delivery = provided(monkeypatch, Provider()), queued(stage)
    true = asking.ask

    def stop_afterwards(**fields: Any) -> asking.Allowed | None:
        allowed = true(**fields)
        stop(monkeypatch, at_noon)
        return allowed

    monkeypatch.setattr(asking, "ask", stop_afterwards)

    sender.send_due(limit=1)

    assert provider.taken == []
    assert (state_of(delivery), delivery.contacted_at) == (S.PENDING, None)


def test_worker_that_went_on_late_puts_back_no_others_try(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, at_noon: time_machine.Traveller
) -> None:
    """Stopped, reaped, taken up by a second worker: the first one's 'not yet' is not about the second one's try."""
    delivery = queued(stage)

    def second_worker_takes_it_up() -> None:
        at_noon.shift(STOPPED)
        reaping.reap()
        at_noon.shift(STOPPED)
        with monkeypatch.context() as patch:
            patch.setattr(exchange, "handed_over", lambda *_: Outcome(lambda: None, lambda: None))
            sender.send_due(limit=1)
        assert (state_of(delivery), delivery.attempts) == (S.SENDING, 2)
        raise NotYet("Too much time passed")

    provided(monkeypatch, Provider(second_worker_takes_it_up, found=NotThere()))

    sender.send_due(limit=1)

    assert (state_of(delivery), delivery.attempts) == (S.SENDING, 2)


def test_reaper_that_stopped_puts_back_no_later_try(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, at_noon: time_machine.Traveller
) -> None:
    first = brought(S.SENDING, queued(stage), handed_over_at=timezone.now() - STOPPED)
    stale = Delivery.objects.get(pk=first.pk)
    settling.not_yet(delivery_id=first.pk, why="busy")
    at_noon.shift(STOPPED)
    provider = provided(monkeypatch, Provider(found=NotThere()))
    with monkeypatch.context() as patch:
        patch.setattr(exchange, "handed_over", lambda *_: Outcome(lambda: None, lambda: None))
        sender.send_due(limit=1)
    assert state_of(first) == S.SENDING

    stale.provider = provider.name
    reaping._look_into(stale, provider)

    assert (state_of(first), first.attempts) == (S.SENDING, 2)


def test_sandbox_takes_nothing_that_is_no_longer_being_sent(stage: Stage) -> None:
    """However late a stopped worker goes on, even past its last look at the time: what was put back is refused."""
    delivery = brought(S.SENDING, queued(stage), handed_over_at=timezone.now())
    message = exchange.message_of(delivery, lapse=Lapse.after(60))
    assert isinstance(Sandbox().lookup(message), NotThere)
    settling.not_yet(delivery_id=delivery.pk, why="reaped")

    class Leave:
        def covers(self, message: Message, /) -> bool:
            return True

    with pytest.raises(NotYet, match="somebody else"):
        Sandbox().send(message, Leave())

    assert SandboxMessage.objects.count() == 0


@pytest.mark.parametrize(("said", "state"), [("queued", S.SENT), ("delivered", S.DELIVERED)])
def test_provider_has_what_it_refused(stage: Stage, said: str, state: str) -> None:
    """It answered 'later', took the message all the same, and calls back: it is not sent again, and counts."""
    delivery = brought(S.SENDING, queued(stage), handed_over_at=timezone.now())
    settling.not_yet(delivery_id=delivery.pk, why="busy")

    inbound.status(key=delivery.idempotency_key, form={"MessageSid": "SM7", "MessageStatus": said})

    assert state_of(delivery) == state
    assert (delivery.provider_id, delivery.contacted_at is not None) == ("SM7", True)
    assert Case.objects.get(pk=stage.case.pk).first_contact_at == delivery.contacted_at
    assert Alert.objects.filter(dedupe_key=f"delivery.contradicted.{delivery.pk}").count() == 1


@pytest.mark.parametrize("ended", [S.CANCELLED, S.DENIED])
def test_provider_has_what_was_ended_since(stage: Stage, ended: S) -> None:
    delivery = brought(S.SENDING, queued(stage), handed_over_at=timezone.now())
    settling.not_yet(delivery_id=delivery.pk, why="busy")
    delivery.refresh_from_db()
    brought(ended, delivery)

    inbound.status(key=delivery.idempotency_key, form={"MessageSid": "SM7", "MessageStatus": "delivered"})

    assert state_of(delivery) == ended
    assert Alert.objects.filter(dedupe_key=f"delivery.contradicted.{delivery.pk}").count() == 1


def test_worker_learns_late_that_it_is_out(stage: Stage) -> None:
    """The row was put back, and the first worker's request was taken after all."""
    delivery = brought(S.SENDING, queued(stage), handed_over_at=timezone.now())
    settling.not_yet(delivery_id=delivery.pk, why="reaped")

    settling.sent(delivery_id=delivery.pk, provider="test", provider_id="T1")

    assert (state_of(delivery), delivery.provider_id) == (S.SENT, "T1")
    assert Alert.objects.filter(dedupe_key=f"delivery.contradicted.{delivery.pk}").count() == 1


def test_failure_there_and_arrival_in_any_order_are_no_contradiction(stage: Stage) -> None:
    delivery = brought(S.SENT, queued(stage), provider="twilio", provider_id="SM7")

    for said in ("undelivered", "delivered"):
        inbound.status(key=delivery.idempotency_key, form={"MessageSid": "SM7", "MessageStatus": said})

    assert state_of(delivery) == S.FAILED
    assert not Alert.objects.filter(dedupe_key__startswith="delivery.contradicted.").exists()


@pytest.mark.parametrize("settle", [settling.not_sent, settling.not_yet, settling.unknown])
def test_an_earlier_try_settles_no_later_one(stage: Stage, settle: Callable[..., None]) -> None:
    delivery = brought(S.SENDING, queued(stage), handed_over_at=timezone.now())
    settling.not_yet(delivery_id=delivery.pk, why="busy", attempt=1)
    delivery.refresh_from_db()
    brought(S.SENDING, delivery, handed_over_at=timezone.now())

    settle(delivery_id=delivery.pk, why="late", attempt=1)

    assert (state_of(delivery), delivery.attempts, delivery.error) == (S.SENDING, 2, "busy")


def test_failure_of_what_waits_changes_nothing(stage: Stage) -> None:
    delivery = brought(S.SENDING, queued(stage), handed_over_at=timezone.now())
    settling.not_yet(delivery_id=delivery.pk, why="busy")

    inbound.status(key=delivery.idempotency_key, form={"MessageSid": "SM7", "MessageStatus": "failed"})

    assert state_of(delivery) == S.PENDING
    assert not Alert.objects.filter(dedupe_key__startswith="delivery.contradicted.").exists()


def test_what_a_provider_has_of_a_lost_try_is_not_sent_again(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The database fell back to a copy that had not yet seen the try: the row waits as if nothing had been done."""
    delivery, provider = queued(stage), provided(monkeypatch, Provider())

    inbound.status(key=delivery.idempotency_key, form={"MessageSid": "SM7", "MessageStatus": "delivered"})
    sender.send_due(limit=10)

    assert (state_of(delivery), provider.taken) == (S.CANCELLED, [])
    assert Alert.objects.filter(dedupe_key=f"delivery.contradicted.{delivery.pk}").count() == 1


@pytest.mark.parametrize(("said", "alerts"), [("delivered", 1), ("undelivered", 0)])
def test_second_message_under_the_same_key_is_told(stage: Stage, said: str, alerts: int) -> None:
    delivery = brought(S.SENT, queued(stage), provider="twilio", provider_id="SM7")

    inbound.status(key=delivery.idempotency_key, form={"MessageSid": "SM8", "MessageStatus": said})

    assert (state_of(delivery), delivery.provider_id) == (S.SENT, "SM7")
    assert Alert.objects.filter(dedupe_key=f"delivery.twin.{delivery.pk}").count() == alerts


def test_provider_that_is_silent_is_asked_once_a_run(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every row it left behind is known to be unknown all the same."""
    others = [set_up(manager=stage.manager, name=f"Bina {number}") for number in range(2)]
    left = [
        brought(S.SENDING, queued(each), handed_over_at=timezone.now() - STOPPED, provider="test")
        for each in (stage, *others)
    ]
    asked: list[Message] = []

    def think(message: Message) -> CannotTell:
        asked.append(message)
        monkeypatch.setattr(reaping, "time", SimpleNamespace(monotonic=lambda: time.monotonic() + 20))
        return CannotTell()

    provider = provided(monkeypatch, Provider())
    monkeypatch.setattr(provider, "lookup", think)

    assert reaping.reap() == 3

    assert [state_of(each) for each in left] == [S.UNKNOWN] * 3
    assert len(asked) == 1


def test_one_row_that_breaks_does_not_hold_up_the_others(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, at_noon: time_machine.Traveller
) -> None:
    other = set_up(manager=stage.manager, name="Bina Rao")
    broken, sound = queued(stage), queued(other)
    true = asking.ask

    def ask(**fields: Any) -> asking.Allowed | None:
        if fields["delivery_id"] == broken.pk:
            raise KeyError("a mistake of ours")
        return true(**fields)

    monkeypatch.setattr(asking, "ask", ask)
    provided(monkeypatch, Provider())

    assert sender.send_due(limit=10) == 2

    assert (state_of(broken), state_of(sound)) == (S.PENDING, S.SENT)
    assert Alert.objects.filter(dedupe_key=f"delivery.stuck.{broken.pk}").count() == 1


def test_database_that_is_away_is_no_fault_of_the_message(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    delivery = queued(stage)

    def away(**_: Any) -> None:
        raise OperationalError("the server is away")

    monkeypatch.setattr(asking, "ask", away)

    with pytest.raises(OperationalError):
        sender.send_due(limit=10)

    assert state_of(delivery) == S.PENDING
    assert not Alert.objects.filter(dedupe_key__startswith="delivery.stuck.").exists()


def test_one_row_that_breaks_does_not_hold_up_the_reaper(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = set_up(manager=stage.manager, name="Bina Rao")
    long_ago = timezone.now() - dt.timedelta(minutes=5)
    broken = brought(S.SENDING, queued(stage), handed_over_at=long_ago)
    sound = brought(S.SENDING, queued(other), handed_over_at=long_ago + dt.timedelta(minutes=1))
    true = settling.unknown

    def unknown(**fields: Any) -> None:
        if fields["delivery_id"] == broken.pk:
            raise DatabaseError("refused by a trigger")
        true(**fields)

    monkeypatch.setattr(settling, "unknown", unknown)
    provided(monkeypatch, Provider())

    assert reaping.reap() == 1

    assert (state_of(broken), state_of(sound)) == (S.SENDING, S.UNKNOWN)
    assert Alert.objects.filter(dedupe_key=f"delivery.stuck.{broken.pk}").count() == 1


def test_waiting_without_rules_is_told(stage: Stage) -> None:
    for pack in ContactPack.objects.filter(state="active"):
        governing.retire(subject=pack, by=governed.officer(), reason="a test")
    assert sender.send_due(limit=10) == 0
    assert not Alert.objects.filter(dedupe_key__startswith="outbox.no_rules.").exists()
    delivery = queued(stage)

    assert sender.send_due(limit=10) == 0

    assert state_of(delivery) == S.PENDING
    assert Alert.objects.filter(dedupe_key__startswith="outbox.no_rules.").count() == 1
    assert not AuditEvent.objects.filter(action="interventions.delivery.denied").exists()
