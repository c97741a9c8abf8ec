import datetime as dt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interventions import reasons
from interventions.reasons import Findings
from interventions.tests.factories import AS_OF_ON, QUIET_INPUTS
from risk import scorecard
from risk.levels import Hardship, Segment, Signal
from risk.rulebook import EQUILIBRATE_1
from risk.tests.samples import features_of, segments_of


def findings(*, days_passed: int = 0, salary_day: int | None = None, **changes: Any) -> Findings:
    fields: dict[str, Any] = {
        "inputs": QUIET_INPUTS,
        "points": {},
        "hardships": [],
        "segment": Segment.STABLE,
        "assessed_on": AS_OF_ON,
        "today_on": AS_OF_ON + dt.timedelta(days=days_passed),
        "expected_salary_day": salary_day,
    }
    return Findings(**{**fields, **changes})


def with_signal(signal: Signal, *, points: float = 1.0, **inputs: float) -> dict[str, Any]:
    return {"inputs": {**QUIET_INPUTS, **inputs}, "points": {signal: points}}


def test_sentence_names_delay_against_own_salary_day() -> None:
    late = findings(salary_day=5, **with_signal(Signal.SALARY_GAP, days_since_salary=43))

    assert reasons.sentence(late) == "Salary is 12 days later than usual (usually the 5th)."


def test_sentence_counts_days_passed_since_the_assessment() -> None:
    late = findings(salary_day=5, days_passed=3, **with_signal(Signal.SALARY_GAP, days_since_salary=43))

    assert reasons.sentence(late) == "Salary is 15 days later than usual (usually the 5th)."


@pytest.mark.parametrize(
    ("signal", "inputs", "expected"),
    [
        (Signal.SALARY_GAP, {"days_since_salary": 43}, "No salary for 43 days."),
        (
            Signal.SALARY_GAP,
            {"days_since_salary": -1},
            "No salary is known, with 60 transactions in 90 days.",
        ),
        (Signal.WITHDRAWAL_SPIKE, {"atm_withdrawals_7d": 8}, "8 cash withdrawals in 7 days."),
        (
            Signal.SPENDING_DROP,
            {"spending_change_pct": -61.6},
            "Spending fell by 62 % against the week before.",
        ),
        (
            Signal.SURVIVAL_MODE,
            {"essential_spend": 1234567.0, "discretionary_spend": 0.0},
            "Spends on essentials only: ₹12,34,567 in 30 days.",
        ),
        (
            Signal.SURVIVAL_MODE,
            {"essential_spend": 9000.0, "discretionary_spend": 2000.0},
            "Spends 4.5 times as much on essentials as on everything else.",
        ),
        # Receipts keep numbers unrounded.
        (
            Signal.SPENDING_DROP,
            {"spending_change_pct": -60.00416666666667},
            "Spending fell by 60 % against the week before.",
        ),
        (
            Signal.SURVIVAL_MODE,
            {"essential_spend": 1234567.2700000003, "discretionary_spend": 0.0},
            "Spends on essentials only: ₹12,34,567 in 30 days.",
        ),
    ],
)
def test_sentence_of_each_signal(signal: Signal, inputs: dict[str, float], expected: str) -> None:
    assert reasons.sentence(findings(**with_signal(signal, **inputs))) == expected


@pytest.mark.parametrize(
    ("segment", "expected"),
    [
        (Segment.INCOME_SHOCK, "A regular salary has stopped."),
        (Segment.SILENT_DRAIN, "More goes out than comes in, and the account is used less and less."),
        (Segment.STABLE, "Nothing unusual in the last 90 days."),
    ],
)
def test_sentence_of_the_segment_signal(segment: Segment, expected: str) -> None:
    assert reasons.sentence(findings(segment=segment, points={Signal.SEGMENT: 1.0})) == expected


def test_sentence_joins_the_two_strongest_reasons() -> None:
    many = findings(
        inputs={
            **QUIET_INPUTS,
            "days_since_salary": 50,
            "atm_withdrawals_7d": 8,
            "spending_change_pct": -40.0,
        },
        points={Signal.SPENDING_DROP: 1.0, Signal.WITHDRAWAL_SPIKE: 1.5, Signal.SALARY_GAP: 2.0},
    )

    assert reasons.sentence(many) == "No salary for 50 days; 8 cash withdrawals in 7 days."


@pytest.mark.parametrize(
    ("hardship", "inputs", "expected"),
    [
        (
            Hardship.OVER_LEVERAGE,
            {"essential_spend": 38000.0},
            "Essentials and instalments take 90 % of all spending.",
        ),
        (Hardship.OVER_LEVERAGE, {"total_spend": 0.0}, "Nothing unusual in the last 90 days."),
        (
            Hardship.OVERSPENDING,
            {"essential_spend": 10000.0, "discretionary_spend": 35000.0},
            "Spends 3.5 times as much on wants as on essentials (₹35,000 in 30 days).",
        ),
        (
            Hardship.OVERSPENDING,
            {"essential_spend": 0.0, "discretionary_spend": 35000.0},
            "All spending is discretionary: ₹35,000 in 30 days.",
        ),
        (Hardship.LIQUIDITY_STRESS, {"atm_withdrawals_7d": 9}, "9 cash withdrawals in 7 days."),
        (
            Hardship.EXPENSE_COMPRESSION,
            {"discretionary_spend": 0.0},
            "Spends on essentials only: ₹25,000 in 30 days.",
        ),
        (Hardship.INCOME_SHOCK, {"days_since_salary": 33}, "No salary for 33 days."),
    ],
)
def test_hardship_gives_the_reason_where_no_signal_does(
    hardship: Hardship, inputs: dict[str, float], expected: str
) -> None:
    assert reasons.sentence(findings(inputs={**QUIET_INPUTS, **inputs}, hardships=[hardship])) == expected


def test_reasons_say_nothing_twice() -> None:
    both = findings(
        hardships=[Hardship.LIQUIDITY_STRESS], **with_signal(Signal.WITHDRAWAL_SPIKE, atm_withdrawals_7d=9)
    )

    assert [reason.text for reason in reasons.reasons(both)] == ["9 cash withdrawals in 7 days"]


def test_sentence_admits_too_little_knowledge() -> None:
    assert (
        reasons.sentence(findings(inputs={"txn_count": 2})) == "Too few transactions to judge: 2 in 90 days."
    )


def test_spending_drop_without_a_drop_is_left_out() -> None:
    odd = findings(**with_signal(Signal.SPENDING_DROP, spending_change_pct=3.0))

    assert reasons.sentence(odd) == "Nothing unusual in the last 90 days."


@pytest.mark.parametrize(
    ("last_salary_on", "day", "today_on", "expected"),
    [
        (dt.date(2026, 1, 1), 1, dt.date(2026, 2, 13), 12),
        (dt.date(2025, 12, 30), 1, dt.date(2026, 1, 20), -12),
        (dt.date(2026, 1, 31), 31, dt.date(2026, 3, 2), 2),
        (dt.date(2025, 12, 28), 28, dt.date(2026, 1, 28), 0),
    ],
)
def test_days_late(last_salary_on: dt.date, day: int, today_on: dt.date, expected: int) -> None:
    assert reasons.days_late(last_salary_on=last_salary_on, expected_day=day, today_on=today_on) == expected


@given(
    last=st.dates(dt.date(2020, 1, 1), dt.date(2030, 1, 1)),
    day=st.integers(1, 31),
    passed=st.integers(0, 400),
)
def test_days_late_expects_the_next_salary_within_seven_weeks(last: dt.date, day: int, passed: int) -> None:
    late = reasons.days_late(last_salary_on=last, expected_day=day, today_on=last + dt.timedelta(days=passed))

    assert 15 <= passed - late <= 46


INPUTS = st.fixed_dictionaries(
    {
        "txn_count": st.integers(0, 40),
        "salary_count": st.integers(0, 2),
        "days_since_salary": st.integers(-1, 90),
        "atm_withdrawals_7d": st.integers(0, 14),
        "essential_spend": st.sampled_from([0.0, 400.0, 25_000.0]),
        "discretionary_spend": st.sampled_from([0.0, 90.0, 17_000.0]),
        "spending_change_pct": st.floats(-100, 100),
    }
)


@given(
    inputs=INPUTS,
    segment=st.sampled_from(Segment),
    hardships=st.lists(st.sampled_from(Hardship), unique=True),
)
def test_reasons_sum_to_the_score(
    inputs: dict[str, Any], segment: Segment, hardships: list[Hardship]
) -> None:
    """Whatever brought points is told: what is read aloud adds up to the score beside it."""
    made = scorecard.score(features=features_of(inputs), segments=segments_of(segment), rules=EQUILIBRATE_1)
    points = {signal: each.item() for signal, each in made.points.items()}

    found = reasons.reasons(findings(inputs=inputs, points=points, segment=segment, hardships=hardships))

    assert sum(reason.points for reason in found) == made.score.item()
