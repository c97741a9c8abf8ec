"""Calibrations: monotone, exact through JSON, and refusing what is none."""

import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from risk.model.calibration import Calibration, CalibrationInvalid, Isotonic, Platt

finite = st.floats(-1e6, 1e6)
knots = st.lists(
    st.tuples(st.integers(-1000, 1000), st.integers(0, 1000)),
    min_size=1,
    max_size=20,
    unique_by=lambda k: k[0],
)


@st.composite
def calibrations(draw: st.DrawFn) -> Calibration:
    if draw(st.booleans()):
        return Platt(a=draw(st.floats(1e-3, 1e3)), b=draw(st.floats(-50, 50)))
    found = draw(knots)
    x, y = sorted(k[0] / 10 for k in found), sorted(k[1] / 1000 for k in found)
    return Isotonic(x=tuple(x), y=tuple(y))


@given(calibrations(), st.lists(finite, min_size=2, max_size=50))
def test_calibration_never_changes_the_order(calibration: Calibration, margins: list[float]) -> None:
    probabilities = calibration.apply(np.sort(margins))

    assert (np.diff(probabilities) >= -1e-12).all()
    assert (probabilities >= 0).all() and (probabilities <= 1).all()


@given(calibrations(), st.lists(finite, min_size=1, max_size=20))
def test_json_and_back_gives_the_same_numbers(calibration: Calibration, margins: list[float]) -> None:
    again = Calibration.from_json(json.loads(json.dumps(calibration.as_json())))

    assert again == calibration
    assert again.apply(margins).tolist() == calibration.apply(margins).tolist()


def test_platt_is_the_logistic_function() -> None:
    platt = Platt(a=2.0, b=-1.0)

    assert platt.apply([0.5])[0] == pytest.approx(0.5)
    assert platt.apply([1.5])[0] == pytest.approx(1 / (1 + math.exp(-2)))
    assert platt.apply(np.array([1e30, -1e30], dtype=np.float32)).tolist() == pytest.approx([1, 0])


def test_isotonic_is_straight_between_knots_and_level_outside() -> None:
    isotonic = Isotonic(x=(-1.0, 1.0), y=(0.2, 0.6))

    assert isotonic.apply([-5, -1, 0, 1, 5]).tolist() == pytest.approx([0.2, 0.2, 0.4, 0.6, 0.6])


@pytest.mark.parametrize("calibration", [Platt(a=1.0, b=0.0), Isotonic(x=(0.0,), y=(0.5,))])
def test_missing_margin_has_no_probability(calibration: Calibration) -> None:
    assert np.isnan(calibration.apply([float("nan")])).all()


@pytest.mark.parametrize(
    "content",
    [
        {},
        {"kind": "beta"},
        {"kind": "platt", "a": 1.0},
        {"kind": "platt", "a": None, "b": 0.0},
        {"kind": "platt", "a": "x", "b": 0.0},
        {"kind": "platt", "a": 0.0, "b": 0.0},
        {"kind": "platt", "a": -1.0, "b": 0.0},
        {"kind": "platt", "a": float("nan"), "b": 0.0},
        {"kind": "platt", "a": 1.0, "b": float("inf")},
        {"kind": "isotonic", "x": [], "y": []},
        {"kind": "isotonic", "x": [1.0], "y": [0.1, 0.2]},
        {"kind": "isotonic", "x": [1.0, 1.0], "y": [0.1, 0.2]},
        {"kind": "isotonic", "x": [1.0, 2.0], "y": [0.2, 0.1]},
        {"kind": "isotonic", "x": [1.0, 2.0], "y": [0.2, 1.1]},
        {"kind": "isotonic", "x": [1.0, 2.0], "y": [-0.1, 0.1]},
        {"kind": "isotonic", "x": [1.0, float("nan")], "y": [0.1, 0.2]},
        {"kind": "isotonic", "x": 1.0, "y": [0.1]},
    ],
)
def test_what_is_no_calibration_is_refused(content: dict[str, object]) -> None:
    with pytest.raises(CalibrationInvalid):
        Calibration.from_json(content)
