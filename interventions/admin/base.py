"""What the admin's pages share: who sees them, how they search, and that looking at personal data is recorded."""

from collections.abc import Iterator
from typing import Any, ClassVar, cast

from django.contrib import admin
from django.contrib.auth.models import User
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy
from unfold.admin import ModelAdmin, TabularInline

from audit import read_only
from audit.paging import Pages, Uncounted
from audit.services import record, viewed
from audit.shown import Worded
from customers import roles
from customers.models import Customer
from risk.levels import HARDSHIP_WORDS, Hardship

OFFICERS = frozenset({roles.COMPLIANCE_OFFICERS})
READERS = frozenset({roles.COMPLIANCE_OFFICERS, roles.ANALYSTS})

# Names of columns that are no words by themselves; of moments and people see audit/shown.py.
WORDS: dict[str, str | Promise] = {
    "hardship": gettext_lazy("hardship"),
    "sla_hours": gettext_lazy("SLA hours"),
    "sla_due_at": gettext_lazy("SLA due"),
    "sla_breached_at": gettext_lazy("SLA breach noticed"),
    "personal_line_max": gettext_lazy("longest line of their own"),
    "content_hash": gettext_lazy("SHA-256 of the content"),
    "template_hash": gettext_lazy("SHA-256 of the policy"),
    "body_sha256": gettext_lazy("SHA-256 of the words"),
    "is_granted": gettext_lazy("granted"),
    "is_allowed": gettext_lazy("allowed"),
    "is_inbound": gettext_lazy("the customer came to us"),
    "is_edited": gettext_lazy("edited"),
    "is_automatic": gettext_lazy("automatic"),
    "denied_rule": gettext_lazy("rule that denied"),
    "rule": gettext_lazy("rule that denied"),
    "ends_on": gettext_lazy("last day"),
    "day_on": gettext_lazy("day"),
    "due_on": gettext_lazy("due"),
    "promised_on": gettext_lazy("promised for"),
    "valid_until_on": gettext_lazy("valid until"),
    "provider_id": gettext_lazy("provider's number"),
    "by": gettext_lazy("by"),
    "at": gettext_lazy("when"),
}


class HardshipFilter(admin.ChoicesFieldListFilter):
    """Hardships by the words that the rest of the page uses."""

    def choices(self, changelist: Any) -> Iterator[Any]:
        said = {each.label: HARDSHIP_WORDS[each] for each in Hardship}
        for each in super().choices(changelist):
            yield {**each, "display": said.get(str(each["display"]), each["display"])}


def user_of(request: HttpRequest) -> User:
    """Who asks; the admin's pages need a login."""
    return cast(User, request.user)


class ForRoles(Worded, read_only.ReadOnly):
    """Seen by some roles, changed by nobody: instead of Django's own permissions, which superusers all have."""

    seen_by = OFFICERS
    words = WORDS

    def may_see(self, request: HttpRequest) -> bool:
        return bool(roles.of(request.user) & self.seen_by)


class Framed(ForRoles, ModelAdmin):
    """Pages that say by which clock their moments are. `filled_by` says of an empty list what would fill it."""

    list_before_template: ClassVar[str] = "admin/clocks.html"
    change_form_before_template = "admin/clocks.html"
    filled_by: ClassVar[str | Promise] = ""


class ReadOnly(Framed):
    """Rows of any number, newest first: nothing is counted."""

    paginator = Pages
    show_full_result_count = False
    ordering: ClassVar[tuple[str, ...]] = ("-pk",)
    list_per_page = 50
    actions = None

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[Uncounted]:
        return Uncounted


class Personal(ReadOnly):
    """Rows with personal data, found by the customer's number at the bank: who sees some is recorded.

    A list is one event, which names the customers on it.
    """

    # The box is shown where there are any; what they say is not used: it would ignore the index.
    search_fields = ("customer",)
    search_help_text = gettext_lazy("customer's number at the bank")

    def _shown(self, name: Any) -> Any:
        return "who" if name == "customer" else super()._shown(name)

    @admin.display(description=gettext_lazy("customer"), ordering="customer")
    def who(self, row: Any) -> str:
        return f"{row.customer} · {row.customer.bank_id}" if row.customer.full_name else str(row.customer)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        number = search_term.replace("\0", "").strip()
        if number:
            customers = Customer.objects.filter(bank_id=number).values_list("pk", flat=True)
            queryset = queryset.filter(customer_id__in=list(customers))
        return queryset, False

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        response: HttpResponse = super().changelist_view(request, extra_context)
        # It is rendered later: who cannot be recorded does not see it.
        if isinstance(response, TemplateResponse) and "cl" in (response.context_data or {}):
            self._listed(request, response.context_data["cl"].result_list)  # type: ignore[index]
        return response

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        response: HttpResponse = super().change_view(request, object_id, form_url, extra_context)
        found = self.get_object(request, object_id) if response.status_code == 200 else None
        if found is not None:
            self.seen(request, found)
        return response

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Nothing is changed here, so Django's own history is empty; the audit is the history."""
        raise Http404

    def seen(self, request: HttpRequest, row: Model) -> None:
        """Record that whoever asks sees a row."""
        viewed(
            by=user_of(request),
            subject_type=self.opts.model_name or "",
            subject_id=row.pk,
            what="admin page",
            customer=getattr(row, "customer_id", None),
        )

    def _listed(self, request: HttpRequest, rows: list[Any]) -> None:
        """Record that whoever asks sees a list; an empty one shows nobody."""
        customers = sorted({row.customer_id for row in rows})
        if customers:
            record(
                action=f"{self.opts.model_name}.viewed",
                subject_type=self.opts.model_name or "",
                subject_id="*",
                actor=user_of(request),
                customer=customers[0] if len(customers) == 1 else None,
                detail={"what": "admin list", "rows": len(rows), "customers": customers},
            )


class ReadOnlyRows(ForRoles, TabularInline):
    """Rows beside the one that is looked at."""

    extra = 0
    ordering = ("pk",)
    can_delete = False
    show_change_link = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return self.with_people(super().get_queryset(request))
