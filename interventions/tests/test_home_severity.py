"""How bad the share of HIGH customers is."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interventions.console.home.severity import Severity, rate_of


@pytest.mark.parametrize(
    ("high", "customers", "percent", "severity"),
    [
        (0, 1, "0.0", Severity.NORMAL),
        (299, 10_000, "2.9", Severity.NORMAL),
        (2_999_999, 100_000_000, "2.9", Severity.NORMAL),
        (300, 10_000, "3.0", Severity.ELEVATED),
        (499, 10_000, "4.9", Severity.ELEVATED),
        (500, 10_000, "5.0", Severity.CRITICAL),
        (7, 7, "100.0", Severity.CRITICAL),
    ],
)
def test_severity_changes_at_three_and_five_percent(
    high: int, customers: int, percent: str, severity: Severity
) -> None:
    found = rate_of(high=high, customers=customers)

    assert found is not None
    assert (found.percent, found.severity) == (Decimal(percent), severity)


def test_nobody_has_no_rate() -> None:
    assert rate_of(high=0, customers=0) is None


@given(st.integers(1, 10**7), st.data())
def test_the_figure_shown_is_of_the_same_severity(customers: int, data: st.DataObject) -> None:
    found = rate_of(high=data.draw(st.integers(0, customers)), customers=customers)

    assert found is not None
    shown = (
        Severity.NORMAL
        if found.percent < 3
        else Severity.ELEVATED
        if found.percent < 5
        else Severity.CRITICAL
    )
    assert shown == found.severity
