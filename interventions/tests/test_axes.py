"""Axes: round bounds in round steps that hold every value, and money as people say it who have no room."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customers import formats
from interventions.console.axes import FEW, MANY, axis_of, short_money

AMOUNTS = st.floats(-1e12, 1e12, allow_nan=False)


@given(values=st.lists(AMOUNTS), steps=st.sampled_from([FEW, MANY]))
def test_axis_holds_zero_and_every_value_in_few_round_steps(values: list[float], steps: int) -> None:
    axis = axis_of(values, steps=steps)

    assert axis.least <= min([0.0, *values])
    assert axis.most >= max([0.0, *values])
    assert 0 in axis.ticks
    assert (axis.ticks[0], axis.ticks[-1]) == (axis.least, axis.most)
    assert 2 <= len(axis.ticks) <= steps + 1
    assert str(axis.step).rstrip("0") in {"1", "2", "5"}


@given(values=st.lists(AMOUNTS, min_size=1), currency=st.sampled_from(["INR", "USD"]))
def test_no_two_ticks_are_called_the_same(values: list[float], currency: str) -> None:
    texts = [short_money(tick, currency) for tick in axis_of(values, steps=MANY).ticks]

    assert len(set(texts)) == len(texts)


@pytest.mark.parametrize(
    ("values", "steps", "ticks"),
    [
        ([], MANY, [0, 1]),
        ([0.0], MANY, [0, 1]),
        ([3], MANY, [0, 1, 2, 3]),
        ([64_100, -76_500, 19_562], MANY, [-100_000, -50_000, 0, 50_000, 100_000]),
        ([1_480], MANY, [0, 500, 1_000, 1_500]),
        ([1_480], FEW, [0, 1_000, 2_000]),
        ([-5], FEW, [-5, 0]),
    ],
)
def test_axis(values: list[float], steps: int, ticks: list[int]) -> None:
    assert list(axis_of(values, steps=steps).ticks) == ticks


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [
        (0, "INR", "₹0"),
        (20_000, "INR", "₹20,000"),
        (-76_500, "INR", "−₹76,500"),
        (200_000, "INR", "₹2 lakh"),
        (-150_000, "INR", "−₹1.5 lakh"),
        (15_000_000, "INR", "₹1.5 crore"),
        (10_500_000, "INR", "₹1.05 crore"),
        (12_345_000_000_000, "INR", "₹12,34,500 crore"),
        (200_000, "USD", "$200,000"),
        (1_500_000, "USD", "$1.5 million"),
        (2_000_000_000, "USD", "$2 billion"),
    ],
)
def test_money_is_said_as_people_say_it(amount: int, currency: str, text: str) -> None:
    assert short_money(amount, currency) == text


@given(amount=st.integers(-99_999, 99_999))
def test_money_with_room_is_written_in_full(amount: int) -> None:
    assert short_money(amount, "INR") == formats.money(amount, "INR")
