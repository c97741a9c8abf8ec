"""Features: the edges of every window to the day, salary inference, and what must not matter."""

import dataclasses
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from risk.features import NO_DAY, Features, Tiles, compute, salary_days, tile_days
from risk.rulebook import EQUILIBRATE_1, RulebookContent, Windows
from risk.tests.samples import AS_OF, TILE_FIELDS, computed, tiles_of

MANY_DAYS = st.integers(-3, 300)
TILE = st.fixed_dictionaries(
    {
        "txn_count": st.integers(0, 9),
        "debit_amount": st.integers(-50_000, 900_000),
        "credit_amount": st.integers(0, 900_000),
        "essential_amount": st.integers(-50_000, 900_000),
        "discretionary_amount": st.integers(0, 900_000),
        "cash_count": st.integers(0, 4),
        "salary_count": st.integers(0, 1),
        "largest_unflagged_credit_amount": st.sampled_from([0, 90_000, 500_000, 520_000, 900_000]),
    }
)
# One tile per customer and day, as in the database.
HISTORIES = st.lists(st.dictionaries(MANY_DAYS, TILE, max_size=8), min_size=1, max_size=4).map(
    lambda customers: [
        tile | {"customer": index, "age": age}
        for index, history in enumerate(customers)
        for age, tile in history.items()
    ]
)


def compute_all(rows: list[dict[str, int]], customers: int) -> Features:
    return compute(
        tiles=tiles_of(*rows),
        customers=customers,
        as_of=AS_OF,
        last_salary_day=np.full(customers, NO_DAY),
        rules=EQUILIBRATE_1,
    )


def plain(features: Features, index: int) -> dict[str, Any]:
    return {name: getattr(features, name)[index].item() for name in features.names()}


@pytest.mark.parametrize(
    ("column", "feature", "first_age", "last_age"),
    [
        ("txn_count", "txn_count", 0, 89),
        ("salary_count", "salary_count", 0, 89),
        ("cash_count", "atm_withdrawals_7d", 0, 6),
        ("debit_amount", "total_spend", 0, 29),
        ("essential_amount", "essential_spend", 0, 29),
        ("discretionary_amount", "discretionary_spend", 0, 29),
        ("credit_amount", "credits_30d", 1, 30),
        ("debit_amount", "closed_debits_30d", 1, 30),
        ("txn_count", "txn_count_30d", 1, 30),
        ("txn_count", "txn_count_previous_30d", 31, 60),
        ("salary_count", "salaries_in_silence", 0, 34),
        ("salary_count", "salaries_before_silence", 35, 214),
    ],
)
def test_window_holds_exactly_its_days(column: str, feature: str, first_age: int, last_age: int) -> None:
    inside = {age: computed({"age": age, column: 100})[feature] for age in (first_age, last_age)}
    outside = [computed({"age": age, column: 100})[feature] for age in (first_age - 1, last_age + 1)]

    assert inside[first_age] == inside[last_age] > 0
    assert outside == [0, 0]


@pytest.mark.parametrize(
    ("ages", "expected"),
    [
        ((7, 8), 0.0),
        ((1, 14), 0.0),
        # Today's part day counts on neither side.
        ((0, 8), -100.0),
        ((1, 15), 0.0),
        ((7, 7), 0.0),
    ],
)
def test_spending_change_compares_closed_weeks(ages: tuple[int, int], expected: float) -> None:
    rows = [{"age": age, "debit_amount": 5_000} for age in sorted(set(ages))]

    assert computed(*rows)["spending_change_pct"] == expected


def test_spending_change_is_a_percentage_of_the_week_before() -> None:
    found = computed({"age": 3, "debit_amount": 4_000}, {"age": 10, "debit_amount": 10_000})

    assert found["spending_change_pct"] == -60.0


def test_spending_change_is_zero_after_a_week_of_returns_only() -> None:
    found = computed({"age": 3, "debit_amount": 4_000}, {"age": 10, "debit_amount": -10_000})

    assert found["spending_change_pct"] == 0.0


def test_amounts_are_in_the_banks_currency() -> None:
    found = computed({"age": 1, "debit_amount": 12_345, "credit_amount": 99})

    assert (found["total_spend"], found["closed_debits_30d"], found["credits_30d"]) == (123.45, 123.45, 0.99)


def test_spend_is_never_negative() -> None:
    found = computed({"age": 1, "debit_amount": -700, "essential_amount": -700})

    assert (found["total_spend"], found["essential_spend"], found["closed_debits_30d"]) == (0.0, 0.0, 0.0)


def test_returned_money_leaves_no_remainder() -> None:
    bought = [{"age": 9, "discretionary_amount": 10}, {"age": 8, "discretionary_amount": 20}]
    returned = [{"age": 7, "discretionary_amount": -10}, {"age": 6, "discretionary_amount": -20}]

    assert computed(*bought, *returned)["discretionary_spend"] == 0.0


@pytest.mark.parametrize(
    ("rows", "known_salary_age", "expected"),
    [
        ([], None, -1),
        ([], 0, 0),
        ([], 400, 400),
        ([{"age": 12, "salary_count": 1}], 400, 12),
        ([{"age": 12, "salary_count": 1}], 3, 3),
        ([{"age": 0, "salary_count": 1}], None, 0),
        ([{"age": 12, "salary_count": 1}, {"age": 40, "salary_count": 1}], None, 12),
    ],
)
def test_days_since_salary_counts_from_the_last_one_ever_known(
    rows: list[dict[str, int]], known_salary_age: int | None, expected: int
) -> None:
    assert computed(*rows, known_salary_age=known_salary_age)["days_since_salary"] == expected


@pytest.mark.parametrize(
    ("gap_days", "first", "second", "salaries"),
    [
        (30, 5_000_000, 5_000_000, 2),
        (25, 5_000_000, 5_000_000, 2),
        (36, 5_000_000, 5_000_000, 2),
        (24, 5_000_000, 5_000_000, 0),
        (37, 5_000_000, 5_000_000, 0),
        (30, 4_000_000, 3_000_000, 2),
        (30, 4_000_000, 2_999_999, 0),
        (30, 3_000_000, 4_000_000, 2),
        (30, 100_000, 100_000, 2),
        (30, 99_999, 99_999, 0),
    ],
)
def test_salary_is_inferred_from_a_regular_credit(
    gap_days: int, first: int, second: int, salaries: int
) -> None:
    found = computed(
        {"age": 2 + gap_days, "largest_unflagged_credit_amount": first},
        {"age": 2, "largest_unflagged_credit_amount": second},
    )

    assert found["salary_count"] == salaries
    assert found["days_since_salary"] == (2 if salaries else -1)


def test_salary_is_inferred_past_other_credits_between() -> None:
    between = [{"age": age, "largest_unflagged_credit_amount": 150_000} for age in range(5, 30)]
    pay = [{"age": age, "largest_unflagged_credit_amount": 5_000_000} for age in (2, 33)]

    assert computed(*between, *pay)["days_since_salary"] == 2


def test_salary_is_not_inferred_beside_a_flagged_one_of_the_day() -> None:
    both = {"age": 2, "largest_unflagged_credit_amount": 5_000_000, "salary_count": 1}

    found = computed(both, {"age": 32, "largest_unflagged_credit_amount": 5_000_000})

    assert found["salary_count"] == 1


def test_salary_is_not_inferred_from_a_credit_still_to_come() -> None:
    rows = [{"age": age, "largest_unflagged_credit_amount": 5_000_000} for age in (2, -28)]

    assert computed(*rows)["days_since_salary"] == -1


def test_salary_is_not_inferred_from_another_customers_credit() -> None:
    rows = [
        {"customer": 0, "age": 32, "largest_unflagged_credit_amount": 5_000_000},
        {"customer": 1, "age": 2, "largest_unflagged_credit_amount": 5_000_000},
    ]

    assert compute_all(rows, customers=2).salary_count.tolist() == [0, 0]


def test_nobody_and_nothing_are_computed_too() -> None:
    assert compute_all([], customers=0).txn_count.shape == (0,)
    assert compute_all([], customers=2).days_since_salary.tolist() == [-1, -1]


@settings(max_examples=40)
@given(rows=HISTORIES)
def test_future_tiles_change_nothing(rows: list[dict[str, int]]) -> None:
    past = [row for row in rows if row["age"] >= 0]

    everything, known = compute_all(rows, customers=4), compute_all(past, customers=4)

    assert [plain(everything, i) for i in range(4)] == [plain(known, i) for i in range(4)]


@settings(max_examples=40)
@given(rows=HISTORIES, seed=st.integers(0, 99))
def test_order_of_tiles_changes_nothing(rows: list[dict[str, int]], seed: int) -> None:
    shuffled = [rows[place] for place in np.random.default_rng(seed).permutation(len(rows))]

    before, after = compute_all(rows, customers=4), compute_all(shuffled, customers=4)

    assert [plain(before, i) for i in range(4)] == [plain(after, i) for i in range(4)]


@settings(max_examples=40)
@given(rows=HISTORIES)
def test_customers_together_equal_customers_one_by_one(rows: list[dict[str, int]]) -> None:
    together = compute_all(rows, customers=4)

    for index in range(4):
        own = [row | {"customer": 0} for row in rows if row["customer"] == index]
        assert plain(compute_all(own, customers=1), 0) == plain(together, index)


@settings(max_examples=40)
@given(rows=HISTORIES)
def test_tiles_older_than_those_asked_for_change_nothing(rows: list[dict[str, int]]) -> None:
    def is_read(row: dict[str, int]) -> bool:
        is_income = row["salary_count"] > 0 or row["largest_unflagged_credit_amount"] > 0
        return row["age"] < (salary_days(EQUILIBRATE_1) if is_income else tile_days(EQUILIBRATE_1))

    # Flagged salaries older than that arrive as `last_salary_day`; a credit is no salary by an older one beside it.
    def is_older_income(row: dict[str, int]) -> bool:
        is_income = row["salary_count"] > 0 or row["largest_unflagged_credit_amount"] > 0
        return is_income and row["age"] >= salary_days(EQUILIBRATE_1)

    recent = [row for row in rows if not is_older_income(row)]
    read = [row for row in recent if is_read(row)]

    everything, asked = compute_all(recent, customers=4), compute_all(read, customers=4)

    assert [plain(everything, i) for i in range(4)] == [plain(asked, i) for i in range(4)]


@pytest.mark.parametrize(
    ("windows", "days"),
    [
        (Windows(), 90),
        (Windows(activity_days=10), 61),
        (Windows(activity_days=10, drain_days=3), 30),
        (Windows(activity_days=10, drain_days=3, spend_days=4), 15),
        (Windows(activity_days=10, drain_days=3, spend_days=4, cash_days=99), 99),
    ],
)
def test_tile_days_cover_the_longest_window(windows: Windows, days: int) -> None:
    assert tile_days(dataclasses.replace(RulebookContent(), windows=windows)) == days


def test_tiles_are_what_the_samples_fill() -> None:
    assert {field.name for field in dataclasses.fields(Tiles)} == set(TILE_FIELDS)
