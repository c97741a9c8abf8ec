"""Fitting with more rows than memory: XGBoost reads the training set bucket by bucket and keeps its pages on disk."""

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import xgboost

from risk.model.specs import NAMES
from risk.training.fit import FitOptions, FitTask, Fitted, boost, grow, stop_weights


class ExternalMemory:
    """One bucket in memory at a time, quantised pages in a directory of their own that is removed at the end.

    Args:
        directory: where the pages go; the system's temporary directory when absent.
    """

    in_words = "one machine with external memory"

    def __init__(self, directory: Path | None = None) -> None:
        self._directory = directory

    def fit(self, *, task: FitTask, options: FitOptions) -> Fitted:
        """See `risk.training.fit.Fitter`."""
        with self._pages() as pages:
            train = _matrix(_Buckets(task, task.fit_buckets, weight=None, pages=f"{pages}/fit"), options)
            stop = _matrix(
                _Buckets(task, task.stop_buckets, weight=task.weight, pages=f"{pages}/stop"),
                options,
                ref=train,
            )
            fitted = boost(train, stop, parameters=task.parameters(options), options=options)
            # The matrices hold the pages open; they go before the directory does.
            del train, stop
            return fitted

    def refit(self, *, task: FitTask, options: FitOptions, rounds: int) -> Fitted:
        """See `risk.training.fit.Fitter`."""
        with self._pages() as pages:
            train = _matrix(_Buckets(task, task.both_buckets, weight=None, pages=f"{pages}/both"), options)
            fitted = grow(train, parameters=task.parameters(options), rounds=rounds)
            del train
            return fitted

    def _pages(self) -> tempfile.TemporaryDirectory[str]:
        return tempfile.TemporaryDirectory(dir=self._directory, prefix="training-pages-")


def _matrix(
    buckets: "_Buckets", options: FitOptions, *, ref: xgboost.DMatrix | None = None
) -> xgboost.ExtMemQuantileDMatrix:
    return xgboost.ExtMemQuantileDMatrix(buckets, max_bin=options.bins, nthread=options.threads, ref=ref)


class _Buckets(xgboost.DataIter):
    """XGBoost asks for the next bucket, again and again from the start.

    Args:
        task: of which training set and moments.
        buckets: which to read.
        weight: of a miss, or None for rows without weights.
        pages: prefix of the files XGBoost keeps.
    """

    def __init__(self, task: FitTask, buckets: Sequence[int], *, weight: float | None, pages: str) -> None:
        super().__init__(cache_prefix=pages)
        self._task, self._buckets, self._weight = task, buckets, weight
        self.reset()

    def reset(self) -> None:
        """Begin again with the first bucket."""
        self._left = self._task.data.rows_by_bucket(self._buckets, self._task.moments)

    def next(self, input_data: Callable[..., None]) -> bool:
        """Hand over one bucket; False when none is left."""
        rows = next(self._left, None)
        if rows is None:
            return False
        missed = rows.facts.missed
        weight = None if self._weight is None else stop_weights(missed, self._weight)
        input_data(
            data=rows.values, label=missed.astype(np.float32), weight=weight, feature_names=list(NAMES)
        )
        return True
