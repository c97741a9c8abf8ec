"""The breaker: it opens where more goes out than anybody meant, and two people close it."""

import datetime as dt

import pytest
from django.core.exceptions import PermissionDenied
from django.db import transaction

from audit.models import AuditEvent
from customers import roles
from interventions.contact import breaker
from interventions.contact.breaker import BreakerRefused
from interventions.models import Breaker
from interventions.tests import deliveries, staff
from interventions.tests.gate_facts import rules
from risk.models import Alert
from risk.tests.factories import NOON

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_noon")]
TWO = rules("india", breaker_sends_per_hour=2)
MINUTE = dt.timedelta(minutes=1)


def sent(*, ago: dt.timedelta = MINUTE) -> None:
    deliveries.brought("sent", handed_over_at=NOON - ago)


def test_it_opens_at_the_limit_and_not_before() -> None:
    sent()
    assert breaker.check_and_count(TWO) == breaker.Count(is_open=False, sent=1)
    sent()

    found = breaker.check_and_count(TWO)

    assert (found.is_open, found.sent) == (True, 2)
    assert "2 messages within an hour" in found.reason
    assert breaker.look(TWO).is_open
    assert Alert.objects.filter(kind=Alert.Kind.OPERATIONAL, message__contains="breaker is open").count() == 1
    assert AuditEvent.objects.get(action="interventions.breaker.opened").actor_id is None


def test_an_open_one_opens_no_more() -> None:
    for _ in range(2):
        sent()
    first = breaker.check_and_count(TWO)

    assert breaker.check_and_count(TWO) == first
    assert Alert.objects.count() == 1


def test_an_hour_ago_counts_no_more() -> None:
    sent(ago=61 * MINUTE)
    sent()

    assert breaker.check_and_count(TWO).sent == 1


def test_without_rules_nothing_is_counted_against_anything() -> None:
    assert not breaker.check_and_count(None).is_open


def test_what_certainly_did_not_go_out_is_not_counted() -> None:
    deliveries.brought("cancelled")
    deliveries.queued()

    assert breaker.look(TWO).sent == 0


def test_two_people_let_messages_go_out_again() -> None:
    for _ in range(2):
        sent()
    breaker.check_and_count(TWO)
    asker, other = staff.user("sarita", roles.SUPERVISORS), staff.user("cyrus", roles.COMPLIANCE_OFFICERS)

    reset = breaker.ask_reset(by=asker, reason="A list was sent twice; stopped")
    assert breaker.waiting_reset() == reset
    with pytest.raises(BreakerRefused, match="somebody else must confirm"):
        breaker.confirm_reset(by=asker)
    found = breaker.confirm_reset(by=other)

    assert found == breaker.Count(is_open=False, sent=0)
    assert breaker.waiting_reset() is None
    assert not breaker.check_and_count(TWO).is_open
    reset.refresh_from_db()
    assert (reset.asked_by, reset.confirmed_by) == (asker, other)
    assert AuditEvent.objects.filter(action__startswith="interventions.breaker.reset").count() == 2


def test_it_opens_anew_after_a_reset() -> None:
    asker, other = staff.user("sarita", roles.SUPERVISORS), staff.user("cyrus", roles.COMPLIANCE_OFFICERS)
    for _ in range(2):
        assert breaker.open(by=asker, reason="Something is wrong").is_open
        breaker.ask_reset(by=other, reason="Mended")
        assert not breaker.confirm_reset(by=asker).is_open

    assert Alert.objects.count() == 2


def test_steps_out_of_order_are_refused_in_words() -> None:
    one, other = staff.user("sarita", roles.SUPERVISORS), staff.user("cyrus", roles.COMPLIANCE_OFFICERS)
    with pytest.raises(BreakerRefused, match="nothing to reset"):
        breaker.ask_reset(by=one, reason="why not")
    with pytest.raises(BreakerRefused, match="Nobody has asked"):
        breaker.confirm_reset(by=one)
    with pytest.raises(BreakerRefused, match="Say why"):
        breaker.open(by=one, reason=" ")
    breaker.open(by=one, reason="Stop")
    with pytest.raises(BreakerRefused, match="stopped already"):
        breaker.open(by=one, reason="Stop")
    with pytest.raises(BreakerRefused, match="Say what went wrong"):
        breaker.ask_reset(by=one, reason="")
    with pytest.raises(BreakerRefused, match="Nobody has asked"):
        breaker.confirm_reset(by=other)
    breaker.ask_reset(by=one, reason="Mended")
    with pytest.raises(BreakerRefused, match="asked already"):
        breaker.ask_reset(by=other, reason="Mended")


def test_who_may_not_touch_it() -> None:
    for by in (staff.manager(), staff.user("ana", roles.ANALYSTS), staff.user("root")):
        for step in (
            lambda by=by: breaker.open(by=by, reason="x"),
            lambda by=by: breaker.ask_reset(by=by, reason="x"),
            lambda by=by: breaker.confirm_reset(by=by),
        ):
            with pytest.raises(PermissionDenied):
                step()


def test_what_opened_it_and_failed_after_opens_it_the_next_time() -> None:
    for _ in range(2):
        sent()
    with pytest.raises(RuntimeError), transaction.atomic():
        assert breaker.check_and_count(TWO).is_open
        raise RuntimeError

    assert not breaker.look(TWO).is_open
    assert breaker.check_and_count(TWO).is_open
    assert Breaker.objects.count() == 1
