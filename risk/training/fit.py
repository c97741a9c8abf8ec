"""Fitting the trees: the same parameters, early stopping and bytes whether in memory, from disk or on a cluster."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from risk.model.inputs import Matrix
from risk.model.specs import NAMES, SPECS
from risk.training.metrics import Ranking
from risk.training.rows import TrainingSet

if TYPE_CHECKING:
    import xgboost

STOP_METRIC = "logloss"


@dataclass(frozen=True, kw_only=True)
class FitOptions:
    """What decides on the trees, beside the data.

    Args:
        seed: of the row and column samples.
        threads: how many; fixed, since sums in another order end in other last digits.
        most_rounds: trees at most. Each costs time at every refresh.
        patience: rounds without a better figure on the stopping customers before fitting ends.
        depth: levels of splits in a tree.
        weight_powers: class weights to try, as powers of the odds: 0 leaves the classes as they are, 1 levels them.
    """

    seed: int
    threads: int = 2
    most_rounds: int = 250
    patience: int = 30
    depth: int = 4
    learning_rate: float = 0.05
    least_child_weight: float = 20.0
    l2: float = 5.0
    row_share: float = 0.8
    column_share: float = 0.6
    bins: int = 256
    weight_powers: tuple[float, ...] = (0.0, 0.25)

    def parameters(self, *, class_weight: float) -> dict[str, Any]:
        """XGBoost's parameters.

        Args:
            class_weight: how many times a miss counts; rows are weighted, never drawn again.
        """
        return {
            "objective": "binary:logistic",
            "tree_method": "hist",
            "max_depth": self.depth,
            "eta": self.learning_rate,
            "min_child_weight": self.least_child_weight,
            "lambda": self.l2,
            "subsample": self.row_share,
            "colsample_bytree": self.column_share,
            "max_bin": self.bins,
            "scale_pos_weight": class_weight,
            "monotone_constraints": "(" + ",".join(str(spec.monotone) for spec in SPECS) + ")",
            "eval_metric": STOP_METRIC,
            "seed": self.seed,
            "nthread": self.threads,
            "verbosity": 1,
        }


@dataclass(frozen=True, kw_only=True)
class Fitted:
    """A fitted booster.

    Args:
        ubj: the booster in XGBoost's binary JSON.
        rounds: how many trees it has.
        parameters: with which it was fitted.
    """

    ubj: bytes
    rounds: int
    parameters: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class FitTask:
    """What to fit on.

    Args:
        data: the training set.
        fit_buckets: customers the trees grow on.
        stop_buckets: customers who say when to stop.
        moments: of both.
        weight: how many times a miss counts (`class_weights`).
    """

    data: TrainingSet
    fit_buckets: Sequence[int]
    stop_buckets: Sequence[int]
    moments: Sequence[dt.date]
    weight: float

    @property
    def both_buckets(self) -> tuple[int, ...]:
        """Fitting and stopping customers, in rising order."""
        return tuple(sorted((*self.fit_buckets, *self.stop_buckets)))

    def parameters(self, options: FitOptions) -> dict[str, Any]:
        """XGBoost's parameters for this task."""
        return options.parameters(class_weight=self.weight)


class Fitter(Protocol):
    """One way of fitting.

    Args:
        in_words: how, for the metrics.
    """

    in_words: str

    def fit(self, *, task: FitTask, options: FitOptions) -> Fitted:
        """Fit a booster on the fitting customers, as long as the stopping customers gain."""

    def refit(self, *, task: FitTask, options: FitOptions, rounds: int) -> Fitted:
        """Fit a booster of so many trees on the fitting and the stopping customers together."""


class InMemory:
    """All rows of the fitting customers in memory at once."""

    in_words = "in memory"

    def fit(self, *, task: FitTask, options: FitOptions) -> Fitted:
        """See `Fitter.fit`."""
        import xgboost

        shape = {"max_bin": options.bins, "nthread": options.threads, "feature_names": list(NAMES)}
        rows = task.data.rows(task.fit_buckets, task.moments)
        train = xgboost.QuantileDMatrix(rows.values, label=rows.facts.missed, **shape)
        rows = task.data.rows(task.stop_buckets, task.moments)
        stop = xgboost.QuantileDMatrix(
            rows.values,
            label=rows.facts.missed,
            weight=stop_weights(rows.facts.missed, task.weight),
            ref=train,
            **shape,
        )
        return boost(train, stop, parameters=task.parameters(options), options=options)

    def refit(self, *, task: FitTask, options: FitOptions, rounds: int) -> Fitted:
        """See `Fitter.refit`."""
        import xgboost

        shape = {"max_bin": options.bins, "nthread": options.threads, "feature_names": list(NAMES)}
        rows = task.data.rows(task.both_buckets, task.moments)
        train = xgboost.QuantileDMatrix(rows.values, label=rows.facts.missed, **shape)
        return grow(train, parameters=task.parameters(options), rounds=rounds)


def boost(
    train: "xgboost.DMatrix", stop: "xgboost.DMatrix", *, parameters: dict[str, Any], options: FitOptions
) -> Fitted:
    """Grow trees on one matrix until the other no longer gains."""
    import xgboost

    booster = xgboost.train(
        parameters,
        train,
        num_boost_round=options.most_rounds,
        evals=[(stop, "stop")],
        early_stopping_rounds=options.patience,
        verbose_eval=False,
    )
    return cut(booster, parameters)


def grow(train: "xgboost.DMatrix", *, parameters: dict[str, Any], rounds: int) -> Fitted:
    """Grow so many trees on one matrix."""
    import xgboost

    booster = xgboost.train(parameters, train, num_boost_round=rounds)
    return written(booster, parameters)


def class_weights(options: FitOptions, *, rows: int, misses: int) -> tuple[float, ...]:
    """How many times a miss may count: the odds of a payment, raised to each of the powers."""
    return tuple(float(((rows - misses) / misses) ** power) for power in options.weight_powers)


def fit_best(tasks: Sequence[FitTask], *, fitter: Fitter, options: FitOptions) -> Fitted:
    """Fit each task; keep the one that ranks the stopping customers best, and fit it again on them, too.

    Args:
        tasks: of the same customers and moments, which differ in the class weight.
        fitter: how trees are fitted.
        options: what decides on them.

    Returns:
        The booster with the class weight that had the best PR AUC (the first of two alike), and as many trees as that
        one had, grown on the fitting and the stopping customers together: a quarter more than before.
    """
    stop = tasks[0].data.rows(tasks[0].stop_buckets, tasks[0].moments)

    def pr_auc(pair: tuple[FitTask, Fitted]) -> float:
        return Ranking(margins_of(pair[1].ubj, stop.values), stop.facts.missed).curve().pr_auc()

    task, best = max(((task, fitter.fit(task=task, options=options)) for task in tasks), key=pr_auc)
    return fitter.refit(task=task, options=options, rounds=best.rounds)


def cut(booster: "xgboost.Booster", parameters: Mapping[str, Any]) -> Fitted:
    """Cut a booster that was fitted with early stopping after its best round, and write it down."""
    shorter = booster[: booster.best_iteration + 1]
    # Where fitting stopped says nothing about the model; the cut booster would be mistaken for one that has more trees.
    shorter.set_attr(best_iteration=None, best_score=None)
    return written(shorter, parameters)


def written(booster: "xgboost.Booster", parameters: Mapping[str, Any]) -> Fitted:
    """Write a booster down."""
    ubj = bytes(booster.save_raw("ubj"))
    return Fitted(ubj=ubj, rounds=booster.num_boosted_rounds(), parameters=parameters)


def stop_weights(missed: NDArray[np.bool_], weight: float) -> NDArray[np.float32]:
    """Weights with which the stopping rows are judged as the fitting rows are."""
    return np.where(missed, np.float32(weight), np.float32(1.0))


def margins_of(ubj: bytes, values: Matrix) -> NDArray[np.float64]:
    """The sum of the trees in log-odds, (rows)."""
    import xgboost

    booster = xgboost.Booster(model_file=bytearray(ubj))
    found = booster.inplace_predict(np.ascontiguousarray(values), predict_type="margin", missing=np.nan)
    return np.asarray(found, dtype=np.float64).reshape(len(values))
