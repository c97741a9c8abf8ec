"""What was read, and what somebody has seen to."""

import datetime as dt

from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from audit import services as audit
from customers import roles
from customers.models import Customer
from interventions.alerting import audience, feed
from interventions.models import AlertSettings, Notice, NoticeRead
from risk.models import Alert

# Longer than any transaction lasts: a notice with a smaller id than the mark may not become visible after it is set.
SETTLED = dt.timedelta(minutes=10)
# What a reader may be told of within that time at the very most: the first evaluation of a whole bank.
MOST_YOUNG = 50_000


class AlertRefused(ValueError):
    """It cannot be done with this alert; the text says why."""


def mark_read(*, notice_id: int, by: User) -> Notice:
    """The user has read one notice; doing it twice is once.

    Raises:
        Notice.DoesNotExist: there is none, or none that this user is told of.
    """
    notice = feed.visible(by).get(pk=notice_id)
    with transaction.atomic():
        if notice.pk > _locked(by).read_up_to:
            NoticeRead.objects.get_or_create(user=by, notice=notice)
    return notice


@transaction.atomic
def mark_all_read(*, by: User, up_to: int) -> None:
    """The user has read everything up to the newest notice they saw; what came after it stays unread.

    What is older than any transaction lasts is covered by moving the user's mark, the few newer ones by rows.
    """
    chosen = _locked(by)
    settled = Notice.objects.filter(told_at__lt=timezone.now() - SETTLED, pk__lte=up_to).order_by(
        "-told_at", "-pk"
    )
    newest = settled.values_list("pk", flat=True).first() or 0
    chosen.read_up_to = max(chosen.read_up_to, min(newest, up_to))
    chosen.save(update_fields=["read_up_to"])
    NoticeRead.objects.filter(user=by, notice_id__lte=chosen.read_up_to).delete()
    unread = feed.Wanted(is_unread=True, before=up_to + 1)
    NoticeRead.objects.bulk_create(
        [NoticeRead(user=by, notice_id=key) for key in feed.ids(by, chosen, unread, most=MOST_YOUNG)],
        batch_size=2_000,
        ignore_conflicts=True,
    )


@transaction.atomic
def mark_kind_read(*, kind: Notice.Kind, by: User, up_to: int) -> None:
    """The user has read every notice of a kind up to the newest of those told in one line; later ones stay unread."""
    chosen = _locked(by)
    unread = feed.Wanted(kinds=[kind], is_unread=True, before=up_to + 1)
    NoticeRead.objects.bulk_create(
        [NoticeRead(user=by, notice_id=key) for key in feed.ids(by, chosen, unread, most=MOST_YOUNG)],
        batch_size=2_000,
        ignore_conflicts=True,
    )


@transaction.atomic
def acknowledge(*, notice_id: int, by: User) -> Alert:
    """Somebody has seen to what the system needed a hand with, for everybody who was told.

    Raises:
        Notice.DoesNotExist: there is none, or none that this user is told of.
        AlertRefused: it is of a customer, or somebody has seen to it already.
    """
    notice = mark_read(notice_id=notice_id, by=by)
    if notice.alert_id is None or notice.kind not in audience.ACKNOWLEDGED:
        raise AlertRefused(
            _("This alert is settled by what it speaks of: open it and look after the customer.")
        )
    alert = (
        Alert.objects.select_for_update(of=("self",))
        .select_related("acknowledged_by")
        .get(pk=notice.alert_id)
    )
    if alert.acknowledged_by:
        who = alert.acknowledged_by.get_full_name() or alert.acknowledged_by.get_username()
        raise AlertRefused(_("%(who)s has seen to it already.") % {"who": who})
    alert.acknowledged_at, alert.acknowledged_by = timezone.now(), by
    alert.save(update_fields=["acknowledged_at", "acknowledged_by"])
    audit.record(
        action="interventions.alert.acknowledged",
        subject_type="alert",
        subject_id=alert.pk,
        actor=by,
        detail={"occasion": alert.dedupe_key, "kind": notice.kind},
    )
    return alert


def acknowledge_of_customer(*, customer_id: int, by: User) -> int:
    """Somebody has seen to every open alert about one customer; returns how many there were. None twice.

    Of a customer whom the user may not see there is none.

    Raises:
        PermissionDenied: the user neither looks after the customer nor supervises.
    """
    customer = Customer.objects.visible_to(by).filter(pk=customer_id).first()
    if customer is None:
        return 0
    if not _looks_after(by, customer):
        raise PermissionDenied(
            _("Only whoever looks after the customer, or a supervisor, says so for everybody.")
        )
    with transaction.atomic():
        found = Alert.objects.select_for_update().filter(customer_id=customer_id, acknowledged_at=None)
        keys = list(found.order_by("pk").values_list("pk", flat=True))
        if keys:
            Alert.objects.filter(pk__in=keys).update(acknowledged_at=timezone.now(), acknowledged_by=by)
            audit.record(
                action="interventions.alert.acknowledged",
                subject_type="customer",
                subject_id=customer_id,
                actor=by,
                customer=customer_id,
                detail={"alerts": keys},
            )
    return len(keys)


def _looks_after(user: User, customer: Customer) -> bool:
    held = roles.of(user)
    if roles.SUPERVISORS in held:
        return True
    return roles.RELATIONSHIP_MANAGERS in held and user.pk in (
        customer.assigned_rm_id,
        customer.covering_rm_id,
    )


def _locked(user: User) -> AlertSettings:
    """The user's row, made where there is none, under lock."""
    AlertSettings.objects.get_or_create(user=user)
    return AlertSettings.objects.select_for_update().get(user=user)
