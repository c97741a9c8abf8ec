"""Many unread alerts of one kind as one line: how many, since when, and where they are worked on."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.functional import Promise

from interventions.alerting import grouping, lists, words
from interventions.alerting.feed import OfKind
from interventions.console.alerts.rows import tone_of
from interventions.models import Notice


@dataclass(frozen=True, kw_only=True)
class AlertGroup:
    """One line for many alerts; it names nobody.

    Args:
        value: The kind's key.
        sentence: How many of what.
        one_by_one: The page where each of them stands by itself.
        up_to: The newest of them: later ones are not read with it.
        tone: A token of colour: high, medium or low.
        shape: That belongs to the tone.
    """

    value: str
    kind: str | Promise
    sentence: str
    one_by_one: str
    up_to: int
    told_at: dt.datetime
    tone: str
    shape: str


def groups_of(unread: Mapping[str, OfKind]) -> list[AlertGroup]:
    """The kinds of which many are unread, the newest first."""
    counts = {kind: found.count for kind, found in unread.items()}
    made = [_group(kind, unread[kind]) for kind in grouping.together(counts)]
    return sorted(made, key=lambda group: group.up_to, reverse=True)


def _group(kind: Notice.Kind, found: OfKind) -> AlertGroup:
    tone, shape = tone_of(kind)
    return AlertGroup(
        value=kind.value,
        kind=words.KINDS[kind],
        sentence=words.in_number(kind, found.count),
        one_by_one=f"{lists.one_by_one(kind)}&show=unread",
        up_to=found.newest_id,
        told_at=found.newest_at,
        tone=tone,
        shape=shape,
    )
