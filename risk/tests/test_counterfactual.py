"""The smallest change that leaves the band: levers whose consequences are the features' own arithmetic."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from risk.levels import Level
from risk.model import counterfactual, features, specs
from risk.model.counterfactual import LEVERS, Counterfactual, smallest_change
from risk.model.inputs import DayFacts, Matrix, ModelInputs, Payments, Schedules
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


@pytest.fixture(scope="module")
def short_of_money() -> ModelInputs:
    """Somebody who earns 50,000 and gambles, has 2,000 left and owes 12,000 in five days, before pay day."""
    days = {(age, "essential_amount"): 1_000_00.0 for age in range(1, 120)}
    days |= {(age, "discretionary_amount"): 300_00.0 for age in range(1, 120)}
    days |= {(age, "gambling_amount"): 150_00.0 for age in range(1, 30, 3)}
    days |= {(age, "salary_amount"): 50_000_00.0 for age in (22, 52, 82, 112)}
    days |= {(0, "last_balance_amount"): 2_000_00.0}
    return computed(days, due_in=5, due=12_000_00)


def computed(cells: dict[tuple[int, str], float], *, due_in: int, due: float) -> ModelInputs:
    """The features of one customer of whose days some cells are known, with one instalment ahead."""
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
    one = np.ones(1, dtype=np.int64)
    return features.compute(
        days=DayFacts(**columns),  # type: ignore[arg-type]
        schedules=Schedules(0 * one, one, (AS_OF + due_in) * one, np.array([due]), np.array([due])),
        payments=Payments(0 * one[:0], one[:0], one[:0], np.zeros(0)),
        customers=1,
        as_of=AS_OF,
        rules=EQUILIBRATE_1,
    )


def found_for(inputs: ModelInputs, said: Said) -> Counterfactual | None:
    return smallest_change(scorer=Saying(said), inputs=inputs)


def levers(found: Counterfactual | None) -> list[str]:
    assert found is not None
    return [change.lever for change in found.changes]


@pytest.mark.parametrize("pull", LEVERS)
def test_lever_that_is_not_moved_changes_no_feature(
    short_of_money: ModelInputs, pull: Callable[..., counterfactual.Lever | None]
) -> None:
    lever = pull({name: column[[0]] for name, column in short_of_money.facts.items()}, np.zeros(1))

    assert lever is not None
    assert lever.after.tolist() == [lever.before]
    for name, values in lever.features.items():
        now = short_of_money.values[0, specs.NAMES.index(name)]
        assert values == pytest.approx(now, rel=1e-5), name
        assert specs.SPECS[specs.NAMES.index(name)].is_actionable


def test_least_of_the_lever_that_is_enough_is_chosen(short_of_money: ModelInputs) -> None:
    shortfall = float(short_of_money.facts["projected_shortfall"][0])
    income = float(short_of_money.facts["income_month"][0])
    bound = 0.6 * shortfall / income

    found = found_for(
        short_of_money, lambda of: np.where(of("projected_shortfall_to_income") > bound, 0.4, 0.2)
    )

    assert levers(found) == ["shortfall"]
    assert found is not None
    change = found.changes[0]
    assert (change.before, change.after) == pytest.approx((shortfall, shortfall / 2))
    assert (found.probability, found.band, change.effort) == (0.2, Level.MEDIUM, 0.5)


def test_medium_leaves_for_low(short_of_money: ModelInputs) -> None:
    found = found_for(short_of_money, lambda of: np.where(of("gambling_share_30d") > 0, 0.2, 0.05))

    assert levers(found) == ["gambling"]
    assert found is not None
    assert (found.changes[0].after, found.band) == (0.0, Level.LOW)


def test_due_day_moves_behind_pay_day(short_of_money: ModelInputs) -> None:
    found = found_for(short_of_money, lambda of: np.where(of("salary_before_due_days") < 1, 0.4, 0.2))

    assert levers(found) == ["due_day"]
    assert found is not None
    # The next salary is expected in eight days, three after the instalment.
    assert (found.changes[0].before, found.changes[0].after) == (5.0, 9.0)


def test_two_levers_are_moved_where_one_is_not_enough(short_of_money: ModelInputs) -> None:
    found = found_for(
        short_of_money,
        lambda of: (
            0.15 + 0.2 * (of("gambling_share_30d") > 0) + 0.2 * (of("projected_shortfall_to_income") > 0)
        ),
    )

    assert sorted(levers(found)) == ["gambling", "shortfall"]
    assert found is not None
    assert found.probability == pytest.approx(0.15)


def test_one_lever_at_full_length_is_smaller_than_two(short_of_money: ModelInputs) -> None:
    found = found_for(short_of_money, lambda of: np.where(of("instalment_to_income") > 0.13, 0.4, 0.2))

    assert levers(found) == ["instalment"]
    assert found is not None
    assert found.changes[0].after == pytest.approx(6_000)


def test_spending_falls_by_what_is_not_essential(short_of_money: ModelInputs) -> None:
    spent = float(short_of_money.facts["spend_30d"][0])

    found = found_for(short_of_money, lambda of: np.where(of("discretionary_share") > 0.01, 0.4, 0.2))

    assert levers(found) == ["spending"]
    assert found is not None
    assert found.changes[0].after == pytest.approx(spent - 9_000)


@pytest.mark.parametrize("probability", [0.5, 0.2])
def test_there_may_be_no_way(short_of_money: ModelInputs, probability: float) -> None:
    assert found_for(short_of_money, lambda _of: np.array(probability)) is None


def test_low_needs_none(short_of_money: ModelInputs) -> None:
    assert found_for(short_of_money, lambda _of: np.array(0.05)) is None


def test_nothing_is_proposed_of_what_is_not_known() -> None:
    unknown = ModelInputs(
        np.full((1, len(specs.NAMES)), np.nan, dtype=np.float32),
        {fact.name: np.full(1, np.nan) for fact in specs.FACTS},
        np.ones(1, dtype=bool),
        np.zeros(1, dtype=bool),
    )

    assert found_for(unknown, lambda of: np.where(np.isnan(of("balance_to_due")), 0.4, 0.2)) is None


def test_missing_feature_stays_missing(short_of_money: ModelInputs) -> None:
    values = short_of_money.values.copy()
    values[0, specs.NAMES.index("gambling_share_30d")] = np.nan
    hidden = replace(short_of_money, values=values)

    found = found_for(hidden, lambda of: np.where(np.isnan(of("gambling_share_30d")), 0.4, 0.2))

    assert found is None


def test_real_model_says_of_the_changed_row_what_is_told(short_of_money: ModelInputs) -> None:
    column = specs.NAMES.index("projected_shortfall_to_income")
    values = np.repeat(short_of_money.values, 200, axis=0)
    values[:, column] = np.linspace(0, 0.5, 200, dtype=np.float32)
    labels = values[:, column] > values[0, column] + 0.1
    scorer = Scorer.load(*small_models.model_of(values, labels))

    found = smallest_change(scorer=scorer, inputs=short_of_money)

    assert levers(found) == ["shortfall"]
    assert found is not None
    row = short_of_money.values.copy()
    for name, value in found.changes[0].features.items():
        row[0, specs.NAMES.index(name)] = value
    again = scorer.score(row)
    assert (again.probability[0], again.band[0]) == (found.probability, found.band)
    assert scorer.score(short_of_money.values).band[0] == Level.HIGH
