"""Receipts give their own decision again: what was stored, concluded upon once more, comes to the same."""

from typing import Any

import msgspec
import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st

from risk import scorecard
from risk.evaluation import SCORECARD_INPUTS, Evaluation, conclude
from risk.features import Features
from risk.levels import Signal
from risk.rulebook import EQUILIBRATE_1
from risk.tests.samples import ORDINARY, features_of, receipt_of

amounts = st.integers(0, 10**12).map(lambda hundredths: hundredths / 100)
# Close to the bounds on either side, where rounding would show, and anywhere else.
near_bounds = st.builds(
    lambda bound, distance: bound + distance,
    st.sampled_from([-35.0, -60.0, 35.0, 0.0]),
    st.floats(-0.01, 0.01),
)
customers = st.fixed_dictionaries(
    {
        name: amounts
        if isinstance(value, float)
        else st.integers(-1 if name == "days_since_salary" else 0, 130)
        for name, value in ORDINARY.items()
    }
    | {"spending_change_pct": near_bounds | st.floats(-100, 10_000)}
)


def stored(values: dict[str, Any]) -> dict[str, Any]:
    """As the receipt keeps it: JSON and back."""
    read: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(values))
    return read


def as_features(values: dict[str, Any]) -> Features:
    return Features(**{name: np.array([values.get(name, 0)]) for name in ORDINARY})


@given(changes=customers)
@example(changes={"spending_change_pct": -60.004})
@example(changes={"essential_spend": 30_000.01, "discretionary_spend": 10_000.0})
def test_stored_inputs_and_segment_give_the_stored_points(changes: dict[str, Any]) -> None:
    receipt = conclude(features=features_of(changes), rules=EQUILIBRATE_1)

    again = scorecard.score(
        features=as_features(stored(receipt_of(receipt).inputs)),
        segments=receipt.segments,
        rules=EQUILIBRATE_1,
    )

    assert set(stored(receipt_of(receipt).inputs)) == set(SCORECARD_INPUTS)
    points = {signal.value: float(again.points[signal][0]) for signal in Signal}
    assert points == stored(receipt_of(receipt).points)
    assert (again.score, again.level) == (receipt.score.score, receipt.score.level)


@given(changes=customers)
@example(changes={"spending_change_pct": -60.004})
def test_stored_snapshot_gives_the_whole_conclusion(changes: dict[str, Any]) -> None:
    receipt = conclude(features=features_of(changes), rules=EQUILIBRATE_1)

    again = conclude(features=as_features(stored(receipt_of(receipt).features)), rules=EQUILIBRATE_1)

    assert conclusion_of(again) == conclusion_of(receipt)


def conclusion_of(evaluation: Evaluation) -> tuple[object, ...]:
    return (
        evaluation.segments.item(),
        receipt_of(evaluation).points,
        evaluation.hardships.item(),
        receipt_of(evaluation).evidence,
    )
