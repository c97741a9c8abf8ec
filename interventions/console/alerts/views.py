"""The bell, its panel, the page of alerts, and how a reader wants to be told."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from customers import roles
from interventions.alerting import audience, choosing, feed, reading, words
from interventions.console import viewing
from interventions.console.alerts import rows
from interventions.console.alerts.address import AlertAddress
from interventions.console.alerts.forms import AlertSettingsForm
from interventions.console.case_views import require_role
from interventions.console.filters import id_of
from interventions.console.requests import ConsoleRequest
from interventions.models import AlertDigest, Notice

IN_PANEL = 8
DIGESTS_SHOWN = 5
UNREADABLE = 422


@require_safe
@cache_control(private=True, no_store=True)
def bell(request: ConsoleRequest) -> HttpResponse:
    """The number on the bell, for its refreshes."""
    require_role(request)
    return render(request, "interventions/alerts/count.html", _count(request))


@require_safe
@cache_control(private=True, no_store=True)
def panel(request: ConsoleRequest) -> HttpResponse:
    """The newest alerts, as the bell opens."""
    require_role(request)
    chosen = feed.settings_of(request.user)
    kinds = [kind for kind in audience.of(roles.of(request.user)) if kind not in chosen.not_in_bell]
    found = feed.notices(request.user, chosen, feed.Wanted(kinds=kinds), most=IN_PANEL)
    _people_seen(request, found, "bell")
    context = {**_count(request), "rows": rows.rows_of(found), "up_to": found[0].pk if found else 0}
    return render(request, "interventions/alerts/panel.html", context)


@require_safe
@cache_control(private=True, no_store=True)
def alerts(request: ConsoleRequest) -> HttpResponse:
    require_role(request)
    offered = audience.of(roles.of(request.user))
    address = AlertAddress.read(request.GET, offered)
    chosen = feed.settings_of(request.user)
    found = feed.notices(request.user, chosen, address.wanted(), most=feed.PAGE_SIZE + 1)
    shown = found[: feed.PAGE_SIZE]
    _people_seen(request, shown, "alerts")
    context = {
        "rows": rows.rows_of(shown),
        "address": address,
        "kinds": [(str(kind), words.KINDS[kind]) for kind in offered],
        "older": address.before_query(shown[-1].pk) if len(found) > feed.PAGE_SIZE else "",
        "up_to": shown[0].pk if shown and not address.before else 0,
        "kept_days": feed.KEPT.days,
    }
    return render(request, "interventions/alerts/page.html", context)


@require_safe
def open_alert(request: ConsoleRequest, pk: int) -> HttpResponse:
    """Go where an alert leads; whoever went there has read it."""
    notice = _found(lambda: reading.mark_read(notice_id=pk, by=request.user))
    return redirect(rows.path_of(notice))


@require_POST
def read(request: ConsoleRequest, pk: int) -> HttpResponse:
    _found(lambda: reading.mark_read(notice_id=pk, by=request.user))
    return _back(request)


@require_POST
def read_all(request: ConsoleRequest) -> HttpResponse:
    require_role(request)
    up_to = id_of(request.POST.get("up_to", ""))
    if up_to is None or up_to == feed.LARGEST_ID:
        messages.error(request, _("Nothing was marked as read: load the page again and try once more."))
        return _back(request)
    reading.mark_all_read(by=request.user, up_to=up_to)
    return _back(request)


@require_POST
def acknowledge(request: ConsoleRequest, pk: int) -> HttpResponse:
    try:
        _found(lambda: reading.acknowledge(notice_id=pk, by=request.user))
    except reading.AlertRefused as refusal:
        messages.warning(request, str(refusal))
    else:
        messages.success(request, _("Acknowledged: everybody who was told sees that you look after it."))
    return _back(request)


@require_http_methods(["GET", "HEAD", "POST"])
@cache_control(private=True, no_store=True)
def alert_settings(request: ConsoleRequest) -> HttpResponse:
    require_role(request)
    chosen = feed.settings_of(request.user)
    offered = audience.of(roles.of(request.user))
    if request.method != "POST":
        form = AlertSettingsForm.of(chosen, offered)
        return render(request, "interventions/alerts/settings.html", _settings_context(request, form))
    form = AlertSettingsForm(request.POST, offered=offered)
    if form.is_valid():
        try:
            choosing.choose(by=request.user, choice=form.choice())
        except choosing.ChoiceRefused as refusal:
            form.add_error("digest", str(refusal))
        else:
            messages.success(request, _("Your settings for alerts are saved."))
            return redirect("settings_alerts")
    context = _settings_context(request, form)
    return render(request, "interventions/alerts/settings.html", context, status=UNREADABLE)


def _settings_context(request: ConsoleRequest, form: AlertSettingsForm) -> dict[str, Any]:
    user = request.user
    return {
        "form": form,
        "zone": choosing.zone_of(user).key,
        "digests": list(AlertDigest.objects.filter(user=user).order_by("-pk")[:DIGESTS_SHOWN]),
        "next_digest_at": feed.settings_of(user).next_digest_at,
    }


def _count(request: ConsoleRequest) -> dict[str, Any]:
    unread = feed.unread_count(request.user)
    return {"unread": unread, "is_more": unread >= feed.COUNTED, "most": feed.COUNTED - 1}


def _found(work: Callable[[], Any]) -> Any:
    try:
        return work()
    except Notice.DoesNotExist:
        raise Http404 from None


def _people_seen(request: ConsoleRequest, shown: list[Notice], what: str) -> None:
    customer_ids = [notice.customer_id for notice in shown if notice.customer_id]
    viewing.people_seen(request, subject_type="alerts", what=what, customer_ids=customer_ids)


def _back(request: ConsoleRequest) -> HttpResponse:
    """To the panel where the bell asked, else to the page of alerts as it was."""
    if request.htmx:
        return redirect("alerts_panel")
    offered = audience.of(roles.of(request.user))
    return redirect(AlertAddress.read(request.POST, offered).path())
