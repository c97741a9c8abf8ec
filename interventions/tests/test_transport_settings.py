"""Which transport a channel has, and what is said of half-configured ones."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.checks import run_checks
from django.db import DatabaseError
from pytest_django.fixtures import Settings

from interventions.contact import addresses
from interventions.models import Channel, SandboxMessage
from interventions.sending.lapse import OVER
from interventions.tests.deliveries import brought
from interventions.tests.messages import Leave, message
from interventions.transports.base import Handed, NotSent, NotThere, NotYet, OutcomeUnknown
from interventions.transports.email import Smtp
from interventions.transports.registry import NotConfigured, transport_of
from interventions.transports.sandbox import Sandbox
from interventions.transports.twilio import TwilioMessages
from interventions.transports.voice import TwilioCalls

CHANNELS = ("sms", "whatsapp", "email", "voice")


@pytest.fixture
def real(settings: Settings) -> Settings:
    settings.TRANSPORTS = {"sms": "twilio", "whatsapp": "twilio", "email": "smtp", "voice": "twilio"}
    settings.TWILIO_ACCOUNT_SID, settings.TWILIO_AUTH_TOKEN = "AC1", "secret"
    settings.TWILIO_SMS_FROM = settings.TWILIO_WHATSAPP_FROM = settings.TWILIO_VOICE_FROM = "+15005550006"
    settings.SMTP_HOST, settings.SMTP_FROM = "mail.bank.example", "A Bank <help@bank.example>"
    settings.PUBLIC_BASE_URL = "https://risk.bank.example"
    return settings


def said() -> Iterator[str]:
    for found in run_checks(include_deployment_checks=True):
        if str(found.id).startswith("interventions.E"):
            yield f"{found.id} {found.msg}"


def test_by_default_nobody_is_reached() -> None:
    assert all(isinstance(transport_of(channel), Sandbox) for channel in CHANNELS)
    assert list(said()) == []


def test_every_channel_has_what_was_chosen(real: Settings) -> None:
    kinds = [type(transport_of(channel)) for channel in CHANNELS]

    assert kinds == [TwilioMessages, TwilioMessages, Smtp, TwilioCalls]
    assert list(said()) == []


def test_call_has_none() -> None:
    with pytest.raises(NotConfigured, match="a person makes it"):
        transport_of(Channel.CALL)


@pytest.mark.parametrize(
    ("name", "value", "channel", "words"),
    [
        ("TRANSPORTS", dict.fromkeys(CHANNELS, "pigeon"), "sms", "is 'pigeon'; it may be sandbox or twilio"),
        ("TWILIO_ACCOUNT_SID", "", "sms", "TWILIO_ACCOUNT_SID is not set"),
        ("TWILIO_AUTH_TOKEN", "", "voice", "TWILIO_AUTH_TOKEN is not set"),
        ("TWILIO_WHATSAPP_FROM", "", "whatsapp", "TWILIO_WHATSAPP_FROM is not set"),
        ("TWILIO_API_URL", "http://api.example.com", "sms", "must begin with https"),
        ("TWILIO_API_URL", "api.example.com", "sms", "is no address with https"),
        ("PUBLIC_BASE_URL", "", "sms", "could not opt out"),
        ("PUBLIC_BASE_URL", "http://risk.bank.example", "email", "must begin with https"),
        ("SMTP_HOST", "", "email", "SMTP_HOST is not set"),
        ("SMTP_FROM", "A Bank", "email", "SMTP_FROM is no e-mail address"),
        ("SMTP_SECURITY", "ssl", "email", "it may be starttls, tls, none"),
        ("SMTP_SECURITY", "none", "email", "cross the network readable"),
        ("SMTP_USER", "equilibrate", "email", "set both or neither"),
    ],
)
def test_half_configured_transport_is_told_and_not_used(
    real: Settings, name: str, value: Any, channel: str, words: str
) -> None:
    setattr(real, name, value)

    assert any(found.startswith("interventions.E001") and words in found for found in said())
    with pytest.raises(NotConfigured, match=re.escape(words)):
        transport_of(channel)


def test_server_on_this_machine_needs_no_tls(real: Settings) -> None:
    real.SMTP_HOST, real.SMTP_SECURITY = "localhost", "none"
    real.TWILIO_API_URL = "http://127.0.0.1:8000"

    assert list(said()) == []


def test_times_that_do_not_fit_are_told(settings: Settings) -> None:
    settings.SEND_REAP_SECONDS = settings.SEND_TIMEOUT_SECONDS

    assert any(found.startswith("interventions.E002") for found in said())


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("+91 98765 43210", "+919876543210"),
        ("098765-43210", "+919876543210"),
        ("+44 20 7946 0958", "+442079460958"),
        ("+911101234567", "+911101234567"),
        ("123", ""),
        ("", ""),
        ("call me", ""),
    ],
)
def test_numbers_become_those_of_providers(text: str, number: str) -> None:
    assert addresses.phone(text) == number


@pytest.mark.parametrize(
    ("text", "mailbox"),
    [
        (" asha@example.org ", "asha@example.org"),
        ("asha.rao+bank@mail.example.co.in", "asha.rao+bank@mail.example.co.in"),
        ("asha@example.org, other@example.org", ""),
        ("asha@example.org\nBcc: x@example.org", ""),
        ("asha@localhost", ""),
        ("आशा@example.org", ""),
        ("a" * 65 + "@example.org", ""),
        ("", ""),
    ],
)
def test_mailboxes_are_plain(text: str, mailbox: str) -> None:
    assert addresses.mailbox(text) == mailbox


@pytest.mark.django_db
def test_sandbox_knows_what_it_got() -> None:
    delivery = brought("sending")
    said = message(key=delivery.idempotency_key, handed_over_at=delivery.handed_over_at)
    sandbox = Sandbox()
    assert isinstance(sandbox.lookup(said), NotThere)

    handed = sandbox.send(said, Leave())

    assert sandbox.lookup(said) == handed == Handed("sandbox", str(SandboxMessage.objects.get().pk))


@pytest.mark.django_db
def test_sandbox_asks_for_the_permit_like_everybody() -> None:
    with pytest.raises(NotSent):
        Sandbox().send(message(), Leave(covered=False))
    with pytest.raises(NotYet):
        Sandbox().send(message(lapse=OVER), Leave())

    assert SandboxMessage.objects.count() == 0


@pytest.mark.django_db
def test_sandbox_without_its_database_does_not_know(monkeypatch: pytest.MonkeyPatch) -> None:
    def away(**_: object) -> None:
        raise DatabaseError

    delivery = brought("sending")
    monkeypatch.setattr(SandboxMessage.objects, "create", away)

    with pytest.raises(OutcomeUnknown):
        Sandbox().send(message(key=delivery.idempotency_key, handed_over_at=delivery.handed_over_at), Leave())
