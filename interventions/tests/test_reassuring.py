"""Good news is never told as a cause."""

import pytest

from interventions.model_words import SENTENCES, is_reassuring
from interventions.model_words.reassuring import JUDGED
from risk.model.explain import Reason


def of(feature: str, fact: float | None, baseline: float | None = None) -> Reason:
    return Reason("theme", feature, None, fact, baseline, "raises", 0.5)


@pytest.mark.parametrize(
    "reason",
    [
        of("misses_180d", 0),
        of("misses_365d", None),
        of("days_since_last_miss", None),
        of("worst_dpd_365d", 0.2),
        of("returned_run_90d", 1),
        of("gambling_share_30d", 0.0),
        of("projected_shortfall_to_income", -200.0),
        of("projected_balance_to_due", 4_000.0),
        of("balance_to_due", 9_000.0, 8_000.0),
        of("income_change", 52_000.0, 50_000.0),
        of("spend_to_income_30d", 20_000.0, 50_000.0),
        of("salary_late_days", -3),
        of("salary_before_due_days", 4),
        of("instalments_paid", 7),
    ],
)
def test_what_speaks_for_the_customer(reason: Reason) -> None:
    assert is_reassuring(reason)


@pytest.mark.parametrize(
    "reason",
    [
        of("misses_180d", 1),
        of("worst_dpd_365d", None),
        of("returned_run_90d", 2),
        of("gambling_share_30d", 900.0),
        of("projected_shortfall_to_income", 200.0),
        of("projected_balance_to_due", None),
        of("balance_to_due", 7_000.0, 8_000.0),
        of("balance_to_due", 7_000.0, None),
        of("income_change", 30_000.0, 50_000.0),
        of("spend_to_income_30d", 60_000.0, 50_000.0),
        of("spend_change", 20_000.0, 50_000.0),
        of("salary_late_days", 3),
        of("salary_before_due_days", 0),
        of("instalments_paid", 0),
        of("cash_count_7d", 8, 1.0),
    ],
)
def test_what_does_not(reason: Reason) -> None:
    assert not is_reassuring(reason)


def test_only_what_has_words_is_judged() -> None:
    assert set(JUDGED) <= set(SENTENCES)
