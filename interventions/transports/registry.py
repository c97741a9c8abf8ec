"""Which transport a channel has, by the settings."""

from django.conf import settings

from interventions.models import Channel
from interventions.sending import transport_settings
from interventions.transports.base import Transport
from interventions.transports.email import Server, Smtp
from interventions.transports.sandbox import Sandbox
from interventions.transports.twilio import Account, TwilioMessages
from interventions.transports.voice import TwilioCalls


class NotConfigured(Exception):
    """A channel's transport lacks settings; nothing is sent by it."""


def transport_of(channel: str) -> Transport:
    """The transport of a channel. A call has none: a person makes it.

    Raises:
        NotConfigured: something is missing or wrong.
    """
    if channel not in transport_settings.KINDS:
        raise NotConfigured(f"A {channel} is never sent by the system: a person makes it.")
    if problems := transport_settings.problems(channel):
        raise NotConfigured(" ".join(problems))
    if transport_settings.kind(channel) == "sandbox":
        return Sandbox()
    if channel == Channel.EMAIL:
        return Smtp(_server())
    if channel == Channel.VOICE:
        return TwilioCalls(_account(), sender=settings.TWILIO_VOICE_FROM)
    sender = getattr(settings, transport_settings.SENDERS[Channel(channel)])
    return TwilioMessages(_account(), channel=channel, sender=sender)


def _account() -> Account:
    return Account(
        base_url=settings.TWILIO_API_URL,
        sid=settings.TWILIO_ACCOUNT_SID,
        token=settings.TWILIO_AUTH_TOKEN,
        timeout_seconds=settings.SEND_TIMEOUT_SECONDS,
    )


def _server() -> Server:
    return Server(
        host=settings.SMTP_HOST,
        port=settings.SMTP_PORT,
        security=settings.SMTP_SECURITY,
        user=settings.SMTP_USER,
        password=settings.SMTP_PASSWORD,
        sender=settings.SMTP_FROM,
        timeout_seconds=settings.SEND_TIMEOUT_SECONDS,
    )
