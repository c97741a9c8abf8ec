"""What sliders change: each in days and schedules, so that whatever depends on it follows; by nothing, nothing."""

import itertools
from collections.abc import Mapping

import numpy as np
import pytest

from risk.levels import Level
from risk.model.cash_path import cash_path
from risk.model.changing import (
    BALANCE,
    CASH,
    CHANGES,
    DISCRETIONARY,
    DUE,
    ESSENTIAL,
    INSTALMENT,
    LATE,
    SALARY,
    Changeable,
    changeable,
    changed,
)
from risk.model.inputs import DayFacts
from risk.model.judging import Held, Judgement, judged
from risk.model.levers import Situation
from risk.tests.test_cash_path import AS_OF, HUNDREDTHS, facts_of, situation_of
from risk.tests.voices import Voice


def spender(*, due_in: int = 12, late: int = 0) -> Situation:
    """Somebody with every kind of spending, whose salary is so many days late."""
    made = situation_of(dues={due_in: 9_000}, salaries=tuple(age + 20 + late for age in (0, 30, 60)))
    if late:
        made = situation_of(dues={due_in: 9_000}, salaries=tuple(age + 30 + late for age in (0, 30)))
    days = made.days
    age = AS_OF - days.day
    days.discretionary_amount[:] = 100 * HUNDREDTHS
    days.gambling_amount[:] = 10 * HUNDREDTHS
    days.cash_count[:] = (age % 5 == 2).astype(float)
    days.cash_amount[:] = days.cash_count * 2_000 * HUNDREDTHS
    days.debit_amount[:] = days.essential_amount + days.discretionary_amount + days.cash_amount
    return made


def offered(situation: Situation) -> dict[str, Changeable]:
    return {each.name: each for each in changeable(situation, facts_of(situation))}


def moved(situation: Situation, **by: float) -> Situation:
    return changed(situation, what=offered(situation).values(), by=by)


def said(situation: Situation) -> Judgement:
    return judged(situation, scorer=Voice(0.4), held=None)


def test_everything_can_be_changed_of_somebody_with_everything() -> None:
    found = offered(spender())

    assert set(found) == set(CHANGES)
    assert {name: round(each.now) for name, each in found.items()} == {
        LATE: -10, SALARY: 30_000, ESSENTIAL: 9_000, DISCRETIONARY: 3_000, CASH: 1, BALANCE: 8_000, DUE: 12,
        INSTALMENT: 9_000,
    }  # fmt: skip
    assert all(each.least <= 0 <= each.most and each.step > 0 for each in found.values())


@pytest.mark.parametrize("name", list(CHANGES))
def test_by_nothing_nothing_is_changed(name: str) -> None:
    situation = spender()

    assert moved(situation, **{name: 0.0}) is situation


@pytest.mark.parametrize(("asked", "most"), [(1e9, "most"), (-1e9, "least")])
def test_change_that_is_too_far_goes_as_far_as_may_be(asked: float, most: str) -> None:
    for each in offered(spender()).values():
        assert each.after(asked) == each.after(getattr(each, most))


def test_nothing_is_offered_that_is_not_known() -> None:
    bare = situation_of(dues={}, salaries=(), balance=None, spent=0)

    assert set(offered(bare)) == {CASH}


@pytest.mark.parametrize("late", [0, 6])
def test_salary_is_awaited_for_longer(late: int) -> None:
    situation = spender(late=late)

    after = facts_of(moved(situation, late=9))
    before = facts_of(situation)

    assert after["salary_late_days"] == before["salary_late_days"] + 9
    assert after["usual_pay_gap_days"] == before["usual_pay_gap_days"]
    assert after["last_salary"] == before["last_salary"]
    assert after["income_90d"] in (before["income_90d"], before["income_90d"] - 30_000)


@pytest.mark.parametrize("late", [0, 3, 6])
@pytest.mark.parametrize("due_in", [3, 12, 25, 30])
def test_salary_that_comes_later_never_helps_the_projection(late: int, due_in: int) -> None:
    situation = spender(due_in=due_in, late=late)
    days = [0, 1, 2, 4, 5, 6, 13, 29, 45]
    paths = [cash_path(moved(situation, late=by)) for by in days]
    facts = [facts_of(moved(situation, late=by)) for by in days]

    today = max(paths[0].pay_day_ahead or 0.0, 0.0)
    assert [path.pay_day_ahead for path in paths[1:]] == [today + by for by in days[1:]]
    assert {path.salary for path in paths} == {30_000}
    for one, other in itertools.pairwise(paths):
        assert all(
            (now.left or 0.0) >= (then.left or 0.0) for now, then in zip(one.days, other.days, strict=True)
        )
    assert [each["projected_balance"] for each in facts] == pytest.approx(
        [path.lowest_left for path in paths]
    )
    if due_in >= today:
        assert facts[-1]["projected_balance"] <= facts[0]["projected_balance"] - 29_999


def test_late_salary_moves_the_rules_too() -> None:
    later = said(moved(spender(), late=45))

    assert later.points["salary_gap"] > said(spender()).points["salary_gap"] == 0
    assert later.score == sum(later.points.values())


def test_inferred_salaries_move_like_flagged_ones() -> None:
    situation = spender()
    days = situation.days
    inferred = {"salary_count": 0 * days.salary_count, "salary_amount": 0 * days.salary_amount}
    unflagged = {**_columns(days), **inferred, "largest_unflagged_credit_amount": days.salary_amount}
    other = Situation(**{**vars(situation), "days": DayFacts(**unflagged)})

    assert facts_of(moved(other, late=9))["salary_late_days"] == facts_of(other)["salary_late_days"] + 9
    assert facts_of(moved(other, salary=-5))["last_salary"] == 28_500


def _columns(days: DayFacts) -> Mapping[str, np.ndarray]:
    return {name: getattr(days, name) for name in DayFacts.__dataclass_fields__}


def test_smaller_salary_is_missing_from_the_account() -> None:
    after = facts_of(moved(spender(), salary=-50))

    assert after["last_salary"] == 15_000
    assert after["balance"] == 8_000 - 15_000


@pytest.mark.parametrize(
    ("name", "fact"), [(ESSENTIAL, "essential_30d"), (DISCRETIONARY, "discretionary_30d")]
)
def test_what_is_not_spent_stays_in_the_account(name: str, fact: str) -> None:
    situation = spender()
    after, before = facts_of(moved(situation, **{name: -50})), facts_of(situation)

    off = offered(situation)[name].now / 2
    # The balance was stated three days ago: what is saved since then is not in it.
    assert after["balance"] == pytest.approx(before["balance"] + off * 28 / 30)
    assert after["spend_30d"] == pytest.approx(before["spend_30d"] - off)
    assert after[fact] == pytest.approx(before[fact] - off)


def test_more_and_fewer_withdrawals_are_of_their_usual_size() -> None:
    situation = spender()
    more, fewer = moved(situation, cash=7), moved(situation, cash=-1)

    assert facts_of(more)["cash_count_7d"] == 8
    assert said(more).points["withdrawal_spike"] > 0
    assert more.days.cash_amount.sum() - situation.days.cash_amount.sum() == 7 * 2_000 * HUNDREDTHS
    assert facts_of(fewer)["cash_count_7d"] == 0
    assert situation.days.debit_amount.sum() - fewer.days.debit_amount.sum() == 2_000 * HUNDREDTHS


def test_balance_due_day_and_instalment_move_the_projection() -> None:
    situation = spender()
    before = cash_path(situation)

    richer, later, smaller = (
        cash_path(moved(situation, **by)) for by in ({BALANCE: 5_000}, {DUE: 5}, {INSTALMENT: -50})
    )

    assert richer.balance == 13_000
    assert [due.days_ahead for due in later.dues] == [17]
    assert [due.amount for due in smaller.dues] == [4_500]
    assert before.shortfall is not None
    assert all((path.shortfall or 0) <= before.shortfall for path in (richer, later, smaller))


def test_model_is_asked_where_it_speaks_and_holds_where_it_is_silent_for_no_relief() -> None:
    silent = situation_of(dues={31: 9_000})
    held = Held(probability=0.7, band=Level.HIGH)

    assert (said(spender()).probability, said(spender()).band) == (0.4, Level.MEDIUM)
    assert said(spender()).themes["salary"] == pytest.approx(np.log(0.4 / 0.6), abs=1e-6)
    holding = judged(silent, scorer=Voice(0.1), held=held)
    assert (holding.level, holding.probability, holding.is_held) == (Level.HIGH, 0.7, True)
    assert judged(silent, scorer=Voice(0.1)).probability is None
    alone = judged(spender(), scorer=None)
    assert (alone.band, alone.level) == (None, alone.score_level)
