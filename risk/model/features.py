"""The model's features: from days of activity, schedules and payments to one row per customer.

One vectorised function for the live stream, the training set and the what-if. It knows no database, no clock and no
settings; `specs.py` says what each feature means.
"""

from collections.abc import Sequence

import numpy as np

from risk.features import Ints, salary_days
from risk.model.features_activity import activity
from risk.model.features_balance import balance
from risk.model.features_cash import cash
from risk.model.features_days import DailySums
from risk.model.features_debt import debt
from risk.model.features_dues import conduct_of, dues_of
from risk.model.features_income import income, income_month
from risk.model.features_returns import returns
from risk.model.features_salaries import Salaries, salaries_of
from risk.model.features_spec import Family
from risk.model.features_spending import spending
from risk.model.inputs import DayFacts, ModelInputs, Payments, Schedules
from risk.model.settlement import Population, population_of, settle
from risk.model.specs import NAMES
from risk.rulebook import RulebookContent


def compute(
    *,
    days: DayFacts,
    schedules: Schedules,
    payments: Payments,
    customers: int,
    as_of: int,
    rules: RulebookContent,
    salary_later_days: Ints | None = None,
) -> ModelInputs:
    """Compute the model's features of `customers` customers as of one bank day.

    Args:
        days: tiles: at least all of the last `features_days.DAYS` days, and back to `risk.features.salary_days(rules)`
            those with a salary or an unflagged credit. Others, and later ones, are not looked at.
        schedules: instalments of open loans, at least those due from `settlement.HISTORY_DAYS` before the as-of day to
            `settlement.AHEAD_DAYS` after it. Others are not looked at.
        payments: every payment to those loans until the as-of day; those before the first of these instalments may
            be one sum. Later ones are not looked at.
        customers: how many customers; indices run from 0.
        as_of: the bank day at which windows end, as a day number.
        rules: the rulebook, for how salary is inferred.
        salary_later_days: by how many days later each customer's next salary comes than days tell; None: by none.

    Returns:
        Features and facts, one row per customer.

    Source:
        docs/features.md, which defines every feature.
    """
    days = looked_at(days, as_of=as_of, rules=rules)
    salaries = salaries_of(
        days=days, customers=customers, as_of=as_of, rules=rules, later_days=salary_later_days
    )
    settlement = settle(schedules=schedules, payments=payments, as_of=as_of)
    sums = daily_sums(days=days, salaries=salaries, customers=customers, as_of=as_of)
    dues = dues_of(settlement=settlement, customers=customers)
    conduct = conduct_of(settlement=settlement, customers=customers)
    month = income_month(sums)
    families = (
        income(sums=sums, salaries=salaries, due_in_days=dues.in_days),
        spending(sums=sums),
        cash(sums=sums),
        debt(sums=sums, dues=dues, conduct=conduct, income_month=month),
        returns(sums=sums, income_month=month),
        balance(sums=sums, dues=dues, salaries=salaries, income_month=month),
        activity(sums=sums),
    )
    return _together(families, population_of(settlement=settlement, customers=customers))


def looked_at(days: DayFacts, *, as_of: int, rules: RulebookContent) -> DayFacts:
    """Those of the days that anything looks at."""
    age = as_of - days.day
    is_known = (age >= 0) & (age < salary_days(rules))
    return days if is_known.all() else days.chosen(is_known)


def daily_sums(*, days: DayFacts, salaries: Salaries, customers: int, as_of: int) -> DailySums:
    """The days, with the columns that more than one family looks at."""
    sums = DailySums(days=days, customers=customers, as_of=as_of)
    earned = days.credit_amount - days.loan_app_credit_amount
    # Salaries are projected onto their pay days; where no rhythm is known they are income like any other.
    by_rhythm = np.where(np.isnan(salaries.gap_days)[days.customer], 0.0, salaries.by_tile)
    sums.add("income", earned)
    sums.add("salaries", salaries.counts)
    sums.add("household", days.essential_amount - days.debt_amount)
    sums.add("net", earned - by_rhythm - days.debit_amount + days.debt_amount)
    return sums


def _together(families: Sequence[Family], population: Population) -> ModelInputs:
    values = {name: column for family in families for name, column in family.values.items()}
    facts = {name: column for family in families for name, column in family.facts.items()}
    return ModelInputs(
        values=np.stack([values[name] for name in NAMES], axis=1).astype(np.float32),
        facts=facts,
        is_covered=population.is_covered,
        is_held=population.is_held,
    )
