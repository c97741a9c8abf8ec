"""An approved model at work: from features to a probability, a band, and what each feature contributed.

Pure, and on one core: many scorers work beside each other. A row's numbers are the same whether it comes alone or among
others, so that a stored decision can be executed again.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from risk.features import Floats
from risk.levels import Level
from risk.model import specs
from risk.model.calibration import Calibration, CalibrationInvalid
from risk.model.inputs import Matrix
from risk.model.tree_shap import TooDeep, Tree, TreeShap

if TYPE_CHECKING:
    import xgboost

FORMAT = 1
OBJECTIVE = "binary:logistic"
# Between double precision and XGBoost's single: a sum over hundreds of trees.
SAME_LOG_ODDS = 1e-4
PROBES = 16
SHARE_MISSING = 0.2


class ModelUnusable(Exception):
    """A model that must not score; the text says why."""


@dataclass(frozen=True)
class Scores:
    """What the model says, one element per customer.

    Args:
        margin: the sum of the trees, in log-odds, before calibration.
        probability: of missing the next instalment, 0 to 1.
        band: `Level` codes.
    """

    margin: Floats
    probability: Floats
    band: NDArray[np.int64]


@dataclass(frozen=True, kw_only=True)
class Bands:
    """From which probability on a customer is MEDIUM, and HIGH."""

    medium_from_prob: float
    high_from_prob: float

    def of(self, probability: Floats) -> NDArray[np.int64]:
        """The band of each probability."""
        return np.where(
            probability >= self.high_from_prob,
            int(Level.HIGH),
            np.where(probability >= self.medium_from_prob, int(Level.MEDIUM), int(Level.LOW)),
        )


class Scorer:
    """One model in memory. Make it with `load`."""

    def __init__(
        self, *, booster: "xgboost.Booster", shap: TreeShap, calibration: Calibration, bands: Bands
    ) -> None:
        self._booster = booster
        self._shap = shap
        self._calibration = calibration
        self.bands = bands
        self.base = _base(booster)

    @classmethod
    def load(cls, ubj: bytes, manifest: Mapping[str, Any]) -> "Scorer":
        """Make a scorer of a model's bytes and the manifest that people approved.

        Args:
            ubj: The model as XGBoost wrote it (UBJ).
            manifest: As in `risk/model/registry.py`.

        Raises:
            ModelUnusable: the bytes are not those of the manifest, or the model does not speak of our features.
        """
        try:
            _check(ubj, manifest)
            calibration = Calibration.from_json(manifest["calibration"])
            bands = _bands(manifest["bands"])
        except KeyError as error:
            raise ModelUnusable(f"The manifest lacks {error}.") from error
        except (CalibrationInvalid, TypeError, ValueError) as error:
            raise ModelUnusable(str(error)) from error
        booster = _booster(ubj)
        trees = _trees(booster)
        found = cls(booster=booster, shap=_shap(trees), calibration=calibration, bands=bands)
        found.check_contributions(_probes(trees))
        return found

    def score(self, values: Matrix) -> Scores:
        """Margin, probability and band of each row.

        Args:
            values: (customers, features) in the order of `specs.NAMES`, NaN where missing.
        """
        if not len(values):
            nothing = np.zeros(0)
            return Scores(nothing, nothing, nothing.astype(np.int64))
        rows = np.ascontiguousarray(values, dtype=np.float32)
        margin = self._booster.inplace_predict(rows, predict_type="margin", missing=np.nan)
        margin = np.asarray(margin, dtype=np.float64).reshape(len(rows))
        probability = self._calibration.apply(margin)
        return Scores(margin, probability, self.bands.of(probability))

    def contributions(self, values: Matrix) -> Floats:
        """What each feature adds to the margin: exact SHAP values, and the base value in the last column.

        Args:
            values: As in `score`.

        Returns:
            (customers, features + 1) in log-odds. A row sums to its margin, but for the single precision of the latter.
        """
        rows = np.asarray(values, dtype=np.float32)
        base = np.full((len(rows), 1), self.base)
        return np.hstack([self._shap.values(rows), base])

    def check_contributions(self, rows: Matrix) -> None:
        """Compare with XGBoost's own contributions: reasons must be those of this very model.

        Raises:
            ModelUnusable: they differ.
        """
        theirs = _pred_contribs(self._booster, rows)
        if not np.allclose(self.contributions(rows), theirs, rtol=0, atol=SAME_LOG_ODDS):
            raise ModelUnusable("The model's contributions are not those that XGBoost computes.")


def _check(ubj: bytes, manifest: Mapping[str, Any]) -> None:
    if manifest["format"] != FORMAT:
        raise ModelUnusable(f"The manifest's format is {manifest['format']}, not {FORMAT}.")
    if hashlib.sha256(ubj).hexdigest() != manifest["ubj_sha256"]:
        raise ModelUnusable("The stored model is not the one in its manifest: its bytes were changed.")
    if manifest["features"] != list(specs.NAMES) or manifest["schema_hash"] != specs.SCHEMA_HASH:
        raise ModelUnusable("The model was trained on other features than this version computes.")


def _bands(content: Mapping[str, Any]) -> Bands:
    medium, high = float(content["medium_from_prob"]), float(content["high_from_prob"])
    if not 0 < medium <= high < 1:
        raise ModelUnusable(f"The bands begin at {medium} and {high}; 0 < MEDIUM ≤ HIGH < 1 is needed.")
    return Bands(medium_from_prob=medium, high_from_prob=high)


def _booster(ubj: bytes) -> "xgboost.Booster":
    # Imported only where a model is at work: it takes a second.
    import xgboost

    try:
        booster = xgboost.Booster(model_file=bytearray(ubj))
    except xgboost.core.XGBoostError as error:
        raise ModelUnusable(f"XGBoost cannot read the model: {str(error).splitlines()[0]}") from error
    booster.set_param({"nthread": 1})
    if booster.num_features() != len(specs.NAMES):
        raise ModelUnusable(
            f"The model looks at {booster.num_features()} features, not at {len(specs.NAMES)}."
        )
    if booster.feature_names not in (None, list(specs.NAMES)):
        raise ModelUnusable("The model's own feature names are in another order than ours.")
    return booster


def _trees(booster: "xgboost.Booster") -> list[Tree]:
    """The booster's trees.

    Raises:
        ModelUnusable: it is no sum of trees for one yes-or-no question.
    """
    learner = json.loads(booster.save_raw("json"))["learner"]
    kind, objective = learner["gradient_booster"]["name"], learner["objective"]["name"]
    if (kind, objective) != ("gbtree", OBJECTIVE):
        raise ModelUnusable(f"The model is a {kind} for {objective}, not a gbtree for {OBJECTIVE}.")
    trees = learner["gradient_booster"]["model"]["trees"]
    if any(sum(tree["split_type"]) for tree in trees):
        raise ModelUnusable("The model splits by categories; our features are numbers.")
    return [Tree.from_json(tree) for tree in trees]


def _shap(trees: list[Tree]) -> TreeShap:
    try:
        return TreeShap(trees, features=len(specs.NAMES))
    except TooDeep as error:
        raise ModelUnusable(f"The model cannot be explained: {error}.") from error


def _probes(trees: list[Tree]) -> Matrix:
    """Rows on both sides of the model's own thresholds, with missing values among them."""
    random = np.random.default_rng(0)
    rows = random.normal(size=(PROBES, len(specs.NAMES))).astype(np.float32)
    for tree in trees:
        for split in tree.splits_under(0):
            rows[random.integers(PROBES), tree.feature[split]] = tree.threshold[split]
    rows[random.random(rows.shape) < SHARE_MISSING] = np.nan
    return rows


def _base(booster: "xgboost.Booster") -> float:
    """What the model says before it has looked at anything: its mean over the training set, in log-odds."""
    nothing = np.full((1, len(specs.NAMES)), np.nan, dtype=np.float32)
    return float(_pred_contribs(booster, nothing)[0, -1])


def _pred_contribs(booster: "xgboost.Booster", rows: Matrix) -> NDArray[np.float32]:
    import xgboost

    matrix = xgboost.DMatrix(rows, nthread=1, feature_names=booster.feature_names)
    found: NDArray[np.float32] = booster.predict(matrix, pred_contribs=True)
    return found
