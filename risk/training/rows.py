"""Rows of a training set in memory: one customer at one moment each."""

import datetime as dt
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray

from risk.model.inputs import Matrix
from risk.model.specs import NAMES, SCHEMA_HASH
from risk.training.lead_time import Days

if TYPE_CHECKING:
    import pyarrow


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What the metrics need of each row, beside its features.

    Args:
        customer: whose row it is.
        as_of: the moment, in bank days.
        missed: the label.
        due_on: the earliest missed due date, else the earliest in the horizon; NaT where unknown.
        score: the scorecard's.
        score_level: the scorecard's level (`Level`).
        segment: the scorecard's segment (`Segment`).
        days_since_salary: NaN where no salary is known.
    """

    customer: NDArray[np.int64]
    as_of: Days
    missed: NDArray[np.bool_]
    due_on: Days
    score: NDArray[np.float32]
    score_level: NDArray[np.int8]
    segment: NDArray[np.int8]
    days_since_salary: NDArray[np.float32]

    def __len__(self) -> int:
        return self.customer.size

    def where(self, chosen: NDArray[np.bool_]) -> Self:
        """The chosen rows."""
        return type(self)(**{each.name: getattr(self, each.name)[chosen] for each in fields(self)})

    @classmethod
    def joined(cls, parts: "Sequence[Self]") -> Self:
        """All rows of several parts, in order."""
        return cls(
            **{each.name: np.concatenate([getattr(p, each.name) for p in parts]) for each in fields(cls)}
        )


@dataclass(frozen=True, kw_only=True)
class Rows:
    """Facts and features of the same rows.

    Args:
        facts: (rows).
        values: (rows, features), NaN is missing.
    """

    facts: Facts
    values: Matrix

    def __len__(self) -> int:
        return len(self.facts)

    @classmethod
    def joined(cls, parts: "Sequence[Self]") -> Self:
        """All rows of several parts, in order."""
        return cls(
            facts=Facts.joined([part.facts for part in parts]),
            values=np.concatenate([part.values for part in parts]),
        )


class DatasetRefused(Exception):
    """The directory is no training set that can be used; the text says why and what to do."""


@dataclass(frozen=True)
class TrainingSet:
    """A training set on disk, read by bucket and moment; what is not asked for is not opened.

    Args:
        directory: of `build_training_set`.
        content: its `_dataset.json`.
    """

    directory: Path
    content: Mapping[str, Any]

    @classmethod
    def open(cls, directory: Path) -> Self:
        """Open a training set.

        Raises:
            DatasetRefused: it is incomplete, empty, or speaks of other features than this version computes.
        """
        note = directory / "_dataset.json"
        if not note.is_file():
            raise DatasetRefused(
                f"{directory} has no _dataset.json, which is written last: the training set is incomplete."
                f" Build it anew: manage.py build_training_set --out {directory}"
            )
        content = json.loads(note.read_text())
        if content["schema_hash"] != SCHEMA_HASH or tuple(content["features"]) != NAMES:
            raise DatasetRefused(
                f"{directory} was built with other features than this version computes. Build it anew:"
                f" manage.py build_training_set --out {directory}"
            )
        return cls(directory, content)

    @property
    def moments(self) -> tuple[dt.date, ...]:
        """All moments, rising."""
        return tuple(sorted(dt.date.fromisoformat(moment) for moment in self.content["moments"]))

    @property
    def population(self) -> dict[str, int]:
        """Of whom the model speaks: the label's horizon and grace, in days."""
        return {"horizon_days": self.content["horizon_days"], "grace_days": self.content["grace_days"]}

    @property
    def label_days(self) -> int:
        """Days after a moment until its label is known."""
        return int(self.content["label_days"])

    def facts(self, buckets: Iterable[int], moments: Sequence[dt.date]) -> Facts:
        """Facts of all rows of these buckets at these moments, by bucket, customer and moment."""
        parts = [_facts(table) for table in self._tables(buckets, moments, [])]
        return Facts.joined(parts or [_facts(_nothing([]))])

    def rows(self, buckets: Iterable[int], moments: Sequence[dt.date]) -> Rows:
        """Facts and features, in the same order as `facts`."""
        parts = list(self.rows_by_bucket(buckets, moments)) or [_rows(_nothing(NAMES))]
        return Rows.joined(parts)

    def rows_by_bucket(self, buckets: Iterable[int], moments: Sequence[dt.date]) -> Iterator[Rows]:
        """The same rows, one bucket in memory at a time; buckets without rows are left out."""
        for table in self._tables(buckets, moments, NAMES):
            yield _rows(table)

    def _tables(
        self, buckets: Iterable[int], moments: Sequence[dt.date], features: Sequence[str]
    ) -> "Iterator[pyarrow.Table]":
        import pyarrow
        import pyarrow.compute as pc
        import pyarrow.parquet as pq

        wanted = pyarrow.array(moments, type=pyarrow.date32())
        for bucket in sorted(buckets):
            paths = sorted((self.directory / f"bucket={bucket:02d}").glob("part-*.parquet"))
            tables = [
                pq.read_table(path, columns=[*_COLUMNS, *features], partitioning=None) for path in paths
            ]
            if not tables:
                continue
            table = pyarrow.concat_tables(tables)
            table = table.filter(pc.is_in(table["as_of"], value_set=wanted))
            if table.num_rows:
                yield table.sort_by([("customer_id", "ascending"), ("as_of", "ascending")])


_COLUMNS = {
    "customer_id": np.int64,
    "as_of": "datetime64[D]",
    "label": np.bool_,
    "due_on": "datetime64[D]",
    "score": np.float32,
    "score_level": np.int8,
    "segment": np.int8,
    "scorecard_days_since_salary": np.float32,
}
# The model has a feature `days_since_salary` of its own, within its windows; the scorecard's looks back for ever.
_FIELDS = {
    "customer_id": "customer",
    "label": "missed",
    "scorecard_days_since_salary": "days_since_salary",
}


def _facts(table: "pyarrow.Table") -> Facts:
    return Facts(
        **{_FIELDS.get(name, name): table[name].to_numpy().astype(kind) for name, kind in _COLUMNS.items()}
    )


def _rows(table: "pyarrow.Table") -> Rows:
    values = np.empty((table.num_rows, len(NAMES)), dtype=np.float32)
    for at, name in enumerate(NAMES):
        values[:, at] = table[name].to_numpy()
    return Rows(facts=_facts(table), values=values)


def _nothing(features: Sequence[str]) -> "pyarrow.Table":
    """A table without rows."""
    import pyarrow

    kinds = {name: pyarrow.float32() for name in (*_COLUMNS, *features)}
    dates = {"as_of": pyarrow.date32(), "due_on": pyarrow.date32()}
    return pyarrow.schema({**kinds, **dates}).empty_table()
