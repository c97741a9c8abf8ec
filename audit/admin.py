"""The audit for those who read it: searched by customer, actor, action, request and time; changed by nobody.

Superusers see nothing by themselves: a role is asked for, not Django's permissions. Nothing is counted, and every
search goes along an index, so that a page of millions of rows is as quick as one of few.
"""

import datetime as dt
import json
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.auth import get_user_model
from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.html import format_html
from django.utils.module_loading import import_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from audit import read_only, standing
from audit.models import AuditCheckpoint, AuditEvent, AuditPersonal
from audit.services import record

if TYPE_CHECKING:
    # Unfold ships no types; these are what it builds upon, and generic to the type checker only.
    from django.core.paginator import Paginator

    EventBase = admin.ModelAdmin[AuditEvent]
    CheckpointBase = admin.ModelAdmin[AuditCheckpoint]
    TextFilter = admin.SimpleListFilter
    RangeDateTimeFilter = admin.FieldListFilter
    InfinitePaginator = Paginator[AuditEvent]
else:
    from unfold.admin import ModelAdmin
    from unfold.contrib.filters.admin import RangeDateTimeFilter, TextFilter
    from unfold.paginator import InfinitePaginator

    EventBase, CheckpointBase = ModelAdmin, ModelAdmin

MOST_PAGES = 200
SYSTEM = "system"
Events = QuerySet[AuditEvent]


def may_read(request: HttpRequest) -> bool:
    """Whether who asks reads the audit."""
    user = request.user
    if not isinstance(user, User) or not user.is_active:
        return False
    known: bool | None = getattr(user, "_reads_audit", None)
    if known is None:
        known = user.groups.filter(name=settings.AUDIT_READERS).exists()
        user._reads_audit = known  # type: ignore[attr-defined]
    return known


class Pages(InfinitePaginator):
    """Pages without a count; who wants to go further back narrows the time."""

    @cached_property
    def count(self) -> int:
        return self.per_page * MOST_PAGES


class ReadOnly(read_only.ReadOnly):
    """Looked at by one role, changed by nobody."""

    def may_see(self, request: HttpRequest) -> bool:
        return may_read(request)


class CustomerFilter(TextFilter):
    """By the customer's number at the bank."""

    title = _("customer's bank id")
    parameter_name = "customer"

    def queryset(self, request: HttpRequest, queryset: Events) -> Events:
        keys = import_string(settings.AUDIT_CUSTOMER_KEYS)(self.value()) if self.value() else None
        return queryset if keys is None else queryset.filter(customer_key__in=keys)


class ActorFilter(TextFilter):
    """By username; `system` for what nobody did."""

    title = _("actor's username, or system")
    parameter_name = "actor"

    def queryset(self, request: HttpRequest, queryset: Events) -> Events:
        name = (self.value() or "").strip()
        if not name:
            return queryset
        if name == SYSTEM:
            return queryset.filter(actor__isnull=True)
        users = get_user_model().objects.filter(username=name).values_list("pk", flat=True)
        return queryset.filter(actor_id__in=list(users))


class ActionFilter(TextFilter):
    """By an action, or by how it begins."""

    title = _("action, or its beginning")
    parameter_name = "action_begins"

    def queryset(self, request: HttpRequest, queryset: Events) -> Events:
        beginning = (self.value() or "").strip()
        if not beginning:
            return queryset
        return queryset.filter(action__in=[each for each in standing.actions() if each.startswith(beginning)])


class RequestFilter(TextFilter):
    """By the id of a request: everything that it set off."""

    title = _("request id")
    parameter_name = "request"

    def queryset(self, request: HttpRequest, queryset: Events) -> Events:
        request_id = (self.value() or "").strip()
        return queryset.filter(request_id=request_id) if request_id else queryset


class TimeFilter(RangeDateTimeFilter):
    """By the time it was recorded, in the bank's zone; a day without a time is the whole day."""

    def queryset(self, request: HttpRequest, queryset: Events) -> Events:
        begins, ends = self._moment("from", dt.time.min), self._moment("to", dt.time.max)
        if begins is not None:
            queryset = queryset.filter(recorded_at__gte=begins)
        return queryset if ends is None else queryset.filter(recorded_at__lte=ends)

    def _moment(self, end: str, default: dt.time) -> dt.datetime | None:
        day, time = (str(self.used_parameters.get(f"recorded_at_{end}_{part}") or "") for part in (0, 1))
        if not day:
            return None
        try:
            clock = dt.time.fromisoformat(time) if time else default
            return timezone.make_aware(dt.datetime.combine(dt.date.fromisoformat(day), clock))
        except ValueError as error:
            raise IncorrectLookupParameters from error


@admin.register(AuditEvent)
class AuditEventAdmin(ReadOnly, EventBase):
    """Events, newest first; above them how the trail stands."""

    list_display = ("recorded_at", "action", "who", "subject", "customer_key", "short_reason", "place")
    list_select_related = ("seal",)
    list_filter = (
        CustomerFilter,
        ActorFilter,
        ActionFilter,
        ("recorded_at", TimeFilter),
        RequestFilter,
    )
    list_filter_submit = True
    list_before_template = "admin/audit/trail.html"
    sortable_by = ()
    ordering = ("-recorded_at", "-id")
    list_per_page = 50
    paginator = Pages
    show_full_result_count = False
    actions = None
    fields = (
        "standing", "recorded_at", "action", "who", "subject", "subject_label", "customer_key", "reason",
        "request_id", "detail_shown", "personal_shown", "commitment",
    )  # fmt: skip
    readonly_fields = fields

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        shown = {"trail": standing.trail()} if may_read(request) else {}
        return super().changelist_view(request, {**(extra_context or {}), **shown})

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        event = self.get_object(request, object_id) if may_read(request) else None
        if event is not None and AuditPersonal.objects.filter(event=event).exists():
            # Before it is shown: who cannot be recorded does not see it.
            record(
                action="audit.personal.viewed",
                subject_type="audit_event",
                subject_id=event.pk,
                actor=request.user if isinstance(request.user, User) else None,
                customer=event.customer_key,
            )
        return super().change_view(request, object_id, form_url, extra_context)

    @admin.display(description=_("actor"))
    def who(self, event: AuditEvent) -> str:
        return event.actor_label or (gettext("system") if event.actor_id is None else f"#{event.actor_id}")

    @admin.display(description=_("subject"))
    def subject(self, event: AuditEvent) -> str:
        return f"{event.subject_type} {event.subject_id}"

    @admin.display(description=_("reason"))
    def short_reason(self, event: AuditEvent) -> str:
        return event.reason if len(event.reason) <= 60 else f"{event.reason[:59]}…"

    @admin.display(description=_("sealed as row"))
    def place(self, event: AuditEvent) -> str:
        return str(event.seal.sequence) if hasattr(event, "seal") else gettext("waits")

    @admin.display(description=_("standing"))
    def standing(self, event: AuditEvent) -> str:
        return standing.of_event(event)

    @admin.display(description=_("detail"))
    def detail_shown(self, event: AuditEvent) -> SafeString:
        return _shown(event.detail)

    @admin.display(description=_("personal part"))
    def personal_shown(self, event: AuditEvent) -> SafeString | str:
        part = AuditPersonal.objects.filter(event=event).first()
        if part is None:
            return gettext("erased") if event.commitment else gettext("none")
        return _shown(json.loads(part.content))


@admin.register(AuditCheckpoint)
class AuditCheckpointAdmin(ReadOnly, CheckpointBase):
    """Notes of the signed checkpoints; what counts is outside the database."""

    list_display = ("size", "made_at", "name")
    ordering = ("-size",)
    sortable_by = ()
    list_per_page = 50
    paginator = Pages
    show_full_result_count = False
    actions = None
    fields = ("size", "made_at", "name", "content")
    readonly_fields = fields


def _shown(content: Any) -> SafeString:
    return format_html("<pre>{}</pre>", json.dumps(content, indent=2, ensure_ascii=False))
