from django.apps import AppConfig


class RiskConfig(AppConfig):
    name = "risk"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from audit import alarm_words
        from risk import stored_words
        from risk.model import standing_words  # noqa: F401 - what is kept is found again by them
        from risk.monitoring import words  # noqa: F401

        # The audit knows nobody who shows alerts.
        stored_words.know(*alarm_words.SENTENCES)
