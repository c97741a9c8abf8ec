"""What `manage.py check --deploy` says of half-configured transports."""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register

from interventions import transport_settings
from interventions.business_hours import parse_week


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
