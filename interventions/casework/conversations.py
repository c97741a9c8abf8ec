"""Conversations with customers, and attempts at them: what staff enter, and what leaves the customer in peace after."""

import datetime as dt

from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _

from audit.services import record as audit_record
from customers import bank_clock, roles
from customers.models import Customer
from interventions.casework import cases
from interventions.contact.contact_facts import lock_customer
from interventions.models import Case, Channel, Conversation

MAY_RECORD = frozenset({roles.RELATIONSHIP_MANAGERS, roles.SUPERVISORS})
# What is older cannot be told from a mistyped date, and would move the peace that follows.
OLDEST = dt.timedelta(days=31)


class ConversationRefused(ValueError):
    """Nothing was written; the text says why."""


def record(
    *,
    customer: Customer,
    case: Case | None,
    channel: str,
    result: str,
    by: User,
    note: str = "",
    is_inbound: bool = False,
    happened_at: dt.datetime | None = None,
) -> Conversation:
    """Enter a conversation or an attempt; where they spoke, the case counts as contacted.

    Args:
        customer: With whom.
        case: About which case of theirs; None: about none.
        channel: How.
        result: A `Conversation.Result`.
        by: Who spoke or tried.
        note: What was said.
        is_inbound: Whether the customer came to us.
        happened_at: On the bank's clock; None: now.

    Raises:
        PermissionDenied: `by` does not look after this customer.
        ConversationRefused: no such channel or result, another customer's case, or a moment that cannot be.
    """
    if not roles.of(by) & MAY_RECORD or not Customer.objects.visible_to(by).filter(pk=customer.pk).exists():
        raise PermissionDenied(_("Only those who look after a customer may enter a conversation."))
    _check(customer=customer, case=case, channel=channel, result=result, happened_at=happened_at)
    with transaction.atomic():
        # A message about to be sent waits: after a conversation it must not go out.
        lock_customer(customer.pk)
        made = Conversation.objects.create(
            customer=customer,
            case=case,
            channel=channel,
            result=result,
            by=by,
            note=note.strip(),
            is_inbound=is_inbound,
            happened_at=happened_at or bank_clock.now(),
        )
        if case is not None and result == Conversation.Result.SPOKE:
            cases.contacted(case=case, at=made.happened_at)
        _recorded(made, by)
    return made


def _check(
    *, customer: Customer, case: Case | None, channel: str, result: str, happened_at: dt.datetime | None
) -> None:
    if channel not in Channel.values or result not in Conversation.Result.values:
        raise ConversationRefused(_("There is no such channel or result."))
    if case is not None and case.customer_id != customer.pk:
        raise ConversationRefused(_("The case is another customer's."))
    now = bank_clock.now()
    if happened_at is not None and not now - OLDEST <= happened_at <= now:
        raise ConversationRefused(
            _("Enter conversations of the last %(days)s days, none of the future.") % {"days": OLDEST.days}
        )


def _recorded(made: Conversation, by: User) -> None:
    audit_record(
        action="interventions.conversation.recorded",
        subject_type="conversation",
        subject_id=made.pk,
        actor=by,
        customer=made.customer_id,
        detail={
            "customer_id": made.customer_id,
            "case_id": made.case_id,
            "channel": made.channel,
            "result": made.result,
            "is_inbound": made.is_inbound,
        },
        personal={"after": {"note": made.note}} if made.note else None,
    )
