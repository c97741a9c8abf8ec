"""Training on a Dask cluster of two processes: the same within noise; clear words where there is no cluster."""

import builtins
import dataclasses
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from risk.tests import fitting
from risk.tests.fitting import assert_alike, task_of
from risk.tests.training_sets import write_training_set
from risk.training import dask_fit
from risk.training.dask_fit import ClusterUnavailable, OnDask
from risk.training.fit import FitOptions, Fitter, InMemory
from risk.training.rows import TrainingSet
from risk.training.train import Run, TrainOptions, train

OPTIONS = TrainOptions(
    fit=FitOptions(seed=1, threads=1, most_rounds=40, patience=10, learning_rate=0.2),
    folds=1,
    draws=100,
    drift_draws=40,
)


def run(directory: Path, fitter: Fitter, **changes: Any) -> Run:
    options = dataclasses.replace(OPTIONS, **changes)
    return train(data=TrainingSet.open(directory), fitter=fitter, options=options, report=lambda what: None)


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_training_set(tmp_path_factory.mktemp("training") / "set")


@pytest.fixture(scope="module")
def cluster() -> Iterator[str]:
    """The address of a scheduler with two worker processes."""
    import distributed

    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, host="127.0.0.1", dashboard_address=":0"
    ) as local:
        yield local.scheduler_address


@pytest.mark.slow
def test_every_row_reaches_the_workers_once(directory: Path, cluster: str) -> None:
    import distributed

    task = task_of(directory)
    with distributed.Client(cluster):
        met = dask_fit._chunks(task, task.fit_buckets, 2).compute()

    rows = task.data.rows(task.fit_buckets, task.moments)
    expected = np.column_stack([rows.values, rows.facts.missed.astype(np.float32)])
    # Workers take whole buckets in turn: the order differs, the rows do not.
    theirs, ours = (each[np.lexsort(each.T)] for each in (met, expected))
    assert np.array_equal(theirs, ours, equal_nan=True)


@pytest.mark.slow
def test_cluster_of_two_processes_gives_the_same_booster_within_noise(directory: Path, cluster: str) -> None:
    task, fitter = task_of(directory), OnDask(cluster)

    found = fitter.fit(task=task, options=fitting.OPTIONS)

    assert fitter.in_words == "a Dask cluster of 2 workers"
    assert_alike(task, found)


@pytest.mark.slow
def test_whole_run_on_a_cluster_gives_the_same_metrics_within_two_hundredths(
    directory: Path, cluster: str
) -> None:
    """With one class weight: which of several is chosen may differ for very little."""
    fit = dataclasses.replace(fitting.OPTIONS, weight_powers=(0.25,))
    there, here = (run(directory, fitter, fit=fit) for fitter in (OnDask(cluster), InMemory()))

    assert there.metrics["fitted"] == "a Dask cluster of 2 workers"
    assert there.verdict.state == here.verdict.state == "candidate"
    for figure in ("pr_auc", "roc_auc", "brier"):
        expected = here.metrics["overall"]["model"][figure]["value"]
        assert there.metrics["overall"]["model"][figure]["value"] == pytest.approx(expected, abs=0.02)


@pytest.mark.slow
def test_cluster_without_workers_is_named(directory: Path) -> None:
    import distributed

    with (
        distributed.LocalCluster(n_workers=0, host="127.0.0.1", dashboard_address=":0") as empty,
        pytest.raises(ClusterUnavailable, match="has no workers"),
    ):
        run(directory, OnDask(empty.scheduler_address))


def test_missing_packages_are_named(monkeypatch: pytest.MonkeyPatch, directory: Path) -> None:
    found = builtins.__import__

    def without_dask(name: str, *arguments: Any, **keywords: Any) -> Any:
        if name == "distributed":
            raise ImportError(name)
        return found(name, *arguments, **keywords)

    monkeypatch.setattr(builtins, "__import__", without_dask)

    with pytest.raises(ClusterUnavailable, match=r"pip install -r requirements-distributed\.txt"):
        run(directory, OnDask("tcp://127.0.0.1:1"))


def test_scheduler_that_does_not_answer_is_named(monkeypatch: pytest.MonkeyPatch, directory: Path) -> None:
    monkeypatch.setattr("risk.training.dask_fit.CONNECT_SECONDS", 1)

    with pytest.raises(ClusterUnavailable, match=r"No Dask scheduler answers at tcp://127\.0\.0\.1:1"):
        run(directory, OnDask("tcp://127.0.0.1:1"))
