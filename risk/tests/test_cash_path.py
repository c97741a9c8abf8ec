"""The path that is drawn stands where the projected balance stands on every instalment's day."""

import random
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from risk.features import NO_DAY
from risk.model.cash_path import CashPath, Due, cash_path
from risk.model.counterfactual import inputs_of
from risk.model.inputs import DayFacts, Payments, Schedules
from risk.model.levers import Situation
from risk.rulebook import EQUILIBRATE_1

AS_OF = 9_500
HUNDREDTHS = 100


def situation_of(
    *,
    dues: dict[int, float],
    salaries: tuple[int, ...] = (20, 50, 80),
    balance: float | None = 8_000,
    oldest: int = 115,
    spent: float = 300,
) -> Situation:
    """Somebody who spends evenly, with instalments so many days ahead; amounts in units."""
    ages = np.arange(oldest + 1)
    columns: dict[str, Any] = {name: np.zeros(len(ages)) for name in DayFacts.__dataclass_fields__}
    columns["customer"], columns["day"] = np.zeros(len(ages), dtype=np.int64), AS_OF - ages
    columns["txn_count"][:] = 2
    columns["debit_amount"][:] = columns["essential_amount"][:] = spent * HUNDREDTHS
    paid = np.isin(ages, salaries)
    columns["salary_count"] = paid.astype(float)
    columns["salary_amount"] = columns["credit_amount"] = paid * 30_000.0 * HUNDREDTHS
    columns["last_balance_amount"][:] = columns["lowest_balance_amount"][:] = np.nan
    if balance is not None:
        columns["last_balance_amount"][3] = columns["lowest_balance_amount"][3] = balance * HUNDREDTHS
    amounts = np.array([*dues.values()]) * HUNDREDTHS
    none = np.zeros(0, dtype=np.int64)
    return Situation(
        days=DayFacts(**columns),
        schedules=Schedules(
            np.zeros(len(dues), dtype=np.int64),
            np.arange(len(dues)),
            AS_OF + np.array([*dues], dtype=np.int64),
            amounts,
            amounts,
        ),
        payments=Payments(none, none, none, np.zeros(0)),
        as_of=AS_OF,
        rules=EQUILIBRATE_1,
        last_salary_day=np.array([AS_OF - salaries[0] if salaries else NO_DAY]),
    )


def facts_of(situation: Situation) -> dict[str, float]:
    return {name: float(column[0]) for name, column in inputs_of([situation]).facts.items()}


@pytest.mark.parametrize("seed", range(12))
def test_path_is_the_models_own_projection(seed: int) -> None:
    dice = random.Random(seed)  # noqa: S311 - for tests
    situation = situation_of(
        dues={dice.randint(0, 30): dice.randint(500, 40_000) for _ in range(dice.randint(1, 4))},
        salaries=tuple(sorted(dice.sample(range(1, 110), dice.choice([0, 1, 3, 4])))),
        balance=dice.choice([-2_000, 0, 8_000, 60_000]),
        oldest=dice.choice([35, 70, 115]),
        spent=dice.randint(50, 900),
    )

    found, facts = cash_path(situation), facts_of(situation)

    assert found.balance == facts["balance"]
    assert found.lowest_left == pytest.approx(facts["projected_balance"], abs=0.005)
    assert found.lowest_worst == pytest.approx(facts["projected_worst"], abs=0.005)
    assert found.shortfall == pytest.approx(facts["projected_shortfall"], abs=0.005)
    assert sum(due.amount for due in found.dues) == facts["due_30d"]
    assert found.dues[0].days_ahead == facts["due_in_days"]


def test_every_day_follows_from_the_one_before() -> None:
    found = cash_path(situation_of(dues={7: 9_000, 20: 4_000}))

    before = found.balance
    for day in found.days:
        assert before is not None and day.left is not None and day.usual is not None
        assert day.left == pytest.approx(before + day.salary + day.usual - day.due)
        before = day.left
    assert [day.days_ahead for day in found.days if day.due] == [7, 20]
    assert [day.days_ahead for day in found.days if day.salary] == [10]
    assert found.days[10].salary == 30_000


def test_late_salary_is_taken_as_coming_today() -> None:
    found = cash_path(situation_of(dues={7: 9_000}, salaries=(33, 63, 93)))

    assert (found.pay_day_ahead, found.days[0].salary) == (-3, 30_000)


def test_without_a_balance_the_surplus_is_carried_forward() -> None:
    with_it, without = situation_of(dues={12: 9_000}), situation_of(dues={12: 9_000}, balance=None)

    known, found = cash_path(with_it), cash_path(without)

    assert (found.balance, found.balance_age_days, found.shortfall) == (None, None, None)
    assert known.balance_age_days == 3
    assert [day.left for day in found.days] == [_less(day.left, 8_000) for day in known.days]
    assert found.needed == known.needed == pytest.approx(max(9_000 + 12 * 300 - 30_000, 0))
    assert np.isnan(facts_of(without)["projected_balance"])


def _less(amount: float | None, by: float) -> float:
    assert amount is not None
    return amount - by


def test_with_too_little_history_nothing_is_projected() -> None:
    found = cash_path(situation_of(dues={12: 9_000}, oldest=20, salaries=(5,)))

    assert not found.is_known
    assert (found.lowest_left, found.shortfall, found.needed) == (None, None, None)
    assert {day.left for day in found.days} == {None}
    assert np.isnan(facts_of(situation_of(dues={12: 9_000}, oldest=20, salaries=(5,)))["projected_balance"])


def test_nothing_is_made_up_of_a_customer_without_anything() -> None:
    bare = situation_of(dues={}, salaries=(), balance=None, oldest=0)
    nobody = replace(bare, days=bare.days.chosen(np.zeros(1, dtype=np.bool_)))

    found = cash_path(nobody)

    assert found.dues == []
    assert (found.balance, found.salary, found.pay_day_ahead, found.months) == (None, None, None, 0)


def test_where_payments_are_not_known_the_calendar_says_what_falls_due() -> None:
    known, unknown = situation_of(dues={12: 9_000}), situation_of(dues={})
    due = Due(days_ahead=12, amount=9_000)

    found = cash_path(unknown, by_calendar=due)

    assert (found.is_by_calendar, list(found.dues)) == (True, [due])
    assert [day.left for day in found.days] == [day.left for day in cash_path(known).days]
    assert not cash_path(known, by_calendar=due).is_by_calendar
    assert not cash_path(unknown, by_calendar=Due(days_ahead=31, amount=1)).dues
    assert not cash_path(unknown, by_calendar=Due(days_ahead=-1, amount=1)).dues


def test_shortfall_is_what_the_tightest_instalment_lacks() -> None:
    found: CashPath = cash_path(situation_of(dues={5: 9_000, 8: 4_000, 20: 1_000}))

    assert found.lowest_left == found.days[8].left == pytest.approx(8_000 - 8 * 300 - 13_000)
    assert found.shortfall == pytest.approx(13_000 + 2_400 - 8_000)
    assert found.needed == pytest.approx(13_000 + 2_400)
