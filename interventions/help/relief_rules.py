"""The bank's conditions of relief, as data. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from risk.levels import Hardship


@dataclass(frozen=True, kw_only=True)
class Rules:
    """The bank's conditions; `RELIEF_RULES` in the settings replaces single ones.

    Attributes:
        fallen_due_min: instalments that must have fallen due: a loan that young was affordable a moment ago.
        free_days: since relief was last agreed on for the loan.
        notice_days: between today and the instalment, for core banking to change it in time.
        valid_days: for which an offer stands; never beyond the last day of notice.
        move_days_max: by which a due date moves at most.
        after_salary_days_max: between the usual salary day and the new due date.
        parts_max: into how many parts an instalment is split.
        part_gap_days: between two parts.
        holiday_months_max: monthly instalments that are paused at most.
        holiday_hardships: with which alone payments are paused.
    """

    fallen_due_min: int = 3
    free_days: int = 365
    notice_days: int = 1
    valid_days: int = 7
    move_days_max: int = 31
    after_salary_days_max: int = 15
    parts_max: int = 3
    part_gap_days: int = 10
    holiday_months_max: int = 3
    holiday_hardships: Sequence[str] = (
        Hardship.INCOME_SHOCK.name,
        Hardship.EXPENSE_COMPRESSION.name,
        Hardship.OVER_LEVERAGE.name,
    )


def rules_of(changes: Mapping[str, Any]) -> Rules:
    """The default rules with what a bank has otherwise.

    Raises:
        ValueError: there is no such condition, or it is not of its kind.
    """
    known = {each.name: each.default for each in fields(Rules)}
    for name, value in changes.items():
        if name not in known:
            raise ValueError(f"there is no condition {name}; there are {', '.join(known)}")
        is_list = isinstance(value, list) and set(value) <= set(Hardship.names)
        is_count = isinstance(value, int) and not isinstance(value, bool) and value >= 0
        if not (is_count if isinstance(known[name], int) else is_list):
            raise ValueError(f"{name} cannot be {value!r}")
    return Rules(**changes)
