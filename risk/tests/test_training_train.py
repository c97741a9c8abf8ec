"""Training from end to end on small sets with a known truth: reproducible, honest about leaks, refusing too little."""

import dataclasses
import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from risk.model.manifest import canonical, check
from risk.model.scorer import Scorer
from risk.model.specs import NAMES
from risk.tests.training_sets import RISING, write_training_set
from risk.training.artefact import Basis
from risk.training.card import card
from risk.training.fit import FitOptions, InMemory
from risk.training.rows import DatasetRefused, TrainingSet
from risk.training.sizes import TooFew
from risk.training.train import Run, TrainOptions, train

FIT = FitOptions(seed=1, threads=1, most_rounds=40, patience=10, learning_rate=0.2)
OPTIONS = TrainOptions(fit=FIT, folds=1, draws=60, drift_draws=40)


def run(directory: Path, fitter: Any = None, options: TrainOptions = OPTIONS) -> Run:
    return train(
        data=TrainingSet.open(directory),
        fitter=fitter or InMemory(),
        options=options,
        report=lambda what: None,
    )


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_training_set(tmp_path_factory.mktemp("training") / "set")


@pytest.fixture(scope="module")
def trained(directory: Path) -> Run:
    return run(directory)


def test_same_data_give_the_same_bytes(directory: Path, trained: Run) -> None:
    again = run(directory)

    assert hashlib.sha256(again.artefact.ubj).digest() == hashlib.sha256(trained.artefact.ubj).digest()
    assert canonical(again.artefact.manifest) == canonical(trained.artefact.manifest)
    assert again.metrics == trained.metrics


@pytest.mark.slow
def test_another_seed_gives_another_model(directory: Path, trained: Run) -> None:
    other = dataclasses.replace(OPTIONS, fit=dataclasses.replace(FIT, seed=2))

    assert run(directory, options=other).artefact.ubj != trained.artefact.ubj


def test_model_finds_what_the_scorecard_cannot_see(trained: Run) -> None:
    overall = trained.metrics["overall"]

    assert trained.verdict.state == "candidate"
    assert trained.metrics["comparisons"]["model_minus_scorecard"]["pr_auc"]["low"] > 0.05
    for figure in ("roc_auc", "pr_auc", "brier", "capture_at_10pct", "precision_at_2pct"):
        ends = overall["model"][figure]
        assert ends["low"] < ends["value"] < ends["high"]
    assert set(overall) == {"model", "logistic", "scorecard", "days_since_salary"}


def test_probabilities_are_calibrated_on_customers_and_times_never_seen(trained: Run) -> None:
    found = trained.metrics["calibration"]["model"]

    assert found["mean_prob"] == pytest.approx(found["observed_prob"], rel=0.15)
    assert found["expected_error_prob"] < 0.02


def test_manifest_is_complete_and_serves(trained: Run) -> None:
    manifest = trained.artefact.manifest

    check(manifest, ubj=trained.artefact.ubj)
    scorer = Scorer.load(trained.artefact.ubj, manifest)
    scores = scorer.score(np.zeros((2, len(NAMES)), dtype=np.float32))

    assert manifest["features"] == list(NAMES)
    assert manifest["population"] == {"horizon_days": 30, "grace_days": 3}
    assert manifest["training"]["rounds"] <= FIT.most_rounds
    assert len(manifest["reference"]["columns"]) == len(NAMES) + 1
    assert 0 < scores.probability[0] < 1


def test_model_is_monotone_where_theory_says_so(trained: Run) -> None:
    scorer = Scorer.load(trained.artefact.ubj, trained.artefact.manifest)
    rows = np.random.default_rng(1).normal(size=(200, len(NAMES))).astype(np.float32)
    margins = []
    for value in np.linspace(-3, 3, 13):
        rows[:, RISING] = value
        margins.append(scorer.score(rows).margin)

    assert (np.diff(margins, axis=0) >= 0).all()
    assert (margins[-1] > margins[0]).all()


def test_test_rows_are_apart_in_customers_and_time(trained: Run) -> None:
    splits = trained.artefact.manifest["training"]["splits"]
    parts = [set(buckets) for buckets in splits["buckets"].values()]

    assert sum(map(len, parts)) == len(set.union(*parts)) == 64
    assert max(splits["train_moments"]) < min(splits["embargo_moments"]) < min(splits["test_moments"])
    assert trained.metrics["customers"] == trained.artefact.manifest["training"]["sizes"]["test"]["customers"]


@pytest.mark.slow
def test_folds_test_every_customer_once(directory: Path) -> None:
    found = run(directory, options=dataclasses.replace(OPTIONS, folds=2, draws=20)).metrics

    assert found["customers"] == 3_000
    assert found["rows"] == 3_000 * len(found["manifest"]["training"]["splits"]["test_moments"])
    assert found["own_holdout"]["customers"] < 2_000


@pytest.mark.slow
def test_budgets_decide_on_the_bands(directory: Path) -> None:
    wide = dataclasses.replace(OPTIONS, basis=Basis(alert_budget=0.3, high_budget=0.1), draws=20)

    found = run(directory, options=wide).metrics["bands"]

    assert found["MEDIUM"]["share"] + found["HIGH"]["share"] == pytest.approx(0.3, abs=0.05)
    assert found["LOW"]["observed_prob"] < found["MEDIUM"]["observed_prob"] < found["HIGH"]["observed_prob"]


@pytest.mark.slow
def test_model_no_better_than_the_scorecard_is_rejected(tmp_path: Path) -> None:
    def hopeless(columns: dict[str, Any]) -> Any:
        return np.random.default_rng(9).normal(size=columns["values"].shape).astype(np.float32)

    found = run(write_training_set(tmp_path / "set", values=hopeless))

    assert found.verdict.state == "rejected"
    assert "not better than the scorecard with 95 % confidence" in found.verdict.rejections[0]
    assert "not better than a logistic regression" in found.verdict.remarks[0]
    assert found.metrics["verdict"]["state"] == "rejected"


@pytest.mark.slow
def test_feature_that_knows_the_outcome_is_suspected(tmp_path: Path) -> None:
    def leaking(columns: dict[str, Any]) -> Any:
        columns["values"][:, RISING] = columns["label"] + 0.01 * columns["values"][:, RISING]
        return columns["values"]

    found = run(write_training_set(tmp_path / "set", customers=2_000, values=leaking))

    assert found.verdict.state == "rejected"
    assert "suspected leak" in found.verdict.rejections[0]


@pytest.mark.slow
def test_moments_close_together_are_split_by_customer_and_say_so(tmp_path: Path) -> None:
    found = run(write_training_set(tmp_path / "set", customers=4_000, moments=2))

    assert "By customer only" in found.artefact.manifest["training"]["splits"]["words"]
    assert "by customer only" in found.verdict.remarks[-1]


def test_too_few_misses_are_refused_with_numbers(tmp_path: Path) -> None:
    write_training_set(tmp_path / "set", customers=150, moments=10)

    with pytest.raises(TooFew, match=r"fit \d+ of 60.*150 customers.*longer history"):
        run(tmp_path / "set")


def test_incomplete_training_set_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DatasetRefused, match="incomplete"):
        TrainingSet.open(tmp_path)


def test_training_set_of_other_features_is_refused(tmp_path: Path) -> None:
    write_training_set(tmp_path, customers=10, moments=1)
    note = json.loads((tmp_path / "_dataset.json").read_text())
    (tmp_path / "_dataset.json").write_text(json.dumps(note | {"schema_hash": "0" * 64}))

    with pytest.raises(DatasetRefused, match="other features"):
        TrainingSet.open(tmp_path)


def test_card_tells_the_whole_run(trained: Run) -> None:
    text = card(json.loads(json.dumps(trained.metrics)))

    for title in (
        "Intended use",
        "Results",
        "By segment",
        "By month",
        "Calibration",
        "Bands",
        "Lead time",
        "Ethical",
    ):
        assert f"\n## {title}" in text
    assert trained.artefact.manifest["ubj_sha256"] in text
    assert "simulated" not in text.replace("0002-simulator", "")


@pytest.mark.slow
def test_card_of_simulated_data_says_so(directory: Path) -> None:
    found = run(directory, options=dataclasses.replace(OPTIONS, is_simulated=True, draws=20))

    assert "**The data are simulated**" in card(found.metrics)
