"""Accounts in the admin's look, for administrators: who is staff, and in which role.

Being an administrator shows no customer, policy or model: those pages ask for a role of their own.
"""

from allauth.account import admin as allauth_admin  # registers what is taken out below
from allauth.account.models import EmailAddress, EmailConfirmation
from django.contrib import admin
from django.contrib.auth import admin as auth_admin
from django.contrib.auth.models import Group, User
from unfold.admin import ModelAdmin
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

# Nobody signs up or confirms an address here.
for unused in (EmailAddress, EmailConfirmation, User, Group):
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


__all__ = ["GroupAdmin", "UserAdmin", "allauth_admin"]
