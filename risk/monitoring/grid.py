"""A grid of cells per column, in which distributions are counted: quantiles of the reference, and one for missing."""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from risk.features import Bools, Ints
from risk.model.inputs import Matrix

# Cells of two percent each for the distribution function, of which every fifth edge bounds a bin: deciles.
STEPS = 50
STEPS_PER_BIN = 5
Codes = NDArray[np.uint8]


@dataclass(frozen=True)
class Grid:
    """Edges of cells, and which of them bound the coarser bins; a cell holds its upper edge.

    Args:
        edges: for each column its rising edges, float32 as the values are; empty where nothing was present.
        is_bin_edge: for each column and edge.
    """

    edges: tuple[NDArray[np.float32], ...]
    is_bin_edge: tuple[Bools, ...]

    @classmethod
    def of(cls, values: Matrix) -> Self:
        """A grid on the quantiles of a reference.

        A value that fills a whole step has a cell to itself, and one that fills a whole decile a bin: many features
        are mostly 0, and a change to either side of that must be seen.

        Args:
            values: (rows, columns), NaN where missing.
        """
        made = [_edges_of(column) for column in values.T]
        return cls(edges=tuple(edges for edges, _ in made), is_bin_edge=tuple(is_bin for _, is_bin in made))

    @property
    def columns(self) -> int:
        """How many columns it has."""
        return len(self.edges)

    @property
    def missing(self) -> int:
        """The last cell's index, in which missing values are counted; the same for every column."""
        return 1 + max((edges.size for edges in self.edges), default=0)

    def codes(self, values: Matrix) -> Codes:
        """The cell of each value: (rows, columns)."""
        found = np.empty(values.shape, dtype=np.uint8)
        for column, edges in enumerate(self.edges):
            found[:, column] = np.searchsorted(edges, values[:, column], side="left")
        found[np.isnan(values)] = self.missing
        return found

    def counts(self, codes: Codes) -> Ints:
        """How many rows lie in each cell: (columns, cells), the missing ones in the last."""
        cells = self.missing + 1
        places = codes + np.arange(self.columns, dtype=np.int64) * cells
        counted = np.bincount(places.ravel(), minlength=self.columns * cells)
        return counted.reshape(self.columns, cells).astype(np.int64)

    def binned(self, counts: Ints) -> Ints:
        """Counts in cells added up to counts in bins: (columns, bins), the missing ones in the last."""
        bins = self._bin_of_cell()
        width = int(bins.max(initial=0)) + 1
        places = bins + np.arange(self.columns, dtype=np.int64)[:, None] * width
        added = np.bincount(places.ravel(), weights=counts.ravel(), minlength=self.columns * width)
        return added.reshape(self.columns, width).astype(np.int64)

    def as_json(self) -> list[dict[str, Any]]:
        """One object per column; numbers in the fewest digits that name the same float32."""
        return [
            {"edges": [float(str(edge)) for edge in edges], "bin_edges": np.flatnonzero(is_bin).tolist()}
            for edges, is_bin in zip(self.edges, self.is_bin_edge, strict=True)
        ]

    @classmethod
    def from_json(cls, stored: list[dict[str, Any]]) -> Self:
        """The grid that `as_json` wrote."""
        edges = tuple(np.array(column["edges"], dtype=np.float32) for column in stored)
        return cls(
            edges=edges,
            is_bin_edge=tuple(
                np.isin(np.arange(found.size), column["bin_edges"])
                for found, column in zip(edges, stored, strict=True)
            ),
        )

    def _bin_of_cell(self) -> Ints:
        """The bin of each cell, (columns, cells); cells that a column lacks lie, always empty, in its last bin."""
        found = np.zeros((self.columns, self.missing + 1), dtype=np.int64)
        for column, is_bin in enumerate(self.is_bin_edge):
            inner = np.concatenate(([0], np.cumsum(is_bin)))
            found[column, : inner.size] = inner
            found[column, inner.size :] = inner[-1]
        found[:, -1] = found[:, :-1].max(initial=0) + 1
        return found


def present_counts(counts: Ints) -> Ints:
    """Counts without those of the missing values."""
    return counts[..., :-1]


def _edges_of(column: NDArray[np.float32]) -> tuple[NDArray[np.float32], Bools]:
    present = np.sort(column[~np.isnan(column)]).astype(np.float32)
    if not present.size:
        return present, np.zeros(0, dtype=np.bool_)
    ranks = np.ceil(np.arange(1, STEPS) * (present.size / STEPS)).astype(np.int64) - 1
    steps = present[ranks]
    edges = _with_own_cells(steps)
    return edges, np.isin(edges, _with_own_cells(steps[STEPS_PER_BIN - 1 :: STEPS_PER_BIN]))


def _with_own_cells(quantiles: NDArray[np.float32]) -> NDArray[np.float32]:
    """Rising edges: every quantile, and below one that comes twice the next smaller number."""
    edges, times = np.unique(quantiles, return_counts=True)
    below = np.nextafter(edges[times > 1], np.float32(-np.inf))
    return np.unique(np.concatenate((edges, below)))
