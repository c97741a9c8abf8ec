"""The page on which a compliance officer orders that what is personal in the audit about a customer be erased."""

from typing import Any, cast

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from unfold.decorators import action
from unfold.enums import ActionVariant

from audit.models import AuditEvent, AuditPersonal
from audit.services import erase_personal


class Erasing:
    """Part of an admin: a button on the page of an event about a customer; it says what goes, and asks for a reason."""

    actions_detail = ("erase",)

    def get_actions_detail(self, request: HttpRequest, object_id: int) -> Any:
        event = self._event(request, object_id)
        is_about_one = event is not None and event.customer_key
        return super().get_actions_detail(request, object_id) if is_about_one else []  # type: ignore[misc]

    @action(  # type: ignore[untyped-decorator]
        description=gettext_lazy("Erase what is personal"),
        url_path="erase",
        permissions=["view"],
        variant=ActionVariant.DANGER,
    )
    def erase(self, request: HttpRequest, object_id: int) -> HttpResponse:
        event = self._event(request, object_id)
        if event is None or not event.customer_key:
            raise Http404
        key, reason = event.customer_key, request.POST.get("reason", "")
        if request.method == "POST":
            try:
                erased = erase_personal(customer=key, by=request.user, reason=reason)  # type: ignore[arg-type]
            except (PermissionDenied, ValueError) as refusal:
                messages.error(request, str(refusal))
            else:
                words = ngettext("%(count)s part is erased.", "%(count)s parts are erased.", erased)
                messages.success(request, words % {"count": erased})
                return redirect("admin:audit_auditevent_change", event.pk)
        return self._asked(request, event, reason)

    def _event(self, request: HttpRequest, object_id: int) -> AuditEvent | None:
        found: AuditEvent | None = cast(Any, self).get_object(request, str(object_id))
        return found

    def _asked(self, request: HttpRequest, event: AuditEvent, reason: str) -> HttpResponse:
        key = event.customer_key
        number = import_string(settings.AUDIT_CUSTOMER_NUMBERS)([key]).get(key, "")
        named = number or _("our number %(key)s") % {"key": key}
        context = {
            **cast(Any, self).admin_site.each_context(request),
            "opts": cast(Any, self).opts,
            "title": _("Erase what is personal about customer %(customer)s?") % {"customer": named},
            "event": event,
            "parts": AuditPersonal.objects.filter(event__customer_key=key).count(),
            "reason": reason,
        }
        return render(request, "admin/audit/erase.html", context)
