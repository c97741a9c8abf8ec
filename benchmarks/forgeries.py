"""Everything that somebody could do to one sealed row, as what is read then; and what the finding must name."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from audit.checkpoints import Checkpoint
from audit.findings import Problem
from audit.sealed_rows import BEFORE_THE_FIRST, FIELDS, Fields, Row, Unsealed, chain_hash, row_hash
from audit.verify import Verifier

FORGED_ID = 10**9
# Rows that are read for a change which shows without a checkpoint.
AT_ONCE = 3
# What each field says afterwards, in a form that its column takes.
EDITS = {
    "id": str(FORGED_ID),
    "recorded_at": "2001-01-01T00:00:00",
    "actor_id": "1",
    "detail": '{"forged": true}',
    "commitment": "0" * 64,
}


@dataclass(frozen=True)
class Forgery:
    """One manipulation of the rows.

    Args:
        low: index of the first row that is read otherwise.
        rows: what is read from there instead.
        high: index of the first row that is read as before.
        sequence: where the finding must be.
        event_id: which event it must name, where it has no place.
        unsealed: events that are left without a seal.
        is_chained: hashed anew from there on: only a checkpoint can tell.
    """

    low: int
    rows: list[Row]
    high: int
    sequence: int | None
    event_id: int | None = None
    unsealed: list[Unsealed] = field(default_factory=list)
    is_chained: bool = False


@dataclass
class Copy:
    """Sealed rows as they were read, with signed checkpoints over every so many of them.

    Args:
        rows: the sealed rows, sound.
        checkpoints: over them, oldest first; the last one over all.
    """

    rows: list[Row]
    checkpoints: list[Checkpoint]

    def __post_init__(self) -> None:
        self.starts = _states(self.rows)
        self.step = self.checkpoints[0].size

    def interval(self, index: int) -> tuple[int, int]:
        """Between which checkpoints a row is: the index of the first row, and that after the last one."""
        low = index - index % self.step
        return low, min(low + self.step, len(self.rows))

    def finding(self, forgery: Forgery) -> Problem | None:
        """The first problem, read from the state before the change to where it must have shown.

        The verifier reads row by row and remembers only that state, and the rows before are the same: reading them
        again would come to the same.
        """
        if forgery.is_chained:
            low, high = self.interval(forgery.low)
            checkpoints = [each for each in self.checkpoints if low < each.size <= high]
            rows = [*self.rows[low : forgery.low], *forgery.rows, *self.rows[forgery.high : high]]
        elif len(forgery.rows) > AT_ONCE:
            # However much was moved, the first of it shows.
            low, rows, checkpoints = forgery.low, forgery.rows[:AT_ONCE], []
        else:
            low, rows = forgery.low, [*forgery.rows, *self.rows[forgery.high : forgery.high + AT_ONCE]]
            is_at_the_end = forgery.high + AT_ONCE >= len(self.rows)
            checkpoints = self.checkpoints[-1:] if is_at_the_end else []
        verifier = Verifier(checkpoints=checkpoints, start=self.starts[low])
        verifier.read(rows)
        return verifier.finish(forgery.unsealed).first

    def finding_in_full(self, forgery: Forgery) -> Problem | None:
        """The first problem, read from the first row to the last."""
        verifier = Verifier(checkpoints=self.checkpoints)
        verifier.read([*self.rows[: forgery.low], *forgery.rows, *self.rows[forgery.high :]])
        return verifier.finish(forgery.unsealed).first


def forgeries(
    copy: Copy, index: int, other: int, *, to_the_end: bool = False
) -> Iterator[tuple[str, Forgery]]:
    """Every manipulation of one row, with its name.

    Args:
        copy: the sound rows.
        index: of the row.
        other: of another row, further than a neighbour.
        to_the_end: hash anew to the last row, instead of to the next checkpoint.
    """
    yield from _edits_of_the_event(copy.rows, index)
    yield from _edits_of_the_seal(copy.rows, index, other)
    yield from _edits_of_the_personal_part(copy.rows, index)
    yield from _deletions(copy.rows, index)
    yield from _insertions(copy.rows, index)
    yield from _reorderings(copy.rows, index, other)
    yield from _truncations(copy.rows, index)
    high = len(copy.rows) if to_the_end else copy.interval(index)[1]
    yield from _chained_anew(copy, index, high)


def _one(index: int, row: Row, *unsealed: Unsealed) -> Forgery:
    return Forgery(index, [row], index + 1, index + 1, unsealed=list(unsealed))


def _edits_of_the_event(rows: list[Row], index: int) -> Iterator[tuple[str, Forgery]]:
    row = rows[index]
    for name in FIELDS:
        event = _edited(row, name)
        if name == "id":
            # Under another number it is no longer the event of its seal, nor has it its personal part.
            gone = row._replace(event=None)
            yield "edit event id", _one(index, gone, Unsealed(FORGED_ID, event, False))
        else:
            yield f"edit event {name}", _one(index, row._replace(event=event))


def _edits_of_the_seal(rows: list[Row], index: int, other: int) -> Iterator[tuple[str, Forgery]]:
    row, stranger = rows[index], rows[other]
    left = Unsealed(row.event_id, row.event, False)
    edits = {
        "scheme": row._replace(scheme=2),
        "event_id": row._replace(
            event_id=stranger.event_id, event=stranger.event, personal=stranger.personal
        ),
        "sealed_at": row._replace(sealed_at="2001-01-01T00:00:00"),
        "row_hash": row._replace(row_hash=bytes(32)),
        "chain_hash": row._replace(chain_hash=bytes(32)),
    }
    for name, edited in edits.items():
        yield f"edit seal {name}", _one(index, edited, *([left] if name == "event_id" else []))
    moved = [*rows[index + 1 :], row._replace(sequence=len(rows) + 9)]
    yield "edit seal sequence", Forgery(index, moved, len(rows), index + 1)
    both = row._replace(event=_edited(row, "reason"))
    yield "edit event and its hash", _one(index, both._replace(row_hash=row_hash(both.event or ())))


def _edits_of_the_personal_part(rows: list[Row], index: int) -> Iterator[tuple[str, Forgery]]:
    row = rows[index]
    salt, content = row.personal or (b"", "")
    yield "edit personal content", _one(index, row._replace(personal=(salt, f"{content} ")))
    yield "edit personal salt", _one(index, row._replace(personal=(bytes(32), content)))
    yield "delete personal part", _one(index, row._replace(personal=None))


def _deletions(rows: list[Row], index: int) -> Iterator[tuple[str, Forgery]]:
    row = rows[index]
    yield "delete event", _one(index, row._replace(event=None, personal=None))
    left = [Unsealed(row.event_id, row.event, False)]
    yield "delete seal", Forgery(index, [], index + 1, index + 1, unsealed=left)
    yield "delete event and seal", Forgery(index, [], index + 1, index + 1)


def _insertions(rows: list[Row], index: int) -> Iterator[tuple[str, Forgery]]:
    forged = _stranger(rows[index])
    alone = [Unsealed(FORGED_ID, _edited(forged, "recorded_at"), True)]
    yield "insert event", Forgery(index, [], index, None, FORGED_ID, alone)
    sealed = forged._replace(chain_hash=chain_hash(rows[index].chain_hash, forged))
    # Two rows of one number: the second shows.
    yield "insert event and seal", Forgery(index + 1, [sealed], index + 1, index + 1)


def _reorderings(rows: list[Row], index: int, other: int) -> Iterator[tuple[str, Forgery]]:
    for name, beside in (("next", index + 1), ("far", other)):
        low, high = sorted((index, beside))
        if high >= len(rows):
            continue
        one, two, between = rows[low], rows[high], rows[low + 1 : high]
        swapped = [two._replace(sequence=low + 1), *between, one._replace(sequence=high + 1)]
        yield f"swap seals with the {name} row", Forgery(low, swapped, high + 1, low + 1)
        crossed = [_with_event_of(one, two), *between, _with_event_of(two, one)]
        yield f"swap events with the {name} row", Forgery(low, crossed, high + 1, low + 1)


def _truncations(rows: list[Row], index: int) -> Iterator[tuple[str, Forgery]]:
    yield "cut the tail", Forgery(index, [], len(rows), index + 1)


def _chained_anew(copy: Copy, index: int, high: int) -> Iterator[tuple[str, Forgery]]:
    rows, first = copy.rows, copy.interval(index)[0] + 1
    row, tail = rows[index], rows[index + 1 : high]
    forged = {
        "edit": [row._replace(event=_edited(row, "reason")), *tail],
        "delete": rows[index + 1 : high + 1],
        "insert": [_stranger(row), row, *tail],
        "swap": [tail[0], row, *tail[1:]] if tail else [],
    }
    for name, changed in forged.items():
        if not changed and name == "swap":
            continue
        before = rows[index - 1].chain_hash if index else BEFORE_THE_FIRST
        anew = _chained(changed, before, index + 1)
        # After the last checkpoint's last row none comes up: it is that one which is missing.
        is_short = name == "delete" and index >= copy.interval(len(rows) - 1)[0]
        yield (
            f"{name} and chain anew",
            Forgery(index, anew, high, len(rows) if is_short else first, is_chained=True),
        )


def _chained(rows: Iterable[Row], before: bytes, sequence: int) -> list[Row]:
    made = []
    for place, each in enumerate(rows, start=sequence):
        row = each._replace(sequence=place, row_hash=row_hash(each.event or ()))
        before = chain_hash(before, row)
        made.append(row._replace(chain_hash=before))
    return made


def _edited(row: Row, name: str) -> Fields:
    values = dict(zip(FIELDS, row.event or (), strict=True))
    return tuple((values | {name: EDITS.get(name, "forged")}).values())


def _stranger(row: Row) -> Row:
    values = dict(zip(FIELDS, row.event or (), strict=True))
    event = tuple((values | {"id": str(FORGED_ID), "reason": "forged", "commitment": ""}).values())
    return row._replace(event_id=FORGED_ID, event=event, row_hash=row_hash(event), personal=None)


def _with_event_of(row: Row, other: Row) -> Row:
    return row._replace(event_id=other.event_id, event=other.event, personal=other.personal)


def _states(rows: list[Row]) -> list[Checkpoint | None]:
    """The verifier's state before each row, in the form of a checkpoint to start from."""
    states: list[Checkpoint | None] = [None]
    verifier = Verifier()
    nothing = Checkpoint(0, 0, b"", b"", (), "", "")
    for row in rows:
        verifier.read([row])
        states.append(
            replace(
                nothing,
                size=verifier.tree.size,
                event_id=row.event_id,
                chain=verifier.chain,
                peaks=tuple(verifier.tree.peaks),
            )
        )
    return states
