"""How far apart two samples of an unchanged population lie: what the thresholds of the drift alarm are made of.

A threshold from a textbook would either ring all the time or never: what is large depends on the size of the sample,
on how far a feature moves from month to month by itself, and on how many columns are looked at together. Both causes
are measured on the training data, and both are held to a rate over all columns together:

- *noise*: samples of customers, drawn many times from four weeks, against everybody of the same four weeks;
- *movement*: every four weeks of the training data against all others.

The root of PSI is, nearly, a metric, as KS is (PSI of a small shift of d standard deviations is d²). A threshold is
therefore noise plus movement, in roots for PSI: no sample keeps within both and yet lies further away.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from risk.features import Floats, Ints
from risk.model.inputs import Matrix
from risk.monitoring.distances import ks, psi
from risk.monitoring.grid import Codes, Grid, present_counts

BLOCK_DAYS = 28
WEEK_DAYS = 7
FEWEST_PRESENT = 100
# Where a column's noise is nearly always the same, a hair more would otherwise count as many times its scale.
LEAST_SCALE = 1e-3
SCALE_QUANTILE = 0.95
# With fewer periods than this to learn a movement from, Student's t would allow for distances that nothing reaches.
FEWEST_DEGREES = 5
ROTATIONS = 20


@dataclass(frozen=True)
class Distances:
    """PSI and KS: (columns,), or one row for each sample; NaN where nothing can be said."""

    psi: Floats
    ks: Floats

    @classmethod
    def stacked(cls, each: "Sequence[Distances]") -> Self:
        """One row for each."""
        return cls(psi=np.stack([one.psi for one in each]), ks=np.stack([one.ks for one in each]))


@dataclass(frozen=True)
class Panel:
    """Rows sorted by customer and moment.

    Args:
        codes: (rows, columns), the cells of the values.
        firsts: the place of each customer's first row.
        sizes: how many rows each customer has.
    """

    codes: Codes
    firsts: Ints
    sizes: Ints

    @classmethod
    def of(cls, codes: Codes, *, customers: Ints, as_of_days: Ints) -> Self:
        """Sort rows."""
        order = np.lexsort((as_of_days, customers))
        _, firsts, sizes = np.unique(customers[order], return_index=True, return_counts=True)
        return cls(codes=codes[order], firsts=firsts, sizes=sizes)

    def drawn(self, draw: np.random.Generator, customers: int) -> Codes:
        """The rows of so many customers, drawn with replacement.

        The panel is a sample itself. Its noise and the drawn one's add up to that of fewer customers, which are drawn.
        """
        held = self.firsts.size
        chosen = draw.integers(held, size=max(1, round(customers * held / (customers + held))))
        return self._rows(chosen, starts=np.zeros_like(chosen), taken=self.sizes[chosen])

    def rotated(self, draw: np.random.Generator, share: float) -> Codes:
        """A share of each customer's rows in a run, from a moment drawn for each; the first follows the last."""
        starts = np.floor(draw.random(self.sizes.size) * self.sizes).astype(np.int64)
        taken = np.maximum(1, np.round(self.sizes * share).astype(np.int64))
        return self._rows(np.arange(self.sizes.size), starts=starts, taken=taken)

    def _rows(self, chosen: Ints, *, starts: Ints, taken: Ints) -> Codes:
        step = np.arange(taken.sum()) - np.repeat(np.cumsum(taken) - taken, taken)
        within = (np.repeat(starts, taken) + step) % np.repeat(self.sizes[chosen], taken)
        found: Codes = self.codes[np.repeat(self.firsts[chosen], taken) + within]
        return found


@dataclass(frozen=True)
class Block:
    """Four weeks of rows, and the counts of these and of all other rows, (columns, cells)."""

    panel: Panel
    inside: Ints
    outside: Ints


@dataclass(frozen=True)
class Rows:
    """Training rows on a grid of their own, cut into four weeks.

    Args:
        grid: the cells.
        counts: of all rows, (columns, cells).
        panel: all rows.
        blocks: every run of four weeks within the data, from each moment on; where there are less than eight weeks,
            one of everything.
        periods: how many runs of four weeks there are side by side.
    """

    grid: Grid
    counts: Ints
    panel: Panel
    blocks: tuple[Block, ...]
    periods: int

    @classmethod
    def of(cls, values: Matrix, *, customers: Ints, as_of_days: Ints) -> Self:
        """Cut rows into blocks.

        Args:
            values: (rows, columns), at least one row; NaN where missing.
            customers: of each row.
            as_of_days: of each row, as day numbers.
        """
        grid = Grid.of(values)
        codes = grid.codes(values)
        everything = grid.counts(codes)
        days = int(as_of_days.max() - as_of_days.min()) + WEEK_DAYS
        places = _four_weeks(as_of_days) if days >= 2 * BLOCK_DAYS else [np.arange(as_of_days.size)]
        blocks = []
        for inside in places:
            counts = grid.counts(codes[inside])
            panel = Panel.of(codes[inside], customers=customers[inside], as_of_days=as_of_days[inside])
            blocks.append(Block(panel=panel, inside=counts, outside=everything - counts))
        return cls(
            grid=grid,
            counts=everything,
            panel=Panel.of(codes, customers=customers, as_of_days=as_of_days),
            blocks=tuple(blocks),
            periods=max(1, days // BLOCK_DAYS),
        )

    @property
    def shows_movement(self) -> bool:
        """Whether there is more than one block."""
        return len(self.blocks) > 1


def measure(grid: Grid, *, reference: Ints, current: Ints) -> Distances:
    """PSI and KS of each column, from counts in cells."""
    return Distances(
        psi=psi(grid.binned(reference), grid.binned(current)),
        ks=ks(present_counts(reference), present_counts(current), fewest=FEWEST_PRESENT),
    )


def noise(rows: Rows, *, customers: int, draws: int, seed: int) -> Distances:
    """Measure samples of a block's customers against the block.

    Args:
        rows: the training rows.
        customers: how many each sample stands for.
        draws: how many samples; the blocks take turns.
        seed: of the draws.

    Returns:
        (draws, columns).
    """
    draw = np.random.default_rng(seed)
    found = []
    for number in range(draws):
        block = rows.blocks[number % len(rows.blocks)]
        sample = rows.grid.counts(block.panel.drawn(draw, customers))
        found.append(measure(rows.grid, reference=block.inside, current=sample))
    return Distances.stacked(found)


def movement(rows: Rows, *, chance: float, seed: int) -> Distances:
    """The distance that another four weeks keep from the training data, but for some chance.

    The shift of one block against all others is taken as normal, with a variance learned from the blocks side by
    side, so that a new one's follows Student's t. What part of it is noise, and is counted elsewhere, is seen where
    each customer's moments are rotated by a number of their own: that keeps everything but what moves all together.

    Args:
        rows: the training rows.
        chance: that a column's distance is greater.
        seed: of the rotations.

    Returns:
        (columns,), 0 where there is only one block.

    Source:
        The prediction interval of a normal variable of unknown variance.
    """
    from scipy.special import stdtrit  # comes with scikit-learn, which only training needs

    columns = rows.grid.columns
    if not rows.shows_movement:
        return Distances(psi=np.zeros(columns), ks=np.zeros(columns))
    apart = Distances.stacked(
        [measure(rows.grid, reference=block.outside, current=block.inside) for block in rows.blocks]
    )
    still = _without_movement(rows, seed=seed)
    reach = float(stdtrit(max(rows.periods, FEWEST_DEGREES), 1 - chance / 2))
    return Distances(
        psi=reach**2 * _excess(apart.psi, still.psi), ks=reach * np.sqrt(_excess(apart.ks**2, still.ks**2))
    )


def family_thresholds(drawn: Distances, *, one_in: int) -> Distances:
    """For each column the distances which, over all columns together, at most one sample in `one_in` exceeds.

    Every column has its scale, a high quantile of its own draws; the thresholds are one multiple of the scales,
    the smallest for which the family of all columns and both measures keeps to the rate.

    Args:
        drawn: distances under no drift, (draws, columns).
        one_in: the rate's inverse.

    Returns:
        (columns,) each; infinite where the draws say nothing.
    """
    both = np.concatenate((drawn.psi, drawn.ks), axis=1)
    known = ~np.isnan(both).all(axis=0)
    scale = np.full(both.shape[1], np.inf)
    scale[known] = np.maximum(np.nanquantile(both[:, known], SCALE_QUANTILE, axis=0), LEAST_SCALE)
    worst = np.sort(np.nan_to_num(both / scale).max(axis=1))
    thresholds = worst[-1 - both.shape[0] // one_in] * scale
    columns = drawn.psi.shape[1]
    return Distances(psi=thresholds[:columns], ks=thresholds[columns:])


def _four_weeks(as_of_days: Ints) -> list[Ints]:
    """The places of the rows of every four weeks, one from each moment on that has four weeks before it ends."""
    moments = np.unique(as_of_days)
    starts = moments[moments <= moments[-1] - BLOCK_DAYS + WEEK_DAYS]
    return [np.flatnonzero((as_of_days >= start) & (as_of_days < start + BLOCK_DAYS)) for start in starts]


def _without_movement(rows: Rows, *, seed: int) -> Distances:
    """What blocks would be apart by if nothing moved all customers together, (rotations, columns)."""
    draw = np.random.default_rng(seed)
    found = []
    for _ in range(ROTATIONS):
        inside = rows.grid.counts(rows.panel.rotated(draw, 1 / rows.periods))
        found.append(measure(rows.grid, reference=rows.counts - inside, current=inside))
    return Distances.stacked(found)


def _excess(squared: Floats, still: Floats) -> Floats:
    """By how much the mean over blocks is above that without movement."""
    return np.maximum(0.0, _mean(squared) - _mean(still))


def _mean(values: Floats) -> Floats:
    """The mean over what is known, 0 where nothing is."""
    known = ~np.isnan(values)
    mean: Floats = np.where(known, values, 0.0).sum(axis=0) / np.maximum(known.sum(axis=0), 1)
    return mean
