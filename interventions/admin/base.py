"""What the admin's pages share: who sees them, and that looking at personal data is recorded."""

from typing import Any, cast

from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from unfold.admin import ModelAdmin, TabularInline
from unfold.paginator import InfinitePaginator

from audit import read_only
from audit.services import viewed
from customers import roles

OFFICERS = frozenset({roles.COMPLIANCE_OFFICERS})
READERS = frozenset({roles.COMPLIANCE_OFFICERS, roles.ANALYSTS})


def user_of(request: HttpRequest) -> User:
    """Who asks; the admin's pages need a login."""
    return cast(User, request.user)


class ForRoles(read_only.ReadOnly):
    """Seen by some roles, changed by nobody: instead of Django's own permissions, which superusers all have."""

    seen_by = OFFICERS

    def may_see(self, request: HttpRequest) -> bool:
        return bool(roles.of(request.user) & self.seen_by)


class ReadOnly(ForRoles, ModelAdmin):
    """Rows of any number, newest first: nothing is counted."""

    paginator = InfinitePaginator
    show_full_result_count = False
    ordering: tuple[str, ...] = ("-pk",)
    list_per_page = 50
    actions = None


class Personal(ReadOnly):
    """A row with personal data: who opens it is recorded."""

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
            viewed(
                by=user_of(request),
                subject_type=self.opts.model_name or "",
                subject_id=found.pk,
                what="admin page",
                customer=getattr(found, "customer_id", None),
            )
        return response


class ReadOnlyRows(ForRoles, TabularInline):
    """Rows beside the one that is looked at."""

    extra = 0
    ordering = ("pk",)
    can_delete = False
    show_change_link = False
