"""What time alone tells: first contacts that will soon be late. And what heals and ends notices."""

import datetime as dt

from django.db import connection
from django.utils import timezone

from customers import bank_clock
from interventions.alerting import feed
from interventions.models import Notice

# Transactions that wrote a notice and a customer's managers at once are over by then.
LOOKED_BACK = dt.timedelta(minutes=30)
MOST_AT_ONCE = 5_000


def tell_of_deadlines() -> int:
    """Tell, once a case, that a first contact is at risk of being late; returns of how many."""
    with connection.cursor() as cursor:
        cursor.execute(_AT_RISK, {"now": bank_clock.now(), "most": MOST_AT_ONCE})
        return int(cursor.rowcount)


def follow_customers() -> int:
    """Have young notices name the managers their customers have: one may have been written as a customer changed
    hands. Returns how many did not."""
    with connection.cursor() as cursor:
        cursor.execute(_FOLLOW, {"since": timezone.now() - LOOKED_BACK})
        return int(cursor.rowcount)


def give_way() -> int:
    """Have young notices that a first contact is soon late give way where it is late: one may have been written just
    as the case was found late. Returns how many had not."""
    with connection.cursor() as cursor:
        cursor.execute(_GIVE_WAY, {"since": timezone.now() - LOOKED_BACK})
        return int(cursor.rowcount)


def forget() -> int:
    """Remove notices that are older than they are kept; what they speak of stays where it is. Returns how many."""
    old = Notice.objects.filter(told_at__lt=timezone.now() - feed.KEPT).order_by("told_at")
    return Notice.objects.filter(pk__in=list(old.values_list("pk", flat=True)[:MOST_AT_ONCE])).delete()[0]


_AT_RISK = """
INSERT INTO interventions_notice (kind, customer_id, manager_id, covering_id, case_id)
SELECT 'sla_at_risk', held.customer_id, person.assigned_rm_id, person.covering_rm_id, held.id
FROM interventions_case held JOIN customers_customer person ON person.id = held.customer_id
WHERE held.first_contact_at IS NULL AND held.sla_breached_at IS NULL AND held.state <> 'resolved'
    AND held.sla_due_at > %(now)s AND held.sla_at_risk_at <= %(now)s
    AND NOT EXISTS (
        SELECT FROM interventions_notice told WHERE told.case_id = held.id AND told.kind = 'sla_at_risk'
    )
    AND NOT EXISTS (
        SELECT FROM interventions_holdoutassignment lot WHERE lot.case_id = held.id AND lot.arm = 'held_out'
            AND NOT EXISTS (SELECT FROM interventions_holdoutend ended WHERE ended.case_id = held.id)
    )
ORDER BY held.sla_due_at LIMIT %(most)s
ON CONFLICT DO NOTHING
"""
_FOLLOW = """
UPDATE interventions_notice told
SET manager_id = person.assigned_rm_id, covering_id = person.covering_rm_id
FROM customers_customer person
WHERE told.told_at > %(since)s AND person.id = told.customer_id
    AND (told.manager_id, told.covering_id) IS DISTINCT FROM (person.assigned_rm_id, person.covering_rm_id)
"""
_GIVE_WAY = """
UPDATE interventions_notice told SET is_superseded = true
FROM interventions_notice later
WHERE told.told_at > %(since)s AND told.kind = 'sla_at_risk' AND NOT told.is_superseded
    AND later.case_id = told.case_id AND later.kind = 'sla_breached'
"""
