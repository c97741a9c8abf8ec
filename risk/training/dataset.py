"""The training set on disk: Parquet in one folder per bucket of customers, written whole or not at all.

    DIR/bucket=07/part-0.parquet
    DIR/_dataset.json               what it holds; written last

`risk.training.rows` reads it.
"""

import hashlib
import json
import shutil
import tempfile
from dataclasses import dataclass, fields
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray

from risk.features import NO_DAY, Bools, Floats, Ints
from risk.model.inputs import Matrix
from risk.model.specs import NAMES
from risk.training.splits import BUCKETS

if TYPE_CHECKING:
    import pyarrow
    import pyarrow.parquet as pq

FORMAT = 1
NOTE = "_dataset.json"
# Rows of a bucket wait in memory until there are so many: 64 buckets of them are about 100 MB.
GROUP_ROWS = 8_192
SHARE_PARTS = 1_000_000
DAYS_FROM_1970_TO_2000 = 10_957


class OutputRefused(Exception):
    """The training set cannot be written there; the text says why."""


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a customer belongs, for good: neither depends on the database or on other customers.

    Args:
        bucket: 0 to `BUCKETS` − 1.
        share: 0 up to, but without, 1; a sample of 10 % are the customers below 0.1.
    """

    bucket: int
    share: float


def place_of(*, source: str, bank_id: str) -> Place:
    """Hash a customer's identity (BLAKE2b of source and bank id, a NUL between them)."""
    digest = hashlib.blake2b(f"{source}\x00{bank_id}".encode(), digest_size=16).digest()
    return Place(
        bucket=int.from_bytes(digest[:8]) % BUCKETS,
        share=int.from_bytes(digest[8:]) % SHARE_PARTS / SHARE_PARTS,
    )


@dataclass(frozen=True, kw_only=True)
class Block:
    """Rows of the training set, one element each.

    Args:
        customer_id: the customer's id in this database.
        as_of: the moment's bank day, as PostgreSQL counts dates.
        label: 1 where an instalment was missed, else 0.
        due_day: the earliest missed due day, else the earliest in the horizon; NO_DAY where unknown.
        score, score_level, segment: the scorecard's, at the moment.
        scorecard_days_since_salary: the scorecard's, which looks back for ever; NaN where no salary is known.
        values: (rows, features), NaN is missing.
    """

    customer_id: Ints
    as_of: Ints
    label: Ints
    due_day: Ints
    score: Floats
    score_level: Ints
    segment: Ints
    scorecard_days_since_salary: Floats
    values: Matrix

    def __len__(self) -> int:
        return self.customer_id.size

    def take(self, chosen: "Ints | Bools") -> "Block":
        """The chosen rows."""
        return Block(**{each.name: getattr(self, each.name)[chosen] for each in fields(self)})

    def as_table(self) -> "pyarrow.Table":
        """The rows as they stand in a file."""
        import pyarrow

        columns = {
            "customer_id": self.customer_id,
            "as_of": _dates(self.as_of),
            "label": self.label.astype(np.int8),
            "due_on": _dates(self.due_day),
            "score": self.score.astype(np.float32),
            "score_level": self.score_level.astype(np.int8),
            "segment": self.segment.astype(np.int8),
            "scorecard_days_since_salary": self.scorecard_days_since_salary.astype(np.float32),
        }
        features = {name: np.ascontiguousarray(self.values[:, at]) for at, name in enumerate(NAMES)}
        return pyarrow.table({**columns, **features})

    @classmethod
    def joined(cls, blocks: "list[Block]") -> "Block":
        """All rows of several blocks, in order."""
        return cls(
            **{
                each.name: np.concatenate([getattr(block, each.name) for block in blocks])
                for each in fields(cls)
            }
        )


def _dates(days: Ints) -> NDArray[np.datetime64]:
    """Day numbers as dates, NO_DAY as none."""
    dates = (days + DAYS_FROM_1970_TO_2000).astype("datetime64[D]")
    return np.where(days == NO_DAY, np.datetime64("NaT"), dates)


class Writer:
    """Writes a training set beside its place and moves it there when it is complete; a context manager.

    Args:
        directory: where it goes.
        replace: whether a training set that is there makes room for it.

    Raises:
        OutputRefused: on entering, where something is there already.
    """

    def __init__(self, directory: Path, *, replace: bool) -> None:
        self.directory = directory
        self.replace = replace
        self._waiting: dict[int, list[Block]] = {}
        self._files: dict[int, pq.ParquetWriter] = {}

    def __enter__(self) -> Self:
        refuse_unless_free(self.directory, replace=self.replace)
        parent = self.directory.resolve().parent
        try:
            parent.mkdir(parents=True, exist_ok=True)
            # The rows are customers' data: made by mkdtemp, nobody but this user may read them.
            self._unfinished = Path(tempfile.mkdtemp(prefix=f".{self.directory.name}.", dir=parent))
        except OSError as error:
            raise OutputRefused(f"cannot write to {parent}: {error.strerror}") from error
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            for file in self._files.values():
                file.close()
        finally:
            shutil.rmtree(self._unfinished, ignore_errors=True)

    def write(self, block: Block, *, buckets: Ints) -> None:
        """Add rows, given the bucket of each."""
        order = np.argsort(buckets, kind="stable")
        found, starts = np.unique(buckets[order], return_index=True)
        for bucket, chosen in zip(found.tolist(), np.split(order, starts[1:]), strict=True):
            waiting = self._waiting.setdefault(bucket, [])
            waiting.append(block.take(chosen))
            if sum(map(len, waiting)) >= GROUP_ROWS:
                self._flush(bucket)

    def finish(self, content: dict[str, Any]) -> None:
        """Complete the training set and move it to its place.

        Args:
            content: what it holds, JSON-serialisable.
        """
        for bucket in sorted(self._waiting):
            self._flush(bucket)
        for file in self._files.values():
            file.close()
        self._files.clear()
        note = json.dumps({"format": FORMAT, **content}, indent=1)
        (self._unfinished / NOTE).write_text(note + "\n", encoding="utf-8")
        refuse_unless_free(self.directory, replace=self.replace)
        if self.directory.exists():
            old = Path(tempfile.mkdtemp(prefix=f".{self.directory.name}.old.", dir=self._unfinished.parent))
            self.directory.rename(old)
            self._unfinished.rename(self.directory)
            shutil.rmtree(old)
        else:
            self._unfinished.rename(self.directory)

    def _flush(self, bucket: int) -> None:
        import pyarrow.parquet as pq

        blocks = self._waiting.pop(bucket)
        table = Block.joined(blocks).as_table()
        if bucket not in self._files:
            folder = self._unfinished / f"bucket={bucket:02d}"
            folder.mkdir()
            self._files[bucket] = pq.ParquetWriter(folder / "part-0.parquet", table.schema)
        self._files[bucket].write_table(table)


def refuse_unless_free(directory: Path, *, replace: bool) -> None:
    """Refuse to write over what is there.

    Raises:
        OutputRefused: there is something, unless it is a training set and may be replaced.
    """
    if not directory.exists():
        return
    if not directory.is_dir():
        raise OutputRefused(f"{directory} is no directory.")
    held = [each.name for each in directory.iterdir()]
    if not held:
        return
    if NOTE not in held or any(name != NOTE and not name.startswith("bucket=") for name in held):
        raise OutputRefused(f"{directory} holds something other than a training set: name another directory.")
    if not replace:
        raise OutputRefused(f"{directory} holds a training set already: name another, or add --replace.")
