"""The canonical form: one for each value, and the same that the fast encoder of a refresh writes."""

import json
import math
from typing import Any

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from audit import canonical

numbers = st.floats(allow_nan=False, allow_infinity=False) | st.floats(1e-9, 1e-3) | st.floats(1e14, 1e19)
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | numbers
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner),
    max_leaves=20,
)


def without_signed_zero(value: Any) -> Any:
    match value:
        case float():
            return value + 0.0
        case list():
            return [without_signed_zero(each) for each in value]
        case dict():
            return {key: without_signed_zero(each) for key, each in value.items()}
    return value


@given(value=values)
@example(value=0.00001)
@example(value=-0.000015)
@example(value=1e-6)
@example(value=1e16)
@example(value=9999999999999998.0)
@example(value=math.ulp(0.0))
def test_form_is_the_one_of_the_fast_encoder(value: Any) -> None:
    assert canonical.encode(value) == msgspec.json.encode(without_signed_zero(value), order="deterministic")


@given(value=values)
def test_form_of_what_was_read_is_the_same(value: Any) -> None:
    form = canonical.encode(value)

    assert canonical.encode(json.loads(form)) == form
    assert canonical.encode(json.loads(json.dumps(value, indent=2))) == form


def test_large_whole_numbers_are_doubles_however_they_are_written() -> None:
    assert canonical.encode([2.5e16, 25_000_000_000_000_000, 2**53]) == b"[2.5e16,2.5e16,9007199254740992]"


def test_keys_are_sorted_and_zero_has_no_sign() -> None:
    assert (
        canonical.encode({"é": -0.0, "b": (1, True), "a": "₹\n"})
        == '{"a":"₹\\n","b":[1,true],"é":0.0}'.encode()
    )


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_what_is_no_number_is_refused(value: float) -> None:
    with pytest.raises(ValueError, match="not a number"):
        canonical.encode(value)


@pytest.mark.parametrize("value", [{1: 2}, {"a": object()}, b"bytes"])
def test_what_json_cannot_express_is_refused(value: object) -> None:
    with pytest.raises(TypeError):
        canonical.encode(value)
