"""What a check of the send gate answers, and how it asks for a fact. Pure.

A check says what it looked at and whether that denies; where time alone can end the denial, it names a moment before
which it cannot. What it needs and nobody told it denies (`MissingFact`), and so does what it does not know.
"""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from interventions.contact.contact_rules import Rules
from interventions.contact.gate_facts import Facts, MissingFact


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found.

    Args:
        is_denied: Whether it forbids the contact now.
        looked_at: The facts and limits it went by, as plain values.
        not_before: Where it denies: no earlier moment than this can be lawful; None: time alone does not help.
    """

    is_denied: bool
    looked_at: dict[str, Any]
    not_before: dt.datetime | None = None


T = TypeVar("T")
Check = Callable[[Facts, Rules, dt.datetime], Finding]


def known(value: T | None, name: str) -> T:
    """A fact that must not be missing.

    Raises:
        MissingFact: it is.
    """
    if value is None:
        raise MissingFact(name)
    return value


def judged(is_denied: bool, /, **looked_at: Any) -> Finding:
    return Finding(is_denied, looked_at)


def until(moment: dt.datetime | None, now: dt.datetime, /, **looked_at: Any) -> Finding:
    """Denied until a moment, where it lies ahead."""
    is_denied = moment is not None and moment > now
    return Finding(is_denied, looked_at, moment if is_denied else None)


def iso(moment: dt.datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()
