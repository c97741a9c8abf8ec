"""A polled batch becomes rows, dead letters and, where nothing makes sense, a reason to halt. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from ingest import schemas
from ingest.event_log import Message, Partition, Slice
from ingest.schemas import InvalidEvent, OutOfWindow, Row, Window


@dataclass(frozen=True, kw_only=True)
class Judge:
    """By what messages are judged: accepted times, the bank's zone and currency, the longest invalid run."""

    window: Window
    zone: ZoneInfo
    currency: str
    invalid_run_limit: int
    accept_through: Mapping[Partition, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Letter:
    """A message that cannot become a transaction, and why."""

    partition: Partition
    message: Message
    reason: str
    error: str


@dataclass
class Batch:
    """What the messages of one poll came to.

    `sources[i]` is where `rows[i]` came from. `slices` are what will be stored: shorter than what was polled
    where a partition has to halt.
    """

    slices: list[Slice] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    sources: list[tuple[Partition, Message]] = field(default_factory=list)
    letters: list[Letter] = field(default_factory=list)
    runs: dict[Partition, int] = field(default_factory=dict)
    halted: dict[Partition, int] = field(default_factory=dict)


def read(slices: Sequence[Slice], *, judge: Judge, runs: Mapping[Partition, int]) -> Batch:
    """Judge every message.

    Args:
        slices: What was polled.
        judge: The rules.
        runs: How many messages in a row were invalid at the end of each partition's last batch.

    Returns:
        The batch. A partition in `halted` ends, at the position given, before a run of invalid messages that is
        longer than the limit: a wrong deployment must not turn a day's events into dead letters.
    """
    batch = Batch()
    for part in slices:
        _read_slice(part, judge=judge, run=runs.get(part.partition, 0), batch=batch)
    return batch


def reason_of(error: InvalidEvent) -> str:
    """The reason a dead letter is kept under."""
    return "out_of_window" if isinstance(error, OutOfWindow) else "invalid"


def _read_slice(part: Slice, *, judge: Judge, run: int, batch: Batch) -> None:
    accept_through = judge.accept_through.get(part.partition, 0)
    run_began, letters_before = 0, len(batch.letters)
    for index, message in enumerate(part.messages):
        try:
            row = schemas.to_row(
                schemas.decode(message.value), window=judge.window, zone=judge.zone, currency=judge.currency
            )
        except InvalidEvent as error:
            is_accepted = message.offset < accept_through
            if run == 0:
                run_began, letters_before = index, len(batch.letters)
            run = 0 if is_accepted else run + 1
            batch.letters.append(Letter(part.partition, message, reason_of(error), str(error)))
            if run > judge.invalid_run_limit:
                _halt(part, run_began, letters_before, batch)
                return
        else:
            run = 0
            batch.rows.append(row)
            batch.sources.append((part.partition, message))
    batch.runs[part.partition] = run
    batch.slices.append(part)


def _halt(part: Slice, run_began: int, letters_before: int, batch: Batch) -> None:
    """Keep what lies before the run; read nothing of it."""
    position = part.messages[run_began].offset
    del batch.letters[letters_before:]
    batch.halted[part.partition] = position
    if run_began:
        batch.slices.append(Slice(part.partition, part.messages[:run_began], part.first_position, position))
