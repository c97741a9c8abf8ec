"""The scorer: what it refuses, and that a row's numbers depend on nothing but the row."""

import json
from typing import Any

import numpy as np
import pytest
import xgboost
from hypothesis import given, settings
from hypothesis import strategies as st

from risk.levels import Level
from risk.model import scorer as scorer_module
from risk.model import specs
from risk.model.calibration import Calibration
from risk.model.scorer import Bands, ModelUnusable, Scorer
from risk.tests import small_models


@pytest.fixture(scope="module")
def ubj() -> bytes:
    return small_models.model()[0]


@pytest.fixture(scope="module")
def scorer(ubj: bytes) -> Scorer:
    return Scorer.load(ubj, small_models.manifest(ubj))


def test_margin_is_xgboosts(scorer: Scorer, ubj: bytes) -> None:
    rows = small_models.rows(seed=5)
    booster = xgboost.Booster(model_file=bytearray(ubj))

    found = scorer.score(rows)

    matrix = xgboost.DMatrix(rows, nthread=1, feature_names=list(specs.NAMES))
    assert (found.margin == booster.predict(matrix, output_margin=True)).all()


def test_probability_is_the_calibrated_margin(ubj: bytes) -> None:
    calibration = {"kind": "platt", "a": 0.8, "b": -1.25}
    scorer = Scorer.load(ubj, small_models.manifest(ubj, calibration=calibration))

    found = scorer.score(small_models.rows(seed=5))

    assert (found.probability == Calibration.from_json(calibration).apply(found.margin)).all()


@given(start=st.integers(0, 90), count=st.integers(1, 40))
@settings(max_examples=30, deadline=None)
def test_row_alone_is_scored_as_among_others(scorer: Scorer, start: int, count: int) -> None:
    rows = small_models.rows(count=130, seed=6)
    together, part = scorer.score(rows), scorer.score(rows[start : start + count])

    assert (part.margin == together.margin[start : start + count]).all()
    assert (part.probability == together.probability[start : start + count]).all()
    contributions = scorer.contributions(rows)[start : start + count]
    assert (scorer.contributions(rows[start : start + count]) == contributions).all()


def test_contributions_sum_to_the_margin(scorer: Scorer) -> None:
    rows = small_models.rows(seed=7)

    found = scorer.contributions(rows)

    assert found.shape == (len(rows), len(specs.NAMES) + 1)
    assert np.abs(found.sum(axis=1) - scorer.score(rows).margin).max() < 1e-5


def test_nobody_is_scored_as_nobody(scorer: Scorer) -> None:
    nobody = small_models.rows(count=0)

    found = scorer.score(nobody)

    assert (len(found.margin), len(found.probability), len(found.band)) == (0, 0, 0)
    assert scorer.contributions(nobody).shape == (0, len(specs.NAMES) + 1)


def test_band_begins_at_its_probability() -> None:
    bands = Bands(medium_from_prob=0.1, high_from_prob=0.3)

    below = np.nextafter([0.1, 0.3], 0)

    assert bands.of(np.array([0.0, below[0], 0.1, below[1], 0.3, 1.0])).tolist() == [
        Level.LOW,
        Level.LOW,
        Level.MEDIUM,
        Level.MEDIUM,
        Level.HIGH,
        Level.HIGH,
    ]


def refusal(ubj: bytes, manifest: dict[str, Any]) -> str:
    with pytest.raises(ModelUnusable) as found:
        Scorer.load(ubj, manifest)
    return str(found.value)


@pytest.mark.parametrize("position", [0, 1_000, -1])
def test_one_changed_byte_is_refused(ubj: bytes, position: int) -> None:
    changed = bytearray(ubj)
    changed[position] ^= 1

    assert "bytes were changed" in refusal(bytes(changed), small_models.manifest(ubj))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"format": 2}, "format is 2"),
        ({"features": ["other"]}, "other features"),
        ({"schema_hash": "0" * 64}, "other features"),
        ({"calibration": {"kind": "platt", "a": -1, "b": 0}}, "slope"),
        ({"calibration": {}}, "kind"),
        ({"bands": {"medium_from_prob": 0.5, "high_from_prob": 0.4}}, "bands begin at"),
        ({"bands": {"medium_from_prob": 0.0, "high_from_prob": 0.4}}, "bands begin at"),
        ({"bands": {"medium_from_prob": 0.1, "high_from_prob": float("nan")}}, "bands begin at"),
        ({"bands": {"medium_from_prob": "x", "high_from_prob": 0.4}}, "could not convert"),
        ({"bands": {"high_from_prob": 0.4}}, "lacks 'medium_from_prob'"),
    ],
)
def test_manifest_that_does_not_fit_is_refused(ubj: bytes, changes: dict[str, Any], words: str) -> None:
    assert words in refusal(ubj, small_models.manifest(ubj, **changes))


@pytest.mark.parametrize(
    "missing", ["format", "features", "schema_hash", "ubj_sha256", "calibration", "bands"]
)
def test_manifest_that_lacks_something_is_refused(ubj: bytes, missing: str) -> None:
    manifest = small_models.manifest(ubj)
    del manifest[missing]

    assert f"lacks '{missing}'" in refusal(ubj, manifest)


def test_bytes_that_are_no_model_are_refused() -> None:
    rubbish = b"not a model at all"

    assert "cannot read" in refusal(rubbish, small_models.manifest(rubbish))


def model_of(**parameters: Any) -> tuple[bytes, dict[str, Any]]:
    ubj = bytes(small_models.booster(**parameters).save_raw("ubj"))
    return ubj, small_models.manifest(ubj)


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({"objective": "reg:squarederror"}, "for reg:squarederror"),
        ({"booster": "dart"}, "is a dart"),
        ({"depth": 12, "min_child_weight": 0, "reg_lambda": 0}, "cannot be explained"),
    ],
)
def test_model_of_another_kind_is_refused(parameters: dict[str, Any], words: str) -> None:
    assert words in refusal(*model_of(**parameters))


def test_model_of_other_width_is_refused() -> None:
    matrix = xgboost.DMatrix(np.ones((4, 2)), [0, 1, 0, 1], nthread=1)
    ubj = bytes(xgboost.train({"objective": "binary:logistic", "nthread": 1}, matrix, 1).save_raw("ubj"))

    assert "looks at 2 features" in refusal(ubj, small_models.manifest(ubj))


def test_model_with_columns_in_another_order_is_refused() -> None:
    booster = small_models.booster()
    booster.feature_names = list(reversed(specs.NAMES))
    ubj = bytes(booster.save_raw("ubj"))

    assert "another order" in refusal(ubj, small_models.manifest(ubj))


def test_model_without_names_is_taken_at_the_manifests_word() -> None:
    booster = small_models.booster()
    booster.feature_names = None
    ubj = bytes(booster.save_raw("ubj"))

    assert Scorer.load(ubj, small_models.manifest(ubj)).base < 0


def test_model_with_categories_is_refused() -> None:
    random = np.random.default_rng(0)
    values = random.integers(0, 4, size=(400, len(specs.NAMES))).astype(np.float32)
    target = (values[:, 0] == 2).astype(int)
    kinds = ["c", *["q"] * (len(specs.NAMES) - 1)]
    matrix = xgboost.DMatrix(values, target, nthread=1, feature_types=kinds, enable_categorical=True)
    parameters = {"objective": "binary:logistic", "nthread": 1, "max_cat_to_onehot": 1}
    ubj = bytes(xgboost.train(parameters, matrix, 3).save_raw("ubj"))

    assert "categories" in refusal(ubj, small_models.manifest(ubj))


def test_contributions_of_another_model_are_refused(ubj: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    other = small_models.booster(seed=3)
    trees = scorer_module._trees(other)
    monkeypatch.setattr(scorer_module, "_trees", lambda _booster: trees)

    assert "contributions" in refusal(ubj, small_models.manifest(ubj))


def test_loading_does_not_change_the_manifest(ubj: bytes) -> None:
    manifest = small_models.manifest(ubj)
    before = json.dumps(manifest)

    Scorer.load(ubj, manifest)

    assert json.dumps(manifest) == before
