"""Accounts in the admin's look, for administrators: who is staff, and in which role.

Being an administrator shows no customer, policy or model: those pages ask for a role of their own.
"""

from allauth.account import admin as allauth_admin  # registers what is taken out below
from allauth.account.models import EmailAddress, EmailConfirmation
from allauth.mfa import admin as allauth_mfa_admin
from allauth.mfa.models import Authenticator
from django.contrib import admin, messages
from django.contrib.auth import admin as auth_admin
from django.contrib.auth.models import Group, User
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from unfold.admin import ModelAdmin
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from equilibrate_site import accounts_factors, accounts_locks
from equilibrate_site.models import LoginLock

# Nobody signs up or confirms an address here.
for unused in (EmailAddress, EmailConfirmation, Authenticator, User, Group):
    if admin.site.is_registered(unused):
        admin.site.unregister(unused)


@admin.register(User)
class UserAdmin(auth_admin.UserAdmin, ModelAdmin):  # type: ignore[type-arg]
    """Accounts."""

    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    list_display = ("username", "email", "first_name", "last_name", "is_staff", "is_active")


@admin.register(Group)
class GroupAdmin(auth_admin.GroupAdmin, ModelAdmin):
    """Roles."""


class ForAdministrators(ModelAdmin):
    """What only administrators see, and nobody adds or changes by hand."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        return request.user.is_active and request.user.is_superuser

    def has_view_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return self.has_module_permission(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


@admin.register(LoginLock)
class LoginLockAdmin(ForAdministrators):
    """Who is locked out, or close to it."""

    list_display = ("account", "address", "proof", "attempts", "first_at", "locked_until", "is_locked")
    fields = ("account", "address", "proof", "attempts", "first_at", "locked_until")
    readonly_fields = fields
    ordering = ("-locked_until", "-first_at")
    list_select_related = ("user",)
    actions = ("lift",)

    @admin.display(description=gettext_lazy("account"))
    def account(self, lock: LoginLock) -> str:
        return str(lock.user) if lock.user else _("a name that nobody has")

    @admin.display(description=gettext_lazy("locked out now"), boolean=True)
    def is_locked(self, lock: LoginLock) -> bool:
        return lock.locked_until is not None and lock.locked_until > timezone.now()

    @admin.action(description=gettext_lazy("Let them try again now"), permissions=["view"])
    def lift(self, request: HttpRequest, chosen: QuerySet[LoginLock]) -> None:
        """Lift lockouts, each audited."""
        count = 0
        for lock in chosen.select_related("user"):
            accounts_locks.lift(lock=lock, by=request.user)  # type: ignore[arg-type]
            count += 1
        words = ngettext("%(n)d lockout is lifted.", "%(n)d lockouts are lifted.", count)
        messages.success(request, words % {"n": count})


@admin.register(Authenticator)
class SecondFactorAdmin(ForAdministrators):
    """Who has which second factor; its secret is never shown. One that was lost is removed, which is audited."""

    list_display = ("user", "type", "created_at", "last_used_at")
    fields = list_display
    readonly_fields = fields
    list_filter = ("type",)
    list_select_related = ("user",)
    search_fields = ("user__username",)
    actions = ("remove_lost",)

    @admin.action(description=gettext_lazy("Remove: it was lost"), permissions=["view"])
    def remove_lost(self, request: HttpRequest, chosen: QuerySet[Authenticator]) -> None:
        """Remove factors, each audited."""
        count = 0
        for factor in chosen.select_related("user"):
            accounts_factors.remove_lost(factor=factor)
            count += 1
        words = ngettext("%(n)d second factor is removed.", "%(n)d second factors are removed.", count)
        messages.success(request, words % {"n": count})


__all__ = [
    "GroupAdmin",
    "LoginLockAdmin",
    "SecondFactorAdmin",
    "UserAdmin",
    "allauth_admin",
    "allauth_mfa_admin",
]
