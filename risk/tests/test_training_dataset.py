"""The training set on disk: whole or not at all, and never over something else."""

import json
import stat
from pathlib import Path

import numpy as np
import pytest

from risk.features import NO_DAY
from risk.model.specs import NAMES, SCHEMA_HASH
from risk.reading import day_number
from risk.tests.factories import TODAY
from risk.training import dataset
from risk.training.dataset import Block, OutputRefused, Writer, place_of
from risk.training.rows import TrainingSet
from risk.training.splits import BUCKETS

DAY = day_number(TODAY)
CONTENT = {"schema_hash": SCHEMA_HASH, "features": list(NAMES), "moments": [TODAY.isoformat()]}


def block(*customers: int) -> Block:
    """A row of each customer; most of its numbers are the customer's."""
    number = np.array(customers, dtype=np.int64)
    values = np.repeat(number[:, np.newaxis], len(NAMES), axis=1).astype(np.float32)
    values[:, 0] = np.nan
    return Block(
        customer_id=number,
        as_of=np.full(number.size, DAY),
        label=number % 2,
        due_day=np.where(number > 2, DAY + number, NO_DAY),
        score=number / 2,
        score_level=number % 3 + 1,
        segment=number % 5,
        scorecard_days_since_salary=np.where(number > 1, number, np.nan),
        values=values,
    )


def written(directory: Path, *customers: int, replace: bool = False) -> TrainingSet:
    with Writer(directory, replace=replace) as writer:
        writer.write(block(*customers), buckets=np.array(customers) % BUCKETS)
        writer.finish(CONTENT)
    return TrainingSet.open(directory)


def test_rows_come_back_as_they_were_written(tmp_path: Path) -> None:
    rows = written(tmp_path / "set", 3, 1, 2).rows([1, 2, 3], [TODAY])

    facts = rows.facts
    assert facts.customer.tolist() == [1, 2, 3]
    assert facts.as_of.astype(str).tolist() == [TODAY.isoformat()] * 3
    assert facts.due_on.astype(str).tolist() == ["NaT", "NaT", "2026-02-20"]
    assert facts.missed.tolist() == [True, False, True]
    assert facts.score.tolist() == [0.5, 1, 1.5]
    assert (facts.score_level.tolist(), facts.segment.tolist()) == ([2, 3, 1], [1, 2, 3])
    np.testing.assert_array_equal(facts.days_since_salary, [np.nan, 2, 3])
    np.testing.assert_array_equal(rows.values, block(1, 2, 3).values)


def test_a_bucket_is_written_in_groups_and_all_of_it_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dataset, "GROUP_ROWS", 3)
    with Writer(tmp_path / "set", replace=False) as writer:
        for customer in range(1, 9):
            writer.write(block(customer), buckets=np.array([7]))
        writer.finish(CONTENT)

    facts = TrainingSet.open(tmp_path / "set").facts(range(BUCKETS), [TODAY])

    assert facts.customer.tolist() == list(range(1, 9))
    assert [path.name for path in sorted((tmp_path / "set").iterdir())] == ["_dataset.json", "bucket=07"]


def test_nothing_is_there_until_it_is_finished(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    directory = tmp_path / "set"
    monkeypatch.setattr(dataset, "GROUP_ROWS", 1)
    with pytest.raises(ZeroDivisionError), Writer(directory, replace=False) as writer:
        writer.write(block(1), buckets=np.array([1]))
        raise ZeroDivisionError

    assert list(tmp_path.iterdir()) == []


def test_only_its_user_may_read_a_training_set(tmp_path: Path) -> None:
    written(tmp_path / "set", 1)

    assert stat.S_IMODE((tmp_path / "set").stat().st_mode) == 0o700


def test_a_training_set_is_replaced_only_when_told_to(tmp_path: Path) -> None:
    directory = tmp_path / "deep" / "set"
    written(directory, 1, 65)

    with pytest.raises(OutputRefused, match="add --replace"):
        written(directory, 2)
    replaced = written(directory, 2, replace=True)

    assert replaced.facts(range(BUCKETS), [TODAY]).customer.tolist() == [2]
    assert [path.name for path in directory.parent.iterdir()] == ["set"]


def test_an_empty_directory_is_a_place(tmp_path: Path) -> None:
    (tmp_path / "set").mkdir()

    assert written(tmp_path / "set", 1).content["format"] == 1


@pytest.mark.parametrize("replace", [False, True])
@pytest.mark.parametrize("other", ["thesis.odt", "_dataset.json/thesis.odt"])
def test_what_is_no_training_set_is_never_replaced(tmp_path: Path, other: str, replace: bool) -> None:
    path = tmp_path / "set" / "thesis.odt"
    path.parent.mkdir()
    path.write_text("years of work")
    if "/" in other:
        (tmp_path / "set" / "_dataset.json").write_text("{}")

    with pytest.raises(OutputRefused, match="other than a training set"):
        written(tmp_path / "set", 1, replace=replace)

    assert path.read_text() == "years of work"


def test_a_file_and_a_place_nobody_may_write_to_are_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(OutputRefused, match="is no directory"):
        written(tmp_path / "file", 1)
    with pytest.raises(OutputRefused, match="cannot write to"):
        written(tmp_path / "file" / "set", 1)


def test_what_appears_meanwhile_is_not_replaced(tmp_path: Path) -> None:
    directory = tmp_path / "set"
    with pytest.raises(OutputRefused), Writer(directory, replace=False) as writer:
        written(directory, 2)
        writer.finish(CONTENT)

    assert json.loads((directory / "_dataset.json").read_text())["format"] == 1
    assert [path.name for path in tmp_path.iterdir()] == ["set"]


def test_a_customers_place_is_for_good() -> None:
    place = place_of(source="core", bank_id="100")

    # Whoever changes this moves customers between the parts of every training set.
    assert (place.bucket, place.share) == (51, 0.164788)
    assert place_of(source="cards", bank_id="100") != place


def test_customers_spread_evenly_over_buckets_and_shares() -> None:
    places = [place_of(source="core", bank_id=str(number)) for number in range(20_000)]

    counts = np.bincount([each.bucket for each in places], minlength=BUCKETS)
    assert counts.size == BUCKETS
    assert counts.min() > 240
    assert counts.max() < 390
    assert 1_850 < sum(each.share < 0.1 for each in places) < 2_150
