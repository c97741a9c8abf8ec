"""What staff write down about a customer beside a case."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Now

from audit.models import AuditEvent
from customers.models import Customer


class CustomerNote(models.Model):
    """That somebody wrote a note. Append-only.

    The words themselves are the personal part of its audit event, and stand nowhere else: they can be erased as
    everything is that staff typed about a customer, and cannot be changed unseen.
    """

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="notes")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    written_at = models.DateTimeField(help_text="bank clock")
    event = models.OneToOneField(AuditEvent, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        indexes = [models.Index(fields=["customer", "-id"], name="note_by_customer")]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.written_at}"
