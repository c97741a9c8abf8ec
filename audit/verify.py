"""Verification of the audit: pure functions, and a program that needs neither the database nor Django.

    python audit/verify.py EXPORT --checkpoints DIRECTORY --public-key FILE [--json]
    python audit/verify.py RECEIPT.json --public-key FILE [--json]

EXPORT is what `manage.py export_audit` wrote, RECEIPT.json what `manage.py show_receipt` did. The program needs this
folder, Python 3.11 and `cryptography`; `manage.py verify_audit` runs the same functions over the database. The formats
are in docs/audit.md and docs/receipts.md.

What is looked for, and what each finds:

- the chain: an edited, missing, added or reordered row, at that row;
- signed checkpoints from outside: a history that was rewritten and chained anew, and a tail that was cut off;
- commitments: personal parts that were altered, or that have gone without a record of their erasure;
- completeness: events that nobody sealed, seals whose event has gone;
- a receipt: whether what it claims is what was recorded, by the events, seals and checkpoints that it brings along.
"""

import argparse
import datetime as dt
import json
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

if not __package__:
    # Run as a program: this folder is a package, wherever it was copied to.
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from audit.checkpoints import BadCheckpoint, Checkpoint, Keys, Tree, key_id, read_checkpoint, read_public_key
from audit.findings import Problem, Report, in_words, note_cover
from audit.receipt_files import verify_receipt
from audit.sealed_rows import (
    BEFORE_THE_FIRST,
    FIELDS,
    SCHEME,
    BadExport,
    Fields,
    Row,
    Unsealed,
    chain_hash,
    commitment_of,
    read_lines,
    row_hash,
    row_of,
    unsealed_of,
)

_ID, _ACTION = FIELDS.index("id"), FIELDS.index("action")
_SUBJECT_TYPE, _SUBJECT_ID = FIELDS.index("subject_type"), FIELDS.index("subject_id")
_RECORDED_AT, _COMMITMENT = FIELDS.index("recorded_at"), FIELDS.index("commitment")
EXPORT_TAG = "equilibrate.audit.export.1"
ERASED = ("audit.personal.erased", "audit_event")
# A seal is late after this; an event without one is then a finding.
LATE_SECONDS = 300


class Verifier:
    """Reads sealed rows in their order, from the first one or from a checkpoint, and notes what is wrong.

    Args:
        checkpoints: what was signed, in any order.
        start: begin after the rows that this checkpoint covers.
        has_personal: whether personal parts are among the rows, so that a missing one means something.
    """

    def __init__(
        self,
        *,
        checkpoints: Iterable[Checkpoint] = (),
        start: Checkpoint | None = None,
        has_personal: bool = True,
    ) -> None:
        self.report = Report()
        self.tree = start.tree() if start else Tree()
        self.chain = start.chain if start else BEFORE_THE_FIRST
        self.gone: dict[int, int] = {}
        self.last_event_id = start.event_id if start else 0
        self._has_personal = has_personal
        self._erased: set[int] = set()
        self._next = self.tree.size + 1
        self._is_whole = True
        wanted = [each for each in checkpoints if each.size > self.tree.size]
        self._checkpoints = sorted(wanted, key=lambda each: each.size, reverse=True)
        self._good = self.tree.size
        self._flaw = 0

    def begin_after(self, sequence: int, chain: bytes | None) -> None:
        """Read a part of the chain by itself: from the row after this one, of which no checkpoint tells.

        Args:
            sequence: of the row before; 0 where there is none.
            chain: its chain hash; None where it is missing.
        """
        self._next = sequence + 1
        self.chain = BEFORE_THE_FIRST if chain is None else chain
        self._is_whole = False

    def read(self, rows: Iterable[Row]) -> None:
        """Look at the next rows."""
        for row in rows:
            sequence, event = row.sequence, row.event
            if sequence != self._next:
                self._out_of_step(row)
            elif chain_hash(self.chain, row) != row.chain_hash:
                self._note(
                    row, "the chain breaks: this seal is not the one that was made after the row before"
                )
            if row.scheme != SCHEME:
                self._note(row, f"it is sealed by scheme {row.scheme}, which this program does not know")
            elif event is None:
                self._note(row, "its event has gone")
            elif event[_ID] != str(row.event_id) or row_hash(event) != row.row_hash:
                self._note(row, "the event is not what was sealed")
            else:
                self._look_at_personal(row, event)
            self.chain, self._next, self.last_event_id = row.chain_hash, sequence + 1, row.event_id
            self.report.rows += 1
            self.tree.add(row.row_hash)
            while self._checkpoints and self._checkpoints[-1].size <= sequence:
                self._compare(self._checkpoints.pop())

    def finish(self, unsealed: Iterable[Unsealed] = (), *, erased: Iterable[int] = ()) -> Report:
        """Look at what only the end can tell.

        Args:
            unsealed: every event without a seal, and every wait for a seal without an event.
            erased: events whose personal part is known to have been erased, beyond the rows read.
        """
        for checkpoint in reversed(self._checkpoints):
            what = f"rows {self._next} to {checkpoint.size} are missing: a checkpoint was signed over them"
            what += f" at {checkpoint.made_at}"
            if self._good + 1 < self._next:
                what += f", and nothing vouches for those from {self._good + 1} on"
            self.report.add(Problem(self._next, None, what))
        for waiting in unsealed:
            self._look_at_unsealed(waiting)
        self._erased.update(erased)
        for event_id, sequence in self.gone.items():
            if event_id in self._erased:
                self.report.erased += 1
            else:
                what = "its personal part has gone, and nothing says that it was erased"
                self.report.add(Problem(sequence, event_id, what))
        self.report.covered = self._good
        return self.report

    def _note(self, row: Row, what: str) -> None:
        self._flaw = self._flaw or row.sequence
        self.report.add(Problem(row.sequence, row.event_id, what))

    def _out_of_step(self, row: Row) -> None:
        if row.sequence > self._next:
            last = row.sequence - 1
            what = f"row {last} is missing" if last == self._next else f"rows up to {last} are missing"
            self.report.add(Problem(self._next, None, what))
        else:
            self._note(row, f"it comes after row {self._next - 1}")
        self._is_whole = False

    def _look_at_personal(self, row: Row, event: Fields) -> None:
        committed = event[_COMMITMENT]
        if row.personal is not None:
            if commitment_of(*row.personal).hex() != committed:
                self._note(row, "its personal part is not what was committed to")
            else:
                self.report.personal += 1
        elif committed and self._has_personal:
            self.gone[row.event_id] = row.sequence
        if (event[_ACTION], event[_SUBJECT_TYPE]) == ERASED:
            self._note_erasure(event)
        if _is_late(event[_RECORDED_AT], row.sealed_at):
            self.report.sealed_late += 1

    def _note_erasure(self, event: Fields) -> None:
        erased = event[_SUBJECT_ID] or ""
        if erased.isdecimal():
            self._erased.add(int(erased))

    def _compare(self, checkpoint: Checkpoint) -> None:
        if not self._is_whole:
            return
        if self.tree.root() == checkpoint.root and self.chain == checkpoint.chain:
            self._good, self.report.checkpoints = checkpoint.size, self.report.checkpoints + 1
            return
        if self._flaw > self._good:
            return  # told already, of the very row
        last = checkpoint.size
        what = f"rows {self._good + 1} to {last} are not those that checkpoint {last} was signed over"
        self.report.add(Problem(self._good + 1, None, what))

    def _look_at_unsealed(self, waiting: Unsealed) -> None:
        if waiting.event is None:
            self.report.add(
                Problem(None, waiting.event_id, "it was recorded and has gone before it was sealed")
            )
        elif waiting.is_late:
            self.report.add(Problem(None, waiting.event_id, "it has no seal after five minutes"))
        else:
            self.report.waiting += 1
        if waiting.event is not None and (waiting.event[_ACTION], waiting.event[_SUBJECT_TYPE]) == ERASED:
            self._note_erasure(waiting.event)


def _is_late(recorded_at: str | None, sealed_at: str) -> bool:
    try:
        waited = dt.datetime.fromisoformat(sealed_at) - dt.datetime.fromisoformat(recorded_at or "")
    except ValueError:
        return True
    return not -LATE_SECONDS <= waited.total_seconds() <= LATE_SECONDS


def read_checkpoints(files: Iterable[tuple[str, str]], keys: Keys, report: Report) -> list[Checkpoint]:
    """The checkpoints among named texts; those that are none become problems of the report."""
    found = []
    for name, text in files:
        try:
            found.append(read_checkpoint(text, keys))
        except BadCheckpoint as error:
            report.add(Problem(None, None, f"checkpoint {name}: {error}"))
    return found


def verify_export(folder: Path, *, checkpoints: Iterable[tuple[str, str]], keys: Keys) -> Report:
    """Verify an exported folder.

    Args:
        folder: what `manage.py export_audit` wrote.
        checkpoints: names and texts of the checkpoint files.
        keys: public keys by their ids.

    Raises:
        BadExport: the folder is none, or a line in it is none.
    """
    try:
        manifest = json.loads((folder / "manifest.json").read_text())
    except (OSError, ValueError) as error:
        raise BadExport(f"{folder} is no export of the audit: {error}") from error
    if not isinstance(manifest, dict) or manifest.get("format") != EXPORT_TAG:
        raise BadExport(f"{folder} is no export of the audit that this program knows.")
    has_personal = bool(manifest.get("personal"))
    bad = Report()
    verifier = Verifier(checkpoints=read_checkpoints(checkpoints, keys, bad), has_personal=has_personal)
    verifier.read(read_lines(folder / "rows.jsonl", row_of))
    report = verifier.finish(read_lines(folder / "unsealed.jsonl", unsealed_of))
    for problem in bad.problems:
        report.add(problem)
    if not has_personal:
        report.notes.append("The export has no personal parts: their commitments were not compared.")
    note_cover(report)
    return report


def main(arguments: Sequence[str] | None = None) -> int:
    """Verify an export or a receipt.

    Returns:
        0: sound; 1: not; 2: it could not be read; 3: a receipt that nothing contradicts and nothing signed vouches for.
    """
    parser = argparse.ArgumentParser(description="Verify an exported audit.")
    parser.add_argument("export", type=Path, help="the folder, or the receipt, that was written")
    parser.add_argument(
        "--checkpoints", type=Path, help="folder of checkpoint files, from outside the database"
    )
    parser.add_argument("--public-key", type=Path, action="append", default=[], help="PEM; may be repeated")
    parser.add_argument("--json", action="store_true", help="for programs")
    options = parser.parse_args(arguments)
    try:
        keys = {
            key_id(key): key for key in (read_public_key(file.read_bytes()) for file in options.public_key)
        }
        if options.export.is_file():
            report = verify_receipt(json.loads(options.export.read_text(encoding="utf-8")), keys=keys)
        else:
            files = _files(options.checkpoints) if options.checkpoints else []
            report = verify_export(options.export, checkpoints=files, keys=keys)
    except (ValueError, OSError) as error:
        print(f"Not verified: {error}", file=sys.stderr)
        return 2
    print(json.dumps(report.as_json()) if options.json else in_words(report))
    if not report.is_sound:
        return 1
    return 3 if report.unproven else 0


def _files(folder: Path) -> list[tuple[str, str]]:
    if not folder.is_dir():
        raise ValueError(f"{folder} is no folder.")
    found = sorted(folder.rglob("*.json"))
    if not found:
        raise ValueError(f"{folder} holds no checkpoint: without any a rewritten history would not show.")
    return [(str(each.relative_to(folder)), each.read_text(errors="replace")) for each in found]


if __name__ == "__main__":
    raise SystemExit(main())
