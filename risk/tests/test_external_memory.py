"""Fitting from disk: every row of the task reaches the booster, and the booster says the same as one in memory."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xgboost

from risk.tests.fitting import OPTIONS, SPLIT, assert_alike, task_of
from risk.tests.training_sets import write_training_set
from risk.training import external
from risk.training.external import ExternalMemory
from risk.training.fit import InMemory, margins_of, stop_weights


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_training_set(tmp_path_factory.mktemp("training") / "set")


def test_every_row_reaches_the_booster_once(
    directory: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    task, met = task_of(directory), {}

    def boost(train: xgboost.DMatrix, stop: xgboost.DMatrix, **_: Any) -> str:
        for name, matrix in (("fit", train), ("stop", stop)):
            met[name] = (matrix.num_row(), matrix.num_nonmissing(), matrix.get_label(), matrix.get_weight())
        return "fitted"

    monkeypatch.setattr(external, "boost", boost)
    ExternalMemory(tmp_path).fit(task=task, options=OPTIONS)

    for name, buckets in (("fit", task.fit_buckets), ("stop", task.stop_buckets)):
        rows = task.data.rows(buckets, task.moments)
        count, present, labels, weights = met[name]
        assert (count, present) == (len(rows), int((~np.isnan(rows.values)).sum()))
        assert np.array_equal(labels > 0, rows.facts.missed)
        expected = stop_weights(rows.facts.missed, task.weight)
        assert np.array_equal(weights, expected if name == "stop" else np.zeros(0))


def test_booster_from_disk_is_like_the_one_in_memory(directory: Path, tmp_path: Path) -> None:
    task = task_of(directory)

    found = ExternalMemory(tmp_path).fit(task=task, options=OPTIONS)

    assert_alike(task, found)
    rows = task.data.rows(SPLIT.test, task.moments)
    expected = InMemory().fit(task=task, options=OPTIONS)
    assert np.abs(margins_of(found.ubj, rows.values) - margins_of(expected.ubj, rows.values)).max() < 1e-3
    assert list(tmp_path.iterdir()) == []
