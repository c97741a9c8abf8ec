"""What each channel's transport needs to be set, and what of it is missing or wrong."""

from collections.abc import Iterator
from urllib.parse import urlsplit

from django.conf import settings

from interventions.contact import addresses
from interventions.models import Channel

KINDS = {
    Channel.SMS: ("sandbox", "twilio"),
    Channel.WHATSAPP: ("sandbox", "twilio"),
    Channel.EMAIL: ("sandbox", "smtp"),
    Channel.VOICE: ("sandbox", "twilio"),
}
SECURITIES = ("starttls", "tls", "none")
SENDERS = {
    Channel.SMS: "TWILIO_SMS_FROM",
    Channel.WHATSAPP: "TWILIO_WHATSAPP_FROM",
    Channel.VOICE: "TWILIO_VOICE_FROM",
}
LOCAL_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})


def kind(channel: str) -> str:
    """Which transport a channel has."""
    return str(settings.TRANSPORTS[channel])


def problems(channel: str) -> list[str]:
    """Why messages cannot go out by this channel; empty: they can."""
    chosen = kind(channel)
    if chosen not in KINDS[Channel(channel)]:
        return [
            f"TRANSPORT_{channel.upper()} is {chosen!r}; it may be {' or '.join(KINDS[Channel(channel)])}."
        ]
    if chosen == "sandbox":
        return []
    return list(_smtp() if chosen == "smtp" else _twilio(channel))


def _twilio(channel: str) -> Iterator[str]:
    names = ("TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", SENDERS[Channel(channel)])
    yield from (f"{name} is not set." for name in names if not getattr(settings, name))
    yield from _secure("TWILIO_API_URL", settings.TWILIO_API_URL)
    yield from _public()


def _smtp() -> Iterator[str]:
    if not settings.SMTP_HOST:
        yield "SMTP_HOST is not set."
    if not addresses.mailbox(addresses.within(settings.SMTP_FROM)):
        yield "SMTP_FROM is no e-mail address."
    if settings.SMTP_SECURITY not in SECURITIES:
        yield f"SMTP_SECURITY is {settings.SMTP_SECURITY!r}; it may be {', '.join(SECURITIES)}."
    if settings.SMTP_SECURITY == "none" and settings.SMTP_HOST not in LOCAL_HOSTS:
        yield "SMTP_SECURITY is none, so that customers' messages would cross the network readable."
    if bool(settings.SMTP_USER) != bool(settings.SMTP_PASSWORD):
        yield "SMTP_USER and SMTP_PASSWORD belong together: set both or neither."
    yield from _public()


def _public() -> Iterator[str]:
    if not settings.PUBLIC_BASE_URL:
        yield "PUBLIC_BASE_URL is not set: customers could not opt out by replying or by one click."
    else:
        yield from _secure("PUBLIC_BASE_URL", settings.PUBLIC_BASE_URL)


def _secure(name: str, url: str) -> Iterator[str]:
    parts = urlsplit(url)
    if not parts.hostname or parts.scheme not in ("http", "https"):
        yield f"{name} is no address with https://."
    elif parts.scheme == "http" and parts.hostname not in LOCAL_HOSTS:
        yield f"{name} must begin with https://."
