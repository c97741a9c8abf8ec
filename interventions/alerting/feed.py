"""What somebody is told: reads. Each way to a notice walks one index from its newest end, so that no reader is slow."""

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Any

from django.contrib.auth.models import User
from django.db.models import Exists, OuterRef, Q, QuerySet

from customers import roles
from interventions.alerting import audience, grouping
from interventions.models import AlertSettings, Notice, NoticeRead

# Beyond it the bell says "99+".
COUNTED = 100
# Unread ones are counted so far, to tell those of one kind together.
COUNTED_BY_KIND = 1_000
PAGE_SIZE = 50
KEPT = dt.timedelta(days=90)
LARGEST_ID = 2**63 - 1


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """Which notices are looked for.

    Args:
        kinds: Of these kinds alone; None: of any.
        is_unread: Only what the reader has not read. What gave way to a later notice counts as read.
        is_current: Only what has not given way to a later notice.
        before: With a smaller id than this.
        since: Told after this moment.
        until: Told at this moment at the latest.
        together: Kinds whose unread ones are left out, since they are told in one line.
    """

    kinds: Collection[str] | None = None
    is_unread: bool = False
    is_current: bool = False
    before: int = LARGEST_ID
    since: dt.datetime | None = None
    until: dt.datetime | None = None
    together: Collection[str] = ()


@dataclass(frozen=True, kw_only=True)
class OfKind:
    """What there is of one kind.

    Args:
        count: How many.
        newest_id: The newest one's.
        newest_at: When that was told.
    """

    count: int
    newest_id: int
    newest_at: dt.datetime


def settings_of(user: User) -> AlertSettings:
    """The user's settings; without a row the defaults, unsaved."""
    return AlertSettings.objects.filter(pk=user.pk).first() or AlertSettings(user=user)


def unread_count(user: User) -> int:
    """How many lines tell of what belongs in the bell and is unread; `COUNTED` means as many or more. Two queries."""
    chosen = settings_of(user)
    return unread_lines(user, chosen, [kind for kind in _offered(user) if kind not in chosen.not_in_bell])


def unread_lines(user: User, chosen: AlertSettings, kinds: Collection[str] | None = None) -> int:
    """In how many lines the unread ones of some kinds are told, up to `COUNTED`. One query."""
    return min(COUNTED, grouping.lines(counts_by_kind(user, chosen, Wanted(kinds=kinds, is_unread=True))))


def counts_by_kind(
    user: User, chosen: AlertSettings, wanted: Wanted, *, most: int = COUNTED_BY_KIND
) -> dict[str, int]:
    """How many of each kind, newest first up to a limit in all. One query."""
    return {kind: found.count for kind, found in by_kind(user, chosen, wanted, most=most).items()}


def by_kind(
    user: User, chosen: AlertSettings, wanted: Wanted, *, most: int = COUNTED_BY_KIND
) -> dict[str, OfKind]:
    """What there is of each kind, newest first up to a limit in all. One query."""
    found = _newest(user, chosen, wanted, most=most)
    by: dict[str, OfKind] = {}
    for row in sorted(found or (), key=lambda row: row["pk"], reverse=True)[:most]:
        of = by.get(row["kind"])
        by[row["kind"]] = (
            replace(of, count=of.count + 1)
            if of
            else OfKind(count=1, newest_id=row["pk"], newest_at=row["told_at"])
        )
    return by


def notices(user: User, chosen: AlertSettings, wanted: Wanted, *, most: int = PAGE_SIZE) -> list[Notice]:
    """The newest notices, each with `is_read`, its customer, case and alert. Two queries."""
    keys = ids(user, chosen, wanted, most=most)
    read = NoticeRead.objects.filter(user=user, notice=OuterRef("pk"))
    found = (
        _still_theirs(user, Notice.objects.filter(pk__in=keys))
        .select_related("customer", "case", "alert__acknowledged_by")
        .annotate(is_read_alone=Exists(read))
        .order_by("-pk")
    )
    told: list[Notice] = list(found)
    for notice in told:
        is_read_alone: bool = notice.is_read_alone  # type: ignore[attr-defined]
        notice.is_read = notice.is_superseded or notice.pk <= chosen.read_up_to or is_read_alone
    return told


def ids(user: User, chosen: AlertSettings, wanted: Wanted, *, most: int) -> list[int]:
    """The ids of the newest notices. One query."""
    found = _newest(user, chosen, wanted, most=most)
    # The ways are walked from the newest end, each as far as the limit; together they may be more.
    return [] if found is None else sorted((row["pk"] for row in found), reverse=True)[:most]


def visible(user: User, chosen: AlertSettings | None = None) -> QuerySet[Notice]:
    """Everything that a user is told of, for looking one up by its id."""
    arms = _arms(user, Wanted(), chosen or AlertSettings(user=user))
    if not arms:
        return Notice.objects.none()
    theirs = arms[0]
    for arm in arms[1:]:
        theirs |= arm
    return _still_theirs(user, theirs)


def _newest(user: User, chosen: AlertSettings, wanted: Wanted, *, most: int) -> QuerySet[Notice, Any] | None:
    """The newest notices by every way, each once; None where no role is told of anything."""
    columns = ("pk", "kind", "told_at")
    arms: list[QuerySet[Notice, Any]] = [
        arm.order_by("-pk").values(*columns)[:most] for arm in _arms(user, wanted, chosen)
    ]
    if not arms:
        return None
    return arms[0].union(*arms[1:]) if len(arms) > 1 else arms[0]


def _arms(user: User, wanted: Wanted, chosen: AlertSettings) -> list[QuerySet[Notice]]:
    names = roles.of(user)
    narrowed = _narrowed(user, wanted, chosen)
    arms = []
    if roles.is_relationship_manager(user):
        own = narrowed.filter(kind__in=_kinds(audience.OF_MANAGERS, wanted))
        arms += [own.filter(manager=user), own.filter(covering=user)]
    if bank := audience.of_the_bank(names):
        arms.append(narrowed.filter(~Q(kind=Notice.Kind.TURNED_HIGH), kind__in=_kinds(bank, wanted)))
    return arms


def _kinds(offered: Collection[str], wanted: Wanted) -> list[str]:
    return [kind for kind in offered if wanted.kinds is None or kind in wanted.kinds]


def _narrowed(user: User, wanted: Wanted, chosen: AlertSettings) -> QuerySet[Notice]:
    found = Notice.objects.filter(pk__lt=wanted.before).filter(
        Q(for_user=user) | Q(for_user=None, kind__in=_for_anybody())
    )
    if wanted.since:
        found = found.filter(told_at__gt=wanted.since)
    if wanted.until:
        found = found.filter(told_at__lte=wanted.until)
    read = Exists(NoticeRead.objects.filter(user=user, notice=OuterRef("pk")))
    if wanted.together:
        found = found.filter(~Q(kind__in=wanted.together) | Q(pk__lte=chosen.read_up_to) | read)
    if wanted.is_unread or wanted.is_current:
        found = found.filter(is_superseded=False)
    if wanted.is_unread:
        found = found.filter(~read, pk__gt=chosen.read_up_to)
    return found


def _offered(user: User) -> tuple[Notice.Kind, ...]:
    return audience.of(roles.of(user))


def _for_anybody() -> list[str]:
    return [kind for kind in Notice.Kind.values if kind not in audience.TO_ONE_ALONE]


def _still_theirs(user: User, found: QuerySet[Notice]) -> QuerySet[Notice]:
    """Whose customer it is now, by the customer itself: what is shown never rests on a copy alone."""
    if roles.sees_everybody(user):
        return found
    return found.filter(Q(customer__assigned_rm=user) | Q(customer__covering_rm=user))
