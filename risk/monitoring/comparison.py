"""A sample of today against the reference: distances, thresholds, verdicts. `risk.monitoring.drift` reads both."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np

from risk.features import Bools, Floats, Ints
from risk.model.inputs import Matrix
from risk.monitoring.null import Distances, measure
from risk.monitoring.reference import Reference


class Verdict(StrEnum):
    """What is concluded of a column, and of all together."""

    STEADY = "steady"
    DRIFTED = "drifted"
    TOO_FEW = "too_few"


@dataclass(frozen=True)
class Sample:
    """Rows of covered customers at the moments looked at.

    Args:
        values: (rows, features), NaN where missing.
        probability: what the model says of each row.
        customers: id of each row's customer.
    """

    values: Matrix
    probability: Floats
    customers: Ints


@dataclass(frozen=True)
class Comparison:
    """How a sample compares with the reference.

    Args:
        names: of the columns: the features in order, then the probability.
        customers: how many different ones the sample has.
        rows: how many rows.
        distances: one element per column; NaN where there is nothing to compare.
        thresholds: one element per column.
        missing: shares of missing values in the reference and in the sample.
        verdict: of all columns together.
    """

    names: tuple[str, ...]
    customers: int
    rows: int
    distances: Distances
    thresholds: Distances
    missing: tuple[Floats, Floats]
    verdict: Verdict

    @property
    def drifted(self) -> tuple[str, ...]:
        """The columns in alarm; none in a sample that is too small."""
        if self.verdict is Verdict.TOO_FEW:
            return ()
        return tuple(name for name, is_far in zip(self.names, self._is_far(), strict=True) if is_far)

    def as_json(self) -> dict[str, Any]:
        """`verdict`, `customers`, `rows`, `alarms` (names) and `columns`, see docs/monitoring.md."""
        alarms = self.drifted
        return {
            "verdict": self.verdict.value,
            "customers": self.customers,
            "rows": self.rows,
            "alarms": list(alarms),
            "columns": [
                self._column(place, is_alarm=name in alarms) for place, name in enumerate(self.names)
            ],
        }

    def _is_far(self) -> Bools:
        return (self.distances.psi > self.thresholds.psi) | (self.distances.ks > self.thresholds.ks)

    def _column(self, place: int, *, is_alarm: bool) -> dict[str, Any]:
        verdict = Verdict.DRIFTED if is_alarm else Verdict.STEADY
        return {
            "name": self.names[place],
            "verdict": (Verdict.TOO_FEW if self.verdict is Verdict.TOO_FEW else verdict).value,
            "psi": _known(self.distances.psi[place]),
            "psi_threshold": float(self.thresholds.psi[place]),
            "ks": _known(self.distances.ks[place]),
            "ks_threshold": float(self.thresholds.ks[place]),
            "missing_share": float(self.missing[1][place]),
            "reference_missing_share": float(self.missing[0][place]),
        }


def compare(reference: Reference, sample: Sample) -> Comparison:
    """Measure a sample against the reference.

    Too few customers give distances but no verdict: with them, chance alone reaches far.

    Args:
        reference: from the model's manifest.
        sample: rows of the four weekly moments, whose features are those of the reference.
    """
    columns = np.column_stack((sample.values, sample.probability)).astype(np.float32)
    counts = reference.grid.counts(reference.grid.codes(columns))
    customers = int(np.unique(sample.customers).size)
    distances = measure(reference.grid, reference=reference.counts, current=counts)
    is_enough = customers >= reference.fewest_customers
    thresholds = reference.thresholds_for(max(customers, reference.fewest_customers))
    is_far = (distances.psi > thresholds.psi) | (distances.ks > thresholds.ks)
    verdict = Verdict.DRIFTED if is_far.any() else Verdict.STEADY
    return Comparison(
        names=reference.names,
        customers=customers,
        rows=len(columns),
        distances=distances,
        thresholds=thresholds,
        missing=(_missing_share(reference.counts), _missing_share(counts)),
        verdict=verdict if is_enough else Verdict.TOO_FEW,
    )


def _missing_share(counts: Ints) -> Floats:
    share: Floats = counts[:, -1] / np.maximum(counts.sum(axis=1), 1)
    return share


def _known(distance: float) -> float | None:
    """None where there was nothing to compare."""
    return float(distance) if np.isfinite(distance) else None
