"""The ledger of consent."""

import datetime as dt
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied

from audit.models import AuditEvent
from customers import roles
from interventions.contact import consents, contact_history
from interventions.contact.consents import ConsentRefused
from interventions.models import ConsentEvent, Delivery
from interventions.tests import deliveries, staff
from interventions.tests.stage import Stage, set_up
from risk.tests.factories import NOON

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_noon")]
HOUR = dt.timedelta(hours=1)
SMS = ("sms", "support")


@pytest.fixture
def stage() -> Stage:
    return set_up()


def last(stage: Stage) -> bool:
    return contact_history.consents_of(stage.customer.pk, "support")["sms"]


def test_the_last_word_counts(stage: Stage) -> None:
    assert last(stage)
    for change, is_granted in (
        (consents.withdraw, False),
        (consents.grant, True),
        (consents.withdraw, False),
    ):
        change(customer=stage.customer, channel="sms", purpose="support", source="staff", by=stage.manager)

        assert last(stage) == consents.state_of(stage.customer)[SMS].is_granted == is_granted


def test_what_is_said_now_is_after_all_that_was_said(stage: Stage) -> None:
    """A clock that was ahead must not outlast what the customer says today."""
    ConsentEvent.objects.create(
        customer=stage.customer, channel="sms", purpose="support", is_granted=True, source="import",
        happened_at=NOON + 5 * HOUR,
    )  # fmt: skip

    consents.withdraw(customer=stage.customer, channel="sms", purpose="support", source="reply")

    assert not last(stage)
    assert not consents.state_of(stage.customer)[SMS].is_granted


def test_consent_that_begins_later_is_none_yet_and_a_withdrawal_counts_at_once(stage: Stage) -> None:
    for is_granted, channel in ((True, "sms"), (False, "email")):
        consents_of_purpose = {"customer": stage.customer, "purpose": "service", "source": "import"}
        ConsentEvent.objects.create(
            **consents_of_purpose, channel=channel, is_granted=is_granted, happened_at=NOON + HOUR
        )

    assert contact_history.consents_of(stage.customer.pk, "service") == {"email": False}


def test_purposes_and_channels_are_apart(stage: Stage) -> None:
    consents.grant(customer=stage.customer, channel="sms", purpose="service", source="page")
    consents.withdraw(customer=stage.customer, channel="sms", purpose="support", source="page")

    assert contact_history.consents_of(stage.customer.pk, "service") == {"sms": True}
    assert contact_history.consents_of(stage.customer.pk, "support")["email"]


def test_the_same_statement_twice_is_one(stage: Stage) -> None:
    said: dict[str, Any] = {
        "customer": stage.customer,
        "channel": "sms",
        "purpose": "service",
        "source": "partner",
    }

    first = consents.grant(**said, happened_at=NOON - HOUR)

    assert consents.grant(**said, happened_at=NOON - HOUR) == first
    assert (
        AuditEvent.objects.filter(action="interventions.consent.granted", detail__event=first.pk).count() == 1
    )


def test_withdrawal_cancels_what_is_queued_for_it_and_nothing_else(stage: Stage) -> None:
    queued = {
        channel: deliveries.queued(
            deliveries.confirmed(stage.case, by=stage.manager, template=stage.policy, channel=channel)
        )
        for channel in ("sms", "email")
    }

    consents.withdraw(customer=stage.customer, channel="sms", purpose="support", source="reply")

    states = {channel: Delivery.objects.get(pk=each.pk).state for channel, each in queued.items()}
    assert states == {"sms": "cancelled", "email": "pending"}


def test_consent_is_not_given_in_the_future(stage: Stage) -> None:
    with pytest.raises(ConsentRefused, match="in the future"):
        consents.grant(
            customer=stage.customer, channel="sms", purpose="support", source="page", happened_at=NOON + HOUR
        )


@pytest.mark.parametrize(
    "wrong",
    [{"channel": "fax"}, {"purpose": "sales"}, {"source": "rumour"}, {"channel": "fax", "purpose": "x"}],
)
def test_what_nobody_knows_is_refused(stage: Stage, wrong: dict[str, str]) -> None:
    said: dict[str, Any] = {"channel": "sms", "purpose": "support", "source": "page"} | wrong

    for change in (consents.grant, consents.withdraw):
        with pytest.raises(ConsentRefused):
            change(customer=stage.customer, **said)


def test_who_does_not_look_after_the_customer_enters_nothing(stage: Stage) -> None:
    said: dict[str, Any] = {
        "customer": stage.customer,
        "channel": "sms",
        "purpose": "support",
        "source": "staff",
    }
    strangers = (staff.manager("rm2"), staff.user("ana", roles.ANALYSTS), staff.user("nobody"), None)

    for by in strangers:
        for change in (consents.grant, consents.withdraw):
            with pytest.raises(PermissionDenied):
                change(**said, by=by)
    for role in (roles.SUPERVISORS, roles.COMPLIANCE_OFFICERS):
        assert consents.withdraw(**said, by=staff.user(f"of {role}", role)).recorded_by_id


def test_evidence_is_not_in_the_audit_trail(stage: Stage) -> None:
    consents.grant(
        customer=stage.customer, channel="sms", purpose="service", source="page", evidence="asha@example.com"
    )

    event = AuditEvent.objects.filter(action="interventions.consent.granted").latest("pk")
    assert "asha" not in str(event.detail)
    assert event.detail["channel"] == "sms"
