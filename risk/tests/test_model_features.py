"""The model's features: windows hold exactly their days, and what must not matter does not."""

import dataclasses
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from risk.model.features import compute
from risk.model.inputs import DayFacts, ModelInputs, Payments, Schedules
from risk.model.specs import FACTS, NAMES, SPECS
from risk.rulebook import EQUILIBRATE_1
from risk.tests.model_samples import (
    AS_OF,
    COLUMNS,
    Due,
    Paid,
    Row,
    computed,
    day,
    days_of,
    fact,
    loan,
    payments_of,
    schedules_of,
    value,
)

AGES = range(125)
SCALED = 7.0
# How long an example takes says nothing on a busy machine.
unhurried = settings(deadline=None, max_examples=40)

# A fact, the column that it adds up, and the ages of its window.
WINDOWS = [
    ("income_30d", "credit_amount", 0, 30),
    ("income_usual", "credit_amount", 31, 120),
    ("income_month", "credit_amount", 1, 120),
    ("income_90d", "credit_amount", 1, 90),
    ("income_closed_30d", "credit_amount", 1, 30),
    ("salary_count_90d", "salary_count", 0, 89),
    ("spend_30d", "debit_amount", 1, 30),
    ("spend_usual", "debit_amount", 31, 90),
    ("spend_90d", "debit_amount", 1, 90),
    ("essential_30d", "essential_amount", 1, 30),
    ("essential_usual", "essential_amount", 31, 90),
    ("discretionary_30d", "discretionary_amount", 1, 30),
    ("discretionary_usual", "discretionary_amount", 31, 90),
    ("spend_7d", "debit_amount", 1, 7),
    ("spend_week_before", "debit_amount", 8, 14),
    ("spend_week_usual", "debit_amount", 8, 91),
    ("discretionary_7d", "discretionary_amount", 1, 7),
    ("discretionary_week_usual", "discretionary_amount", 8, 91),
    ("cash_count_7d", "cash_count", 0, 6),
    ("cash_count_week", "cash_count", 1, 7),
    ("cash_count_usual", "cash_count", 8, 91),
    ("cash_30d", "cash_amount", 1, 30),
    ("cash_amount_14d", "cash_amount", 1, 14),
    ("cash_usual_14d", "cash_amount", 15, 98),
    ("obligations", "essential_amount", 1, 90),
    ("returned_30d", "returned_count", 0, 29),
    ("returned_90d", "returned_count", 0, 89),
    ("returned_run_90d", "returned_count", 0, 89),
    ("declined_30d", "declined_count", 0, 29),
    ("loan_apps_90d", "loan_app_count", 0, 89),
    ("loan_app_30d", "loan_app_credit_amount", 0, 29),
    ("gambling_30d", "gambling_amount", 1, 30),
    ("txn_count_14d", "txn_count", 1, 14),
    ("txn_count_usual_14d", "txn_count", 15, 98),
]


@pytest.mark.parametrize(("name", "column", "first", "last"), WINDOWS)
def test_window_holds_exactly_its_days(name: str, column: str, first: int, last: int) -> None:
    # One customer for each age, with something on that day alone; all have been there for 120 days.
    rows = [day(age, customer=age, **{column: 10.0}) for age in AGES if age != 120]
    rows += [day(120, customer=age, **({column: 10.0} if age == 120 else {})) for age in AGES]

    found = np.nan_to_num(computed(rows, customers=len(AGES)).facts[name])

    assert np.flatnonzero(found).tolist() == list(range(first, last + 1))


def test_usual_amounts_are_scaled_to_the_days_they_stand_beside() -> None:
    everyday = [day(age, credit_amount=3, debit_amount=2, cash_amount=1, txn_count=4) for age in AGES]

    found = computed(everyday)

    usual = {"income_usual": 31 * 3, "income_month": 30 * 3, "spend_usual": 60, "spend_week_usual": 14}
    usual |= {"cash_usual_14d": 14, "txn_count_usual_14d": 56}
    assert {name: fact(found, name) for name in usual} == pytest.approx(usual)


def test_what_is_usual_is_known_after_four_weeks_of_it() -> None:
    def usual(oldest: int) -> float:
        return fact(computed([day(age, debit_amount=2) for age in range(oldest + 1)]), "spend_usual")

    assert np.isnan(usual(31 + 26))
    assert usual(31 + 27) == pytest.approx(60)
    assert usual(120) == pytest.approx(60)


def test_every_feature_and_fact_is_there_for_everybody() -> None:
    found = computed(customers=3)

    assert found.values.shape == (3, len(SPECS))
    assert found.values.dtype == np.float32
    assert {fact.name for fact in FACTS} == found.facts.keys()
    assert all(column.shape == (3,) for column in found.facts.values())
    assert not found.is_covered.any()


def test_without_anything_only_counts_are_known() -> None:
    row = computed().row(0)

    assert {name for name, known in row.items() if known is not None} == {
        "salary_count_90d", "cash_count_7d", "misses_180d", "misses_365d", "instalments_paid",
        "returned_30d", "returned_90d", "returned_run_90d", "declined_30d", "loan_app_count_90d",
    }  # fmt: skip
    assert set(row.values()) == {None, 0.0}


# Amounts of unflagged credits are such that they are candidates for salary at any scale.
_amounts = st.integers(-5_000, 50_000)
_facts = {name: _amounts if name.endswith("_amount") else st.integers(0, 4) for name in COLUMNS}
_facts["largest_unflagged_credit_amount"] = st.sampled_from([0, 100_000, 120_000])
_tiles = st.dictionaries(
    st.tuples(st.integers(0, 2), st.one_of(st.integers(0, 35), st.integers(36, 260))),
    st.fixed_dictionaries({}, optional=_facts),
    max_size=12,
).map(lambda tiles: [day(age, customer=who, **facts) for (who, age), facts in tiles.items()])
_dues = st.lists(
    st.tuples(st.integers(0, 2), st.sets(st.integers(-370, 31), max_size=14), st.integers(1, 9_000)),
    max_size=4,
).map(
    lambda loans: [
        due
        for number, (who, ahead, amount) in enumerate(loans)
        for due in loan(*ahead, amount=amount, loan=number, customer=who)
    ]
)
_paid = st.lists(
    st.builds(Paid, st.integers(0, 400), st.integers(-9_000, 20_000), st.integers(0, 3)), max_size=20
)


@dataclasses.dataclass(frozen=True)
class Portfolio:
    """Three customers."""

    rows: list[Row]
    dues: list[Due]
    paid: list[Paid]

    def arrays(self) -> tuple[DayFacts, Schedules, Payments]:
        return days_of(self.rows), schedules_of(self.dues), payments_of(self.paid)


portfolios = st.builds(Portfolio, _tiles, _dues, _paid)


def all_of(days: DayFacts, schedules: Schedules, payments: Payments) -> ModelInputs:
    return compute(
        days=days, schedules=schedules, payments=payments, customers=3, as_of=AS_OF, rules=EQUILIBRATE_1
    )


def assert_same(one: ModelInputs, other: ModelInputs) -> None:
    """To the last bit."""
    np.testing.assert_array_equal(one.values, other.values)
    np.testing.assert_array_equal(one.is_covered, other.is_covered)
    for name, column in one.facts.items():
        np.testing.assert_array_equal(column, other.facts[name])


def shuffled(columns: Any, order: Any) -> Any:
    return dataclasses.replace(
        columns,
        **{each.name: getattr(columns, each.name)[order] for each in dataclasses.fields(columns)},
    )


@unhurried
@given(portfolios, st.randoms(use_true_random=False))
def test_order_is_irrelevant(portfolio: Portfolio, random: Any) -> None:
    arrays = portfolio.arrays()
    orders = [random.sample(range(size), size) for size in map(_size, arrays)]

    mixed = [
        shuffled(columns, np.array(order, dtype=np.int64))
        for columns, order in zip(arrays, orders, strict=True)
    ]

    assert_same(all_of(*mixed), all_of(*arrays))


def _size(columns: Any) -> int:
    return len(columns.customer)


@unhurried
@given(portfolios)
def test_a_customer_is_the_same_alone_as_among_others(portfolio: Portfolio) -> None:
    together = all_of(*portfolio.arrays())

    for who in range(3):
        days, schedules, payments = (
            shuffled(columns, columns.customer == who) for columns in portfolio.arrays()
        )
        loans = np.isin(portfolio.arrays()[2].loan, schedules.loan)
        payments = shuffled(portfolio.arrays()[2], loans)
        alone = all_of(days, schedules, payments)
        np.testing.assert_array_equal(alone.values[who], together.values[who])


@unhurried
@given(portfolios)
def test_features_know_no_currency(portfolio: Portfolio) -> None:
    days, schedules, payments = portfolio.arrays()
    amounts = {name: getattr(days, name) * SCALED for name in COLUMNS if name.endswith("_amount")}

    scaled = all_of(
        dataclasses.replace(days, **amounts),
        dataclasses.replace(
            schedules,
            amount=schedules.amount * SCALED,
            cumulative_amount=schedules.cumulative_amount * SCALED,
        ),
        dataclasses.replace(payments, amount=payments.amount * SCALED),
    )

    found = all_of(days, schedules, payments)
    np.testing.assert_allclose(scaled.values, found.values, rtol=1e-5, atol=1e-6)
    amounts_said = [fact.name for fact in FACTS if fact.unit.startswith("amount")]
    for name in amounts_said:
        np.testing.assert_allclose(scaled.facts[name], SCALED * found.facts[name], rtol=1e-9, atol=1e-9)


@unhurried
@given(portfolios, portfolios)
def test_nothing_after_the_day_matters(portfolio: Portfolio, future: Portfolio) -> None:
    later = Portfolio(
        rows=[row | {"age": -1 - row["age"]} for row in future.rows],
        dues=[
            dataclasses.replace(due, ahead=402 + due.ahead, cumulative=10**9, loan=due.loan)
            for due in future.dues
        ],
        paid=[dataclasses.replace(each, age=-1 - each.age) for each in future.paid],
    )
    both = Portfolio(portfolio.rows + later.rows, portfolio.dues + later.dues, portfolio.paid + later.paid)

    assert_same(all_of(*both.arrays()), all_of(*portfolio.arrays()))


@unhurried
@given(portfolios)
def test_days_before_the_history_do_not_matter(portfolio: Portfolio) -> None:
    older = [row | {"age": row["age"] + 261} for row in portfolio.rows]

    with_older = dataclasses.replace(portfolio, rows=portfolio.rows + older)

    assert_same(all_of(*with_older.arrays()), all_of(*portfolio.arrays()))


@unhurried
@given(portfolios)
def test_without_balances_their_features_are_missing_and_the_others_as_before(portfolio: Portfolio) -> None:
    days, schedules, payments = portfolio.arrays()
    nowhere = np.full(len(days.day), np.nan)

    without = all_of(
        dataclasses.replace(days, last_balance_amount=nowhere, lowest_balance_amount=nowhere),
        schedules,
        payments,
    )

    is_balance = np.array([spec.family == "balance" for spec in SPECS])
    assert np.isnan(without.values[:, is_balance]).all()
    wanted = all_of(days, schedules, payments).values[:, ~is_balance]
    np.testing.assert_array_equal(without.values[:, ~is_balance], wanted)


@unhurried
@given(portfolios)
def test_values_are_within_bounds_and_never_infinite(portfolio: Portfolio) -> None:
    found = all_of(*portfolio.arrays())

    assert not np.isinf(found.values).any()
    for spec, column in zip(SPECS, found.values.T, strict=True):
        known = column[~np.isnan(column)]
        if spec.unit == "share":
            assert ((known >= 0) & (known <= 1)).all(), spec.name
        if spec.unit in {"ratio", "sd"}:
            assert (np.abs(known) <= 50).all(), spec.name
        if spec.unit == "count":
            assert (known >= 0).all(), spec.name


def test_row_names_the_features_of_one_customer() -> None:
    found = computed([day(0, customer=1, cash_count=2)], customers=2)

    assert found.row(1)["cash_count_7d"] == 2.0
    assert found.row(0)["cash_count_7d"] == 0.0
    assert found.row(1)["days_to_due"] is None
    assert tuple(found.row(1)) == NAMES
    assert value(found, "cash_count_7d", 1) == 2.0
