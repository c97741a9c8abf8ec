"""What staff did about a message that did not arrive, or of which nobody knows."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import pgettext_lazy

from interventions.models.intervention import Delivery

TROUBLED = ("failed", "unknown")


class DeliveryDealt(models.Model):
    """Somebody has looked into a delivery as it stands, and says what they did. Append-only.

    One for each state: what was unknown and turns out to have failed wants a look again.
    """

    class Deed(models.TextChoices):
        ASKED_PROVIDER = "asked_provider", pgettext_lazy("delivery", "asked the provider")
        ASKED_CUSTOMER = "asked_customer", pgettext_lazy("delivery", "asked the customer")
        WRITTEN_AGAIN = "written_again", pgettext_lazy("delivery", "written again, or by another channel")
        ADDRESS_MENDED = "address_mended", pgettext_lazy("delivery", "put the address right")
        NOTHING = "nothing", pgettext_lazy("delivery", "nothing more to be done")

    delivery = models.ForeignKey(Delivery, on_delete=models.PROTECT, related_name="dealt")
    state = models.CharField(max_length=16, choices=Delivery.State.choices, help_text="as it was looked at")
    deed = models.CharField(max_length=24, choices=Deed.choices)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["delivery", "state"], name="delivery_dealt_once"),
            models.CheckConstraint(condition=Q(state__in=TROUBLED), name="delivery_dealt_is_troubled"),
            models.CheckConstraint(
                condition=Q(
                    deed__in=[
                        "asked_provider",
                        "asked_customer",
                        "written_again",
                        "address_mended",
                        "nothing",
                    ]
                ),
                name="delivery_dealt_deed_is_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.delivery_id}: {self.deed}"
