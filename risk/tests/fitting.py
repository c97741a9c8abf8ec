"""One task of fitting, done in two ways: do the two boosters say the same?"""

from pathlib import Path

import numpy as np

from risk.training.fit import FitOptions, FitTask, Fitted, InMemory, margins_of
from risk.training.metrics import Ranking
from risk.training.rows import TrainingSet
from risk.training.splits import split_customers, split_moments

# No rows or columns are drawn, so that two ways differ by nothing but the borders of their bins; few rounds, so that
# both end after the last one.
OPTIONS = FitOptions(
    seed=1, threads=1, most_rounds=8, learning_rate=0.2, row_share=1.0, column_share=1.0, bins=512
)
SPLIT = split_customers(seed=1, folds=2)[0]
WEIGHT = 3.0


def task_of(directory: Path) -> FitTask:
    """Fit on the first fold's customers, with a weight, so that a weight that is lost shows."""
    data = TrainingSet.open(directory)
    return FitTask(
        data=data,
        fit_buckets=SPLIT.fit,
        stop_buckets=SPLIT.stop,
        moments=split_moments(data.moments, label_days=data.label_days).train,
        weight=WEIGHT,
    )


def assert_alike(task: FitTask, found: Fitted) -> None:
    """Another way of fitting ranks rows that no tree grew on as the plain one does.

    Where bins differ a little, margins are not the same, but they are correlated by 0.99 or more and off by little on
    average, and areas differ by less than 0.02.
    """
    expected = InMemory().fit(task=task, options=OPTIONS)
    rows = task.data.rows(SPLIT.test, task.moments)
    theirs, ours = (margins_of(one.ubj, rows.values) for one in (found, expected))
    assert np.corrcoef(theirs, ours)[0, 1] >= 0.99
    assert abs((theirs - ours).mean()) < 0.05
    curves = [Ranking(margins, rows.facts.missed).curve() for margins in (theirs, ours)]
    assert abs(curves[0].pr_auc() - curves[1].pr_auc()) < 0.02
    assert abs(curves[0].roc_auc() - curves[1].roc_auc()) < 0.02
