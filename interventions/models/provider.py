"""The providers that messages are handed to."""

from django.db import models


class ProviderRest(models.Model):
    """How a provider has fared lately: after failures in a row it is left in peace for a while."""

    provider = models.CharField(max_length=32, primary_key=True, help_text="its transport's name")
    failures = models.PositiveIntegerField(default=0, help_text="in a row")
    until_at = models.DateTimeField(null=True, help_text="wall clock: nothing is handed to it before")
    why = models.TextField(blank=True, default="", help_text="the last failure, without personal data")

    def __str__(self) -> str:
        return f"{self.provider}: {self.failures} failures"
