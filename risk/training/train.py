"""One run of training: split, fit, calibrate, set bands, compare with the baselines, judge.

With several folds each customer is tested once, by a model that never saw that customer nor anything known after the
embargo. The first fold's model is the artefact. The metrics of all folds together say how good this way of training
is; those of the first fold's own test customers stand beside them.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Self

import numpy as np

from risk.model.inputs import Matrix
from risk.model.manifest import canonical, sha256_of_text
from risk.model.specs import NAMES
from risk.monitoring.coverage import covered_share_of
from risk.monitoring.reference import DRAWS, reference_of
from risk.training.artefact import Artefact, Basis, splits_in_json, training_in_json
from risk.training.evaluate import distinct_misses, evaluate, lead_times, measured_part
from risk.training.fit import FitOptions, Fitter
from risk.training.fold import Fold
from risk.training.rows import Rows, TrainingSet
from risk.training.scored import Scored
from risk.training.sizes import SplitSizes, require_enough, sizes_by_bucket
from risk.training.splits import CustomerSplit, TimeSplit, split_customers, split_moments
from risk.training.verdict import Verdict, verdict_of

METRICS_FORMAT = 1
REFERENCE_CUSTOMERS = 20_000
IMPORTANCE_ROWS = 5_000

Report = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class TrainOptions:
    """What decides on a run, beside the data.

    Args:
        fit: what decides on the trees.
        basis: what the bands are set from.
        folds: how many models the metrics come from.
        draws: of the bootstrap.
        drift_draws: for the thresholds of the drift report.
        is_simulated: whether the data are simulated, which the model card then says.
        code_version: of this program.
    """

    fit: FitOptions
    basis: Basis = field(default_factory=Basis)
    folds: int = 5
    draws: int = 1_000
    drift_draws: int = DRAWS
    is_simulated: bool = False
    code_version: str = "unversioned"


@dataclass(frozen=True, kw_only=True)
class Run:
    """What came of a run.

    Args:
        artefact: the model and its manifest.
        metrics: JSON.
        verdict: whether it may be a candidate.
        scored: the test rows of all folds, from which the metrics were computed.
    """

    artefact: Artefact
    metrics: dict[str, Any]
    verdict: Verdict
    scored: Scored


@dataclass(frozen=True, kw_only=True)
class _Plan:
    """The split of a training set, found large enough."""

    data: TrainingSet
    options: TrainOptions
    times: TimeSplit
    splits: tuple[CustomerSplit, ...]
    sizes: SplitSizes

    @classmethod
    def of(cls, data: TrainingSet, options: TrainOptions) -> Self:
        times = split_moments(data.moments, label_days=data.label_days)
        splits = split_customers(seed=options.fit.seed, folds=options.folds)
        sizes = SplitSizes(train=sizes_by_bucket(data, times.train), test=sizes_by_bucket(data, times.test))
        require_enough(sizes, times=times, splits=splits)
        return cls(data=data, options=options, times=times, splits=splits, sizes=sizes)

    def fold(self, split: CustomerSplit, fitter: Fitter) -> Fold:
        sizes = self.sizes.of(split)
        training = training_in_json(
            data=self.data.content,
            options=self.options.fit,
            sizes={part: asdict(size) for part, size in sizes.items()},
            splits=splits_in_json(self.times, split, label_days=self.data.label_days),
        )
        return Fold(
            data=self.data,
            times=self.times,
            customers=split,
            size=sizes["fit"],
            fitter=fitter,
            options=self.options.fit,
            basis=self.options.basis,
            training=training
            | {"code_version": self.options.code_version, "is_simulated": self.options.is_simulated},
        )

    def held_out(self) -> Rows:
        """Rows of customers the artefact was not fitted on, at all moments: what the model meets."""
        buckets = (*self.splits[0].calibration, *self.splits[0].test)
        parts: list[Rows] = []
        for rows in self.data.rows_by_bucket(buckets, self.data.moments):
            parts.append(rows)
            if sum(np.unique(part.facts.customer).size for part in parts) >= REFERENCE_CUSTOMERS:
                break
        return Rows.joined(parts)


def train(*, data: TrainingSet, fitter: Fitter, options: TrainOptions, report: Report) -> Run:
    """Train a model and measure it.

    Args:
        data: the training set.
        fitter: how trees are fitted.
        options: what decides on the run.
        report: told what is being done.

    Raises:
        risk.training.sizes.TooFew: the training set is too small.
        risk.training.bands.BandsImpossible: the wish for bands makes no sense.
    """
    report("Counting")
    plan = _Plan.of(data, options)
    folds: list[tuple[Artefact, Scored]] = []
    for number, split in enumerate(plan.splits, start=1):
        report(f"Fold {number} of {len(plan.splits)}, {fitter.in_words}")
        folds.append(plan.fold(split, fitter).run())
    report("Describing the data for the drift report")
    held_out = plan.held_out()
    artefact = _with_reference(
        folds[0][0], held_out, draws=options.drift_draws, share=covered_share_of(data.content)
    )
    report("Measuring")
    scored = Scored.joined([tested for _, tested in folds])
    metrics = _measured(plan, scored, own=folds[0][1])
    verdict = verdict_of(
        metrics, is_by_time=plan.times.is_by_time, lacks_bands=[each.lacks_bands for each, _ in folds]
    )
    metrics |= {
        "verdict": verdict.as_json(),
        "manifest": _without_reference(artefact.manifest),
        "manifest_sha256": sha256_of_text(canonical(artefact.manifest)),
        "importance": _importance(artefact, held_out.values[:IMPORTANCE_ROWS]),
        "fitted": fitter.in_words,
    }
    return Run(artefact=artefact, metrics=_json_numbers(metrics), verdict=verdict, scored=scored)


def _measured(plan: _Plan, scored: Scored, *, own: Scored) -> dict[str, Any]:
    """Everything the test rows of all folds say, and what the artefact's own do."""
    draws, seed = plan.options.draws, plan.options.fit.seed
    return {
        "format": METRICS_FORMAT,
        "draws": draws,
        "folds": len(plan.splits),
        **evaluate(scored, draws=draws, seed=seed),
        "lead_time": lead_times(scored, horizon_days=plan.data.population["horizon_days"]),
        "distinct_misses": distinct_misses(scored),
        "own_holdout": measured_part(own, draws=draws, seed=seed, compared=True),
        "data": dict(plan.data.content),
    }


def _with_reference(artefact: Artefact, held_out: Rows, *, draws: int, share: float | None) -> Artefact:
    """The artefact with what its data were like, for the drift report."""
    scores = artefact.scorer().score(held_out.values)
    reference = reference_of(
        names=NAMES,
        values=held_out.values,
        probability=scores.probability,
        customers=held_out.facts.customer,
        as_of_days=held_out.facts.as_of.astype(np.int64),
        draws=draws,
    )
    return replace(artefact, manifest=artefact.manifest | {"reference": reference | {"covered_share": share}})


def _without_reference(manifest: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in manifest.items() if key != "reference"}


def _importance(artefact: Artefact, values: Matrix) -> list[dict[str, Any]]:
    """Features by their mean absolute SHAP value in log-odds, the most important first."""
    found = np.abs(artefact.scorer().contributions(values))[:, :-1].mean(axis=0)
    pairs = sorted(zip(NAMES, found.tolist(), strict=True), key=lambda pair: -pair[1])
    return [{"feature": name, "mean_log_odds": value} for name, value in pairs]


def _json_numbers(content: Any) -> Any:
    """The same with None for what is no number: JSON, and so the database, knows no NaN."""
    if isinstance(content, Mapping):
        return {key: _json_numbers(value) for key, value in content.items()}
    if isinstance(content, list | tuple):
        return [_json_numbers(value) for value in content]
    return None if isinstance(content, float) and not math.isfinite(content) else content
