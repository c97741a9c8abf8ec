"""The four roles of the staff, as Django groups made by a migration."""

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser

RELATIONSHIP_MANAGERS = "Relationship managers"
SUPERVISORS = "Supervisors"
COMPLIANCE_OFFICERS = "Compliance officers"
ANALYSTS = "Analysts"
ALL = (RELATIONSHIP_MANAGERS, SUPERVISORS, COMPLIANCE_OFFICERS, ANALYSTS)
BANK_WIDE = frozenset({SUPERVISORS, COMPLIANCE_OFFICERS, ANALYSTS})


def of(user: AbstractBaseUser | AnonymousUser) -> frozenset[str]:
    """The names of the user's roles; read once per user object, that is once per request."""
    if not user.is_authenticated or not user.is_active:
        return frozenset()
    cached: frozenset[str] | None = getattr(user, "_equilibrate_roles", None)
    if cached is None:
        cached = frozenset(user.groups.values_list("name", flat=True))  # type: ignore[attr-defined]
        user._equilibrate_roles = cached  # type: ignore[attr-defined]
    return cached


def sees_everybody(user: AbstractBaseUser | AnonymousUser) -> bool:
    """Whether the user's role covers the whole bank. Being a superuser gives no view of customers by itself."""
    return bool(of(user) & BANK_WIDE)


def is_relationship_manager(user: AbstractBaseUser | AnonymousUser) -> bool:
    """Whether the user looks after customers of their own."""
    return RELATIONSHIP_MANAGERS in of(user)
