"""Pieces of days put together."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from risk.model.as_of_merge import FACTS, LAST, MAXIMA, MINIMA, Pieces, merge

amounts = st.integers(-5, 5).map(float)
balances = st.none() | amounts
# (customer, day, is it chosen, the number that stands in every fact, balance)
rows = st.lists(
    st.tuples(st.integers(0, 2), st.integers(0, 3), st.booleans(), amounts, balances), max_size=25
)


def pieces_of(found: list[tuple[int, int, bool, float, float | None]]) -> Pieces:
    facts = {name: np.array([row[3] for row in found], dtype=np.float64) for name in FACTS}
    for name in (LAST, *MINIMA):
        facts[name] = np.array([np.nan if row[4] is None else row[4] for row in found], dtype=np.float64)
    return Pieces(
        customer=np.array([row[0] for row in found], dtype=np.int64),
        day=np.array([row[1] for row in found], dtype=np.int64),
        known_from=np.zeros(len(found), dtype=np.int64),
        facts=facts,
    )


@given(rows)
def test_a_day_is_the_merger_of_its_chosen_pieces(
    found: list[tuple[int, int, bool, float, float | None]],
) -> None:
    found.sort(key=lambda row: (row[0], row[1], row[4] is not None))
    chosen = [row for row in found if row[2]]
    days = sorted({row[:2] for row in chosen})

    merged = merge(pieces=pieces_of(found), chosen=np.flatnonzero([row[2] for row in found]))

    assert list(zip(merged.customer.tolist(), merged.day.tolist(), strict=True)) == days
    for place, day in enumerate(days):
        numbers = [row[3] for row in chosen if row[:2] == day]
        stated = [row[4] for row in chosen if row[:2] == day and row[4] is not None]
        for name in FACTS:
            value = getattr(merged, name)[place]
            if name in MINIMA:
                np.testing.assert_equal(value, min(stated, default=np.nan))
            elif name == LAST:
                np.testing.assert_equal(value, stated[-1] if stated else np.nan)
            else:
                assert value == (max(numbers) if name in MAXIMA else sum(numbers))
