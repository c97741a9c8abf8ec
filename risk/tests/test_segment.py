"""Segments: each one reachable, each bound on both sides, the first that holds wins."""

from typing import Any

import pytest

from risk import segment
from risk.levels import Segment
from risk.rulebook import EQUILIBRATE_1
from risk.tests.samples import features_of

SHOCK = {"salaries_before_silence": 2, "salaries_in_silence": 0}
DRAIN = {"closed_debits_30d": 100.01, "credits_30d": 100.0, "txn_count_30d": 13, "txn_count_previous_30d": 20}
OVERSPENDING = {"essential_spend": 100.0, "discretionary_spend": 200.01}


def inferred(changes: dict[str, Any]) -> Segment:
    return Segment(segment.infer(features=features_of(changes), rules=EQUILIBRATE_1).item())


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"txn_count": 9}, Segment.UNKNOWN),
        ({"txn_count": 10}, Segment.STABLE),
        (SHOCK, Segment.INCOME_SHOCK),
        (SHOCK | {"salaries_before_silence": 1}, Segment.STABLE),
        (SHOCK | {"salaries_in_silence": 1}, Segment.STABLE),
        (DRAIN, Segment.SILENT_DRAIN),
        (DRAIN | {"closed_debits_30d": 100.0}, Segment.STABLE),
        (DRAIN | {"txn_count_30d": 14}, Segment.STABLE),
        (OVERSPENDING, Segment.OVERSPENDER),
        (OVERSPENDING | {"discretionary_spend": 200.0}, Segment.STABLE),
        ({}, Segment.STABLE),
    ],
)
def test_segment_changes_exactly_at_its_bounds(changes: dict[str, Any], expected: Segment) -> None:
    assert inferred(changes) == expected


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        (SHOCK | DRAIN | OVERSPENDING | {"txn_count": 9}, Segment.UNKNOWN),
        (SHOCK | DRAIN | OVERSPENDING, Segment.INCOME_SHOCK),
        (DRAIN | OVERSPENDING, Segment.SILENT_DRAIN),
    ],
)
def test_segment_is_the_first_that_holds(changes: dict[str, Any], expected: Segment) -> None:
    assert inferred(changes) == expected
