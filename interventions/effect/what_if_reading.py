"""What a what-if reads beside the levels: consent, holds, the pace of work, and what really happened."""

import datetime as dt
from dataclasses import dataclass
from statistics import median

import numpy as np
from django.conf import settings
from django.db import connection
from django.db.models import Count, F, Q
from django.db.models.functions import TruncDate

from customers import bank_clock
from interventions.casework.case_rules import OUTCOMES_OF_SYSTEM
from interventions.effect.what_if_load import Reach
from interventions.models import Case, Channel, ConsentEvent, ContactHold, Delivery, Purpose


@dataclass(frozen=True)
class Real:
    """What happened in the days: cases opened by day, and messages handed over by channel. Of everybody."""

    opened: dict[str, int]
    messages: dict[str, int]


@dataclass(frozen=True)
class Pace:
    """After how many days staff are done with a case.

    Args:
        days: whole days, at least 1.
        ended: from how many cases that staff ended in the days looked at.
        fewest: how many it takes to go by them.
        is_assumed: whether they are too few, so that `days` is what the settings say.
    """

    days: int
    ended: int
    fewest: int
    is_assumed: bool


def reach_of(ids: list[int]) -> Reach:
    """Consent to support by channel as it stands today, and the kinds of holds that stand. Two queries."""
    place = {customer_id: index for index, customer_id in enumerate(ids)}
    consent = {channel: np.zeros(len(ids), dtype=np.bool_) for channel in Channel.values}
    said = ConsentEvent.objects.filter(customer__in=ids, purpose=Purpose.SUPPORT).order_by(
        "happened_at", "id"
    )
    for customer_id, channel, is_granted in said.values_list("customer_id", "channel", "is_granted"):
        consent[channel][place[customer_id]] = is_granted
    holds: list[set[str]] = [set() for _ in ids]
    now = bank_clock.now()
    standing = ContactHold.objects.filter(customer__in=ids, lifted_at__isnull=True)
    standing = standing.filter(Q(until_at__isnull=True) | Q(until_at__gt=now))
    for customer_id, kind in standing.values_list("customer_id", "kind"):
        holds[place[customer_id]].add(kind)
    return Reach(consent, [frozenset(each) for each in holds])


def pace_of(*, since: dt.datetime) -> Pace:
    """The median of the days after which staff ended a case, where they ended enough of them; else the setting's."""
    fewest = max(1, settings.WHAT_IF_FEWEST_ENDED)
    ended = Case.objects.filter(resolved_at__gte=since).exclude(outcome__in=OUTCOMES_OF_SYSTEM)
    spans = list(ended.values_list(F("resolved_at") - F("opened_at"), flat=True))
    if len(spans) < fewest:
        return Pace(max(1, settings.WHAT_IF_HANDLED_DAYS), len(spans), fewest, is_assumed=True)
    days = max(1, round(median(span.total_seconds() for span in spans) / 86_400))
    return Pace(days, len(spans), fewest, is_assumed=False)


def known_from(ids: list[int]) -> dt.date | None:
    """The first bank day on which one of these customers has a tile; None: they have none. One query."""
    with connection.cursor() as cursor:
        # One look into the key for each customer, however long their history.
        cursor.execute(
            """
            SELECT min(first.day_on) FROM unnest(%s::bigint[]) AS wanted(id) CROSS JOIN LATERAL (
                SELECT day_on FROM customers_activitytile WHERE customer_id = wanted.id ORDER BY day_on LIMIT 1
            ) AS first
            """,
            [ids],
        )
        found: dt.date | None = cursor.fetchone()[0]
    return found


def read_real(*, since: dt.datetime, until: dt.datetime) -> Real:
    """Count what happened. Two queries."""
    opened = Case.objects.filter(opened_at__gte=since, opened_at__lte=until)
    by_day = opened.values_list(TruncDate("opened_at", tzinfo=bank_clock.zone())).annotate(count=Count("id"))
    sent = Delivery.objects.filter(contacted_at__gte=since, contacted_at__lte=until)
    by_channel = sent.values_list("channel").annotate(count=Count("id"))
    return Real(
        opened={str(day): count for day, count in sorted(by_day.order_by())},
        messages=dict(sorted(by_channel.order_by())),
    )
