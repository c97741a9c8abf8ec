"""The bell, its panel, the page of alerts, and how a reader wants to be told."""

from collections.abc import Callable, Collection
from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from customers import roles
from interventions.alerting import audience, choosing, feed, lists, reading, words
from interventions.console import viewing
from interventions.console.alerts import groups, rows
from interventions.console.alerts.address import AlertAddress
from interventions.console.alerts.forms import AlertSettingsForm
from interventions.console.case_views import require_role
from interventions.console.filters import id_of
from interventions.console.requests import ConsoleRequest
from interventions.models import AlertDigest, AlertSettings, Notice

IN_PANEL = 8
DIGESTS_SHOWN = 5
UNREADABLE = 422
NOTHING_READ = gettext_lazy("Nothing was marked as read: load the page again and try once more.")


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
    joined = _joined(request, chosen, kinds)
    wanted = feed.Wanted(kinds=kinds, is_current=True, together=[group.value for group in joined])
    found = feed.notices(request.user, chosen, wanted, most=IN_PANEL)
    _people_seen(request, found, "bell")
    context = {
        "groups": joined,
        "unread": joined or any(not notice.is_read for notice in found),
        "rows": rows.rows_of(found),
        "up_to": max([*(notice.pk for notice in found), *(group.up_to for group in joined)], default=0),
    }
    return render(request, "interventions/alerts/panel.html", context)


@require_safe
@cache_control(private=True, no_store=True)
def alerts(request: ConsoleRequest) -> HttpResponse:
    require_role(request)
    offered = audience.of(roles.of(request.user))
    address = AlertAddress.read(request.GET, offered)
    chosen = feed.settings_of(request.user)
    joined = [] if address.kind else _joined(request, chosen)
    wanted = replace(address.wanted(), together=[group.value for group in joined])
    found = feed.notices(request.user, chosen, wanted, most=feed.PAGE_SIZE + 1)
    shown = found[: feed.PAGE_SIZE]
    _people_seen(request, shown, "alerts")
    newest = [*(notice.pk for notice in shown[:1]), *(group.up_to for group in joined)]
    context = {
        "now": timezone.now(),
        "groups": [] if address.before else joined,
        "rows": rows.rows_of(shown),
        "address": address,
        "kinds": [(str(kind), words.KINDS[kind]) for kind in offered],
        "older": address.before_query(shown[-1].pk) if len(found) > feed.PAGE_SIZE else "",
        "up_to": 0 if address.before else max(newest, default=0),
        "kept_days": feed.KEPT.days,
    }
    return render(request, "interventions/alerts/page.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def open_alert(request: ConsoleRequest, pk: int) -> HttpResponse:
    """Go where an alert leads; whoever says so by a form has read it. A browser that only fetches reads nothing."""
    if request.method == "POST":
        notice = _found(lambda: reading.mark_read(notice_id=pk, by=request.user))
    else:
        notice = _found(lambda: feed.visible(request.user).get(pk=pk))
    return redirect(rows.path_of(notice))


@require_POST
def together(request: ConsoleRequest, kind: str) -> HttpResponse:
    """Read the alerts of a kind that are told in one line, and go where they are worked on if that was asked."""
    if kind not in audience.of(roles.of(request.user)):
        raise Http404
    up_to = id_of(request.POST.get("up_to", ""))
    if up_to is None or up_to == feed.LARGEST_ID:
        messages.error(request, NOTHING_READ)
        return _back(request)
    reading.mark_kind_read(kind=Notice.Kind(kind), by=request.user, up_to=up_to)
    if request.POST.get("open") == "1":
        return redirect(lists.path_of(Notice.Kind(kind)))
    return _back(request)


@require_POST
def read(request: ConsoleRequest, pk: int) -> HttpResponse:
    _found(lambda: reading.mark_read(notice_id=pk, by=request.user))
    return _back(request)


@require_POST
def read_all(request: ConsoleRequest) -> HttpResponse:
    require_role(request)
    up_to = id_of(request.POST.get("up_to", ""))
    if up_to is None or up_to == feed.LARGEST_ID:
        messages.error(request, NOTHING_READ)
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


def _joined(
    request: ConsoleRequest, chosen: AlertSettings, kinds: Collection[str] | None = None
) -> list[groups.AlertGroup]:
    """What is told in one line each. One query."""
    unread = feed.Wanted(kinds=kinds, is_unread=True)
    return groups.groups_of(feed.by_kind(request.user, chosen, unread))


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
