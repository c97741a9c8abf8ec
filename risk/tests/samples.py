"""Features and tiles for the pure tests: an ordinary customer, with what a test changes."""

from typing import Any

import numpy as np

from risk.evaluation import Evaluation, Receipt
from risk.features import NO_DAY, Features, Tiles, compute
from risk.levels import Segment
from risk.rulebook import EQUILIBRATE_1

AS_OF = 9_500

# Somebody paid ten days ago, who spends evenly: no signal, no hardship, segment STABLE.
ORDINARY: dict[str, Any] = {
    "txn_count": 60,
    "salary_count": 3,
    "days_since_salary": 10,
    "atm_withdrawals_7d": 0,
    "total_spend": 30_000.0,
    "essential_spend": 15_000.0,
    "discretionary_spend": 10_000.0,
    "spending_change_pct": 0.0,
    "credits_30d": 50_000.0,
    "closed_debits_30d": 30_000.0,
    "txn_count_30d": 20,
    "txn_count_previous_30d": 20,
    "salaries_before_silence": 6,
    "salaries_in_silence": 1,
}
TILE_FIELDS = tuple(Tiles.__dataclass_fields__)


def features_of(*customers: dict[str, Any]) -> Features:
    """One element per customer: the ordinary one with the given changes."""
    rows = [ORDINARY | changes for changes in customers]
    return Features(**{name: np.array([row[name] for row in rows]) for name in ORDINARY})


def receipt_of(evaluation: Evaluation) -> Receipt:
    """The receipt of the only customer."""
    return next(evaluation.receipts(np.array([0])))


def segments_of(*segments: Segment) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Segment codes."""
    return np.array(segments, dtype=np.int64)


def tiles_of(*rows: dict[str, int]) -> Tiles:
    """Tiles from rows; `age` in days before AS_OF, amounts in hundredths, what is left out is 0."""
    columns: dict[str, Any] = {
        name: np.array([row.get(name, 0) for row in rows], dtype=np.float64) for name in TILE_FIELDS
    }
    columns["customer"] = columns["customer"].astype(np.int64)
    columns["day"] = np.array([AS_OF - row["age"] for row in rows], dtype=np.int64)
    return Tiles(**columns)


def computed(*rows: dict[str, int], known_salary_age: int | None = None) -> dict[str, Any]:
    """Every feature of one customer with these tiles."""
    known = NO_DAY if known_salary_age is None else AS_OF - known_salary_age
    features = compute(
        tiles=tiles_of(*rows),
        customers=1,
        as_of=AS_OF,
        last_salary_day=np.array([known], dtype=np.int64),
        rules=EQUILIBRATE_1,
    )
    return {name: getattr(features, name)[0].item() for name in features.names()}
