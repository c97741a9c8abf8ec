"""Fitting on a Dask cluster: each worker reads its own buckets from the shared directory, XGBoost joins their sums."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from risk.model.inputs import Matrix
from risk.model.specs import NAMES
from risk.training.fit import FitOptions, FitTask, Fitted, cut, stop_weights, written

if TYPE_CHECKING:
    import dask.array
    import distributed

CONNECT_SECONDS = 30
# Several parts for each worker, so that a small one beside a large one evens out.
PARTS_PER_WORKER = 4


class ClusterUnavailable(Exception):
    """The cluster cannot be used; the text says why and what to do."""


class OnDask:
    """An existing cluster, whose workers see the training set under the same path.

    Sums arrive in another order each time, so that two runs agree within noise and not to the byte.

    Args:
        address: of the scheduler, such as tcp://host:8786.
    """

    def __init__(self, address: str) -> None:
        self._address = address
        self.in_words = "a Dask cluster"

    def fit(self, *, task: FitTask, options: FitOptions) -> Fitted:
        """See `risk.training.fit.Fitter`.

        Raises:
            ClusterUnavailable: the packages are missing, the scheduler does not answer, or it has no workers.
        """
        with self._cluster() as (client, workers):
            return _fit(client, workers, task, options)

    def refit(self, *, task: FitTask, options: FitOptions, rounds: int) -> Fitted:
        """See `risk.training.fit.Fitter`.

        Raises:
            ClusterUnavailable: as in `fit`.
        """
        with self._cluster() as (client, workers):
            return _refit(client, workers, task, options, rounds)

    @contextmanager
    def _cluster(self) -> "Iterator[tuple[distributed.Client, int]]":
        """A client, and how many workers there are."""
        with _connect(self._address) as client:
            workers = len(client.scheduler_info(n_workers=-1)["workers"])
            if not workers:
                raise ClusterUnavailable(f"The scheduler at {self._address} has no workers. Start some.")
            self.in_words = f"a Dask cluster of {workers} workers"
            yield client, workers


def _connect(address: str) -> "distributed.Client":
    try:
        import distributed
    except ImportError as error:
        raise ClusterUnavailable(
            "Training on a cluster needs more packages: pip install -r requirements-distributed.txt"
        ) from error
    try:
        return distributed.Client(address, timeout=CONNECT_SECONDS)
    except (OSError, ValueError) as error:
        raise ClusterUnavailable(f"No Dask scheduler answers at {address}: {error}") from error


def _fit(client: "distributed.Client", workers: int, task: FitTask, options: FitOptions) -> Fitted:
    import xgboost.dask

    parameters = _parameters(task, options)
    chunks = _chunks(task, task.fit_buckets, workers)
    train = xgboost.dask.DaskQuantileDMatrix(client, chunks[:, :-1], chunks[:, -1], **_shape(options))
    chunks = _chunks(task, task.stop_buckets, workers)
    stop = xgboost.dask.DaskQuantileDMatrix(
        client,
        chunks[:, :-1],
        chunks[:, -1],
        weight=chunks[:, -1].map_blocks(_weights, task.weight, dtype=np.float32),
        ref=train,
        **_shape(options),
    )
    found = xgboost.dask.train(
        client,
        parameters,
        train,
        num_boost_round=options.most_rounds,
        evals=[(stop, "stop")],
        early_stopping_rounds=options.patience,
        verbose_eval=False,
    )
    return cut(found["booster"], parameters)


def _refit(
    client: "distributed.Client", workers: int, task: FitTask, options: FitOptions, rounds: int
) -> Fitted:
    import xgboost.dask

    parameters = _parameters(task, options)
    chunks = _chunks(task, task.both_buckets, workers)
    train = xgboost.dask.DaskQuantileDMatrix(client, chunks[:, :-1], chunks[:, -1], **_shape(options))
    found = xgboost.dask.train(client, parameters, train, num_boost_round=rounds)
    return written(found["booster"], parameters)


def _parameters(task: FitTask, options: FitOptions) -> dict[str, Any]:
    """Without a number of threads: a worker's share of its machine's processors only it knows."""
    return {key: value for key, value in task.parameters(options).items() if key != "nthread"}


def _shape(options: FitOptions) -> dict[str, Any]:
    return {"max_bin": options.bins, "feature_names": list(NAMES)}


def _chunks(task: FitTask, buckets: Sequence[int], workers: int) -> "dask.array.Array":
    """Rows as (rows, features and the label), in parts of whole buckets that only workers read."""
    import dask.array
    from dask.delayed import delayed

    count = min(len(buckets), PARTS_PER_WORKER * workers)
    shape = (np.nan, len(NAMES) + 1)
    parts = [delayed(_read)(task, tuple(buckets[number::count])) for number in range(count)]
    arrays = [dask.array.from_delayed(part, shape=shape, dtype=np.float32) for part in parts]
    together: dask.array.Array = dask.array.concatenate(arrays, allow_unknown_chunksizes=True)
    return together


def _read(task: FitTask, buckets: Sequence[int]) -> Matrix:
    rows = task.data.rows(buckets, task.moments)
    return np.column_stack([rows.values, rows.facts.missed.astype(np.float32)])


def _weights(labels: Matrix, weight: float) -> Matrix:
    return stop_weights(labels > 0, weight)
