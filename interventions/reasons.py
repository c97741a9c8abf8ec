"""Why a customer stands where they stand, in sentences a relationship manager can say aloud. Pure."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from django.contrib.humanize.templatetags.humanize import ordinal
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from customers import formats
from risk.levels import Hardship, Segment, Signal

FEWEST_TRANSACTIONS = 3
LONGEST_SENTENCE = 2


@dataclass(frozen=True, kw_only=True)
class Findings:
    """What an assessment recorded.

    Args:
        inputs: The scorecard's inputs; amounts in units of `currency`, counts, days.
        points: Points per `Signal` value.
        hardships: Every hardship that matched.
        segment: The behavioural segment.
        assessed_on: The bank day at which the assessment's windows ended.
        today_on: The bank day up to which the customer has been looked at since.
        expected_salary_day: Day of the month on which the salary usually comes, 1 to 31, where known.
    """

    inputs: Mapping[str, float]
    points: Mapping[str, float]
    hardships: Sequence[Hardship]
    segment: Segment
    assessed_on: dt.date
    today_on: dt.date
    expected_salary_day: int | None = None
    currency: str = "INR"


@dataclass(frozen=True)
class Reason:
    """One sentence without its full stop, and the points it brought."""

    text: str
    points: float


def sentence(findings: Findings) -> str:
    """The one sentence of the queue: the strongest reasons, joined."""
    return joined([reason.text for reason in reasons(findings)])


def joined(texts: Sequence[str]) -> str:
    """The first reasons as one sentence; at least one is needed."""
    if len(texts[:LONGEST_SENTENCE]) == 1:
        return _("%(sentence)s.") % {"sentence": texts[0]}
    return _("%(first)s; %(second)s.") % {"first": texts[0], "second": _uncapitalised(texts[1])}


def reasons(findings: Findings) -> list[Reason]:
    """Every reason, strongest first; always at least one."""
    found = [
        Reason(text=text, points=findings.points[signal])
        for signal, describe in SIGNALS.items()
        if findings.points.get(signal, 0) > 0 and (text := describe(findings))
    ]
    found.sort(key=lambda reason: -reason.points)
    said = {reason.text for reason in found}
    for hardship in findings.hardships:
        text = HARDSHIPS[hardship](findings) if hardship in HARDSHIPS else ""
        if text and text not in said:
            said.add(text)
            found.append(Reason(text=text, points=0))
    return found or [Reason(text=_nothing(findings), points=0)]


def days_late(*, last_salary_on: dt.date, expected_day: int, today_on: dt.date) -> int:
    """By how many days the salary after the last known one is late; 0 or less when it is not due yet.

    The expected day belongs to the first month in which it lies at least half a month after the last salary,
    so that a salary paid two days early or late is not taken for the next one. Short months end earlier.
    """
    earliest = last_salary_on + dt.timedelta(days=15)
    expected_on = _in_month(earliest, expected_day)
    if expected_on < earliest:
        expected_on = _in_month(earliest.replace(day=1) + dt.timedelta(days=32), expected_day)
    return (today_on - expected_on).days


def day_of_month(day: int) -> str:
    """A day of the month as the reader's language counts it: the 5th, in Hindi 5."""
    return _day_of_month(day, get_language() or "en")


@cache
def _day_of_month(day: int, language: str) -> str:
    return str(ordinal(day)) if language.startswith("en") else str(day)


def _in_month(month: dt.date, day: int) -> dt.date:
    following = (month.replace(day=1) + dt.timedelta(days=32)).replace(day=1)
    last = (following - dt.timedelta(days=1)).day
    return month.replace(day=min(day, last))


def _salary_gap(findings: Findings) -> str:
    days = int(findings.inputs.get("days_since_salary", -1))
    if days < 0:
        count = int(findings.inputs.get("txn_count", 0))
        return ngettext(
            "No salary is known, with %(count)d transaction in 90 days",
            "No salary is known, with %(count)d transactions in 90 days",
            count,
        ) % {"count": count}
    # A salary since then would have taken these points away, which makes a new assessment.
    days += max(0, (findings.today_on - findings.assessed_on).days)
    if findings.expected_salary_day:
        late = days_late(
            last_salary_on=findings.today_on - dt.timedelta(days=days),
            expected_day=findings.expected_salary_day,
            today_on=findings.today_on,
        )
        if late > 0:
            return ngettext(
                "Salary is %(late)d day later than usual (usually the %(day)s)",
                "Salary is %(late)d days later than usual (usually the %(day)s)",
                late,
            ) % {"late": late, "day": day_of_month(findings.expected_salary_day)}
    return ngettext("No salary for %(days)d day", "No salary for %(days)d days", days) % {"days": days}


def _withdrawals(findings: Findings) -> str:
    count = int(findings.inputs.get("atm_withdrawals_7d", 0))
    return ngettext("%(count)d cash withdrawal in 7 days", "%(count)d cash withdrawals in 7 days", count) % {
        "count": count
    }


def _spending_drop(findings: Findings) -> str:
    change = findings.inputs.get("spending_change_pct", 0.0)
    if change >= 0:
        return ""
    return _("Spending fell by %(percent)d %% against the week before") % {"percent": round(-change)}


def _survival(findings: Findings) -> str:
    essential, discretionary = _spend(findings)
    if discretionary <= 0:
        return _("Spends on essentials only: %(amount)s in 30 days") % {
            "amount": formats.money(essential, findings.currency)
        }
    return _("Spends %(ratio).1f times as much on essentials as on everything else") % {
        "ratio": essential / discretionary
    }


def _segment(findings: Findings) -> str:
    if findings.segment == Segment.INCOME_SHOCK:
        return _("A regular salary has stopped")
    if findings.segment == Segment.SILENT_DRAIN:
        return _("More goes out than comes in, and the account is used less and less")
    return ""


def _leverage(findings: Findings) -> str:
    total = findings.inputs.get("total_spend", 0.0)
    if total <= 0:
        return ""
    share = 100 * findings.inputs.get("essential_spend", 0.0) / total
    return _("Essentials and instalments take %(percent)d %% of all spending") % {
        "percent": min(100, round(share))
    }


def _overspending(findings: Findings) -> str:
    essential, discretionary = _spend(findings)
    amount = formats.money(discretionary, findings.currency)
    if essential <= 0:
        return _("All spending is discretionary: %(amount)s in 30 days") % {"amount": amount}
    return _("Spends %(ratio).1f times as much on wants as on essentials (%(amount)s in 30 days)") % {
        "ratio": discretionary / essential,
        "amount": amount,
    }


def _income_shock(findings: Findings) -> str:
    return _segment(findings) or _salary_gap(findings)


def _liquidity(findings: Findings) -> str:
    return _withdrawals(findings)


def _compression(findings: Findings) -> str:
    return _survival(findings)


def _spend(findings: Findings) -> tuple[float, float]:
    inputs = findings.inputs
    return float(inputs.get("essential_spend", 0.0)), float(inputs.get("discretionary_spend", 0.0))


def _nothing(findings: Findings) -> str:
    if not findings.inputs:
        return _("No reasons are recorded yet")
    count = int(findings.inputs.get("txn_count", 0))
    if count < FEWEST_TRANSACTIONS:
        return ngettext(
            "Too few transactions to judge: %(count)d in 90 days",
            "Too few transactions to judge: %(count)d in 90 days",
            count,
        ) % {"count": count}
    return _("Nothing unusual in the last 90 days")


def _uncapitalised(text: str) -> str:
    """The text as the second half of a sentence."""
    return text[:1].lower() + text[1:]


SIGNALS = {
    Signal.SALARY_GAP: _salary_gap,
    Signal.WITHDRAWAL_SPIKE: _withdrawals,
    Signal.SPENDING_DROP: _spending_drop,
    Signal.SURVIVAL_MODE: _survival,
    Signal.SEGMENT: _segment,
}
HARDSHIPS = {
    Hardship.INCOME_SHOCK: _income_shock,
    Hardship.LIQUIDITY_STRESS: _liquidity,
    Hardship.EXPENSE_COMPRESSION: _compression,
    Hardship.OVER_LEVERAGE: _leverage,
    Hardship.OVERSPENDING: _overspending,
}
