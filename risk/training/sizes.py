"""How much there is to train on, and whether that is enough."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass

import numpy as np

from risk.training.rows import TrainingSet
from risk.training.splits import BUCKETS, CustomerSplit, TimeSplit

# Customers with a missed instalment, without whom a part is guesswork.
LEAST_MISSED_CUSTOMERS = {"fit": 60, "stop": 15, "calibration": 20, "test": 50}


class TooFew(Exception):
    """The training set is too small to say anything; the text has the numbers and what to do."""


@dataclass(frozen=True, kw_only=True)
class Size:
    """Counts of some rows."""

    rows: int = 0
    misses: int = 0
    customers: int = 0
    missed_customers: int = 0

    def __add__(self, other: "Size") -> "Size":
        mine, theirs = asdict(self), asdict(other)
        return Size(**{name: mine[name] + theirs[name] for name in mine})


Sizes = Mapping[int, Size]


def sizes_by_bucket(data: TrainingSet, moments: Sequence[dt.date]) -> Sizes:
    """Count the rows of each bucket at these moments; a customer stands in one bucket only, so that sums are exact."""
    found = {}
    for bucket in range(BUCKETS):
        facts = data.facts([bucket], moments)
        found[bucket] = Size(
            rows=len(facts),
            misses=int(facts.missed.sum()),
            customers=np.unique(facts.customer).size,
            missed_customers=np.unique(facts.customer[facts.missed]).size,
        )
    return found


def size_of(sizes: Sizes, buckets: Iterable[int]) -> Size:
    """The counts of several buckets together."""
    return sum((sizes[bucket] for bucket in buckets), Size())


@dataclass(frozen=True, kw_only=True)
class SplitSizes:
    """Counts by bucket at the training moments and at the test moments."""

    train: Sizes
    test: Sizes

    def of(self, split: CustomerSplit) -> dict[str, Size]:
        """Counts by part of a split."""
        return {
            part: size_of(self.test if part == "test" else self.train, buckets)
            for part, buckets in split.parts().items()
        }


def require_enough(sizes: SplitSizes, *, times: TimeSplit, splits: Sequence[CustomerSplit]) -> None:
    """Refuse where a part of any fold, or the test rows of all folds together, hold too few misses.

    Raises:
        TooFew: with the numbers and what to do.
    """
    found = [sizes.of(split) for split in splits]
    fewest = {
        part: min(one[part].missed_customers for one in found) for part in ("fit", "stop", "calibration")
    }
    fewest["test"] = sum(one["test"].missed_customers for one in found)
    short = [part for part, least in LEAST_MISSED_CUSTOMERS.items() if fewest[part] < least]
    if not short:
        return
    lacks = ", ".join(f"{part} {fewest[part]} of {LEAST_MISSED_CUSTOMERS[part]}" for part in short)
    train, test = (size_of(each, range(BUCKETS)) for each in (sizes.train, sizes.test))
    raise TooFew(
        f"Too few customers with a missed instalment: {lacks}. The training set has {train.customers:,} customers"
        f" with {train.misses:,} missed rows at {len(times.train)} training moments, and {test.misses:,} missed rows"
        f" at {len(times.test)} test moments. Build it from more customers or a longer history (more moments);"
        " with outcomes of your own (--labels), give more of them."
    )
