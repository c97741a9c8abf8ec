"""The ways of reaching a customer."""

from django.db import models
from django.db.models import Q
from django.utils.translation import pgettext_lazy


class Channel(models.TextChoices):
    """A call is made by a person; voice is a spoken message."""

    SMS = "sms", pgettext_lazy("channel", "SMS")
    WHATSAPP = "whatsapp", pgettext_lazy("channel", "WhatsApp")
    EMAIL = "email", pgettext_lazy("channel", "e-mail")
    VOICE = "voice", pgettext_lazy("channel", "voice message")
    CALL = "call", pgettext_lazy("channel", "call")


class Purpose(models.TextChoices):
    """What a contact is for; consent is given for each by itself."""

    SUPPORT = "support", pgettext_lazy("purpose", "help before a payment is missed")
    SERVICE = "service", pgettext_lazy("purpose", "messages about an existing agreement")


CHANNEL_IS_KNOWN = Q(channel__in=["sms", "whatsapp", "email", "voice", "call"])
PURPOSE_IS_KNOWN = Q(purpose__in=["support", "service"])
