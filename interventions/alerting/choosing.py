"""What somebody chooses: which kinds, in the bell or by e-mail, and when."""

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from audit import services as audit
from customers import bank_clock, roles
from interventions.alerting import audience, schedule
from interventions.models import AlertSettings, StaffSettings

Digest = AlertSettings.Digest


class ChoiceRefused(ValueError):
    """It cannot be chosen; the text says why, and what to do."""


@dataclass(frozen=True, kw_only=True)
class Choice:
    """What a reader wants.

    Args:
        in_bell: Kinds that the bell counts and lists.
        in_mail: Kinds that an e-mail counts.
        digest: How often an e-mail comes.
        daily_at: When a daily one comes, in the reader's own zone.
        is_working_hours_only: No e-mail outside the bank's business hours: it comes with the next one.
    """

    in_bell: Collection[str]
    in_mail: Collection[str]
    digest: AlertSettings.Digest
    daily_at: dt.time
    is_working_hours_only: bool


def zone_of(user: User) -> ZoneInfo:
    """The user's own time zone, else the bank's."""
    name = StaffSettings.objects.filter(pk=user.pk).values_list("time_zone", flat=True).first()
    return ZoneInfo(name) if name else bank_clock.zone()


@transaction.atomic
def choose(*, by: User, choice: Choice) -> AlertSettings:
    """Keep what somebody chose. Kinds that their role is not told of are neither kept nor lost.

    Raises:
        ChoiceRefused: e-mail is wanted, and the account has no address, or no kind is chosen for it.
    """
    offered = audience.of(roles.of(by))
    if choice.digest != Digest.OFF:
        _refuse_useless(by, choice)
    AlertSettings.objects.get_or_create(user=by)
    kept = AlertSettings.objects.select_for_update().get(user=by)
    kept.not_in_bell = _left_out(kept.not_in_bell, offered, choice.in_bell)
    kept.not_in_mail = _left_out(kept.not_in_mail, offered, choice.in_mail)
    kept.digest, kept.daily_at = choice.digest, choice.daily_at
    kept.is_working_hours_only = choice.is_working_hours_only
    now = timezone.now()
    kept.next_digest_at = next_digest(kept, after=now, zone=zone_of(by))
    if choice.digest != Digest.OFF and kept.covered_to is None:
        kept.covered_to = now
    if choice.digest == Digest.OFF:
        kept.covered_to = None
    kept.save()
    audit.record(
        action="interventions.alert_settings.changed",
        subject_type="user",
        subject_id=by.pk,
        subject_label=by.get_username(),
        actor=by,
        detail={
            "digest": str(kept.digest),
            "daily_at": f"{kept.daily_at:%H:%M}",
            "working_hours_only": kept.is_working_hours_only,
            "not_in_bell": kept.not_in_bell,
            "not_in_mail": kept.not_in_mail,
        },
    )
    return kept


def next_digest(chosen: AlertSettings, *, after: dt.datetime, zone: ZoneInfo) -> dt.datetime | None:
    """When the next e-mail is due; None: never."""
    if chosen.digest == Digest.HOURLY:
        return schedule.next_hour(after)
    if chosen.digest == Digest.DAILY:
        return schedule.next_day(after, at=chosen.daily_at, zone=zone)
    return None


def _refuse_useless(by: User, choice: Choice) -> None:
    if not by.email:
        raise ChoiceRefused(_("Your account has no e-mail address. An administrator can enter it."))
    if not set(choice.in_mail) & set(audience.of(roles.of(by))):
        raise ChoiceRefused(_("Choose at least one kind of alert for the e-mail, or turn the e-mail off."))


def _left_out(before: list[str], offered: Collection[str], wanted: Collection[str]) -> list[str]:
    elsewhere = {kind for kind in before if kind not in offered}
    return sorted(elsewhere | {str(kind) for kind in offered if kind not in wanted})
