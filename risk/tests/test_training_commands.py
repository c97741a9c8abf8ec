"""`manage.py train_model` and `write_model_card`: what is saved by whom, and how each outcome is told."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from django.core.management import CommandError, call_command
from sklearn.metrics import roc_auc_score

from customers import roles
from risk.model.scorer import ModelUnusable
from risk.model_page import performance
from risk.models import ModelVersion
from risk.monitoring.subject import subject_of
from risk.tests.registered import staff
from risk.tests.training_sets import write_training_set

QUICK = {"folds": 1, "draws": 30, "threads": 1}


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_training_set(tmp_path_factory.mktemp("training") / "set", customers=2_500, moments=10)


def train(directory: Path, **options: Any) -> None:
    call_command("train_model", data=directory, **QUICK | options)


@pytest.mark.slow
@pytest.mark.django_db
def test_analyst_trains_a_candidate_and_its_card_is_written(
    directory: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    analyst = staff(roles.ANALYSTS)

    train(directory, author=analyst.username, metrics=tmp_path / "metrics.json", simulated=True)
    call_command("write_model_card", metrics=tmp_path / "metrics.json", out=tmp_path / "card.md")

    model = ModelVersion.objects.get()
    told = capsys.readouterr().out
    assert (model.state, model.author) == ("candidate", analyst)
    assert model.metrics == json.loads((tmp_path / "metrics.json").read_text())
    assert model.manifest_sha256 == model.metrics["manifest_sha256"]
    assert f"Saved: {model}, candidate" in told
    assert "logistic regression" in told and "95 % intervals" in told
    assert model.manifest_sha256 in (tmp_path / "card.md").read_text()
    assert "**The data are simulated**" in (tmp_path / "card.md").read_text()


@pytest.mark.slow
@pytest.mark.django_db
def test_same_training_twice_is_one_version(directory: Path) -> None:
    analyst = staff(roles.ANALYSTS)

    train(directory, author=analyst.username)
    train(directory, author=analyst.username)

    assert ModelVersion.objects.count() == 1


@pytest.mark.slow
@pytest.mark.django_db
def test_rejected_model_is_saved_with_its_reason_and_exits_with_3(tmp_path: Path) -> None:
    def hopeless(columns: dict[str, Any]) -> Any:
        return np.random.default_rng(9).normal(size=columns["values"].shape).astype(np.float32)

    write_training_set(tmp_path / "set", customers=2_500, moments=10, values=hopeless)

    with pytest.raises(SystemExit) as ended:
        train(tmp_path / "set", author=staff(roles.ANALYSTS).username)

    model = ModelVersion.objects.get()
    assert ended.value.code == 3
    assert model.state == "rejected"
    assert "not better than the scorecard" in model.state_reason


@pytest.mark.slow
@pytest.mark.django_db
def test_model_that_says_the_same_of_everybody_is_saved_as_rejected_without_bands(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_training_set(
        tmp_path / "set", customers=2_500, moments=10, values=lambda columns: np.ones_like(columns["values"])
    )

    with pytest.raises(SystemExit) as ended:
        train(tmp_path / "set", author=staff(roles.ANALYSTS).username, metrics=tmp_path / "metrics.json")
    call_command("write_model_card", metrics=tmp_path / "metrics.json", out=tmp_path / "card.md")

    model = ModelVersion.objects.get()
    assert ended.value.code == 3
    assert (model.state, "bands" in model.manifest) == ("rejected", False)
    assert "not better than the scorecard" in model.state_reason
    assert "No bands could be set in 1 of 1 fold(s): The highest probability is shared" in model.state_reason
    assert model.metrics["overall"]["model"]["roc_auc"]["value"] == 0.5
    assert "The model has none, and cannot be used" in (tmp_path / "card.md").read_text()
    shown = performance.performance_of(model.metrics, currency="INR")
    assert shown is not None and "No bands could be set" in " ".join(shown.verdict)
    with pytest.raises(ModelUnusable, match="lacks 'bands'"):
        subject_of(model)


@pytest.mark.slow
def test_dry_run_needs_nobody_and_saves_nothing(directory: Path, tmp_path: Path) -> None:
    """It works without a database at all: this test may not use one."""
    files = {"metrics": tmp_path / "metrics.json", "scores": tmp_path / "scores.parquet"}

    train(directory, dry_run=True, external_memory=True, **files)

    metrics, scores = json.loads(files["metrics"].read_text()), pq.read_table(files["scores"])
    assert metrics["fitted"] == "one machine with external memory"
    assert (scores.num_rows, pc.sum(scores["label"]).as_py()) == (metrics["rows"], metrics["misses"])
    found = roc_auc_score(scores["label"], scores["prob_model"])
    assert found == pytest.approx(metrics["overall"]["model"]["roc_auc"]["value"])


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "--author who trains"),
        ({"author": "nobody"}, "no user nobody"),
        ({"dry_run": True, "miss_cost": 100.0}, "belong together"),
        ({"dry_run": True, "alert_budget": 0.01}, "must satisfy"),
        ({"dry_run": True, "dask": "nowhere"}, "No Dask scheduler answers at nowhere"),
    ],
)
def test_what_cannot_be_is_refused(directory: Path, options: dict[str, Any], message: str) -> None:
    with pytest.raises(CommandError, match=message):
        train(directory, **options)


@pytest.mark.django_db
def test_whoever_may_not_train_is_refused_before_the_work(tmp_path: Path) -> None:
    officer = staff(roles.COMPLIANCE_OFFICERS)

    with pytest.raises(CommandError, match="may not train models: only Analysts may"):
        train(tmp_path, author=officer.username)


@pytest.mark.django_db
def test_directory_without_a_training_set_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="incomplete"):
        train(tmp_path, dry_run=True)


@pytest.mark.parametrize("content", ["no JSON", "[]", '{"format": 99}'])
def test_card_of_something_else_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "metrics.json").write_text(content)

    with pytest.raises(CommandError, match=r"metrics\.json"):
        call_command("write_model_card", metrics=tmp_path / "metrics.json", out=tmp_path / "card.md")
    assert not (tmp_path / "card.md").exists()


def test_card_without_a_metrics_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("write_model_card", metrics=tmp_path / "absent.json", out=tmp_path / "card.md")
