"""The admin's frame: our styles and icon, a menu by what people come for instead of by app, and the clocks."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audit.shown import moment
from customers import bank_clock, roles
from equilibrate_site import admin_home

# Titles and the models below them, by label; what a reader may not see is left out.
MENU = (
    (
        gettext_lazy("Policy"),
        ("interventions.policytemplate", "interventions.contactpack", "interventions.holdoutdesign"),
    ),
    (
        gettext_lazy("Consent and contact"),
        (
            "interventions.consentevent",
            "interventions.contacthold",
            "interventions.conversation",
            "interventions.gatedecision",
            "interventions.bankholiday",
        ),
    ),
    (
        gettext_lazy("Help"),
        (
            "interventions.case",
            "interventions.intervention",
            "interventions.delivery",
            "interventions.reliefoffer",
            "interventions.promisetopay",
            "interventions.override",
        ),
    ),
    (
        gettext_lazy("Decisions"),
        (
            "interventions.policydecision",
            "interventions.packdecision",
            "interventions.holdoutdecision",
            "risk.modeldecision",
        ),
    ),
    (gettext_lazy("Models"), ("risk.modelversion",)),
)


def styles(request: HttpRequest) -> str:
    """The address of our own styles, beside unfold's."""
    return static("css/admin.css")


def icon(request: HttpRequest) -> str:
    """The address of the icon, as in the console."""
    return static("img/icon.svg")


@dataclass(frozen=True)
class Clocks:
    """What a page with moments says about them.

    Args:
        zone: the bank's time zone.
        offset: of that zone to UTC now.
        wall: the wall clock's time.
        bank: the bank's time.
        are_one: whether both are the same, as in production.
    """

    zone: str
    offset: str
    wall: str
    bank: str
    are_one: bool


def frame(request: HttpRequest) -> dict[str, Any]:
    """What every page of the admin knows, and no other page."""
    if not request.path_info.startswith(reverse("admin:index")):
        return {}
    told: dict[str, Any] = {"clocks": _clocks()}
    if request.path_info == reverse("admin:index"):
        told |= {"groups": _groups(request), "waiting": admin_home.waiting(request)}
    return told


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """The menu of whoever asks: the way back to the console, then what they may see here."""
    groups = [
        {"title": title, "items": [_item(request, model) for model in models]}
        for title, models in _groups(request).items()
    ]
    # Without a role the console shows nothing.
    back = {"title": _("Back to the console"), "link": reverse("queue"), "active": False}
    return [{"items": [back]}, *groups] if roles.of(request.user) else groups


def _groups(request: HttpRequest) -> dict[str, list[dict[str, Any]]]:
    """What `MENU` names, then every other app, by title: all that whoever asks may see."""
    found = {
        each["model"]._meta.label_lower: (app["name"], each)
        for app in admin.site.get_app_list(request)
        for each in app["models"]
    }
    groups: dict[str, list[dict[str, Any]]] = {}
    for title, labels in MENU:
        groups[str(title)] = [found.pop(label)[1] for label in labels if label in found]
    for app_name, model in found.values():
        groups.setdefault(app_name, []).append(model)
    return {title: models for title, models in groups.items() if models}


def _clocks() -> Clocks:
    wall = timezone.now()
    return Clocks(
        zone=settings.BANK_TIME_ZONE,
        offset=wall.astimezone(bank_clock.zone()).isoformat()[-6:],
        wall=moment(wall),
        bank=moment(bank_clock.now()),
        are_one=not settings.BANK_CLOCK_SPEED,
    )


def _item(request: HttpRequest, model: dict[str, Any]) -> dict[str, Any]:
    link = model["admin_url"]
    return {"title": model["name"], "link": link, "active": request.path.startswith(link)}
