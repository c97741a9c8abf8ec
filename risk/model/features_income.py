"""Income: when it comes against the customer's own pay day, how much, and how evenly."""

from risk.features import HUNDREDTHS, Floats
from risk.model.features_arithmetic import change, mean_and_sd, ratio
from risk.model.features_days import DailySums
from risk.model.features_salaries import Salaries
from risk.model.features_spec import Companion, Fact, Family, FeatureSpec

_FEW_SALARIES = "fewer than two salaries in the window"
_SHORT = "fewer than 28 days of history before the last 30"

SPECS = (
    FeatureSpec(
        name="salary_late_days",
        family="income",
        window="0 – 250",
        unit="days",
        formula="days since the last salary less the median gap between the last salaries; negative: not due yet",
        missing=_FEW_SALARIES,
        monotone=1,
    ),
    FeatureSpec(
        name="days_since_salary",
        family="income",
        window="0 – 250",
        unit="days",
        formula="days since the last salary, flagged or inferred",
        missing="no salary in the window",
    ),
    FeatureSpec(
        name="salary_before_due_days",
        family="income",
        window="0 – 250",
        unit="days",
        formula="days from the next expected salary to the next due day; negative: the salary comes after it",
        missing=f"{_FEW_SALARIES}, or nothing falls due",
        is_actionable=True,
    ),
    FeatureSpec(
        name="salary_count_90d",
        family="income",
        window="0 – 89",
        unit="count",
        formula="salaries, flagged or inferred",
        missing="never",
    ),
    FeatureSpec(
        name="last_salary_change",
        family="income",
        window="0 – 250",
        unit="ratio",
        formula="last salary / median of the earlier ones − 1",
        missing=_FEW_SALARIES,
        monotone=-1,
    ),
    FeatureSpec(
        name="income_change",
        family="income",
        window="0 – 30 against 31 – 120",
        unit="ratio",
        formula="income / usual income of as many days − 1; income is credits without money from loan apps",
        missing=f"{_SHORT}, or no income in them",
        monotone=-1,
    ),
    FeatureSpec(
        name="income_variation",
        family="income",
        window="1 – 120",
        unit="ratio",
        formula="standard deviation / mean of income over blocks of 30 days",
        missing="fewer than three whole blocks, or no income in them",
        monotone=1,
    ),
)
FACTS = (
    Fact(name="days_since_salary", unit="days", meaning="since the last salary"),
    Fact(name="usual_pay_gap_days", unit="days", meaning="median gap between the last salaries"),
    Fact(name="salary_late_days", unit="days", meaning="later than usual; negative: not due yet"),
    Fact(name="salary_in_days", unit="days", meaning="until the next expected salary; negative: it is late"),
    Fact(
        name="salary_before_due_days",
        unit="days",
        meaning="from the next expected salary to the next due day",
    ),
    Fact(name="salary_count_90d", unit="count", meaning="salaries in 90 days"),
    Fact(name="last_salary", unit="amount", meaning="the last salary"),
    Fact(name="salary_usual", unit="amount", meaning="median of the salaries before the last"),
    Fact(name="income_30d", unit="amount", meaning="income of the last 30 days and today"),
    Fact(name="income_usual", unit="amount", meaning="usual income of as many days, from 31 to 120 days ago"),
    Fact(
        name="income_month",
        unit="amount",
        meaning="income of 30 days, on average over the history that is read",
    ),
    Fact(name="income_90d", unit="amount", meaning="income of 90 closed days"),
    Fact(name="income_variation", unit="share", meaning="standard deviation / mean of 30-day incomes"),
)
COMPANIONS = {
    "salary_late_days": Companion("salary_late_days", "usual_pay_gap_days"),
    "days_since_salary": Companion("days_since_salary", "usual_pay_gap_days"),
    "salary_before_due_days": Companion("salary_before_due_days"),
    "salary_count_90d": Companion("salary_count_90d"),
    "last_salary_change": Companion("last_salary", "salary_usual"),
    "income_change": Companion("income_30d", "income_usual"),
    "income_variation": Companion("income_variation"),
}


def income(*, sums: DailySums, salaries: Salaries, due_in_days: Floats) -> Family:
    """The family.

    Args:
        sums: with the columns `income` and `salaries`.
        salaries: the customers' salaries.
        due_in_days: days to the next due day, NaN where nothing falls due.
    """
    late = salaries.since_last_days - salaries.gap_days
    before_due = due_in_days - salaries.expected_in_days
    count = sums.window("salaries", 0, 89)
    recent = sums.money("income", 0, 30)
    usual = sums.usual("income", 31, 120, per_days=31)
    mean, sd = mean_and_sd(sums.blocks("income", first=1, length=30, number=4), least=3)
    variation = ratio(sd, mean)
    facts = {
        "days_since_salary": salaries.since_last_days,
        "usual_pay_gap_days": salaries.gap_days,
        "salary_late_days": late,
        "salary_in_days": salaries.expected_in_days,
        "salary_before_due_days": before_due,
        "salary_count_90d": count,
        "last_salary": salaries.last_amount / HUNDREDTHS,
        "salary_usual": salaries.earlier_amount / HUNDREDTHS,
        "income_30d": recent / HUNDREDTHS,
        "income_usual": usual / HUNDREDTHS,
        "income_month": income_month(sums) / HUNDREDTHS,
        "income_90d": sums.money("income", 1, 90) / HUNDREDTHS,
        "income_variation": variation,
    }
    values = {
        "salary_late_days": late,
        "days_since_salary": salaries.since_last_days,
        "salary_before_due_days": before_due,
        "salary_count_90d": count,
        "last_salary_change": change(salaries.last_amount, salaries.earlier_amount),
        "income_change": change(recent, usual),
        "income_variation": variation,
    }
    return Family(values=values, facts=facts)


def income_month(sums: DailySums) -> Floats:
    """Income of an average 30 days over the history that is read, in hundredths; NaN where there is too little."""
    return sums.usual("income", 1, 120, per_days=30)
