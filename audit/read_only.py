"""What nobody changes in Django's admin: permissions of our own in place of Django's, which superusers all have."""

from django.db.models import Model
from django.http import HttpRequest


class ReadOnly:
    """Looked at by whom `may_see` names, changed by nobody."""

    def may_see(self, request: HttpRequest) -> bool:
        """Whether whoever asks may look; nobody, until a subclass says who."""
        return False

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.may_see(request)

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self.may_see(request)

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False
