"""Which facts speak for a customer: they stand beside the causes, and are never told as one. Pure.

A theme may raise the probability while the fact through which it is spoken sounds well: "No instalment was missed" is
no answer to why somebody is HIGH. Where a fact can be read either way, such as spending less than usual, it is left.
"""

from collections.abc import Callable

from risk.model.explain import Reason

Judgement = Callable[[Reason], bool]


def is_reassuring(reason: Reason) -> bool:
    """Whether what is said of a reason is good news."""
    judge = JUDGED.get(reason.feature)
    return judge is not None and judge(reason)


def _none(reason: Reason) -> bool:
    return reason.fact is not None and round(reason.fact) == 0


def _none_or_unheard_of(reason: Reason) -> bool:
    """Of what the sentence says "none" where nothing is known."""
    return reason.fact is None or round(reason.fact) == 0


def _some(reason: Reason) -> bool:
    return reason.fact is not None and round(reason.fact) > 0


def _not_below_zero(reason: Reason) -> bool:
    return reason.fact is not None and reason.fact >= 0


def _not_above_zero(reason: Reason) -> bool:
    return reason.fact is not None and round(reason.fact) <= 0


def _at_least_usual(reason: Reason) -> bool:
    return reason.fact is not None and reason.baseline is not None and reason.fact >= reason.baseline


def _at_most_usual(reason: Reason) -> bool:
    return reason.fact is not None and reason.baseline is not None and reason.fact <= reason.baseline


JUDGED: dict[str, Judgement] = {
    **dict.fromkeys(("misses_180d", "misses_365d", "days_since_last_miss"), _none_or_unheard_of),
    **dict.fromkeys(
        ("returned_30d", "returned_90d", "declined_30d", "loan_app_count_90d"), _none_or_unheard_of
    ),
    **dict.fromkeys(("worst_dpd_365d", "payment_delay_days", "days_under_due_30d", "days_inactive"), _none),
    **dict.fromkeys(("cash_share_30d", "loan_app_to_income", "gambling_share_30d"), _none),
    **dict.fromkeys(
        ("projected_balance_to_due", "projected_worst_to_due", "balance_slope_30d"), _not_below_zero
    ),
    **dict.fromkeys(
        ("balance_to_due", "lowest_balance_to_due_30d", "lowest_balance_to_due_90d"), _at_least_usual
    ),
    **dict.fromkeys(("balance_change", "balance_same_day_change"), _at_least_usual),
    **dict.fromkeys(("income_change", "last_salary_change"), _at_least_usual),
    **dict.fromkeys(("spend_to_income_30d", "spend_to_income_90d"), _at_most_usual),
    "returned_run_90d": lambda reason: round(reason.fact or 0) <= 1,
    "projected_shortfall_to_income": lambda reason: reason.fact is not None and reason.fact <= 0,
    "salary_late_days": _not_above_zero,
    "salary_before_due_days": _some,
    "instalments_paid": _some,
}
