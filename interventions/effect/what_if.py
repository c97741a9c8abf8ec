"""What if: candidate rules and policies over the last days, beside the present ones. Sends nothing and writes nothing.

The database itself refuses to write while it runs: everything happens in a transaction that may only read.
"""

import datetime as dt
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from django.utils.translation import gettext as _

from customers import bank_clock, roles
from interventions.contact import packs
from interventions.contact.contact_rules import Rules
from interventions.effect.what_if_load import (
    LEVELS,
    Counts,
    Estimate,
    Load,
    Reach,
    Volume,
    estimate,
    load,
    moves,
    volume,
)
from interventions.effect.what_if_reading import Pace, Real, known_from, pace_of, reach_of, read_real
from interventions.models import Channel, ContactPack, PolicyTemplate
from interventions.policy import policies
from interventions.policy.content import content_hash, texts_of
from risk.over_days import Drawn, OverDays, conclude_over_days, draw, read_history
from risk.reading import plan_for_chunks
from risk.rulebook import EQUILIBRATE_1, RulebookContent

MAY_ASK = frozenset({roles.ANALYSTS, roles.COMPLIANCE_OFFICERS, roles.SUPERVISORS})
MOST_CUSTOMERS = 2_000
MOST_DAYS = 366
BLOCK = 1_000
DRAFT = "draft"
Policies = Mapping[tuple[int, int], PolicyTemplate]


@dataclass(frozen=True)
class Used:
    """One policy as it is counted: its name and the channels it has a text for."""

    name: str
    channels: tuple[str, ...]


@dataclass(frozen=True)
class Side:
    """What one set of rules and policies comes to.

    Args:
        opened, closed, standing: cases by day, oldest day first.
        opened_in_all: over all days.
        opened_on_busiest: on the day on which the sample opened most.
        standing_at_last: on the last day.
        messages: by template and channel.
        by_channel: the same, by channel alone.
        stopped: messages that would not have gone out, by the reason.
    """

    rulebook: str
    opened: list[float]
    closed: list[float]
    standing: list[float]
    opened_in_all: Estimate
    opened_on_busiest: Estimate
    standing_at_last: Estimate
    messages: dict[str, dict[str, Estimate]]
    by_channel: dict[str, Estimate]
    stopped: dict[str, Estimate]


@dataclass(frozen=True)
class WhatIf:
    """The comparison. All figures are of the whole portfolio.

    Args:
        days: the days looked at, oldest first.
        sample, portfolio: of how many customers how many were looked at.
        moves: on the last day, from a level at present (first key) to one under the candidate (second key).
        moved_days: the same over all days, in customer-days.
        present, candidate: the two sides.
        real: what happened in the days: cases opened, and messages by channel.
        pace: after how many days staff are done with a case, and from how many ended ones that is known.
        known_from: the first day of which the sample's customers have any record; None: they have none.
    """

    days: list[dt.date]
    sample: int
    portfolio: int
    moves: dict[str, dict[str, Estimate]]
    moved_days: dict[str, dict[str, Estimate]]
    present: Side
    candidate: Side
    real: Real
    pace: Pace
    known_from: dt.date | None

    def as_json(self) -> dict[str, Any]:
        """For programs."""
        known = None if self.known_from is None else str(self.known_from)
        return asdict(self) | {"days": [str(day) for day in self.days], "known_from": known}


def run(
    *,
    policies: Policies | str | None = None,
    rulebook: RulebookContent | None = None,
    pack: ContactPack | str | None = None,
    days: int = 90,
    most_customers: int = MOST_CUSTOMERS,
    by: User | None = None,
) -> WhatIf:
    """Compare candidates with what stands; what is not given stays as it is at present.

    Args:
        policies: The candidate policies by (hardship, level), or "draft": the newest version not yet active of each.
        rulebook: The candidate rulebook.
        pack: The candidate rules of contact, or "draft".
        days: How many bank days, today the last.
        most_customers: The size of the sample; where there are no more customers, all of them.
        by: Who asks; None: the command line.

    Raises:
        PermissionDenied: they may not.
        ValueError: days or sample are out of range.
    """
    if by is not None and not roles.of(by) & MAY_ASK:
        raise PermissionDenied(_("Only analysts, supervisors and compliance officers ask what if."))
    if not 1 <= days <= MOST_DAYS or most_customers < 1:
        raise ValueError(f"From 1 to {MOST_DAYS} days, and at least one customer.")
    with reading_only():
        return _compared(policies, rulebook or EQUILIBRATE_1, pack, days, most_customers)


@contextmanager
def reading_only() -> Iterator[None]:
    """A transaction in which the database refuses to write."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION READ ONLY")
        yield


def _compared(
    wanted: Policies | str | None,
    rules: RulebookContent,
    pack: ContactPack | str | None,
    days: int,
    most_customers: int,
) -> WhatIf:
    plan_for_chunks()
    now = bank_clock.now()
    until = bank_clock.today()
    first = until - dt.timedelta(days=days - 1)
    drawn = draw(most=most_customers)
    before, after = _concluded(drawn, until, days, rules)
    pace, reach = pace_of(since=bank_clock.start_of(first)), reach_of(drawn.ids)
    standing = policies.active_policies(now)
    candidates = _candidates(wanted, standing)
    stands, would = packs.active_rules(), _rules(pack)
    matrix, over_days = moves(before.level[-1:], after.level[-1:]), moves(before.level, after.level)
    return WhatIf(
        days=[first + dt.timedelta(days=each) for each in range(days)],
        sample=len(drawn.ids),
        portfolio=drawn.portfolio,
        moves=_matrix(matrix, drawn),
        moved_days=_matrix(over_days, drawn),
        present=_side(
            EQUILIBRATE_1.version, load(before, handled_days=pace.days), standing, stands, reach, drawn
        ),
        candidate=_side(rules.version, load(after, handled_days=pace.days), candidates, would, reach, drawn),
        real=read_real(since=bank_clock.start_of(first), until=now),
        pace=pace,
        known_from=known_from(drawn.ids),
    )


def _concluded(drawn: Drawn, until: dt.date, days: int, rules: RulebookContent) -> tuple[OverDays, OverDays]:
    """Under the present rulebook and under the candidate, block by block: a block's tiles lie in memory."""
    found: list[tuple[OverDays, OverDays]] = []
    for start in range(0, len(drawn.ids), BLOCK):
        ids = drawn.ids[start : start + BLOCK]
        history = read_history(ids=ids, until=until, days=days, rulebooks=[EQUILIBRATE_1, rules])
        present = conclude_over_days(history, rules=EQUILIBRATE_1)
        found.append(
            (present, present if rules == EQUILIBRATE_1 else conclude_over_days(history, rules=rules))
        )
    return _joined([each[0] for each in found], days), _joined([each[1] for each in found], days)


def _joined(parts: list[OverDays], days: int) -> OverDays:
    empty = np.zeros((days, 0), dtype=np.int8)
    return OverDays(
        np.concatenate([empty, *(part.level for part in parts)], axis=1),
        np.concatenate([empty, *(part.hardship for part in parts)], axis=1),
    )


def _candidates(wanted: Policies | str | None, standing: Policies) -> Policies:
    if wanted is None:
        return standing
    if not isinstance(wanted, str):
        return wanted
    newest = PolicyTemplate.objects.exclude(
        state__in=[PolicyTemplate.State.ACTIVE, PolicyTemplate.State.RETIRED]
    ).order_by("version")
    return dict(standing) | {(each.hardship, each.level): each for each in newest}


def _rules(pack: ContactPack | str | None) -> Rules | None:
    if pack is None:
        return packs.active_rules()
    if isinstance(pack, str):
        newest = ContactPack.objects.exclude(
            state__in=[ContactPack.State.ACTIVE, ContactPack.State.RETIRED]
        ).order_by("-id")
        found = newest.first()
        if found is None:
            return packs.active_rules()
        pack = found
    return packs.parse(pack.rules, name=str(pack), content_hash=content_hash(pack))


def _side(
    name: str, found: Load, standing: Policies, rules: Rules | None, reach: Reach, drawn: Drawn
) -> Side:
    used = {
        key: Used(str(each), tuple(dict.fromkeys(channel for channel, _language in texts_of(each.messages))))
        for key, each in standing.items()
    }
    sent = volume(found.occasions, policies=used, rules=rules, reach=reach)
    scale, portfolio = drawn.portfolio / max(len(drawn.ids), 1), drawn.portfolio
    busiest = int(found.opened.sum(axis=1).argmax())
    return Side(
        rulebook=name,
        opened=_by_day(found.opened, scale),
        closed=_by_day(found.closed, scale),
        standing=_by_day(found.standing, scale),
        opened_in_all=estimate(found.opened.sum(axis=0), portfolio=portfolio),
        opened_on_busiest=estimate(found.opened[busiest].astype(np.int64), portfolio=portfolio),
        standing_at_last=estimate(found.standing[-1].astype(np.int64), portfolio=portfolio),
        messages=_messages(sent, drawn),
        by_channel=_by_channel(sent, drawn),
        stopped={
            reason: estimate(counts, portfolio=portfolio) for reason, counts in sorted(sent.stopped.items())
        },
    )


def _messages(sent: Volume, drawn: Drawn) -> dict[str, dict[str, Estimate]]:
    found: dict[str, dict[str, Estimate]] = {}
    for (template, channel), counts in sorted(sent.messages.items()):
        found.setdefault(template, {})[channel] = estimate(counts, portfolio=drawn.portfolio)
    return found


def _by_channel(sent: Volume, drawn: Drawn) -> dict[str, Estimate]:
    """Of every channel: of one by which the sample got nothing, the portfolio may still get something."""
    found: dict[str, Counts] = {str(each): np.zeros(len(drawn.ids), np.int64) for each in Channel}
    for (_template, channel), counts in sent.messages.items():
        found[channel] += counts
    return {channel: estimate(counts, portfolio=drawn.portfolio) for channel, counts in found.items()}


def _by_day(cases: Any, scale: float) -> list[float]:
    return [float(each) * scale for each in cases.sum(axis=1)]


def _matrix(counts: list[list[Counts]], drawn: Drawn) -> dict[str, dict[str, Estimate]]:
    return {
        old.name: {
            new.name: estimate(counts[row][column], portfolio=drawn.portfolio)
            for column, new in enumerate(LEVELS)
        }
        for row, old in enumerate(LEVELS)
    }
