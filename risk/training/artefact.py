"""The artefact of a run: the model's bytes and the manifest that people approve."""

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from risk.model.calibration import Calibration
from risk.model.scorer import FORMAT, Bands, Scorer
from risk.model.specs import NAMES, SCHEMA_HASH
from risk.training.bands import TooAlike, bands_for_budget, bands_for_cost
from risk.training.fit import FitOptions, Fitted
from risk.training.metrics import Floats
from risk.training.splits import CustomerSplit, TimeSplit

NAME = "early-warning"
NOBODY = Bands(medium_from_prob=float(np.nextafter(1, 0)), high_from_prob=float(np.nextafter(1, 0)))
"""Bands in which nobody stands: with them a model without bands of its own is measured."""


@dataclass(frozen=True, kw_only=True)
class Basis:
    """What the bands are set from: a budget of alerts, or a cost ratio.

    Args:
        alert_budget: share of customers in MEDIUM or HIGH, where no costs are stated.
        high_budget: share of customers in HIGH.
        miss_cost: what a contact saves on average when the customer would have missed; None for a budget.
        contact_cost: what a contact costs, in the same currency.
    """

    alert_budget: float = 0.10
    high_budget: float = 0.03
    miss_cost: float | None = None
    contact_cost: float | None = None

    def bands(self, probs: Floats) -> Bands:
        """Set the bands on customers no tree was fitted on.

        Raises:
            risk.training.bands.BandsImpossible: it cannot be met.
        """
        if self.miss_cost is None or self.contact_cost is None:
            return bands_for_budget(probs, alert_budget=self.alert_budget, high_budget=self.high_budget)
        return bands_for_cost(
            probs,
            miss_cost=self.miss_cost,
            contact_cost=self.contact_cost,
            high_budget=self.high_budget,
        )

    def as_json(self) -> dict[str, Any]:
        """The numbers, and in words what they mean."""
        given = {key: value for key, value in asdict(self).items() if value is not None}
        high = f"HIGH: the {self.high_budget:.1%} of customers with the highest probability"
        if self.miss_cost is None or self.contact_cost is None:
            medium = f"MEDIUM and HIGH together: the {self.alert_budget:.1%} with the highest"
        else:
            given.pop("alert_budget")
            medium = (
                f"MEDIUM: where a contact for {self.contact_cost:g} costs no more than the {self.miss_cost:g} it saves"
                " times the probability"
            )
        measured = "measured on the later training moments of the calibration customers"
        return given | {"words": f"{medium}; {high}; {measured}."}


@dataclass(frozen=True, kw_only=True)
class Artefact:
    """A model that can be stored.

    Args:
        ubj: its bytes.
        manifest: JSON; its canonical form is what people approve. Without `bands` no scorer that serves takes it.
        lacks_bands: why it has no bands; empty where it has some.
    """

    ubj: bytes
    manifest: dict[str, Any]
    lacks_bands: str = ""

    def scorer(self) -> Scorer:
        """The model at work, to be measured; everybody is LOW where it has no bands."""
        return Scorer.load(self.ubj, {"bands": asdict(NOBODY)} | self.manifest)


def artefact_of(
    *,
    fitted: Fitted,
    calibration: Calibration,
    probs: Floats,
    basis: Basis,
    population: Mapping[str, Any],
    training: Mapping[str, Any],
) -> Artefact:
    """Put the parts together; the reference for the drift report is added to the one that is kept.

    Args:
        fitted, calibration: the model.
        probs: what it says of the rows on which bands are set.
        basis: what the bands are set from.
        population: of whom it speaks.
        training: what the manifest says of the run.

    Raises:
        risk.training.bands.BandsImpossible: the basis makes no sense.
    """
    bands, lacks_bands = {}, ""
    try:
        bands = {"bands": asdict(basis.bands(probs)) | {"basis": basis.as_json()}}
    except TooAlike as problem:
        lacks_bands = str(problem)
    return Artefact(
        ubj=fitted.ubj,
        manifest={
            "format": FORMAT,
            "name": NAME,
            "schema_hash": SCHEMA_HASH,
            "features": list(NAMES),
            "ubj_sha256": hashlib.sha256(fitted.ubj).hexdigest(),
            "calibration": calibration.as_json(),
            **bands,
            "population": dict(population),
            "training": dict(training) | {"parameters": dict(fitted.parameters), "rounds": fitted.rounds},
        },
        lacks_bands=lacks_bands,
    )


def splits_in_json(times: TimeSplit, customers: CustomerSplit, *, label_days: int) -> dict[str, Any]:
    """Which moments and buckets did what, and in words what that separates."""
    return {
        "words": times.in_words(label_days=label_days),
        "train_moments": [moment.isoformat() for moment in times.train],
        "embargo_moments": [moment.isoformat() for moment in times.embargo],
        "test_moments": [moment.isoformat() for moment in times.test],
        "buckets": {part: list(buckets) for part, buckets in customers.parts().items()},
    }


def training_in_json(
    *,
    data: Mapping[str, Any],
    options: FitOptions,
    sizes: Mapping[str, Mapping[str, int]],
    splits: Mapping[str, Any],
) -> dict[str, Any]:
    """What the manifest says of a training, beside its parameters.

    Args:
        data: the training set's own description.
        options: how the trees were fitted.
        sizes: counts by part.
        splits: as from `splits_in_json`.
    """
    import xgboost

    kept = ("currency", "data_from_on", "data_until_on", "rows", "misses", "customers", "moments")
    return {
        **{key: data[key] for key in kept},
        "seed": options.seed,
        "sizes": dict(sizes),
        "splits": dict(splits),
        "xgboost_version": xgboost.__version__,
    }


def later_half(as_of: Any) -> Any:
    """Which rows lie in the later half of the moments: the nearest to the present a band can be set on."""
    moments = np.unique(as_of)
    return as_of >= moments[moments.size // 2]
