"""Writing what somebody chose for themselves."""

from dataclasses import asdict

from django.contrib.auth.models import User
from django.db import transaction

from audit.services import record
from interventions.models import StaffSettings
from interventions.preferences import Preferences


@transaction.atomic
def settings_save(*, user: User, chosen: Preferences) -> None:
    """Store a user's choices; what is as it was leaves no trace."""
    before = Preferences.of(user)
    if chosen == before:
        return
    StaffSettings.objects.update_or_create(user=user, defaults=asdict(chosen))
    was, now = asdict(before), asdict(chosen)
    record(
        action="interventions.settings.changed",
        subject_type="user",
        subject_id=user.pk,
        subject_label=user.get_username(),
        actor=user,
        detail={name: {"from": was[name], "to": now[name]} for name in now if now[name] != was[name]},
    )
