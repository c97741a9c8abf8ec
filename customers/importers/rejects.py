"""The reject file: what was not stored, and why; made only when there is something to say."""

import csv
import os
from pathlib import Path
from types import TracebackType
from typing import Self, TextIO

HEADER = ("line", "reason", "raw")


class RejectFile:
    """A CSV file of line number, reason and the raw line; a context manager.

    The file of an earlier run is removed on entering: it would pass for this run's.

    Args:
        path: Where it goes.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.rows = 0
        self._file: TextIO | None = None

    def __enter__(self) -> Self:
        self.path.unlink(missing_ok=True)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file:
            self._file.close()

    def add(self, *, line: int, reason: str, raw: bytes) -> None:
        """Write one row. Bytes that are not UTF-8 appear as \\x escapes."""
        if self._file is None:
            # The rows are customers' data: nobody but the user who imports may read them.
            descriptor = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            self._file = os.fdopen(descriptor, "w", encoding="utf-8", newline="")
            self._writer = csv.writer(self._file)
            self._writer.writerow(HEADER)
        self._writer.writerow((line, reason, raw.decode(errors="backslashreplace")))
        self.rows += 1
