"""The admin's frame: our styles and icon, and a menu by what people come for instead of by app."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.templatetags.static import static
from django.utils.translation import gettext as _

# Titles and the models below them, by label; what a reader may not see is left out.
MENU = (
    ("Policy", ("interventions.policytemplate", "interventions.contactpack", "interventions.holdoutdesign")),
    (
        "Consent and contact",
        (
            "interventions.consentevent",
            "interventions.contacthold",
            "interventions.conversation",
            "interventions.gatedecision",
            "interventions.bankholiday",
        ),
    ),
    (
        "Help",
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
        "Decisions",
        (
            "interventions.policydecision",
            "interventions.packdecision",
            "interventions.holdoutdecision",
            "risk.modeldecision",
        ),
    ),
    ("Models", ("risk.modelversion",)),
)


def styles(request: HttpRequest) -> str:
    """The address of our own styles, beside unfold's."""
    return static("css/admin.css")


def icon(request: HttpRequest) -> str:
    """The address of the icon, as in the console."""
    return static("img/icon.svg")


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """The menu of whoever asks: what `MENU` names, then every other app that they may see."""
    found = {
        each["model"]._meta.label_lower: (app["name"], each)
        for app in admin.site.get_app_list(request)
        for each in app["models"]
    }
    groups: dict[str, list[dict[str, Any]]] = {}
    for title, labels in MENU:
        groups[_(title)] = [found.pop(label)[1] for label in labels if label in found]
    for app_name, model in found.values():
        groups.setdefault(app_name, []).append(model)
    return [
        {"title": title, "items": [_item(request, model) for model in models]}
        for title, models in groups.items()
    ]


def _item(request: HttpRequest, model: dict[str, Any]) -> dict[str, Any]:
    link = model["admin_url"]
    return {"title": model["name"], "link": link, "active": request.path.startswith(link)}
