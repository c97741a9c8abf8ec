"""System checks of accounts."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register

from customers import roles
from equilibrate_site.accounts_factors import ADMINISTRATORS


@register("accounts")
def second_factor_roles_are_known(**_: Any) -> list[CheckMessage]:
    """A role that does not exist would protect nobody."""
    unknown = sorted(set(settings.SECOND_FACTOR_ROLES) - {*roles.ALL, ADMINISTRATORS})
    if not unknown:
        return []
    known = ", ".join([*roles.ALL, ADMINISTRATORS])
    return [
        Error(
            f"SECOND_FACTOR_ROLES names no role: {', '.join(unknown)}.",
            hint=f"Roles: {known}.",
            id="accounts.E001",
        )
    ]


@register(Tags.security, deploy=True)
def somebody_needs_a_second_factor(**_: Any) -> list[CheckMessage]:
    """Those who approve policies and models should not be a password away."""
    if settings.SECOND_FACTOR_ROLES:
        return []
    hint = 'For example "Compliance officers,Supervisors,Administrators"; docs/accounts.md.'
    return [
        Warning(
            "SECOND_FACTOR_ROLES is empty: a password alone opens every account.",
            hint=hint,
            id="accounts.W001",
        )
    ]
