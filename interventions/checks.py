"""What `manage.py check --deploy` says of half-configured transports."""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register

from interventions.casework.business_hours import parse_week
from interventions.help.relief_rules import rules_of
from interventions.sending import transport_settings

# The defaults of settings.py, for demonstrations.
NOBODYS = {"BANK_NAME": "Example Bank", "BANK_PHONE": "000 000 0000", "ADVICE_LINE": "000 000 0001"}


@register(Tags.security, deploy=True)
def transports(app_configs: Sequence[AppConfig] | None, **_: Any) -> list[CheckMessage]:
    """Each channel that would not work; and times that do not fit together."""
    found: list[CheckMessage] = [
        Error(f"{channel.label}: {problem}", hint="docs/configuration.md", id="interventions.E001")
        for channel in transport_settings.KINDS
        for problem in transport_settings.problems(channel)
    ]
    if settings.SEND_REAP_SECONDS < 2 * settings.SEND_TIMEOUT_SECONDS:
        found.append(
            Error(
                "SEND_REAP_SECONDS is less than twice SEND_TIMEOUT_SECONDS.",
                hint="A message still under way could be taken for one that was never sent.",
                id="interventions.E002",
            )
        )
    return found


@register()
def business_hours(app_configs: Sequence[AppConfig] | None, **_: Any) -> list[CheckMessage]:
    """Opening hours that cannot be understood would stop every case from being opened."""
    try:
        parse_week(settings.BANK_HOURS)
    except ValueError as error:
        return [Error(f"BANK_HOURS: {error}", hint="docs/configuration.md", id="interventions.E003")]
    if not set(settings.BANK_CLOSED_SATURDAYS) <= set(range(1, 6)):
        hint = "Numbers of Saturdays in a month, such as 2,4."
        return [Error("BANK_CLOSED_SATURDAYS has others than 1 to 5.", hint=hint, id="interventions.E004")]
    return []


@register()
def relief_rules(app_configs: Sequence[AppConfig] | None, **_: Any) -> list[CheckMessage]:
    """Conditions of relief that are misspelt would be no conditions."""
    try:
        rules_of(settings.RELIEF_RULES)
    except ValueError as error:
        return [Error(f"RELIEF_RULES: {error}", hint="docs/help.md", id="interventions.E005")]
    return []


@register(Tags.security, deploy=True)
def bank_in_messages(app_configs: Sequence[AppConfig] | None, **_: Any) -> list[CheckMessage]:
    """A customer who calls the number of a default reaches nobody."""
    return [
        Warning(f"{name} is not set.", hint="Every message to a customer says it.", id="interventions.W001")
        for name, default in NOBODYS.items()
        if not getattr(settings, name).strip() or getattr(settings, name) == default
    ]
