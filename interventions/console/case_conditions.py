"""Which cases are late, at risk of it, asked for, or of an age: one condition for a list and its numbers."""

import datetime as dt

from django.db.models import BooleanField, ExpressionWrapper, Q

from customers import bank_clock
from interventions.answering import asks
from interventions.casework import bank_calendar
from interventions.console.board.ageing import Age, Span, spans
from interventions.models import HoldoutAssignment

# As it is on record: what ends a holdout is written down within seconds. Nobody is late with a case that is held out.
HELD_OUT = Q(holdout__arm=HoldoutAssignment.Arm.HELD_OUT, holdout__isnull=False, holdout_end=None)
IS_HELD_OUT = ExpressionWrapper(HELD_OUT, BooleanField())
UNCONTACTED = Q(first_contact_at=None) & ~HELD_OUT


def late(now: dt.datetime) -> Q:
    """The time for the first contact is over."""
    return UNCONTACTED & Q(sla_due_at__lte=now)


def at_risk(now: dt.datetime) -> Q:
    """Less than a quarter of the time for the first contact is left."""
    return UNCONTACTED & Q(sla_at_risk_at__lte=now) & Q(sla_due_at__gt=now)


def asked_to_talk() -> Q:
    """The customer asked on their page to talk, and nobody has talked to them since."""
    return Q(customer__in=asks.waiting_to_talk())


def ages(now: dt.datetime) -> dict[Age, Q]:
    """Cases by how long they have been open. One query, for the bank's holidays."""
    calendar = bank_calendar.calendar()
    return {age: _opened(span) for age, span in spans(bank_clock.day_of(now), calendar.is_open_on).items()}


def _opened(span: Span) -> Q:
    found = Q()
    if span.after_on is not None:
        found &= Q(opened_at__gte=_end_of(span.after_on))
    if span.until_on is not None:
        found &= Q(opened_at__lt=_end_of(span.until_on))
    return found


def _end_of(day: dt.date) -> dt.datetime:
    return bank_clock.start_of(day + dt.timedelta(days=1))
