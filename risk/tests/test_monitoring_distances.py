"""The grid and the distances, against definitions and by hand."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from risk.monitoring.distances import LEAST_SHARE, ks, psi
from risk.monitoring.grid import STEPS, Grid, present_counts

counts = arrays(np.int64, (3, 6), elements=st.integers(0, 500)).map(
    lambda drawn: drawn + np.eye(6)[0].astype(int)
)
values = arrays(
    np.float32,
    st.tuples(st.integers(1, 60), st.just(2)),
    elements=st.one_of(st.just(np.nan), st.integers(-3, 3), st.floats(-10, 10, width=32)),
)


def test_psi_of_shares_by_hand():
    index = psi(np.array([50, 30, 20]), np.array([40, 30, 30]))

    assert index == pytest.approx(-0.1 * np.log(0.8) + 0.1 * np.log(1.5))


def test_psi_of_a_bin_that_was_empty_is_finite():
    index = psi(np.array([100, 0]), np.array([90, 10]))

    assert index == pytest.approx(-0.1 * np.log(0.9) + (0.1 - LEAST_SHARE) * np.log(0.1 / LEAST_SHARE))


@given(counts, counts)
def test_psi_is_a_symmetric_divergence(first, second):
    assert np.allclose(psi(first, second), psi(second, first))
    assert (psi(first, second) >= -1e-12).all()
    assert np.allclose(psi(first, 3 * first), 0)


def test_psi_of_a_shifted_normal_is_about_its_square():
    draw = np.random.default_rng(1)
    before = draw.normal(size=(200_000, 1)).astype(np.float32)
    grid = Grid.of(before)

    found = psi(
        grid.binned(grid.counts(grid.codes(before))), grid.binned(grid.counts(grid.codes(before + 0.3)))
    )

    assert found[0] == pytest.approx(0.09, rel=0.1)


def test_nothing_is_said_of_no_rows():
    nobody, somebody = np.zeros((1, 3), dtype=np.int64), np.ones((1, 3), dtype=np.int64)

    assert np.isnan(psi(somebody, nobody)).all()
    assert np.isnan(ks(nobody, somebody)).all()
    assert np.isnan(ks(somebody, somebody, fewest=4)).all()
    assert ks(somebody, somebody, fewest=3) == 0


@given(counts, counts)
def test_ks_is_the_largest_difference_of_the_distribution_functions(first, second):
    below = [
        [abs(a[: end + 1].sum() / a.sum() - b[: end + 1].sum() / b.sum()) for end in range(6)]
        for a, b in zip(first, second, strict=True)
    ]

    assert np.allclose(ks(first, second), np.max(below, axis=1))


def test_ks_on_the_grid_is_within_a_cell_of_the_exact_one():
    draw = np.random.default_rng(2)
    before = draw.exponential(size=(5_000, 1)).astype(np.float32)
    after = draw.exponential(scale=1.4, size=(3_000, 1)).astype(np.float32)
    grid = Grid.of(before)
    everywhere = np.sort(np.concatenate((before, after)).ravel())
    exact = np.abs(
        np.searchsorted(np.sort(before.ravel()), everywhere, side="right") / 5_000
        - np.searchsorted(np.sort(after.ravel()), everywhere, side="right") / 3_000
    ).max()

    found = ks(
        present_counts(grid.counts(grid.codes(before))), present_counts(grid.counts(grid.codes(after)))
    )

    assert exact - 1 / STEPS <= found[0] <= exact


@given(values)
def test_grid_counts_every_value_once_where_it_belongs(drawn):
    grid = Grid.of(drawn)
    found = grid.counts(grid.codes(drawn))

    assert (found.sum(axis=1) == len(drawn)).all()
    assert (found[:, -1] == np.isnan(drawn).sum(axis=0)).all()
    for edges, column, cells in zip(grid.edges, drawn.T, found, strict=True):
        assert (np.diff(edges) > 0).all()
        for edge, at_most in zip(edges, np.cumsum(cells), strict=False):
            assert at_most == (column <= edge).sum()


@given(values)
def test_grid_bins_add_cells_up_and_keep_missing_apart(drawn):
    grid = Grid.of(drawn)
    cells = grid.counts(grid.codes(drawn))
    bins = grid.binned(cells)

    assert (bins.sum(axis=1) == cells.sum(axis=1)).all()
    assert (bins[:, -1] == cells[:, -1]).all()
    for is_bin, edges, row, column in zip(grid.is_bin_edge, grid.edges, bins, drawn.T, strict=True):
        for edge, at_most in zip(edges[is_bin], np.cumsum(row), strict=False):
            assert at_most == (column <= edge).sum()


@given(values)
def test_grid_is_the_same_after_its_json(drawn):
    grid = Grid.of(drawn)
    again = Grid.from_json(json.loads(json.dumps(grid.as_json())))

    assert (again.codes(drawn) == grid.codes(drawn)).all()
    cells = grid.counts(grid.codes(drawn))
    assert (again.binned(cells) == grid.binned(cells)).all()


def test_value_that_fills_a_decile_has_a_bin_to_itself():
    column = np.array([[0.0]] * 95 + [[1.0]] * 5, dtype=np.float32)
    grid = Grid.of(column)

    def bins_of(value: float) -> list[int]:
        moved = np.full((10, 1), value, dtype=np.float32)
        return np.flatnonzero(grid.binned(grid.counts(grid.codes(moved)))[0]).tolist()

    assert len({*bins_of(-1e-6), *bins_of(0.0), *bins_of(1e-6)}) == 3


def test_column_without_a_value_has_one_cell_and_missing():
    nothing = np.full((4, 1), np.nan, dtype=np.float32)
    grid = Grid.of(nothing)

    assert grid.counts(grid.codes(nothing)).tolist() == [[0, 4]]
    assert grid.counts(grid.codes(np.zeros((2, 1), dtype=np.float32))).tolist() == [[2, 0]]
