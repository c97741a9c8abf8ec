"""Hardships: every one reachable, every bound on both sides, precedence, evidence."""

from typing import Any

import pytest
from hypothesis import Phase, find, settings
from hypothesis import strategies as st

from risk import hardship
from risk.evaluation import Evaluation, conclude
from risk.hardship import EVIDENCE
from risk.levels import Hardship, Segment
from risk.rulebook import EQUILIBRATE_1
from risk.tests.samples import features_of, receipt_of, segments_of

INCOME = {"salary_count": 0, "days_since_salary": -1, "txn_count": 5}
COMPRESSED = {"essential_spend": 100.0, "discretionary_spend": 0.0, "total_spend": 1_000.0, "txn_count": 5}
SHIFTED = {"spending_change_pct": -40.01, "essential_spend": 300.01, "discretionary_spend": 100.0}
LEVERAGED = {
    "essential_spend": 700.01,
    "total_spend": 1_000.0,
    "discretionary_spend": 300.0,
    "txn_count": 5,
}
LAVISH = {"essential_spend": 1_200.0, "discretionary_spend": 3_000.01}
OVERSPENDER = {"essential_spend": 1_000.0, "discretionary_spend": 2_000.01}

AMOUNTS = st.integers(0, 8_000).map(float)
BEHAVIOURS = st.fixed_dictionaries(
    {
        "txn_count": st.integers(0, 40),
        "salary_count": st.integers(0, 4),
        "days_since_salary": st.integers(-1, 60),
        "atm_withdrawals_7d": st.integers(0, 15),
        "total_spend": AMOUNTS,
        "essential_spend": AMOUNTS,
        "discretionary_spend": AMOUNTS,
        "spending_change_pct": st.floats(-100, 100),
        "salaries_before_silence": st.integers(0, 6),
        "salaries_in_silence": st.integers(0, 2),
    }
)


def matched(changes: dict[str, Any], segment: Segment = Segment.STABLE) -> set[Hardship]:
    matches = hardship.match(
        features=features_of(changes), segments=segments_of(segment), rules=EQUILIBRATE_1
    )
    return {each for each, match in matches.items() if match.item()}


def concluded(changes: dict[str, Any]) -> Evaluation:
    return conclude(features=features_of(changes), rules=EQUILIBRATE_1)


@pytest.mark.parametrize(
    ("changes", "segment", "expected"),
    [
        (INCOME, Segment.INCOME_SHOCK, True),
        (INCOME, Segment.SILENT_DRAIN, True),
        (INCOME, Segment.OVERSPENDER, False),
        (INCOME | {"txn_count": 4}, Segment.INCOME_SHOCK, False),
        (INCOME | {"salary_count": 1}, Segment.INCOME_SHOCK, False),
        ({"days_since_salary": 31, "atm_withdrawals_7d": 3}, Segment.STABLE, True),
        ({"days_since_salary": 30, "atm_withdrawals_7d": 3}, Segment.STABLE, False),
        ({"days_since_salary": 31, "atm_withdrawals_7d": 2}, Segment.STABLE, False),
    ],
)
def test_income_shock_changes_exactly_at_its_bounds(
    changes: dict[str, Any], segment: Segment, expected: bool
) -> None:
    assert (Hardship.INCOME_SHOCK in matched(changes, segment)) is expected


@pytest.mark.parametrize(
    ("withdrawals", "change_pct", "expected"),
    [(5, -20.01, True), (5, -20.0, False), (4, -20.01, False), (8, 0.0, True), (7, 0.0, False)],
)
def test_liquidity_stress_changes_exactly_at_its_bounds(
    withdrawals: int, change_pct: float, expected: bool
) -> None:
    found = matched({"atm_withdrawals_7d": withdrawals, "spending_change_pct": change_pct})

    assert (Hardship.LIQUIDITY_STRESS in found) is expected


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        (COMPRESSED, True),
        (COMPRESSED | {"txn_count": 4}, False),
        (COMPRESSED | {"essential_spend": 0.0}, False),
        (COMPRESSED | {"discretionary_spend": 0.01}, False),
        (SHIFTED, True),
        (SHIFTED | {"spending_change_pct": -40.0}, False),
        (SHIFTED | {"essential_spend": 300.0}, False),
    ],
)
def test_expense_compression_changes_exactly_at_its_bounds(changes: dict[str, Any], expected: bool) -> None:
    assert (Hardship.EXPENSE_COMPRESSION in matched(changes)) is expected


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        (LEVERAGED, True),
        (LEVERAGED | {"essential_spend": 700.0}, False),
        (LEVERAGED | {"txn_count": 4}, False),
    ],
)
def test_over_leverage_changes_exactly_at_its_bounds(changes: dict[str, Any], expected: bool) -> None:
    assert (Hardship.OVER_LEVERAGE in matched(changes)) is expected


@pytest.mark.parametrize(
    ("changes", "segment", "expected"),
    [
        (LAVISH, Segment.STABLE, True),
        (LAVISH | {"discretionary_spend": 3_000.0}, Segment.STABLE, False),
        (LAVISH | {"essential_spend": 1_200.01}, Segment.STABLE, False),
        (OVERSPENDER, Segment.OVERSPENDER, True),
        (OVERSPENDER, Segment.STABLE, False),
        (
            OVERSPENDER | {"essential_spend": 900.0, "discretionary_spend": 2_000.0},
            Segment.OVERSPENDER,
            False,
        ),
        (OVERSPENDER | {"essential_spend": 1_000.01}, Segment.OVERSPENDER, False),
    ],
)
def test_overspending_changes_exactly_at_its_bounds(
    changes: dict[str, Any], segment: Segment, expected: bool
) -> None:
    assert (Hardship.OVERSPENDING in matched(changes, segment)) is expected


@pytest.mark.parametrize("wanted", [each for each in Hardship if each])
def test_every_hardship_is_reachable_as_the_primary_one(wanted: Hardship) -> None:
    example = find(
        BEHAVIOURS,
        lambda changes: concluded(changes).hardships.item() == wanted,
        settings=settings(max_examples=5_000, database=None, phases=[Phase.generate]),
    )

    assert wanted.label in receipt_of(concluded(example)).evidence


def test_no_hardship_is_reachable_too() -> None:
    assert concluded({}).hardships.item() == Hardship.NONE
    assert receipt_of(concluded({})).evidence == {}


def test_primary_is_the_first_in_precedence() -> None:
    everything = COMPRESSED | {"days_since_salary": 40, "atm_withdrawals_7d": 9, "total_spend": 100.0}

    found = concluded(everything)

    assert found.hardships.item() == Hardship.INCOME_SHOCK
    assert list(receipt_of(found).evidence) == [
        "INCOME_SHOCK",
        "LIQUIDITY_STRESS",
        "EXPENSE_COMPRESSION",
        "OVER_LEVERAGE",
    ]


@pytest.mark.parametrize(
    ("changes", "hardship"),
    [
        ({"days_since_salary": 31, "atm_withdrawals_7d": 3}, Hardship.INCOME_SHOCK),
        ({"atm_withdrawals_7d": 8}, Hardship.LIQUIDITY_STRESS),
        (SHIFTED, Hardship.EXPENSE_COMPRESSION),
        (LAVISH, Hardship.OVERSPENDING),
    ],
)
def test_hardship_needs_three_transactions(changes: dict[str, Any], hardship: Hardship) -> None:
    assert concluded(changes | {"txn_count": 2}).hardships.item() == Hardship.NONE
    assert concluded(changes | {"txn_count": 3}).hardships.item() == hardship


def test_evidence_states_the_inputs_of_the_conclusion_unrounded() -> None:
    found = concluded({"atm_withdrawals_7d": 5, "spending_change_pct": -25.126})

    assert receipt_of(found).evidence == {
        "LIQUIDITY_STRESS": {"atm_withdrawals_7d": 5, "spending_change_pct": -25.126}
    }
    assert EVIDENCE.keys() == {each for each in Hardship if each}
