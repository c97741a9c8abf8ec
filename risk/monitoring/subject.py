"""Which models are monitored: the active one and the one in shadow, each as it scores."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from customers import bank_clock
from risk.model.scorer import Bands
from risk.model.standing import Loaded, Registered, Scoring, Standing, load_stored
from risk.models import ModelVersion
from risk.monitoring.coverage import covered_share_of
from risk.monitoring.reference import Reference
from risk.training.content import FROM_FILE
from risk.training.labels import LABEL_DAYS


@dataclass(frozen=True, kw_only=True)
class Subject:
    """A model under observation.

    Args:
        model: the version.
        manifest: what was approved with it.
        scorer: the version at work.
    """

    model: ModelVersion
    manifest: Mapping[str, Any]
    scorer: Scoring

    @property
    def reference(self) -> Reference:
        """What it was trained on.

        Raises:
            ValueError: its manifest holds none that this version can read.
        """
        return Reference.from_json(self.manifest["reference"])

    @property
    def covered_share(self) -> float | None:
        """Of which share of customers with a loan it spoke at the moments of its training; None where unknown."""
        share: float | None = self.manifest["reference"].get("covered_share")
        if share is None:
            share = covered_share_of(self.model.metrics.get("data", {}))
        return share

    @property
    def bands(self) -> Bands:
        """From which probability on it alerts."""
        bands = self.manifest["bands"]
        return Bands(medium_from_prob=bands["medium_from_prob"], high_from_prob=bands["high_from_prob"])

    @property
    def unseen_from_on(self) -> dt.date:
        """The first moment about which its training knew nothing: all outcomes it learnt were known before.

        Raises:
            KeyError: the manifest does not say at which moments it was trained.
        """
        moments = self.manifest["training"]["splits"]["train_moments"]
        label_days = self._data.get("label_days", LABEL_DAYS)
        return dt.date.fromisoformat(max(moments)) + dt.timedelta(days=label_days)

    @property
    def learnt_missed_instalments(self) -> bool:
        """Whether its labels were made from payments, as the monitoring's are, and not stated by the bank."""
        return bool(self._data.get("labels_from") != FROM_FILE)

    @property
    def trained_figures(self) -> dict[str, dict[str, float]]:
        """Its figures at training, by name; empty where the metrics have none."""
        figures: dict[str, dict[str, float]] = self.model.metrics.get("overall", {}).get("model", {})
        return figures

    @property
    def _data(self) -> dict[str, Any]:
        """What the training set said of itself."""
        data: dict[str, Any] = self.model.metrics.get("data", {})
        return data


def standing_subjects() -> list[Subject]:
    """The models that score now, the active one first; one that may not or cannot score is not among them."""
    verdict = Standing().look(today=bank_clock.today())
    return [_subject(loaded) for loaded in (verdict.active, verdict.shadow) if loaded]


def subject_of(model: ModelVersion) -> Subject:
    """Any stored version, whether it scores or not.

    Raises:
        risk.model.scorer.ModelUnusable: it was altered, or is not fit for this release.
    """
    asked = Registered(
        model.pk, str(model), False, model.valid_until_on, model.manifest_sha256, model.artifact_id
    )
    return _subject(load_stored(asked))


def _subject(loaded: Loaded) -> Subject:
    model = ModelVersion.objects.get(pk=loaded.registered.pk)
    return Subject(model=model, manifest=model.manifest, scorer=loaded.scorer)
