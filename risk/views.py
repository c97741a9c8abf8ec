"""The model page. A view translates a request; it decides nothing."""

from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers
from django_htmx.middleware import HtmxDetails

from customers import roles
from risk import selectors
from risk.model.registry import VALIDATORS
from risk.model_page import identity, now, reports
from risk.model_page.performance import performance_of
from risk.model_page.shadow import comparison_of
from risk.models import ModelVersion


class StaffRequest(HttpRequest):
    """A request of somebody who is logged in."""

    htmx: HtmxDetails
    user: User


@require_safe
@cache_control(private=True, no_store=True)
def models(request: StaffRequest, pk: int | None = None) -> HttpResponse:
    _require_reader(request.user)
    versions = selectors.model_versions()
    shown = _shown(versions, pk)
    context = {
        "standing": selectors.model_standing(),
        "versions": [identity.listed(version) for version in versions],
        "shadow": next((version for version in versions if version.shadow_since), None),
        "reports": reports.shown(selectors.newest_reports(shown), currency=settings.BANK_CURRENCY),
        "takes_steps": request.user.is_staff and bool(roles.of(request.user) & VALIDATORS),
        "sees_everybody": True,
        "now": timezone.now(),
        **(_version_context(shown) if shown else {}),
    }
    return render(request, "risk/models.html", context)


@require_safe
@cache_control(private=True, no_store=True)
@vary_on_headers("HX-Request")
def models_now(request: StaffRequest) -> HttpResponse:
    """What counting over everybody takes longer to say than a page should."""
    _require_reader(request.user)
    shadow = ModelVersion.objects.filter(shadow_since__isnull=False).first()
    pairs = selectors.shadow_pairs(shadow) if shadow else []
    context = {
        "bands": now.bands(selectors.bands_now(), currency=settings.BANK_CURRENCY),
        "shadow": shadow,
        "comparison": comparison_of(pairs, currency=settings.BANK_CURRENCY),
    }
    name = "now" if request.htmx else "now_page"
    return render(request, f"risk/models/{name}.html", {**context, "sees_everybody": True})


def _require_reader(user: User) -> None:
    if not roles.sees_everybody(user):
        raise PermissionDenied


def _shown(versions: list[ModelVersion], pk: int | None) -> ModelVersion | None:
    """The version that was asked for; else the active one, else the newest."""
    if pk is None:
        active = [version for version in versions if version.state == ModelVersion.State.ACTIVE]
        pk = (active or versions)[0].pk if versions else None
    if pk is None:
        return None
    shown = selectors.model_version(pk)
    if shown is None:
        raise Http404
    return shown


def _version_context(model: ModelVersion) -> dict[str, Any]:
    manifest, currency = model.manifest, settings.BANK_CURRENCY
    has_its_metrics = model.has_its_metrics()
    return {
        "shown": identity.listed(model),
        "decisions": identity.decisions_of(model),
        "made_of": identity.made_of(manifest, currency=currency),
        "hashes": identity.hashes_of(model, manifest),
        "is_simulated": manifest.get("training", {}).get("is_simulated", False),
        "has_its_metrics": has_its_metrics,
        "performance": performance_of(model.metrics, currency=currency) if has_its_metrics else None,
    }
