"""What a model was trained on, as its manifest keeps it: distributions, and which distance is an alarm."""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from risk.features import Floats, Ints
from risk.model.inputs import Matrix
from risk.monitoring.grid import Grid
from risk.monitoring.null import Distances, Rows, family_thresholds, movement, noise

FORMAT = 1
PROBABILITY = "probability"
"""The name of the score's column, beside the features."""
SIZES = (500, 1_000, 2_000)
"""Numbers of customers for which thresholds are kept; for another number, those of the next smaller hold."""
ONE_IN = 60
DRAWS = 600
MOST_CUSTOMERS = 20_000
SEED = 20_260_217


@dataclass(frozen=True)
class Bound:
    """A distance by both measures."""

    psi: float
    ks: float


FLOOR = Bound(psi=0.10, ks=0.10)
"""Below it a difference is of no practical account, however certain it is."""
FLOOR_UNSEEN = Bound(psi=0.25, ks=0.20)
"""The same where training data of less than eight weeks do not show how far the features move by themselves."""
CEILING = Bound(psi=2.0, ks=0.5)
"""Beyond it everything is an alarm, however restless a feature is: as when it came in another unit, or not at all."""


@dataclass(frozen=True)
class Reference:
    """The reference as the drift report reads it.

    Args:
        names: the columns: the features in order, then the probability.
        grid: the cells.
        counts: of the reference, (columns, cells).
        thresholds: by number of customers.
    """

    names: tuple[str, ...]
    grid: Grid
    counts: Ints
    thresholds: dict[int, Distances]

    @property
    def fewest_customers(self) -> int:
        """Below so many customers nothing is concluded."""
        return min(self.thresholds)

    def thresholds_for(self, customers: int) -> Distances:
        """The thresholds of a sample.

        Args:
            customers: how many customers it has, at least `fewest_customers`.
        """
        return self.thresholds[max(size for size in self.thresholds if size <= customers)]

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> Self:
        """The reference that `reference_of` wrote.

        Raises:
            ValueError: it has another format.
        """
        if stored.get("format") != FORMAT:
            raise ValueError(f"a reference of format {stored.get('format')!r}; this version reads {FORMAT}")
        columns = stored["columns"]
        grid = Grid.from_json(columns)
        counts = np.zeros((len(columns), grid.missing + 1), dtype=np.int64)
        for row, column in zip(counts, columns, strict=True):
            row[: len(column["counts"])] = column["counts"]
            row[-1] = column["missing"]
        return cls(
            names=tuple(column["name"] for column in columns),
            grid=grid,
            counts=counts,
            thresholds={
                size: Distances(
                    psi=np.array([column["psi_thresholds"][place] for column in columns]),
                    ks=np.array([column["ks_thresholds"][place] for column in columns]),
                )
                for place, size in enumerate(stored["sizes"])
            },
        )


def reference_of(
    *,
    names: tuple[str, ...],
    values: Matrix,
    probability: Floats,
    customers: Ints,
    as_of_days: Ints,
    draws: int = DRAWS,
) -> dict[str, Any]:
    """Describe the data a model was trained on, for its manifest.

    Args:
        names: of the features, in order.
        values: the features of rows of customers the model was not fitted on, (rows, features), NaN where missing;
            of those it was fitted on it is surer than it will be of others. Of many customers a part is taken.
        probability: what the model says of each row.
        customers: id of each row's customer.
        as_of_days: the moment of each row, as a day number; the moments are weekly.
        draws: how many samples the thresholds are made from.

    Returns:
        JSON: `format`, `rows`, `customers`, `moments`, `sizes`, `rate` and `columns`, one for each feature
        and the probability, with `name`, `edges` and `bin_edges` (as `risk.monitoring.grid`), `counts` per cell,
        `missing`, and `psi_thresholds` and `ks_thresholds`, one for each of `sizes`.

    Raises:
        ValueError: there are no rows.
    """
    if not customers.size:
        raise ValueError("a reference needs rows")
    taken = _of_some_customers(customers)
    who, when = customers[taken], as_of_days[taken]
    columns = np.column_stack((values[taken], probability[taken])).astype(np.float32)
    rows = Rows.of(columns, customers=who, as_of_days=when)
    thresholds = [_thresholds(rows, size=size, draws=draws) for size in SIZES]
    return {
        "format": FORMAT,
        "rows": int(taken.size),
        "customers": int(np.unique(who).size),
        "moments": int(np.unique(when).size),
        "sizes": list(SIZES),
        "rate": {"one_in": ONE_IN, "draws": draws},
        "columns": _columns((*names, PROBABILITY), rows, thresholds),
    }


def _of_some_customers(customers: Ints) -> Ints:
    """The rows of at most `MOST_CUSTOMERS` customers."""
    known = np.unique(customers)
    if known.size > MOST_CUSTOMERS:
        known = np.random.default_rng(SEED).choice(known, MOST_CUSTOMERS, replace=False)
    return np.flatnonzero(np.isin(customers, known))


def _thresholds(rows: Rows, *, size: int, draws: int) -> Distances:
    """Half of the rate is for noise; half is for movement, whose causes (a holiday, say) move all columns at once."""
    still = family_thresholds(noise(rows, customers=size, draws=draws, seed=SEED + size), one_in=2 * ONE_IN)
    moving = movement(rows, chance=1 / (2 * ONE_IN), seed=SEED)
    floor = FLOOR if rows.shows_movement else FLOOR_UNSEEN
    return Distances(
        psi=np.clip((np.sqrt(still.psi) + np.sqrt(moving.psi)) ** 2, floor.psi, CEILING.psi),
        ks=np.clip(still.ks + moving.ks, floor.ks, CEILING.ks),
    )


def _columns(names: tuple[str, ...], rows: Rows, thresholds: list[Distances]) -> list[dict[str, Any]]:
    cells = [
        {**cell, "counts": counts[:-1][: len(cell["edges"]) + 1].tolist(), "missing": int(counts[-1])}
        for cell, counts in zip(rows.grid.as_json(), rows.counts, strict=True)
    ]
    return [
        {
            "name": name,
            **cell,
            "psi_thresholds": [round(float(each.psi[place]), 4) for each in thresholds],
            "ks_thresholds": [round(float(each.ks[place]), 4) for each in thresholds],
        }
        for place, (name, cell) in enumerate(zip(names, cells, strict=True))
    ]
