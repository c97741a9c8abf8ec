"""The audit for those who read it: searched by customer, actor, action, request and time; changed by nobody.

Superusers see nothing by themselves: a role is asked for, not Django's permissions. Nothing is counted, and every
search goes along an index, so that a page of millions of rows is as quick as one of few.
"""

import datetime as dt
import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.auth.models import User
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.module_loading import import_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from audit import read_only, reasons, searching, standing
from audit.erasing import Erasing
from audit.models import AuditCheckpoint, AuditEvent, AuditPersonal
from audit.paging import Pages, Uncounted
from audit.services import is_reader, record
from audit.shown import Worded

if TYPE_CHECKING:
    # Unfold ships no types; these are what it builds upon, and generic to the type checker only.
    EventBase = admin.ModelAdmin[AuditEvent]
    CheckpointBase = admin.ModelAdmin[AuditCheckpoint]
    TextFilter = admin.SimpleListFilter
    RangeDateTimeFilter = admin.FieldListFilter
else:
    from unfold.admin import ModelAdmin
    from unfold.contrib.filters.admin import RangeDateTimeFilter, TextFilter

    EventBase, CheckpointBase = ModelAdmin, ModelAdmin

Events = QuerySet[AuditEvent]


def may_read(request: HttpRequest) -> bool:
    """Whether who asks reads the audit."""
    user = request.user
    if not isinstance(user, User):
        return False
    known: bool | None = getattr(user, "_reads_audit", None)
    if known is None:
        known = is_reader(user)
        user._reads_audit = known  # type: ignore[attr-defined]
    return known


def _asker(request: HttpRequest) -> User | None:
    return request.user if isinstance(request.user, User) else None


class ReadOnly(Worded, read_only.ReadOnly):
    """Looked at by one role, changed by nobody."""

    # Two pages with the same rows in the same order, however many there are.
    sortable_by: Any = ()
    list_per_page = 50
    paginator: Any = Pages
    show_full_result_count = False
    actions: Any = None

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[Uncounted]:
        return Uncounted

    def may_see(self, request: HttpRequest) -> bool:
        return may_read(request)


class OneField(TextFilter):
    """A box of the filters; empty it asks for nothing."""

    def queryset(self, request: HttpRequest, queryset: Events) -> Events:
        word = (self.value() or "").replace("\0", "").strip()
        return queryset.filter(self.asked(word)) if word else queryset

    def asked(self, word: str) -> Q:
        """What events must be like."""
        raise NotImplementedError


class CustomerFilter(OneField):
    """By the customer's number at the bank."""

    title = _("customer's number at the bank")
    parameter_name = "customer"

    def asked(self, word: str) -> Q:
        return searching.of_customer(word)


class ActorFilter(OneField):
    """By username or name; `system` for what nobody did."""

    title = _("actor: username, name, or system")
    parameter_name = "actor"

    def asked(self, word: str) -> Q:
        return searching.of_actor(word)


class ActionFilter(OneField):
    """By an action, or by how it begins."""

    title = _("action, or how it begins")
    parameter_name = "action_begins"

    def asked(self, word: str) -> Q:
        return searching.of_action(word)


class SubjectFilter(OneField):
    """By what it was done to: its kind and number."""

    title = _("subject, such as case 17")
    parameter_name = "subject"

    def asked(self, word: str) -> Q:
        kind, _space, number = word.partition(" ")
        return searching.of_subject(kind, number.strip())


class RequestFilter(OneField):
    """By the id of a request: everything that it set off."""

    title = _("request id")
    parameter_name = "request"

    def asked(self, word: str) -> Q:
        return searching.of_request(word)


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
class AuditEventAdmin(Erasing, ReadOnly, EventBase):
    """Events, newest first; above them how the trail stands."""

    list_display = ("recorded_at", "action", "who", "subject", "customer", "short_reason", "place")
    list_select_related = ("seal",)
    list_filter = (
        CustomerFilter,
        ActorFilter,
        ActionFilter,
        SubjectFilter,
        ("recorded_at", TimeFilter),
        RequestFilter,
    )
    list_filter_submit = True
    list_before_template = "admin/audit/trail.html"
    # The box is shown where there are any; what they say is not used.
    search_fields = ("action",)
    search_help_text = _("customer's number, username, action, request id, or case 17")
    ordering = ("-recorded_at", "-id")
    fields = (
        "standing", "recorded_at", "action", "who", "subject", "subject_label", "customer", "reason",
        "request_id", "detail_shown", "personal_shown", "commitment",
    )  # fmt: skip
    readonly_fields = fields

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if not may_read(request):
            return super().changelist_view(request, extra_context)
        shown = {"trail": standing.trail(), "searched": searching.understood(request.GET.get("q", ""))}
        response = super().changelist_view(request, {**(extra_context or {}), **shown})
        if isinstance(response, TemplateResponse) and "cl" in (response.context_data or {}):
            events = response.context_data["cl"].result_list  # type: ignore[index]
            self._number(events)
            reasons.give(events, by=_asker(request))
        return response

    def get_search_results(
        self, request: HttpRequest, queryset: Events, search_term: str
    ) -> tuple[Events, bool]:
        found = searching.understood(search_term)
        return (queryset.none() if found.unknown else queryset.filter(found.query)), False

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        event = super().get_object(request, object_id, from_field)
        if event is not None:
            self._number([event])
        return event

    def _number(self, events: Sequence[AuditEvent]) -> None:
        """Give events the bank's numbers of their customers, all at once."""
        keys = {event.customer_key for event in events if event.customer_key}
        numbers = import_string(settings.AUDIT_CUSTOMER_NUMBERS)(keys)
        for event in events:
            event.bank_number = numbers.get(event.customer_key, "")  # type: ignore[attr-defined]

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
                actor=_asker(request),
                customer=event.customer_key,
            )
        return super().change_view(request, object_id, form_url, extra_context)

    @admin.display(description=_("actor"))
    def who(self, event: AuditEvent) -> str:
        return event.actor_label or (gettext("system") if event.actor_id is None else f"#{event.actor_id}")

    @admin.display(description=_("subject"))
    def subject(self, event: AuditEvent) -> str:
        # A customer has two numbers: the one that people know stands in a column of its own.
        is_customer = event.subject_type == "customer" and event.subject_id == event.customer_key
        return event.subject_type if is_customer else f"{event.subject_type} {event.subject_id}"

    @admin.display(description=_("customer"))
    def customer(self, event: AuditEvent) -> str:
        if not event.customer_key:
            return "-"
        number: str = getattr(event, "bank_number", "")
        return number or gettext("our number %(key)s") % {"key": event.customer_key}

    @admin.display(description=_("reason"))
    def short_reason(self, event: AuditEvent) -> str:
        reason: str = event.reason or getattr(event, "kept_reason", "")
        return reason if len(reason) <= 60 else f"{reason[:59]}…"

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
        try:
            return _shown(json.loads(part.content))
        except ValueError:
            return part.content  # written past us


@admin.register(AuditCheckpoint)
class AuditCheckpointAdmin(ReadOnly, CheckpointBase):
    """Notes of the signed checkpoints; what counts is outside the database."""

    list_display = ("size", "made_at", "name")
    ordering = ("-size",)
    fields = ("size", "made_at", "name", "content")
    readonly_fields = fields


def _shown(content: Any) -> SafeString:
    return format_html("<pre>{}</pre>", json.dumps(content, indent=2, ensure_ascii=False))
