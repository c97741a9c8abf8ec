"""Reading a CSV file of any size: record by record, in constant memory, losing only records at fault."""

import csv
import gzip
import hashlib
import io
import zlib
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, BinaryIO, Self

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

BOM = b"\xef\xbb\xbf"
UTF_16 = (b"\xff\xfe", b"\xfe\xff")
GZIP = b"\x1f\x8b"
LONGEST_LINE_BYTES = 1 << 20
# A quote that nobody closes must not swallow the rest of the file.
LONGEST_RECORD_LINES = 100


class UnreadableFile(Exception):
    """The file as a whole cannot be read; the text says why and what helps."""


class _Unclosed(Exception):
    """A quoted field goes on for too long."""


@dataclass(frozen=True, slots=True)
class Record:
    """One record: the number of its first line, its bytes as they stand in the file, its cells.

    Where it is no record at all, `problem` says why and there are no cells.
    """

    line: int
    raw: bytes
    cells: list[str]
    problem: str | None = None


class CsvFile:
    """A CSV file with a header, in UTF-8, plain or gzip; a context manager.

    Args:
        path: The file.
        delimiter: The character between fields.

    Raises:
        UnreadableFile: on entering and while reading.
    """

    def __init__(self, path: Path, *, delimiter: str = ",") -> None:
        self.path = path
        self.delimiter = delimiter
        self.header: list[str] = []

    def __enter__(self) -> Self:
        try:
            self._raw = _Watched(self.path)
        except OSError as error:
            raise UnreadableFile(f"cannot read {self.path}: {error.strerror}") from error
        buffered = io.BufferedReader(self._raw, 1 << 18)
        is_packed = buffered.peek(2)[:2] == GZIP
        self._stream: BinaryIO = io.BufferedReader(gzip.GzipFile(fileobj=buffered)) if is_packed else buffered
        try:
            self._records = self._read()
            self.header = self._read_header()
        except BaseException:
            self._raw.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stream.close()
        self._raw.close()

    @property
    def size_bytes(self) -> int:
        """How large the file is on disk."""
        return self.path.stat().st_size

    @property
    def done_bytes(self) -> int:
        """How much of it has been read."""
        return self._raw.done_bytes

    @property
    def sha256(self) -> str:
        """The digest of what has been read; after the last record, of the whole file."""
        return self._raw.digest.hexdigest()

    def __iter__(self) -> Iterator[Record]:
        """Yield the records after the header, empty lines included (they have no cells)."""
        return self._records

    def _read_header(self) -> list[str]:
        start = self._stream.peek(4)[:4]  # type: ignore[attr-defined]  # both readers have it
        if start[:2] in UTF_16:
            raise UnreadableFile(f"{self.path} is in UTF-16; save it as UTF-8")
        if start[:3] == BOM:
            self._stream.read(3)
        for record in self._records:
            if record.problem:
                raise UnreadableFile(f"the header of {self.path} cannot be read: {record.problem}")
            if any(record.cells):
                return [cell.strip() for cell in record.cells]
        raise UnreadableFile(f"{self.path} is empty")

    def _read(self) -> Iterator[Record]:
        try:
            yield from records(self._stream, delimiter=self.delimiter)
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise UnreadableFile(f"{self.path} is damaged or cut off: {error}") from error


def records(stream: BinaryIO, *, delimiter: str) -> Iterator[Record]:
    """Split a stream into records.

    Args:
        stream: Bytes in UTF-8.
        delimiter: The character between fields.

    Yields:
        Every record, in order. After one that is malformed (a quote never closed, say) reading goes on with
        the very next line.
    """
    lines = _Lines(stream)
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    while True:
        lines.begin()
        try:
            cells = next(reader)
        except StopIteration:
            return
        except (csv.Error, _Unclosed) as error:
            is_open = isinstance(error, _Unclosed) or "end of data" in str(error)
            lines.give_back()
            reader = csv.reader(lines, delimiter=delimiter, strict=True)
            problem = lines.problem or (
                "a quote is opened and never closed" if is_open else _explained(error)
            )
            yield Record(lines.first, lines.raw, [], problem)
        else:
            yield Record(lines.first, lines.raw, [] if lines.problem else cells, lines.problem)


def _explained(error: Exception) -> str:
    if "expected after" in str(error):
        return "a quoted field goes on after its closing quote; a quote inside one must be doubled"
    if "new-line character" in str(error):
        return "a carriage return stands inside the line"
    if "field limit" in str(error):
        return "a field is too long"
    return f"not CSV: {error}"


class _Lines:
    """Physical lines for `csv.reader`, remembering those of the present record."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._waiting: deque[bytes] = deque()
        self._taken: list[bytes] = []
        self._size_bytes = 0
        self.first = 1
        self.problem: str | None = None

    def begin(self) -> None:
        """A new record begins."""
        self.first += len(self._taken)
        self._taken = []
        self._size_bytes = 0
        self.problem = None

    @property
    def raw(self) -> bytes:
        """The record's lines as they are in the file, without the end of the last."""
        return b"".join(self._taken).rstrip(b"\r\n")

    def give_back(self) -> None:
        """Leave only the first line to the record; the others are read again, with their own problems."""
        if len(self._taken) > 1:
            self.problem = None
        self._waiting.extendleft(reversed(self._taken[1:]))
        del self._taken[1:]

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        if len(self._taken) >= LONGEST_RECORD_LINES or self._size_bytes > LONGEST_LINE_BYTES:
            raise _Unclosed
        raw = self._waiting.popleft() if self._waiting else self._stream.readline(LONGEST_LINE_BYTES + 1)
        if not raw:
            raise StopIteration
        self._taken.append(raw)
        self._size_bytes += len(raw)
        if len(raw) > LONGEST_LINE_BYTES and not raw.endswith(b"\n"):
            self._skip_line()
            self.problem = f"the line is longer than {LONGEST_LINE_BYTES:,} bytes"
            return ""
        try:
            return raw.decode()
        except UnicodeDecodeError:
            self.problem = "not valid UTF-8"
            return raw.decode(errors="replace")

    def _skip_line(self) -> None:
        while (rest := self._stream.readline(LONGEST_LINE_BYTES)) and not rest.endswith(b"\n"):
            pass


class _Watched(io.RawIOBase):
    """A file that counts and digests what is read from it."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("rb", buffering=0)
        self.done_bytes = 0
        self.digest = hashlib.sha256()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer", /) -> int:
        with memoryview(buffer) as view:
            count = self._file.readinto(view) or 0
            self.done_bytes += count
            self.digest.update(view[:count])
        return count

    def close(self) -> None:
        self._file.close()
        super().close()
