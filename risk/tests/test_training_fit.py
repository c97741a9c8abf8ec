"""Which class weight is kept, and that the kept trees grow on the stopping customers, too."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from risk.tests.fitting import OPTIONS, SPLIT, task_of
from risk.tests.training_sets import write_training_set
from risk.training.external import ExternalMemory
from risk.training.fit import FitOptions, FitTask, Fitted, InMemory, class_weights, fit_best, margins_of
from risk.training.metrics import Ranking


class Noting(InMemory):
    """In memory, noting what is asked for."""

    def __init__(self) -> None:
        self.fitted: list[tuple[float, Fitted]] = []
        self.refitted: list[tuple[float, int]] = []

    def fit(self, *, task: FitTask, options: FitOptions) -> Fitted:
        found = super().fit(task=task, options=options)
        self.fitted.append((task.weight, found))
        return found

    def refit(self, *, task: FitTask, options: FitOptions, rounds: int) -> Fitted:
        self.refitted.append((task.weight, rounds))
        return super().refit(task=task, options=options, rounds=rounds)


@pytest.fixture(scope="module")
def task(tmp_path_factory: pytest.TempPathFactory) -> FitTask:
    return task_of(write_training_set(tmp_path_factory.mktemp("training") / "set"))


def test_weight_that_ranks_the_stopping_customers_best_is_fitted_again(task: FitTask) -> None:
    fitter = Noting()
    tasks = [dataclasses.replace(task, weight=weight) for weight in (1.0, 1_000.0)]

    found = fit_best(tasks, fitter=fitter, options=OPTIONS)

    stop = task.data.rows(task.stop_buckets, task.moments)
    areas = {
        weight: Ranking(margins_of(one.ubj, stop.values), stop.facts.missed).curve().pr_auc()
        for weight, one in fitter.fitted
    }
    best, rounds = fitter.refitted[0]
    assert best == max(areas, key=lambda weight: areas[weight])
    assert rounds == dict(fitter.fitted)[best].rounds == found.rounds
    assert found.parameters["scale_pos_weight"] == best


def test_kept_trees_grow_on_fitting_and_stopping_customers(task: FitTask) -> None:
    moved = dataclasses.replace(task, fit_buckets=task.both_buckets, stop_buckets=SPLIT.calibration)
    rows = task.data.rows(SPLIT.test, task.moments)

    found = InMemory().refit(task=task, options=OPTIONS, rounds=OPTIONS.most_rounds)
    expected = InMemory().fit(task=moved, options=OPTIONS)

    assert expected.rounds == OPTIONS.most_rounds
    assert np.array_equal(margins_of(found.ubj, rows.values), margins_of(expected.ubj, rows.values))


def test_trees_grown_from_disk_are_like_those_in_memory(task: FitTask, tmp_path: Path) -> None:
    rows = task.data.rows(SPLIT.test, task.moments)

    found, expected = (
        fitter.refit(task=task, options=OPTIONS, rounds=5)
        for fitter in (ExternalMemory(tmp_path), InMemory())
    )

    assert found.rounds == 5
    assert np.abs(margins_of(found.ubj, rows.values) - margins_of(expected.ubj, rows.values)).max() < 1e-3
    assert list(tmp_path.iterdir()) == []


def test_class_weights_are_powers_of_the_odds() -> None:
    options = dataclasses.replace(OPTIONS, weight_powers=(0.0, 0.5, 1.0))

    assert class_weights(options, rows=1_000, misses=100) == pytest.approx((1, 3, 9))
