"""One fold of a run: a model fitted, calibrated and banded without its test customers, and what it says of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from risk.model.calibration import Calibration
from risk.training.artefact import Artefact, Basis, artefact_of, later_half
from risk.training.baselines import Logistic
from risk.training.calibrating import calibration_fit
from risk.training.fit import FitOptions, FitTask, Fitted, Fitter, class_weights, fit_best, margins_of
from risk.training.metrics import Floats
from risk.training.rows import Facts, Rows, TrainingSet
from risk.training.scored import LOGISTIC, MODEL, SALARY, SCORECARD, Scored
from risk.training.sizes import Size
from risk.training.splits import CustomerSplit, TimeSplit

# The baselines are fitted in memory: of a larger training set they see as many buckets as give about this many rows.
BASELINE_ROWS = 1_000_000


@dataclass(frozen=True, kw_only=True)
class Fold:
    """What a fold is made of.

    Args:
        data: the training set.
        times, customers: the split.
        size: of the fitting customers.
        fitter, options: how trees are fitted.
        basis: what the bands are set from.
        training: what the manifest says of the run.
    """

    data: TrainingSet
    times: TimeSplit
    customers: CustomerSplit
    size: Size
    fitter: Fitter
    options: FitOptions
    basis: Basis
    training: Mapping[str, Any]

    def run(self) -> tuple[Artefact, Scored]:
        """Fit the model and the baselines, and score the test customers.

        Returns:
            The fold's model, and the test rows as it and the baselines rank them.

        Raises:
            risk.training.bands.BandsImpossible: the wish for bands makes no sense.
        """
        fitted = self._fit()
        baselines = self._baselines()
        ranked = self._rank(fitted, baselines, self.customers.calibration, self.times.train)
        calibrations = {
            name: calibration_fit(
                margins=margins, missed=ranked.facts.missed, customers=ranked.facts.customer
            )
            for name, margins in ranked.margins.items()
        }
        artefact = self._artefact(fitted, calibrations[MODEL], ranked)
        return artefact, self._test(artefact, baselines, calibrations)

    def _fit(self) -> Fitted:
        """Fit the trees with each class weight that is tried."""
        weights = class_weights(self.options, rows=self.size.rows, misses=self.size.misses)
        tasks = [
            FitTask(
                data=self.data,
                fit_buckets=self.customers.fit,
                stop_buckets=self.customers.stop,
                moments=self.times.train,
                weight=weight,
            )
            for weight in weights
        ]
        return fit_best(tasks, fitter=self.fitter, options=self.options)

    def _baselines(self) -> dict[str, Logistic]:
        """Logistic regressions on all features, and on the days since salary alone."""
        buckets = self.customers.fit
        share = min(1.0, BASELINE_ROWS / self.size.rows)
        rows = self.data.rows(buckets[: max(1, round(len(buckets) * share))], self.times.train)
        stop = self.data.rows(self.customers.stop, self.times.train)
        return {
            name: Logistic.fit(
                values=_inputs(name, rows),
                missed=rows.facts.missed,
                stop_values=_inputs(name, stop),
                stop_missed=stop.facts.missed,
            )
            for name in (LOGISTIC, SALARY)
        }

    def _rank(
        self, fitted: Fitted, baselines: Mapping[str, Logistic], buckets: Any, moments: Any
    ) -> "_Ranked":
        """Margins of every ranker, one bucket in memory at a time."""
        parts = []
        for rows in self.data.rows_by_bucket(buckets, moments):
            margins = {name: model.margins(_inputs(name, rows)) for name, model in baselines.items()}
            margins[SCORECARD] = rows.facts.score.astype(np.float64)
            margins[MODEL] = margins_of(fitted.ubj, rows.values)
            parts.append(_Ranked(rows.facts, margins))
        return _Ranked.joined(parts)

    def _artefact(self, fitted: Fitted, calibration: Calibration, ranked: "_Ranked") -> Artefact:
        later = later_half(ranked.facts.as_of)
        return artefact_of(
            fitted=fitted,
            calibration=calibration,
            probs=calibration.apply(ranked.margins[MODEL][later]),
            basis=self.basis,
            population=self.data.population,
            training=self.training,
        )

    def _test(
        self,
        artefact: Artefact,
        baselines: Mapping[str, Logistic],
        calibrations: Mapping[str, Calibration],
    ) -> Scored:
        """The test rows as the scorer that serves will score them, and as the baselines do."""
        scorer = artefact.scorer()
        parts = []
        for rows in self.data.rows_by_bucket(self.customers.test, self.times.test):
            scores = scorer.score(rows.values)
            margins = {name: model.margins(_inputs(name, rows)) for name, model in baselines.items()}
            margins[SCORECARD] = rows.facts.score.astype(np.float64)
            probs = {name: calibrations[name].apply(margin) for name, margin in margins.items()}
            probs[MODEL] = scores.probability
            ranks = probs | {SCORECARD: margins[SCORECARD]}
            band = scores.band.astype(np.int8)
            parts.append(Scored(facts=rows.facts, probs=probs, ranks=ranks, band=band))
        return Scored.joined(parts)


@dataclass(frozen=True)
class _Ranked:
    facts: Facts
    margins: dict[str, Floats]

    @classmethod
    def joined(cls, parts: "list[_Ranked]") -> "_Ranked":
        names = parts[0].margins
        margins = {name: np.concatenate([part.margins[name] for part in parts]) for name in names}
        return cls(Facts.joined([part.facts for part in parts]), margins)


def _inputs(name: str, rows: Rows) -> Any:
    """What a baseline looks at."""
    return rows.values if name == LOGISTIC else rows.facts.days_since_salary[:, None]
