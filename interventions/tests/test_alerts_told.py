"""Who is told of what: the triggers, the roles, what was read, and customers who change hands."""

import datetime as dt
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from audit.models import AuditEvent
from customers import roles
from customers.models import Customer
from interventions.alerting import audience, feed, reading, sweeps
from interventions.casework import case_sweeps
from interventions.casework import cases as steps
from interventions.contact import breaker
from interventions.models import AlertSettings, Delivery, Notice, NoticeRead
from interventions.policy import governing
from interventions.tests import cases, deliveries, governed, staff
from risk import alerts
from risk.models import Alert
from risk.tests.factories import NOON

pytestmark = pytest.mark.django_db
Kind = Notice.Kind
HOUR = dt.timedelta(hours=1)


def turn_high(*customers: Customer, revision: int = 1) -> None:
    alerts.raise_turned_high(
        [alerts.TurnedHigh(customer_id=customer.pk, revision=revision, score=8.0) for customer in customers]
    )


def told(user: User, **wanted: Any) -> list[tuple[str, int | None]]:
    found = feed.notices(fresh(user), feed.settings_of(user), feed.Wanted(**wanted))
    return [(notice.kind, notice.customer_id) for notice in found]


def fresh(user: User) -> User:
    """As the next request has them: roles are kept with the object."""
    return User.objects.get(pk=user.pk)


def kinds(user: User) -> list[str]:
    return [kind for kind, _customer in told(user)]


def aged(minutes: int = 60) -> None:
    Notice.objects.update(told_at=timezone.now() - dt.timedelta(minutes=minutes))


def operational(key: str = "transport.sms.2026-11-23", **fields: Any) -> Notice:
    alerts.raise_operational(dedupe_key=key, message="Messages wait.", detail={}, **fields)
    return Notice.objects.get(alert__dedupe_key=key)


def test_managers_hear_of_their_own_and_covered_customers() -> None:
    rm, other = staff.manager(), staff.manager("rm2")
    own, covered = staff.assessed(assigned_rm=rm), staff.assessed(assigned_rm=other, covering_rm=rm)
    turn_high(own, covered, staff.assessed(assigned_rm=other))

    assert told(rm) == [("turned_high", covered.pk), ("turned_high", own.pk)]
    assert feed.unread_count(rm) == 2
    assert kinds(staff.supervisor()) == []


def test_reported_twice_is_told_once() -> None:
    rm = staff.manager()
    customer = staff.assessed(assigned_rm=rm)
    turn_high(customer)
    turn_high(customer)

    assert feed.unread_count(rm) == 1


def test_notices_follow_a_customer_who_changes_hands() -> None:
    before, after = staff.manager(), staff.manager("rm2")
    customer = staff.assessed(assigned_rm=before)
    turn_high(customer)
    notice = Notice.objects.get()
    reading.mark_read(notice_id=notice.pk, by=before)

    customer.assigned_rm = after
    customer.save()

    assert (feed.unread_count(before), told(before)) == (0, [])
    assert (feed.unread_count(after), told(after)) == (1, [("turned_high", customer.pk)])
    with pytest.raises(Notice.DoesNotExist):
        reading.mark_read(notice_id=notice.pk, by=before)


def test_copy_that_went_stale_shows_nothing_and_heals() -> None:
    before, after = staff.manager(), staff.manager("rm2")
    turn_high(staff.assessed(assigned_rm=after))
    Notice.objects.update(manager=before)

    assert told(before) == []
    assert sweeps.follow_customers() == 1
    assert sweeps.follow_customers() == 0
    assert kinds(after) == ["turned_high"]


@pytest.mark.parametrize(
    ("key", "kind", "role"),
    [
        ("refresh.set_aside.2026-11-23", "system", roles.SUPERVISORS),
        ("delivery.unknown.7", "system", roles.SUPERVISORS),
        ("cases.sla_breached.2026-11-23.1", "breaches", roles.SUPERVISORS),
        ("interventions.breaker.20261123T1", "breaker", roles.COMPLIANCE_OFFICERS),
        ("audit.forged.2026-11-23", "audit", roles.COMPLIANCE_OFFICERS),
        ("model.1.fails", "model", roles.ANALYSTS),
        ("drift.1.2026-11-23", "model", roles.ANALYSTS),
        ("parity.2026-11-23", "model", roles.ANALYSTS),
    ],
)
def test_operational_alerts_go_to_who_can_do_something(key: str, kind: str, role: str) -> None:
    reader, rm = staff.user("reader", role), staff.manager()

    assert operational(key).kind == kind
    assert kinds(reader) == [kind]
    assert kinds(rm) == []


def test_every_kind_is_told_to_somebody() -> None:
    assert set(audience.of(roles.ALL)) == set(Kind)
    assert audience.of([]) == ()
    assert Kind.TURNED_HIGH not in audience.of_the_bank(roles.ALL)


@pytest.mark.usefixtures("at_noon")
def test_late_first_contacts_are_told_before_and_after(at_noon: time_machine.Traveller) -> None:
    rm = staff.manager()
    late = cases.opened(to=rm)
    assert sweeps.tell_of_deadlines() == 0

    at_noon.move_to(NOON + 3 * HOUR)
    assert [sweeps.tell_of_deadlines() for _time in range(2)] == [1, 0]
    at_noon.move_to(NOON + 4 * HOUR)
    case_sweeps.mark_breaches()

    assert kinds(rm) == ["sla_breached", "sla_at_risk"]
    assert Notice.objects.get(kind="sla_breached").case == late
    assert kinds(staff.supervisor()) == ["breaches"]


def soon_late(at_noon: time_machine.Traveller, *, of: User) -> Notice:
    """The notice of a case whose first contact soon is late."""
    case = cases.opened(to=of)
    at_noon.move_to(NOON + 3 * HOUR)
    sweeps.tell_of_deadlines()
    return Notice.objects.get(case=case)


def test_soon_late_gives_way_once_it_is_late(at_noon: time_machine.Traveller) -> None:
    rm = staff.manager()
    earlier = soon_late(at_noon, of=rm)
    assert told(rm, is_unread=True) == told(rm, is_current=True) == [("sla_at_risk", earlier.customer_id)]
    at_noon.move_to(NOON + 4 * HOUR)
    case_sweeps.mark_breaches()

    assert told(rm, is_unread=True) == told(rm, is_current=True) == [("sla_breached", earlier.customer_id)]
    assert feed.unread_count(rm) == 1
    # It is kept, as read, and whoever still has it on the screen may follow it.
    assert [notice.is_read for notice in feed.notices(rm, feed.settings_of(rm), feed.Wanted())] == [
        False,
        True,
    ]
    assert reading.mark_read(notice_id=earlier.pk, by=rm) == earlier


def test_late_first_contact_of_another_case_leaves_it(at_noon: time_machine.Traveller) -> None:
    rm = staff.manager()
    cases.opened(to=rm, sla_due_at=NOON + 2 * HOUR, sla_at_risk_at=NOON + HOUR)
    soon = soon_late(at_noon, of=rm)
    case_sweeps.mark_breaches()

    assert ("sla_at_risk", soon.customer_id) in told(rm, is_unread=True)


def test_soon_late_that_was_written_as_the_case_got_late_gives_way(at_noon: time_machine.Traveller) -> None:
    rm = staff.manager()
    soon_late(at_noon, of=rm)
    at_noon.move_to(NOON + 4 * HOUR)
    case_sweeps.mark_breaches()
    Notice.objects.update(is_superseded=False)

    assert [sweeps.give_way() for _time in range(2)] == [1, 0]
    assert [kind for kind, _customer in told(rm, is_unread=True)] == ["sla_breached"]


@pytest.mark.usefixtures("at_noon")
def test_handed_over_case_is_told_to_whom_it_was_given() -> None:
    boss, rm, other = staff.supervisor(), staff.manager(), staff.manager("rm2")
    case = cases.opened(to=rm)
    steps.assign(case_id=case.pk, version=case.version, by=boss, to=other)

    assert kinds(other) == ["handed_over"]
    assert (kinds(rm), kinds(boss)) == ([], [])


@pytest.mark.usefixtures("at_noon")
def test_escalation_is_told_to_supervisors_or_the_one_who_is_named() -> None:
    first, second, rm = staff.supervisor(), staff.user("boss2", roles.SUPERVISORS), staff.manager()
    named, open_to_all = cases.opened(to=rm), cases.opened(to=rm)
    steps.escalate(case_id=named.pk, version=named.version, by=rm, to=first, reason="r")
    steps.escalate(case_id=open_to_all.pk, version=open_to_all.version, by=rm, reason="r")

    assert [customer for _kind, customer in told(first)] == [open_to_all.customer_id, named.customer_id]
    assert [customer for _kind, customer in told(second)] == [open_to_all.customer_id]
    assert kinds(rm) == []


@pytest.mark.usefixtures("at_noon")
def test_message_that_failed_is_told_to_the_customers_manager() -> None:
    delivery = deliveries.brought(Delivery.State.FAILED)
    rm = staff.manager("its manager")
    Customer.objects.filter(pk=delivery.customer_id).update(assigned_rm=rm)

    assert kinds(rm) == ["delivery_failed"]
    assert Notice.objects.get(kind="delivery_failed").detail["state"] == "failed"


def test_what_waits_for_approval_is_told_to_compliance() -> None:
    policy = governed.draft_policy()
    draft = governing.new_version(subject=policy, by=governed.officer())
    assert draft.author is not None
    governing.submit(subject=draft, by=draft.author)

    notice = Notice.objects.get()
    assert (notice.kind, notice.detail) == ("approval", {"what": "policy", "id": draft.pk})
    assert kinds(staff.user("reader", roles.COMPLIANCE_OFFICERS)) == ["approval"]


def test_breaker_and_its_reset_are_told() -> None:
    boss = staff.supervisor()
    breaker.open(by=boss, reason="Too much went out.")
    breaker.ask_reset(by=boss, reason="Mended.")

    assert kinds(staff.user("reader", roles.COMPLIANCE_OFFICERS)) == ["second_person", "breaker"]


def test_marking_one_read_leaves_the_others() -> None:
    rm = staff.manager()
    turn_high(staff.assessed(assigned_rm=rm), staff.assessed(assigned_rm=rm))
    newest = Notice.objects.order_by("-pk")[0]
    reading.mark_read(notice_id=newest.pk, by=rm)
    reading.mark_read(notice_id=newest.pk, by=rm)

    assert feed.unread_count(rm) == 1
    assert [notice.is_read for notice in feed.notices(rm, feed.settings_of(rm), feed.Wanted())] == [
        True,
        False,
    ]
    assert len(told(rm, is_unread=True)) == 1


def test_marking_all_read_moves_the_mark_and_spares_what_came_after() -> None:
    rm = staff.manager()
    turn_high(*[staff.assessed(assigned_rm=rm) for _ in range(2)])
    aged()
    turn_high(staff.assessed(assigned_rm=rm))
    seen = Notice.objects.order_by("-pk")[0].pk
    turn_high(staff.assessed(assigned_rm=rm))

    reading.mark_all_read(by=rm, up_to=seen)

    assert feed.unread_count(rm) == 1
    # The two that are old by the mark, the young one by a row.
    assert NoticeRead.objects.get().notice_id == seen
    assert (
        AlertSettings.objects.get(user=rm).read_up_to
        == sorted(Notice.objects.values_list("pk", flat=True))[1]
    )

    aged()
    reading.mark_all_read(by=rm, up_to=seen)
    assert not NoticeRead.objects.exists()
    assert feed.unread_count(rm) == 1


def test_notice_that_commits_late_stays_unread() -> None:
    rm = staff.manager()
    turn_high(staff.assessed(assigned_rm=rm), staff.assessed(assigned_rm=rm))
    late, seen = Notice.objects.order_by("pk")
    kept = {field.attname: getattr(late, field.attname) for field in Notice._meta.concrete_fields}
    # As if the transaction that wrote it were still under way.
    late.delete()

    reading.mark_all_read(by=rm, up_to=seen.pk)
    Notice.objects.create(**kept)

    assert feed.unread_count(rm) == 1


def test_marks_are_each_readers_own() -> None:
    first, second = staff.user("one", roles.ANALYSTS), staff.user("two", roles.ANALYSTS)
    notice = operational("model.1.fails")
    reading.mark_read(notice_id=notice.pk, by=first)

    assert (feed.unread_count(first), feed.unread_count(second)) == (0, 1)


def test_acknowledging_is_for_everybody_and_audited() -> None:
    first, second = staff.supervisor(), staff.user("boss2", roles.SUPERVISORS)
    notice = operational()
    reading.acknowledge(notice_id=notice.pk, by=first)

    with pytest.raises(reading.AlertRefused, match="supervisor has seen to it already"):
        reading.acknowledge(notice_id=notice.pk, by=second)
    assert Alert.objects.get().acknowledged_by == first
    assert AuditEvent.objects.get(action="interventions.alert.acknowledged").actor_id == first.pk


def test_what_is_told_of_a_customer_is_not_acknowledged_by_the_bell() -> None:
    rm = staff.manager()
    turn_high(staff.assessed(assigned_rm=rm))

    with pytest.raises(reading.AlertRefused, match="look after the customer"):
        reading.acknowledge(notice_id=Notice.objects.get().pk, by=rm)


def test_alerts_of_a_customer_are_acknowledged_by_who_sees_them() -> None:
    rm, other = staff.manager(), staff.manager("rm2")
    customer = staff.assessed(assigned_rm=rm)
    turn_high(customer)
    turn_high(customer, revision=2)

    assert reading.acknowledge_of_customer(customer_id=customer.pk, by=other) == 0
    assert [reading.acknowledge_of_customer(customer_id=customer.pk, by=rm) for _ in range(2)] == [2, 0]
    assert AuditEvent.objects.filter(action="interventions.alert.acknowledged").count() == 1


def test_kinds_left_out_of_the_bell_are_not_counted_but_listed() -> None:
    rm = staff.manager()
    turn_high(staff.assessed(assigned_rm=rm))
    AlertSettings.objects.create(user=rm, not_in_bell=["turned_high"])

    assert feed.unread_count(rm) == 0
    assert kinds(rm) == ["turned_high"]


def test_count_ends_where_nobody_counts_any_more() -> None:
    boss = staff.supervisor()
    for number in range(feed.COUNTED + 20):
        operational(f"transport.{number}")

    assert feed.unread_count(boss) == feed.COUNTED


def test_many_of_one_kind_are_counted_as_one_line() -> None:
    rm = staff.manager()
    turn_high(*[staff.assessed(assigned_rm=rm) for _ in range(2)])
    assert feed.unread_count(rm) == 2

    turn_high(staff.assessed(assigned_rm=rm))

    assert feed.unread_count(rm) == 1
    assert feed.counts_by_kind(rm, feed.settings_of(rm), feed.Wanted(is_unread=True)) == {"turned_high": 3}


def test_reading_takes_the_same_queries_however_much_there_is() -> None:
    rm = staff.manager()
    rm.groups.add(*staff.supervisor().groups.all())
    counts = []
    for _round in range(2):
        turn_high(*[staff.assessed(assigned_rm=rm) for _ in range(3)], revision=_round)
        reader = fresh(rm)
        with CaptureQueriesContext(connection) as queries:
            feed.unread_count(reader)
            feed.notices(reader, feed.settings_of(reader), feed.Wanted())
        counts.append(len(queries))

    assert counts == [6, 6]


def test_old_notices_are_forgotten_and_their_alerts_stay() -> None:
    rm = staff.manager()
    turn_high(staff.assessed(assigned_rm=rm))
    assert sweeps.forget() == 0
    Notice.objects.update(told_at=timezone.now() - feed.KEPT - HOUR)

    assert sweeps.forget() == 1
    assert Alert.objects.count() == 1
