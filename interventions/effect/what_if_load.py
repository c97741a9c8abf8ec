"""Cases and messages that levels over days would have led to. Pure: NumPy over a sample of customers, day by day.

A simplification of `interventions.casework.case_rules`, the same for both sides of a comparison (docs/what-if.md).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from interventions.casework.case_rules import CALM, REST
from interventions.contact.contact_rules import Rules
from interventions.effect.intervals import Counted, wilson
from risk.levels import Level
from risk.over_days import OverDays

Counts = NDArray[np.int64]
CALM_DAYS, REST_DAYS = CALM.days, REST.days
LEVELS = (Level.LOW, Level.MEDIUM, Level.HIGH)
NEVER = -(2**31)
SURE = 1.96


@dataclass(frozen=True)
class Estimate:
    """A number of the whole portfolio, from a sample: with the bounds of a 95 % confidence interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Occasion:
    """A moment at which a customer would have been written to: a case opened, or came under another policy."""

    day: int
    customer: int
    hardship: int
    level: int


@dataclass(frozen=True)
class Load:
    """What would have become of cases.

    Args:
        opened, closed: by day (rows) and customer (columns); what stood on the first day is not among the opened.
        standing: open cases, in the same form.
        occasions: in order of time.
    """

    opened: NDArray[np.bool_]
    closed: NDArray[np.bool_]
    standing: NDArray[np.bool_]
    occasions: list[Occasion]


@dataclass
class Volume:
    """Messages by (template, channel) and customer, and others that would not have gone out, by why and customer."""

    messages: dict[tuple[str, str], Counts]
    stopped: dict[str, Counts]


@dataclass(frozen=True)
class Reach:
    """By which channels customers may be written to: consent by channel, and who is on hold at all."""

    consent: Mapping[str, NDArray[np.bool_]]
    holds: Sequence[frozenset[str]]


def load(levels: OverDays, *, handled_days: int) -> Load:
    """Open and close cases day by day.

    Args:
        levels: What was concluded.
        handled_days: After how many days staff are done with a case, at least 1.
    """
    days, count = levels.level.shape
    opened, closed, standing = (np.zeros((days, count), dtype=np.bool_) for _ in range(3))
    is_open = np.zeros(count, dtype=np.bool_)
    since, ended, calm = np.zeros(count, np.int64), np.full(count, NEVER), np.zeros(count, np.int64)
    ended_at_level, told = np.zeros(count, np.int64), np.full((2, count), -1)
    occasions: list[Occasion] = []
    for day in range(days):
        level, hardship = levels.level[day].astype(np.int64), levels.hardship[day].astype(np.int64)
        is_raised = level > int(Level.LOW)
        calm = np.where(is_open & ~is_raised, calm + 1, 0)
        is_cured = is_open & (calm > CALM_DAYS)
        is_done = is_open & (day - since >= handled_days)
        ended[is_done], ended_at_level[is_done] = day, level[is_done]
        closed[day] = is_cured | is_done
        is_open &= ~closed[day]
        is_resting = (day - ended < REST_DAYS) & (level <= ended_at_level)
        begins = ~is_open & is_raised & ~is_resting
        since[begins] = day
        opened[day] = begins & (day > 0)
        is_open |= begins
        standing[day] = is_open
        is_new = is_open & is_raised & (begins | (told[0] != hardship) | (told[1] != level))
        told[:, is_new] = hardship[is_new], level[is_new]
        if day > 0:
            occasions += [
                Occasion(day, customer, int(hardship[customer]), int(level[customer]))
                for customer in np.flatnonzero(is_new).tolist()
            ]
    return Load(opened, closed, standing, occasions)


def volume(
    occasions: Sequence[Occasion],
    *,
    policies: Mapping[tuple[int, int], Any],
    rules: Rules | None,
    reach: Reach,
) -> Volume:
    """The messages that policies and rules of contact would have let out: one for each occasion at most.

    Args:
        occasions: When somebody would have been written to, in order of time.
        policies: The policy by (hardship, level): its name and the channels it has a text for, the first ones first.
        rules: The pack; None: nothing may go out.
        reach: Consent and holds.
    """
    count = len(reach.holds)
    found = Volume({}, {})
    contacts: dict[int, list[tuple[int, str]]] = {}
    for occasion in occasions:
        policy = policies.get((occasion.hardship, occasion.level))
        before = contacts.setdefault(occasion.customer, [])
        outcome = _channel(occasion, policy, rules, reach, before)
        if outcome.startswith("!"):
            found.stopped.setdefault(outcome[1:], np.zeros(count, np.int64))[occasion.customer] += 1
            continue
        before.append((occasion.day, outcome))
        key = (policy.name if policy else "", outcome)
        found.messages.setdefault(key, np.zeros(count, np.int64))[occasion.customer] += 1
    return found


def _channel(
    occasion: Occasion, policy: Any, rules: Rules | None, reach: Reach, before: list[tuple[int, str]]
) -> str:
    """The channel, or with a mark in front why there is none."""
    if policy is None:
        return "!no policy is active"
    if rules is None:
        return "!no rules of contact are active"
    if any(rules.holds.get(kind) == "deny" for kind in reach.holds[occasion.customer]):
        return "!the customer is on hold"
    allowed: list[str] = [each for each in policy.channels if reach.consent[each][occasion.customer]]
    if not allowed:
        return "!no consent to a channel that has a text"
    for channel in allowed:
        if not _is_capped(channel, occasion.day, rules, before):
            return channel
    return "!the caps are reached"


def _is_capped(channel: str, day: int, rules: Rules, before: list[tuple[int, str]]) -> bool:
    return any(
        channel in cap.channels
        and sum(1 for at, by in before if day - at < cap.days and by in cap.channels) >= cap.contacts
        for cap in rules.caps
    )


def moves(before: NDArray[np.int8], after: NDArray[np.int8]) -> list[list[Counts]]:
    """Per pair of levels and customer, on how many of the days they stood at the one before and the other after."""
    return [
        [((before == int(old)) & (after == int(new))).sum(axis=0, dtype=np.int64) for new in LEVELS]
        for old in LEVELS
    ]


def estimate(per_customer: Counts, *, portfolio: int) -> Estimate:
    """The sum over the portfolio, from the sum over a simple random sample without replacement.

    The bounds are the wider of two: those of the mean, which hold for many, and Wilson's for the share of customers
    who have any at all, which hold where few or none have, or everybody in the sample has.
    """
    size = len(per_customer)
    if size == 0:
        return Estimate(0.0, 0.0, 0.0)
    total = portfolio * int(per_customer.sum()) / size
    if size >= portfolio:
        return Estimate(total, total, total)
    # The part of the portfolio that was looked at is no guess.
    unknown = (1 - size / portfolio) ** 0.5
    deviation = float(per_customer.std(ddof=1)) if size > 1 else 0.0
    half = SURE * portfolio * deviation / size**0.5 * unknown
    hits = int(np.count_nonzero(per_customer))
    each = int(per_customer.sum()) / hits if hits else 1.0
    shares = wilson(Counted(hits, size))
    below, above = (
        portfolio * each * end * unknown for end in (shares.value - shares.low, shares.high - shares.value)
    )
    return Estimate(total, max(0.0, total - max(half, below)), total + max(half, above))
