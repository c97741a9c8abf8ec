"""The ways of reaching a customer."""

from django.db import models
from django.db.models import Q


class Channel(models.TextChoices):
    """A call is made by a person; voice is a spoken message."""

    SMS = "sms", "SMS"
    WHATSAPP = "whatsapp", "WhatsApp"
    EMAIL = "email", "e-mail"
    VOICE = "voice", "voice message"
    CALL = "call", "call"


class Purpose(models.TextChoices):
    """What a contact is for; consent is given for each by itself."""

    SUPPORT = "support", "help before a payment is missed"
    SERVICE = "service", "messages about an existing agreement"


CHANNEL_IS_KNOWN = Q(channel__in=["sms", "whatsapp", "email", "voice", "call"])
PURPOSE_IS_KNOWN = Q(purpose__in=["support", "service"])
