"""Which rows train, stop, calibrate and test: apart in time and apart in customers. Pure.

Customers are split by bucket, the stable hash by which the training set is partitioned: whoever reads the buckets of
one part never opens the files of another. Moments are split by an embargo: the labels of the last training moment
are known before the first test moment.
"""

import datetime as dt
import hashlib
import itertools
from collections.abc import Sequence
from dataclasses import dataclass

BUCKETS = 64
LONGEST_TEST_DAYS = 63
HOLDOUT_SHARE = 0.4
STOP_SHARE = 0.15
CALIBRATION_SHARE = 0.20


@dataclass(frozen=True, kw_only=True)
class TimeSplit:
    """Moments by use, each in order.

    Args:
        train: moments for fitting, stopping and calibrating.
        embargo: moments nothing uses, since their labels reach past the first test moment.
        test: moments for the metrics.
        is_by_time: whether test moments lie after the training moments; else all moments serve both, and only the
            customers differ.
    """

    train: tuple[dt.date, ...]
    embargo: tuple[dt.date, ...]
    test: tuple[dt.date, ...]
    is_by_time: bool

    def in_words(self, *, label_days: int) -> str:
        """What was possible, for the manifest and the model card."""
        if not self.is_by_time:
            return (
                f"By customer only: the {len(self.test)} moments lie too close together for test moments after"
                f" labels of {label_days} days. The figures say nothing about how the model holds in another time."
            )
        return (
            f"By time and by customer: {len(self.train)} moments from {self.train[0]} to {self.train[-1]} train,"
            f" {len(self.test)} from {self.test[0]} to {self.test[-1]} test; {len(self.embargo)} between them are"
            f" left out, so that every training label ({label_days} days) was known at the first test moment."
        )


def split_moments(
    moments: Sequence[dt.date], *, label_days: int, longest_test_days: int = LONGEST_TEST_DAYS
) -> TimeSplit:
    """Split moments in time: the longest test window that leaves at least as many moments to train on.

    Args:
        moments: the moments of the training set, any order.
        label_days: days after a moment until its label is known (horizon and grace).
        longest_test_days: how many days the test window spans at most.

    Returns:
        The split; by customer only where no two moments lie `label_days` apart.
    """
    ordered = tuple(sorted(set(moments)))
    label = dt.timedelta(days=label_days)
    for at, first_test in enumerate(ordered):
        train = tuple(moment for moment in ordered if moment + label <= first_test)
        test = ordered[at:]
        is_short = (test[-1] - first_test).days <= longest_test_days
        if train and len(train) >= len(test) and is_short:
            return TimeSplit(train=train, embargo=ordered[len(train) : at], test=test, is_by_time=True)
    # Not even the last moment has one before it whose label was known.
    return TimeSplit(train=ordered, embargo=(), test=ordered, is_by_time=False)


@dataclass(frozen=True, kw_only=True)
class CustomerSplit:
    """Buckets of customers by use, each in rising order."""

    fit: tuple[int, ...]
    stop: tuple[int, ...]
    calibration: tuple[int, ...]
    test: tuple[int, ...]

    def parts(self) -> dict[str, tuple[int, ...]]:
        """The buckets by the name of their use."""
        return {"fit": self.fit, "stop": self.stop, "calibration": self.calibration, "test": self.test}


def split_customers(*, seed: int, folds: int, buckets: int = BUCKETS) -> tuple[CustomerSplit, ...]:
    """Split customers so that over all folds everybody is tested once, by a model that never saw them.

    Args:
        seed: decides which buckets go where.
        folds: how many models; with 1, a share of `HOLDOUT_SHARE` of the customers is tested.
        buckets: how many buckets there are.

    Raises:
        ValueError: fewer than one fold, or too many for the buckets.
    """
    if not 1 <= folds <= buckets // 8:
        raise ValueError(
            f"Between 1 and {buckets // 8} folds are possible with {buckets} buckets, not {folds}."
        )
    order = sorted(range(buckets), key=lambda bucket: hashlib.sha256(f"{seed}:{bucket}".encode()).digest())
    cuts = (
        [0, round(buckets * HOLDOUT_SHARE)]
        if folds == 1
        else [round(buckets * fold / folds) for fold in range(folds + 1)]
    )
    return tuple(_fold(order, begin, end) for begin, end in itertools.pairwise(cuts))


def _fold(order: list[int], begin: int, end: int) -> CustomerSplit:
    rest = order[end:] + order[:begin]
    stop = round(len(rest) * STOP_SHARE)
    calibration = stop + round(len(rest) * CALIBRATION_SHARE)
    return CustomerSplit(
        fit=tuple(sorted(rest[calibration:])),
        stop=tuple(sorted(rest[:stop])),
        calibration=tuple(sorted(rest[stop:calibration])),
        test=tuple(sorted(order[begin:end])),
    )
