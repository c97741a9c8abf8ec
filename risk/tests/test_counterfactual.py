"""The smallest change that leaves the band: levers whose consequences are the features' own arithmetic."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from risk.features import NO_DAY
from risk.levels import Level
from risk.model import specs
from risk.model.counterfactual import Counterfactual, inputs_of, smallest_change
from risk.model.inputs import DayFacts, Matrix, Payments, Schedules
from risk.model.levers import (
    DUE_DAY,
    GAMBLING,
    INSTALMENT,
    LEVERS,
    SHORTFALL,
    SPENDING,
    Lever,
    Situation,
)
from risk.model.scorer import Bands, Scorer, Scores
from risk.rulebook import EQUILIBRATE_1
from risk.tests import small_models

AS_OF = 9_500
BANDS = Bands(medium_from_prob=0.1, high_from_prob=0.3)
Numbers = NDArray[np.floating[Any]]
Said = Callable[[Callable[[str], Numbers]], Numbers]


@dataclass
class Saying:
    """A model that says what a test has it say of the features, as probabilities."""

    said: Said

    def score(self, values: Matrix) -> Scores:
        """As `Scorer.score`."""
        found = self.said(lambda name: values[:, specs.NAMES.index(name)])
        probability = np.broadcast_to(found, len(values)).astype(float)
        return Scores(probability, probability, BANDS.of(probability))


def situation_of(cells: dict[tuple[int, str], float], *, due_in: int, due: float) -> Situation:
    """One customer of whose days some cells are known, with an instalment ahead and its like a month later."""
    ages = sorted({age for age, _ in cells})
    columns = {name: np.zeros(len(ages)) for name in DayFacts.__dataclass_fields__}
    for name in ("last_balance_amount", "lowest_balance_amount"):
        columns[name][:] = np.nan
    for (age, name), value in cells.items():
        columns[name][ages.index(age)] = value
    columns["txn_count"][:] = 3
    columns["salary_count"] = (columns["salary_amount"] > 0).astype(float)
    columns["credit_amount"] = columns["salary_amount"]
    columns["debit_amount"] = columns["essential_amount"] + columns["discretionary_amount"]
    columns["customer"] = np.zeros(len(ages), dtype=np.int64)
    columns["day"] = AS_OF - np.array(ages)
    none = np.zeros(0, dtype=np.int64)
    return Situation(
        days=DayFacts(**columns),  # type: ignore[arg-type]
        schedules=Schedules(
            np.zeros(2, dtype=np.int64),
            np.ones(2, dtype=np.int64),
            AS_OF + due_in + np.array([0, 30]),
            np.array([due, due]),
            np.array([due, 2 * due]),
        ),
        payments=Payments(none, none, none, np.zeros(0)),
        as_of=AS_OF,
        rules=EQUILIBRATE_1,
        last_salary_day=np.array([AS_OF - 22]),
    )


@pytest.fixture(scope="module")
def short_of_money() -> Situation:
    """Somebody who earns 50,000 and gambles, has 2,000 left and owes 12,000 in five days, before pay day."""
    days = {(age, "essential_amount"): 1_000_00.0 for age in range(1, 120)}
    days |= {(age, "discretionary_amount"): 300_00.0 for age in range(1, 120)}
    days |= {(age, "gambling_amount"): 150_00.0 for age in range(1, 30, 3)}
    days |= {(age, "salary_amount"): 50_000_00.0 for age in (22, 52, 82, 112)}
    days |= {(2, "last_balance_amount"): 2_000_00.0, (40, "last_balance_amount"): 9_000_00.0}
    return situation_of(days, due_in=5, due=12_000_00)


def facts_of(situation: Situation) -> dict[str, float]:
    return {name: float(column[0]) for name, column in inputs_of([situation]).facts.items()}


def found_for(situation: Situation, said: Said) -> Counterfactual | None:
    return smallest_change(scorer=Saying(said), situation=situation, inputs=inputs_of([situation]))


def levers(found: Counterfactual | None) -> list[str]:
    assert found is not None
    return [change.lever for change in found.changes]


@pytest.mark.parametrize("pull", LEVERS)
def test_lever_that_is_not_moved_changes_no_feature(
    short_of_money: Situation, pull: Callable[[Mapping[str, float]], Lever | None]
) -> None:
    lever = pull(facts_of(short_of_money))
    assert lever is not None

    values = inputs_of([short_of_money, lever.moved(short_of_money, lever.at(0.0))]).values

    assert values[1] == pytest.approx(values[0], rel=1e-6, nan_ok=True)


# What each lever leads to, and what must have followed.
FOLLOWS = {
    DUE_DAY: {"days_to_due", "salary_before_due_days", "projected_balance_to_due", "projected_shortfall_to_income"},
    SHORTFALL: {"balance_to_due", "projected_balance_to_due", "projected_shortfall_to_income"},
    INSTALMENT: {
        "instalment_to_income", "obligations_to_income", "balance_to_due", "lowest_balance_to_due_30d",
        "days_under_due_30d", "projected_balance_to_due", "projected_shortfall_to_income",
    },
    SPENDING: {
        "spend_change", "discretionary_change", "spend_to_income_30d", "spend_to_income_90d", "discretionary_share",
        "spend_week_z", "discretionary_week_z", "balance_to_due", "projected_balance_to_due",
    },
    GAMBLING: {
        "gambling_share_30d", "spend_change", "discretionary_change", "spend_to_income_30d", "discretionary_share",
        "balance_to_due", "projected_balance_to_due",
    },
}  # fmt: skip


@pytest.mark.parametrize("pull", LEVERS)
def test_whatever_depends_on_a_lever_follows_it(
    short_of_money: Situation, pull: Callable[[Mapping[str, float]], Lever | None]
) -> None:
    lever = pull(facts_of(short_of_money))
    assert lever is not None

    values = inputs_of([short_of_money, lever.moved(short_of_money, lever.farthest)]).values

    is_changed = (values[0] != values[1]) & ~np.isnan(values[0])
    changed = {name for name, is_other in zip(specs.NAMES, is_changed, strict=True) if is_other}
    missing = FOLLOWS[lever.name] - changed
    assert not missing
    assert not changed & {
        "income_change",
        "misses_365d",
        "days_since_salary",
        "txn_change_14d",
        "days_inactive",
    }


def test_shortfall_that_is_covered_is_one_no_more(short_of_money: Situation) -> None:
    lever = LEVERS[1](facts_of(short_of_money))
    assert lever is not None

    facts = facts_of(lever.moved(short_of_money, 0.0))

    assert (facts["projected_shortfall"], facts["projected_balance"]) == (0.0, 0.0)
    assert facts["balance"] == pytest.approx(2_000 + lever.before)


def test_instalments_are_as_small_as_is_told(short_of_money: Situation) -> None:
    lever = LEVERS[2](facts_of(short_of_money))
    assert lever is not None

    moved = lever.moved(short_of_money, 9_000.0)

    assert facts_of(moved)["due_30d"] == 9_000.0
    assert moved.schedules.cumulative_amount.tolist() == [9_000_00, 21_000_00]


def test_least_of_the_lever_that_is_enough_is_chosen(short_of_money: Situation) -> None:
    facts = facts_of(short_of_money)
    bound = 0.6 * facts["projected_shortfall"] / facts["income_month"]

    found = found_for(
        short_of_money,
        lambda of: np.where(
            (of("projected_shortfall_to_income") > bound) | (of("instalment_to_income") < 0.2), 0.4, 0.2
        ),
    )

    assert found is not None
    assert levers(found) == ["shortfall"]
    change = found.changes[0]
    assert change.before == pytest.approx(facts["projected_shortfall"])
    assert change.after == pytest.approx(change.before / 2)
    assert (found.probability, found.band, change.effort) == (0.2, Level.MEDIUM, 0.5)


def gambles_or_saves(of: Callable[[str], Numbers]) -> NDArray[np.bool_]:
    """Only less gambling is what helps: spending less on everything does not."""
    return (of("gambling_share_30d") > 0.02) | (of("discretionary_share") < 0.19)


def is_short_or_owes_otherwise(of: Callable[[str], Numbers]) -> NDArray[np.bool_]:
    """Only money is what helps: neither another due day nor smaller instalments do."""
    is_short = of("projected_shortfall_to_income") > 0
    return is_short | (of("salary_before_due_days") > -3) | (of("instalment_to_income") < 0.2)


def test_medium_leaves_for_low(short_of_money: Situation) -> None:
    found = found_for(short_of_money, lambda of: np.where(gambles_or_saves(of), 0.2, 0.05))

    assert found is not None
    assert levers(found) == ["gambling"]
    assert (found.changes[0].after, found.band) == (656.25, Level.LOW)


def test_due_day_moves_behind_pay_day(short_of_money: Situation) -> None:
    found = found_for(short_of_money, lambda of: np.where(of("salary_before_due_days") < 1, 0.4, 0.2))

    assert found is not None
    assert levers(found) == ["due_day"]
    # The next salary is expected in eight days, three after the instalment.
    assert (found.changes[0].before, found.changes[0].after) == (5.0, 9.0)


def test_two_levers_are_moved_where_one_is_not_enough(short_of_money: Situation) -> None:
    found = found_for(
        short_of_money,
        lambda of: 0.15 + 0.2 * gambles_or_saves(of) + 0.2 * is_short_or_owes_otherwise(of),
    )

    assert sorted(levers(found)) == ["gambling", "shortfall"]
    assert found is not None
    assert found.probability == pytest.approx(0.15)


def test_one_lever_at_full_length_is_smaller_than_two(short_of_money: Situation) -> None:
    found = found_for(short_of_money, lambda of: np.where(of("instalment_to_income") > 0.13, 0.4, 0.2))

    assert found is not None
    assert levers(found) == ["instalment"]
    assert found.changes[0].after == pytest.approx(6_000)


def test_spending_falls_by_what_is_not_essential(short_of_money: Situation) -> None:
    spent = facts_of(short_of_money)["spend_30d"]

    found = found_for(short_of_money, lambda of: np.where(of("discretionary_share") > 0.01, 0.4, 0.2))

    assert found is not None
    assert levers(found) == ["spending"]
    assert found.changes[0].after == pytest.approx(spent - 9_000)


def test_what_the_rules_alone_would_say_is_said_as_well(short_of_money: Situation) -> None:
    days = {(age, "essential_amount"): 1_000_00.0 for age in range(120)}
    days |= {(age, "cash_count"): 4.0 for age in range(7)} | {(2, "last_balance_amount"): 2_000_00.0}
    no_salary = replace(situation_of(days, due_in=5, due=12_000_00), last_salary_day=np.array([NO_DAY]))

    for situation, level in ((short_of_money, Level.LOW), (no_salary, Level.HIGH)):
        found = found_for(situation, lambda of: np.where(of("balance_to_due") < 0.3, 0.4, 0.2))
        assert found is not None
        assert found.score_level == level


@pytest.mark.parametrize("probability", [0.5, 0.2])
def test_there_may_be_no_way(short_of_money: Situation, probability: float) -> None:
    assert found_for(short_of_money, lambda _of: np.array(probability)) is None


def test_low_needs_none(short_of_money: Situation) -> None:
    assert found_for(short_of_money, lambda _of: np.array(0.05)) is None


def test_nothing_is_proposed_of_what_is_not_known(short_of_money: Situation) -> None:
    nothing = short_of_money.days.chosen(np.zeros(len(short_of_money.days.day), dtype=bool))
    schedules = short_of_money.schedules
    later = replace(schedules, due_day=schedules.due_day + 40)
    unknown = replace(short_of_money, days=nothing, schedules=later)

    assert found_for(unknown, lambda of: np.where(np.isnan(of("balance_to_due")), 0.4, 0.2)) is None


def test_real_model_says_of_the_changed_situation_what_is_told(short_of_money: Situation) -> None:
    column = specs.NAMES.index("projected_shortfall_to_income")
    row = inputs_of([short_of_money]).values
    values = np.repeat(row, 200, axis=0)
    values[:, column] = np.linspace(0, 0.5, 200, dtype=np.float32)
    labels = values[:, column] > values[0, column] + 0.1
    scorer = Scorer.load(*small_models.model_of(values, labels))

    found = smallest_change(scorer=scorer, situation=short_of_money, inputs=inputs_of([short_of_money]))

    assert found is not None
    moved = short_of_money
    for change in found.changes:
        (lever,) = (
            each for pull in LEVERS if (each := pull(facts_of(short_of_money))) and each.name == change.lever
        )
        moved = lever.moved(moved, change.after)
    again = scorer.score(inputs_of([moved]).values)
    assert (again.probability[0], again.band[0]) == (found.probability, found.band)
    assert scorer.score(row).band[0] > found.band
