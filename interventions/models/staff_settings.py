"""What a member of staff chose for the console."""

from django.conf import settings
from django.db import models


class StaffSettings(models.Model):
    """One row for whoever ever chose something; without it the defaults hold."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, primary_key=True, related_name="console_settings"
    )
    language = models.CharField(max_length=8, blank=True, default="", help_text="empty: as the browser asks")
    time_zone = models.CharField(max_length=64, blank=True, default="", help_text="empty: the bank's")
    has_shortcuts = models.BooleanField(default=True, help_text="whether single keys act")
    changed_at = models.DateTimeField(auto_now=True, help_text="wall clock")

    def __str__(self) -> str:
        return f"settings of {self.user}"
