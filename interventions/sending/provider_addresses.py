"""The addresses under which providers and customers reach us; none where PUBLIC_BASE_URL is not set."""

import uuid

from django.conf import settings
from django.core import signing
from django.urls import reverse

from interventions.models import Channel, Delivery

_SALT = "interventions.unsubscribe"


def public(path: str) -> str:
    """A path of ours as the world sees it."""
    return f"{settings.PUBLIC_BASE_URL.rstrip('/')}{path}"


def status_url(delivery: Delivery) -> str:
    """Where a provider tells what became of a delivery; it names the delivery, so that even one is known again whose
    acceptance we never saw."""
    if not settings.PUBLIC_BASE_URL or delivery.channel == Channel.EMAIL:
        return ""
    return public(reverse("provider_status", args=[delivery.idempotency_key]))


def unsubscribe_url(delivery: Delivery) -> str:
    """Where one click withdraws consent. It never expires: opting out is always possible."""
    if not settings.PUBLIC_BASE_URL or delivery.channel != Channel.EMAIL:
        return ""
    token = signing.Signer(salt=_SALT).sign(str(delivery.pk))
    return public(reverse("provider_unsubscribe", args=[token]))


def delivery_of(token: str) -> Delivery | None:
    """The delivery whose link it is; None where we never wrote such a link."""
    try:
        pk = uuid.UUID(signing.Signer(salt=_SALT).unsign(token))
    except (signing.BadSignature, ValueError):
        return None
    return Delivery.objects.select_related("customer", "intervention").filter(pk=pk).first()
