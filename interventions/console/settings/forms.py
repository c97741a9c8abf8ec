"""The form of a user's own settings."""

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.conf import settings
from django.utils.translation import get_language_info, gettext_lazy
from django.utils.translation import gettext as _

from interventions import preferences
from interventions.preferences import Preferences

Choice = tuple[str, str | list[tuple[str, str]]]
REGIONS = {
    "Africa": gettext_lazy("Africa"),
    "America": gettext_lazy("America"),
    "Antarctica": gettext_lazy("Antarctica"),
    "Arctic": gettext_lazy("Arctic"),
    "Asia": gettext_lazy("Asia"),
    "Atlantic": gettext_lazy("Atlantic Ocean"),
    "Australia": gettext_lazy("Australia"),
    "Europe": gettext_lazy("Europe"),
    "Indian": gettext_lazy("Indian Ocean"),
    "Pacific": gettext_lazy("Pacific Ocean"),
}


class SettingsForm(forms.Form):
    """Language, time zone and single keys."""

    language = forms.ChoiceField(
        label=gettext_lazy("Language"),
        required=False,
        help_text=gettext_lazy("Of the console. Messages to customers go by the customer's language."),
    )
    time_zone = forms.ChoiceField(
        label=gettext_lazy("Time zone"),
        required=False,
        help_text=gettext_lazy(
            "For moments such as “Last updated”. Due dates, working hours and whatever else goes by the bank's day"
            " stay in the bank's zone, and say so."
        ),
    )
    has_shortcuts = forms.BooleanField(
        label=gettext_lazy("Single-key shortcuts on"),
        required=False,
        help_text=gettext_lazy("Ctrl-K always works. Press ? on any page for all keys."),
    )

    def __init__(self, *arguments: Any, now: dt.datetime, stored: str = "", **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.fields["language"].choices = _languages()  # type: ignore[attr-defined]
        self.fields["time_zone"].choices = _zones(now, stored)  # type: ignore[attr-defined]
        for name in ("language", "time_zone"):
            self.fields[name].widget.attrs["class"] = "form-select"
        self.fields["has_shortcuts"].widget.attrs["class"] = "form-check-input"

    def chosen(self) -> Preferences:
        """What was chosen, once the form is valid."""
        return Preferences(**self.cleaned_data)


def _languages() -> list[tuple[str, str]]:
    known = [get_language_info(code) for code, _name in settings.LANGUAGES]
    return [("", _("As my browser asks")), *((each["code"], each["name_local"]) for each in known)]


def _zones(now: dt.datetime, stored: str) -> list[Choice]:
    """The bank's zone first, then places by region, the bank's region first; what is stored is always among them."""
    bank = _("The bank's (%(zone)s)") % {"zone": settings.BANK_TIME_ZONE}
    offered = preferences.zones()
    kept = [stored] if preferences.is_zone(stored) and stored not in offered else []
    alone = [name for name in offered if "/" not in name]
    by_region: dict[str, list[tuple[str, str]]] = {}
    for name in offered:
        region, _separator, place = name.partition("/")
        if place:
            by_region.setdefault(region, []).append((name, _with_offset(name, place, now)))
    own = settings.BANK_TIME_ZONE.partition("/")[0]
    regions = sorted(by_region, key=lambda region: (region != own, region))
    return [
        ("", bank),
        *((name, _with_offset(name, name, now)) for name in kept + alone),
        *((str(REGIONS.get(region, region)), by_region[region]) for region in regions),
    ]


def _with_offset(name: str, place: str, now: dt.datetime) -> str:
    offset = now.astimezone(ZoneInfo(name)).isoformat()[-6:]
    return f"{place.replace('_', ' ').replace('/', ' / ')} (UTC{offset})"
