"""The outbox: sent once, by leave of the gate, and settled by what is known."""

import datetime as dt
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest
import time_machine
from django.core.exceptions import PermissionDenied
from django.db import OperationalError
from django.utils import timezone
from pytest_django.fixtures import Settings

from audit.models import AuditEvent
from interventions import tasks
from interventions.contact import breaker, cancelling, consents
from interventions.models import (
    Case,
    Channel,
    ConsentEvent,
    Delivery,
    GateDecision,
    Intervention,
    SandboxMessage,
)
from interventions.sending import asking, exchange, outbox, reaping, sender, settling
from interventions.sending.exchange import Outcome
from interventions.sending.lapse import OVER
from interventions.sending.outbox import OutboxRefused
from interventions.tests import deliveries, staff
from interventions.tests.deliveries import S, brought, confirmed
from interventions.tests.stage import Stage, set_up
from interventions.transports.base import (
    CannotTell,
    Handed,
    Message,
    NotSent,
    NotThere,
    NotYet,
    OutcomeUnknown,
    Permit,
)
from interventions.transports.registry import NotConfigured
from risk.models import Alert

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_noon", "no_redis")]


@pytest.fixture
def stage() -> Stage:
    return set_up()


def message_of(stage: Stage, **fields: Any) -> Intervention:
    given = {"by": stage.manager, "template": stage.policy, "confirmed_at": timezone.now(), **fields}
    return confirmed(stage.case, **given)


def queued(stage: Stage, **fields: Any) -> Delivery:
    return outbox.enqueue(intervention=message_of(stage, **fields), by=stage.manager)


@dataclass
class Scripted:
    """Answers as it is told to, and counts."""

    outcome: object = field(default_factory=lambda: Handed("test", "T1"))
    found: object = field(default_factory=CannotTell)
    name: str = "test"
    timeout_seconds: float = 1.0
    sent: list[Message] = field(default_factory=list)

    def send(self, message: Message, permit: Permit) -> Handed:
        assert permit.covers(message)
        self.sent.append(message)
        if isinstance(self.outcome, Exception):
            raise self.outcome
        assert isinstance(self.outcome, Handed)
        return self.outcome

    def lookup(self, message: Message) -> Any:
        if isinstance(self.found, Exception):
            raise self.found
        return self.found


@pytest.fixture
def scripted(monkeypatch: pytest.MonkeyPatch) -> Scripted:
    transport = Scripted()
    monkeypatch.setattr(exchange, "transport_of", lambda _channel: transport)
    return transport


def state_of(delivery: Delivery) -> str:
    delivery.refresh_from_db()
    return delivery.state


def test_message_is_queued_once(stage: Stage) -> None:
    message = message_of(stage)

    first = outbox.enqueue(intervention=message, by=stage.manager)
    again = outbox.enqueue(intervention=message, by=stage.manager)

    assert first == again
    assert (first.state, first.address, first.body) == (S.PENDING, "+919876543210", message.body)
    assert AuditEvent.objects.filter(action="interventions.delivery.queued").count() == 1


def test_same_contact_is_not_queued_twice(stage: Stage) -> None:
    queued(stage)

    with pytest.raises(OutboxRefused, match="was sent or queued by this channel already"):
        queued(stage)


def test_another_channel_may_follow(stage: Stage) -> None:
    queued(stage)

    assert queued(stage, channel=Channel.EMAIL, subject="We are there").address == "asha@example.com"


@pytest.mark.parametrize("who", [lambda: staff.manager("rm2"), lambda: staff.user("a", "Analysts")])
def test_only_those_who_look_after_the_customer_send(stage: Stage, who: Callable[[], Any]) -> None:
    with pytest.raises(PermissionDenied):
        outbox.enqueue(intervention=message_of(stage), by=who())


def test_supervisors_send_for_everybody(stage: Stage) -> None:
    assert outbox.enqueue(intervention=message_of(stage), by=staff.supervisor()).state == S.PENDING


def test_draft_is_not_queued(stage: Stage) -> None:
    message = message_of(stage)
    message.state, message.cancelled_at = Intervention.State.CANCELLED, timezone.now()
    message.save()

    with pytest.raises(OutboxRefused, match="is not confirmed"):
        outbox.enqueue(intervention=message, by=stage.manager)


def test_call_is_not_queued(stage: Stage) -> None:
    with pytest.raises(OutboxRefused, match="made by a person"):
        queued(stage, channel=Channel.CALL)


def test_customer_without_an_address_is_not_queued(stage: Stage) -> None:
    stage.customer.phone = "12"
    stage.customer.save()

    with pytest.raises(OutboxRefused, match="no usable address"):
        queued(stage)


def test_altered_words_are_not_queued(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    message = message_of(stage)
    monkeypatch.setattr(outbox, "message_sha256", lambda **_: "0" * 64)

    with pytest.raises(OutboxRefused, match="not those that were confirmed"):
        outbox.enqueue(intervention=message, by=stage.manager)


def test_message_goes_to_the_sandbox_once(stage: Stage) -> None:
    delivery = queued(stage)

    assert sender.send_due(limit=10) == 1
    assert sender.send_due(limit=10) == 0

    kept = SandboxMessage.objects.get()
    assert (kept.key, kept.address, kept.body) == (delivery.idempotency_key, delivery.address, delivery.body)
    assert state_of(delivery) == S.SENT
    assert (delivery.provider, delivery.provider_id) == ("sandbox", str(kept.pk))
    assert delivery.contacted_at is not None and delivery.attempts == 1
    assert Case.objects.get(pk=stage.case.pk).first_contact_at == delivery.contacted_at
    decision = GateDecision.objects.get(delivery=delivery)
    assert (decision.is_allowed, decision.moment) == (True, "send")
    assert AuditEvent.objects.filter(action="interventions.delivery.sent").count() == 1


def test_what_is_due_first_goes_first(stage: Stage, scripted: Scripted) -> None:
    others = [set_up(manager=stage.manager, name=f"Asha {number}") for number in range(2)]
    later, sooner = (queued(each) for each in others)
    Delivery.objects.filter(pk=sooner.pk).update(not_before_at=timezone.now() - dt.timedelta(hours=1))

    sender.send_due(limit=1)

    assert (state_of(sooner), state_of(later)) == (S.SENT, S.PENDING)


def test_nothing_goes_before_its_time(stage: Stage, scripted: Scripted) -> None:
    delivery = outbox.enqueue(
        intervention=message_of(stage), by=stage.manager, not_before_at=timezone.now() + dt.timedelta(hours=1)
    )

    assert sender.send_due(limit=10) == 0
    assert state_of(delivery) == S.PENDING


def test_final_denial_ends_it(stage: Stage, scripted: Scripted) -> None:
    delivery = queued(stage)
    ConsentEvent.objects.create(
        customer=stage.customer, channel="sms", purpose="support", is_granted=False, source="import",
        happened_at=timezone.now(),
    )  # fmt: skip

    sender.send_due(limit=10)

    assert state_of(delivery) == S.DENIED
    assert delivery.denied_rule == "consent"
    assert delivery.contacted_at is None
    assert scripted.sent == []


def test_quiet_hours_let_it_wait(stage: Stage, scripted: Scripted, at_noon: time_machine.Traveller) -> None:
    delivery = queued(stage)
    at_noon.shift(dt.timedelta(hours=9))

    sender.send_due(limit=10)

    assert state_of(delivery) == S.PENDING
    assert delivery.denied_rule == "quiet_hours"
    assert delivery.next_lawful_at == delivery.not_before_at
    assert delivery.not_before_at > timezone.now()
    assert scripted.sent == []
    at_noon.shift(delivery.not_before_at - timezone.now() + dt.timedelta(seconds=1))
    sender.send_due(limit=10)
    assert state_of(delivery) == S.SENT


def test_open_breaker_lets_everything_wait(stage: Stage, scripted: Scripted) -> None:
    delivery = queued(stage)
    breaker.open(by=staff.supervisor(), reason="a test")

    assert sender.send_due(limit=10) == 0
    assert state_of(delivery) == S.PENDING
    assert GateDecision.objects.filter(delivery=delivery).count() == 0


def test_breaker_that_opens_meanwhile_lets_it_wait(
    stage: Stage, scripted: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    delivery = queued(stage)
    open_ = breaker.Count(is_open=True, sent=1)
    monkeypatch.setattr(breaker, "check_and_count", lambda _rules: open_)

    sender.send_due(limit=10)

    assert state_of(delivery) == S.PENDING
    assert delivery.denied_rule == "breaker"
    assert delivery.retry_at is not None and delivery.retry_at > timezone.now()


def test_gate_that_breaks_lets_it_wait_and_tells(
    stage: Stage, scripted: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    delivery = queued(stage)
    from interventions import send_gate

    def broken(*_: object) -> Any:
        raise ZeroDivisionError

    monkeypatch.setattr(send_gate, "RULES", (("case", broken), *send_gate.RULES[2:]))

    sender.send_due(limit=10)

    assert state_of(delivery) == S.PENDING
    assert scripted.sent == []
    assert Alert.objects.filter(dedupe_key=f"delivery.fault.{delivery.pk}").count() == 1


def test_certainly_not_sent_is_tried_again_later(
    stage: Stage, scripted: Scripted, at_noon: time_machine.Traveller, settings: Settings
) -> None:
    settings.SEND_ATTEMPTS_MAX = 2
    scripted.outcome = NotYet("busy", wait_seconds=100)
    delivery = queued(stage)

    sender.send_due(limit=10)

    assert state_of(delivery) == S.PENDING
    assert (delivery.contacted_at, delivery.claimed_by, delivery.attempts) == (None, "", 1)
    assert sender.send_due(limit=10) == 0
    at_noon.shift(dt.timedelta(seconds=101))
    sender.send_due(limit=10)
    assert state_of(delivery) == S.FAILED
    assert (delivery.contacted_at, delivery.error) == (None, "busy")
    assert len(scripted.sent) == 2


def test_wrong_settings_are_told_to_operators_once_a_day(stage: Stage, scripted: Scripted) -> None:
    scripted.outcome = NotYet("wrong password", needs_operator=True)
    queued(stage)
    queued(stage, channel=Channel.WHATSAPP)

    sender.send_due(limit=10)

    assert Alert.objects.filter(dedupe_key__startswith="transport.sms.").count() == 1


def test_wrong_settings_do_not_use_up_a_messages_tries(
    stage: Stage, scripted: Scripted, at_noon: time_machine.Traveller, settings: Settings
) -> None:
    settings.SEND_ATTEMPTS_MAX = 1
    scripted.outcome = NotYet("wrong password", needs_operator=True)
    delivery = queued(stage)

    for tries in range(1, 4):
        sender.send_due(limit=10)
        assert (state_of(delivery), delivery.attempts) == (S.PENDING, tries)
        at_noon.shift(dt.timedelta(minutes=31))


def test_tasks_do_the_work(stage: Stage) -> None:
    delivery = queued(stage)

    tasks.send()
    tasks.reap()

    assert state_of(delivery) == S.SENT


def test_refused_message_failed_and_was_no_contact(stage: Stage, scripted: Scripted) -> None:
    scripted.outcome = NotSent("no such number")
    delivery = queued(stage)

    sender.send_due(limit=10)

    assert state_of(delivery) == S.FAILED
    assert delivery.contacted_at is None
    assert Case.objects.get(pk=stage.case.pk).first_contact_at is None


def test_opt_out_that_the_provider_knows_is_ours_too(stage: Stage, scripted: Scripted) -> None:
    scripted.outcome = NotSent("opted out", is_opted_out=True)
    queued(stage)

    sender.send_due(limit=10)

    assert not consents.state_of(stage.customer)[("sms", "support")].is_granted
    assert consents.state_of(stage.customer)[("email", "support")].is_granted


@pytest.mark.parametrize("outcome", [OutcomeUnknown("timeout"), RuntimeError("a mistake of ours")])
def test_unknown_is_told_and_never_sent_again(
    stage: Stage, scripted: Scripted, outcome: Exception, at_noon: time_machine.Traveller
) -> None:
    scripted.outcome = outcome
    delivery = queued(stage)

    sender.send_due(limit=10)

    assert state_of(delivery) == S.UNKNOWN
    assert delivery.contacted_at is not None
    assert Alert.objects.filter(dedupe_key=f"delivery.unknown.{delivery.pk}").count() == 1
    for _ in range(3):
        at_noon.shift(dt.timedelta(days=1))
        sender.send_due(limit=10)
        reaping.reap()
    assert len(scripted.sent) == 1
    assert state_of(delivery) == S.UNKNOWN
    assert delivery.retry_at is None


def test_unknown_that_turns_up_is_sent(
    stage: Stage, scripted: Scripted, at_noon: time_machine.Traveller
) -> None:
    scripted.outcome = OutcomeUnknown("timeout")
    delivery = queued(stage)
    sender.send_due(limit=10)
    scripted.found = Handed("test", "T9")

    assert reaping.reap() == 0
    at_noon.shift(dt.timedelta(seconds=61))
    assert reaping.reap() == 1

    assert state_of(delivery) == S.SENT
    assert delivery.provider_id == "T9"
    assert Case.objects.get(pk=stage.case.pk).first_contact_at == delivery.contacted_at


def test_unknown_that_never_came_has_failed(
    stage: Stage, scripted: Scripted, at_noon: time_machine.Traveller
) -> None:
    scripted.outcome = OutcomeUnknown("timeout")
    delivery = queued(stage)
    sender.send_due(limit=10)
    scripted.found = NotThere()
    at_noon.shift(dt.timedelta(seconds=61))

    reaping.reap()

    assert state_of(delivery) == S.FAILED


def left_behind(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> Delivery:
    """A delivery whose worker was killed after the first transaction."""
    delivery = queued(stage)
    with monkeypatch.context() as patch:
        patch.setattr(exchange, "handed_over", lambda *_: Outcome(lambda: None, lambda: None))
        sender.send_due(limit=1)
    assert state_of(delivery) == S.SENDING
    return delivery


def test_worker_that_may_live_is_left_alone(
    stage: Stage, scripted: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    delivery = left_behind(stage, monkeypatch)

    assert reaping.reap() == 0
    assert sender.send_due(limit=10) == 0
    assert state_of(delivery) == S.SENDING


@pytest.mark.parametrize(
    ("found", "name", "state"),
    [
        (Handed("test", "T7"), "test", S.SENT),
        (NotThere(), "test", S.PENDING),
        (CannotTell(), "test", S.UNKNOWN),
        (TypeError("a mistake of ours"), "test", S.UNKNOWN),
        (Handed("test", "T7"), "another provider by now", S.UNKNOWN),
    ],
)
def test_what_a_killed_worker_left_is_looked_into(
    stage: Stage,
    scripted: Scripted,
    monkeypatch: pytest.MonkeyPatch,
    at_noon: time_machine.Traveller,
    found: object,
    name: str,
    state: str,
) -> None:
    delivery = left_behind(stage, monkeypatch)
    at_noon.shift(dt.timedelta(seconds=41))
    scripted.found, scripted.name = found, name

    assert reaping.reap() == 1

    assert state_of(delivery) == state
    assert scripted.sent == []
    is_told = Alert.objects.filter(dedupe_key=f"delivery.unknown.{delivery.pk}").exists()
    assert is_told == (state == S.UNKNOWN)


def test_reaping_and_sending_end_with_their_time(
    stage: Stage, scripted: Scripted, monkeypatch: pytest.MonkeyPatch, at_noon: time_machine.Traveller
) -> None:
    left_behind(stage, monkeypatch)
    at_noon.shift(dt.timedelta(seconds=41))
    for module in (reaping, sender):
        monkeypatch.setattr(module, "LONGEST_RUN_SECONDS", -1.0)

    assert reaping.reap() == 0
    assert sender.send_due(limit=10) == 0


def test_permit_that_ended_is_asked_for_again(
    stage: Stage, scripted: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    delivery = queued(stage)
    an_hour_on = SimpleNamespace(now=lambda: timezone.now() + dt.timedelta(hours=1))
    monkeypatch.setattr(exchange, "bank_clock", an_hour_on)

    sender.send_due(limit=10)

    assert state_of(delivery) == S.PENDING
    assert "ended before" in delivery.error
    assert scripted.sent == []


def test_half_configured_channel_waits_and_is_told(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    transport = Scripted()

    def transport_of(channel: str) -> Scripted:
        if channel == Channel.SMS:
            raise NotConfigured("TWILIO_ACCOUNT_SID is not set.")
        return transport

    monkeypatch.setattr(exchange, "transport_of", transport_of)
    waits, goes = queued(stage), queued(stage, channel=Channel.EMAIL, subject="We are there")

    sender.send_due(limit=10)

    assert (state_of(waits), state_of(goes)) == (S.PENDING, S.SENT)
    assert "TWILIO_ACCOUNT_SID" in Alert.objects.get(dedupe_key__startswith="transport.sms.").message


def test_settling_is_tried_until_the_database_answers(
    stage: Stage, scripted: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    delivery = queued(stage)
    monkeypatch.setattr(sender, "SETTLE_PAUSES_SECONDS", (0.0, 0.0))
    tries = iter([OperationalError, OperationalError, None])
    true = settling.sent

    def away(**fields: Any) -> None:
        if error := next(tries):
            raise error("the server is away")
        true(**fields)

    monkeypatch.setattr(settling, "sent", away)

    sender.send_due(limit=10)

    assert state_of(delivery) == S.SENT


def test_case_that_cannot_be_told_does_not_undo_what_happened(
    stage: Stage, scripted: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    from interventions.casework import cases

    def broken(**_: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(cases, "contacted", broken)
    delivery = queued(stage)

    sender.send_due(limit=10)

    assert state_of(delivery) == S.SENT
    assert Alert.objects.filter(dedupe_key=f"delivery.contact.{delivery.pk}").count() == 1


def test_claim_of_another_worker_is_respected(stage: Stage, at_noon: time_machine.Traveller) -> None:
    delivery = queued(stage)
    assert asking.claim(worker="first", channel="sms") == delivery.pk

    assert asking.claim(worker="second", channel="sms") is None
    assert asking.ask(delivery_id=delivery.pk, worker="second", provider="test") is None

    at_noon.shift(dt.timedelta(seconds=31))
    assert asking.claim(worker="second", channel="sms") == delivery.pk
    assert asking.ask(delivery_id=delivery.pk, worker="first", provider="test") is None


@pytest.mark.parametrize(
    "cancel",
    [
        lambda stage, _message: cancelling.of_case(case=stage.case, reason="resolved"),
        lambda _stage, message: cancelling.of_intervention(intervention=message, reason="taken back"),
        lambda stage, _message: cancelling.of_customer(
            customer=stage.customer, channel="sms", purpose="support", reason="withdrawn"
        ),
        lambda stage, _message: cancelling.of_customer(customer=stage.customer, reason="withdrawn"),
    ],
)
def test_what_waits_can_be_cancelled(
    stage: Stage, scripted: Scripted, cancel: Callable[[Stage, Intervention], int]
) -> None:
    message = message_of(stage)
    delivery = outbox.enqueue(intervention=message, by=stage.manager)

    assert cancel(stage, message) == 1
    assert cancel(stage, message) == 0

    assert state_of(delivery) == S.CANCELLED
    assert sender.send_due(limit=10) == 0
    assert AuditEvent.objects.filter(action="interventions.delivery.cancelled").count() == 1


def test_cancelling_leaves_other_channels_and_purposes(stage: Stage) -> None:
    queued(stage)

    assert cancelling.of_customer(customer=stage.customer, channel="email", reason="x") == 0
    assert cancelling.of_customer(customer=stage.customer, purpose="service", reason="x") == 0


@pytest.mark.parametrize("state", [S.SENDING, S.SENT, S.UNKNOWN, S.DELIVERED])
def test_what_is_on_its_way_cannot_be_cancelled(state: S) -> None:
    delivery = brought(state)

    assert not cancelling.of_delivery(delivery_id=delivery.pk, reason="too late")
    assert state_of(delivery) == state


@pytest.mark.parametrize(("was_sent", "state"), [(True, S.SENT), (False, S.FAILED)])
def test_somebody_looks_an_unknown_one_up(was_sent: bool, state: str) -> None:
    delivery = brought(S.UNKNOWN)

    outbox.settle_unknown(
        delivery_id=delivery.pk,
        was_sent=was_sent,
        by=staff.supervisor(),
        reason="the provider's log of today",
    )

    assert state_of(delivery) == state
    event = AuditEvent.objects.get(action="interventions.delivery.looked_up")
    assert "the provider's log of today" in event.personal.content
    assert (event.reason, event.detail["was_sent"]) == ("", was_sent)


def test_not_everybody_settles_what_is_unknown() -> None:
    delivery = brought(S.UNKNOWN)

    with pytest.raises(PermissionDenied):
        outbox.settle_unknown(delivery_id=delivery.pk, was_sent=True, by=staff.manager("rm7"), reason="so")


@pytest.mark.parametrize(("state", "reason"), [(S.SENT, "seen"), (S.UNKNOWN, " ")])
def test_only_the_unknown_is_settled_and_with_a_reason(state: S, reason: str) -> None:
    delivery = brought(state)

    with pytest.raises(OutboxRefused):
        outbox.settle_unknown(delivery_id=delivery.pk, was_sent=True, by=staff.supervisor(), reason=reason)


@pytest.mark.parametrize(
    "settle",
    [
        lambda pk: settling.sent(delivery_id=pk, provider="test", provider_id="T1"),
        lambda pk: settling.not_sent(delivery_id=pk, why="x"),
        lambda pk: settling.not_yet(delivery_id=pk, why="x"),
        lambda pk: settling.unknown(delivery_id=pk, why="x"),
        lambda pk: settling.looked_up_in_vain(delivery_id=pk),
    ],
)
def test_what_is_settled_stays(settle: Callable[[uuid.UUID], None]) -> None:
    delivery = brought(S.DELIVERED)

    settle(delivery.pk)

    assert state_of(delivery) == S.DELIVERED


def test_row_that_was_never_handed_over_is_no_message() -> None:
    with pytest.raises(ValueError, match="being sent"):
        exchange.message_of(deliveries.queued(), lapse=OVER)


def test_altered_row_is_not_sent(stage: Stage, scripted: Scripted, monkeypatch: pytest.MonkeyPatch) -> None:
    delivery = queued(stage)
    monkeypatch.setattr(asking, "message_sha256", lambda **_: "0" * 64)

    sender.send_due(limit=10)

    assert state_of(delivery) == S.FAILED
    assert scripted.sent == []
    assert Alert.objects.filter(dedupe_key=f"delivery.tampered.{delivery.pk}").count() == 1
