"""Work in halves: the few for whom it fails are found, and where they are many, it ends in good time."""

import numpy as np
import pytest
from django.db import OperationalError
from hypothesis import given
from hypothesis import strategies as st

from risk.model.halving import MOST_SEARCHED, Indices, in_halves


class Work:
    """Fails where one of some customers is among those it is asked for."""

    def __init__(self, bad: set[int]) -> None:
        self.bad, self.calls = bad, 0
        self.done: list[int] = []

    def __call__(self, some: Indices) -> None:
        self.calls += 1
        if self.bad & set(some.tolist()):
            raise ValueError("bad")
        self.done += some.tolist()


@given(
    count=st.integers(min_value=0, max_value=300),
    bad=st.sets(st.integers(min_value=0, max_value=299), max_size=MOST_SEARCHED),
)
def test_those_who_fail_are_found_and_all_others_are_done_once(count: int, bad: set[int]) -> None:
    work = Work(bad)
    indices = 3 * np.arange(count)

    failed = in_halves(work, indices)

    expected = sorted(bad & set(indices.tolist()))
    assert failed.indices.tolist() == expected
    assert len(failed.errors) == len(expected)
    assert sorted(work.done + expected) == indices.tolist()


def test_where_everybody_fails_whole_parts_are_given_up() -> None:
    work = Work(set(range(2_000)))

    failed = in_halves(work, np.arange(2_000))

    assert failed.indices.tolist() == list(range(2_000))
    assert work.calls < 5 * MOST_SEARCHED


def test_database_that_is_away_is_nobodys_fault() -> None:
    def away(_some: Indices) -> None:
        raise OperationalError("the server closed the connection")

    with pytest.raises(OperationalError):
        in_halves(away, np.arange(4))
