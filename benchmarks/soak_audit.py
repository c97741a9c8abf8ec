"""Manipulate every one of 10,000 sealed rows in every way there is; each time it must be found, and found there.

Rows are recorded and sealed in a real database, with checkpoints over every hundred of them. Each of some forty kinds
of manipulation (edit, delete, insert, reorder and truncate, also with everything hashed anew afterwards) is then done
to each row on a copy in memory, and read from the state before the change until it must have shown. That this is equal
to the database is shown by a sample of every kind: the owner, with triggers disabled and constraints dropped, makes the
tables say the same; reading all of the database names the same first bad row, as does reading all of the copy.
"""

import argparse
import random
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from benchmarks import report
from benchmarks.report import Row as Figure
from benchmarks.stack import Stack

TABLES = ("audit_auditpersonal", "audit_auditseal", "audit_unsealedevent", "audit_auditevent")
STEP = 100
PERSONAL = '{"after":"known to few","before":null}'


def main() -> int:
    """Run the soak and print `edits`, `undetected` and what the sample in the database said."""
    parser = argparse.ArgumentParser(prog="script/soak audit", description=__doc__)
    parser.add_argument("--rows", type=int, default=10_000)
    parser.add_argument(
        "--sample", type=int, default=3, help="rows of which every kind is done in the database"
    )
    parser.add_argument("--seed", type=int)
    parser.add_argument("--name", default="audit_fuzz", help="name of the kept result")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    seed = options.seed if options.seed is not None else random.SystemRandom().randrange(10**6)
    report.progress(f"seed {seed}")
    directory = report.ROOT / "var" / f"soak-{options.name}"
    unreachable = {"REDIS_URL": "redis://127.0.0.1:1/0", "CACHE_URL": "redis://127.0.0.1:1/1"}
    with Stack(
        directory, servers=["postgresql"], settings={**unreachable, "KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1"}
    ) as stack:
        stack.use_django()
        figures = _soak(stack.environment["DATABASE_OWNER_URL"], options, random.Random(seed))
    return report.finish(bench=options.name, rows=figures, as_json=options.json)


def _soak(owner_url: str, options: argparse.Namespace, draw: random.Random) -> list[Figure]:
    from benchmarks.forgeries import forgeries

    copy = _sealed(options.rows)
    report.progress(f"{len(copy.rows):,} rows sealed; manipulating each")
    kinds: Counter[str] = Counter()
    missed: Counter[str] = Counter()
    for index in range(len(copy.rows)):
        if index % 1_000 == 999:
            report.progress(f"  {index + 1:,} rows, {kinds.total():,} manipulations")
        other = draw.randrange(len(copy.rows))
        while other == index:
            other = draw.randrange(len(copy.rows))
        for kind, forgery in forgeries(copy, index, other):
            kinds[kind] += 1
            found = copy.finding(forgery)
            if found is None or (found.sequence, found.event_id or forgery.event_id) != (
                forgery.sequence,
                forgery.event_id or found.event_id,
            ):
                missed[kind] += 1
                report.progress(f"  UNDETECTED: {kind} of row {index + 1}: {found}")
    report.progress(f"{len(kinds)} kinds; now a sample of each in the database, as its owner")
    sampled, different = _sample(owner_url, copy, options.sample, draw)
    return [
        Figure("edits", kinds.total(), "edits"),
        Figure("kinds", len(kinds), "kinds"),
        report.at_most("undetected", missed.total(), "edits", 0),
        Figure("done_in_database", sampled, "edits"),
        report.at_most("found_otherwise", different, "edits", 0),
        report.at_most("clean_problems", _clean(copy), "problems", 0),
    ]


def _sealed(count: int) -> Any:
    """Rows recorded, sealed and read back, with a signed checkpoint over every hundred."""
    from django.db import connection, transaction

    from audit import reading, sealing
    from audit.services import record
    from benchmarks.forgeries import Copy

    with transaction.atomic():
        for number in range(count):
            record(
                action="soak.row.made",
                subject_type="row",
                subject_id=number,
                reason=f'₹ {number}, "quoted"',
                detail={"number": number, "amount": 12.5},
                personal={"before": None, "after": f"known to few {number}"},
            )
    sealing.seal()
    with connection.cursor() as cursor:
        rows = list(reading.sealed_rows(cursor))
    return Copy(rows, list(_checkpoints(rows)))


def _checkpoints(rows: list[Any]) -> Iterator[Any]:
    """Signed, and read again with the public key."""
    from audit.checkpoints import Checkpoint, key_id, read_checkpoint, sign
    from audit.verify import Verifier

    key = Ed25519PrivateKey.generate()
    public = key.public_key()
    verifier = Verifier()
    for place, row in enumerate(rows, start=1):
        verifier.read([row])
        if place % STEP == 0 or place == len(rows):
            made = Checkpoint(
                size=place,
                event_id=row.event_id,
                chain=verifier.chain,
                root=verifier.tree.root(),
                peaks=tuple(verifier.tree.peaks),
                made_at="2026-02-17T12:00:00+00:00",
                key=key_id(public),
            )
            yield read_checkpoint(sign(made, key), {key_id(public): public})


def _clean(copy: Any) -> int:
    """Problems of the untouched rows, in the database and in the copy."""
    from django.db import connection

    from audit.verify import Verifier
    from audit.verifying import verify_rows

    with connection.cursor() as cursor:
        stored = verify_rows(cursor, checkpoints=copy.checkpoints)
    verifier = Verifier(checkpoints=copy.checkpoints)
    verifier.read(copy.rows)
    return stored.problem_count + verifier.finish().problem_count


def _sample(owner_url: str, copy: Any, count: int, draw: random.Random) -> tuple[int, int]:
    """Every kind, at some rows, in the database; how many, and how many were found otherwise than in memory."""
    from audit.verifying import verify_rows
    from benchmarks.forgeries import forgeries

    done = different = 0
    last = len(copy.rows) - 1
    for index in [0, last, *(draw.randrange(1, last) for _ in range(count))]:
        other = (index + draw.randrange(2, last)) % len(copy.rows)
        for kind, forgery in forgeries(copy, index, other, to_the_end=True):
            with _owner(owner_url) as owner:
                _apply(owner, copy.rows, forgery)
                with owner.cursor() as cursor:
                    stored = verify_rows(cursor, checkpoints=copy.checkpoints).first
            done += 1
            if stored is None or not stored == copy.finding_in_full(forgery) == _located(stored, forgery):
                different += 1
                report.progress(f"  FOUND OTHERWISE: {kind} of row {index + 1}: {stored}")
    return done, different


def _located(found: Any, forgery: Any) -> Any:
    """The same finding if it is where it must be."""
    is_there = found.sequence == forgery.sequence and forgery.event_id in (None, found.event_id)
    return found if is_there else None


@contextmanager
def _owner(url: str) -> Iterator[psycopg.Connection]:
    """The owner, in a transaction in which nothing guards the tables; undone at the end."""
    with psycopg.connect(url) as owner:
        for table in TABLES:
            owner.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        for table, name in owner.execute(_CONSTRAINTS, [list(TABLES)]).fetchall():
            owner.execute(f'ALTER TABLE {table} DROP CONSTRAINT IF EXISTS "{name}" CASCADE')
        yield owner
        owner.rollback()


def _apply(owner: psycopg.Connection, rows: list[Any], forgery: Any) -> None:
    """Let the tables say what the forgery's rows say."""
    before, after = rows[forgery.low : forgery.high], forgery.rows
    kept = {row.event_id: row for row in after if row.event is not None} | {
        each.event_id: each for each in forgery.unsealed
    }
    owner.execute("DELETE FROM audit_auditseal WHERE sequence = ANY(%s)", [[row.sequence for row in before]])
    gone = [row.event_id for row in before if row.event_id not in kept]
    owner.execute("DELETE FROM audit_auditevent WHERE id = ANY(%s)", [gone])
    known = {row.event_id: row for row in rows}
    for event_id, row in kept.items():
        if event_id not in known:
            owner.execute(_INSERT_EVENT, row.event)
        elif known[event_id].event != row.event:
            owner.execute("DELETE FROM audit_auditevent WHERE id = %s", [event_id])
            owner.execute(_INSERT_EVENT, row.event)
    with owner.cursor() as cursor:
        cursor.executemany(
            _INSERT_SEAL,
            [
                (row.sequence, row.scheme, row.event_id, row.sealed_at, row.row_hash, row.chain_hash)
                for row in after
            ],
        )
    for row in after:
        if row.event_id in known and row.personal != known[row.event_id].personal:
            owner.execute("DELETE FROM audit_auditpersonal WHERE event_id = %s", [row.event_id])
            if row.personal is not None:
                owner.execute(
                    "INSERT INTO audit_auditpersonal VALUES (%s, %s, %s)", [row.event_id, *row.personal]
                )


_CONSTRAINTS = """
SELECT conrelid::regclass::text, conname FROM pg_constraint
WHERE conrelid = ANY(%s::text[]::regclass[]) AND contype IN ('p', 'u', 'f', 'c')
"""
_INSERT_EVENT = """
INSERT INTO audit_auditevent (id, recorded_at, action, actor_id, actor_label, subject_type, subject_id, subject_label,
    customer_key, reason, request_id, detail, commitment)
VALUES (%s, %s::timestamp AT TIME ZONE 'UTC', %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
"""
_INSERT_SEAL = """
INSERT INTO audit_auditseal (sequence, scheme, event_id, sealed_at, row_hash, chain_hash)
VALUES (%s, %s, %s, %s::timestamp AT TIME ZONE 'UTC', %s, %s)
"""

if __name__ == "__main__":
    raise SystemExit(main())
