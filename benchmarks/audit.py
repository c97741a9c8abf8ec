"""The audit at a million rows: writing, sealing and verifying; and the send gate's decisions.

Rows are put into the database by its owner, as `record()` would write them, every tenth with a personal part; they are
sealed by the function that seals in production, and verified as `manage.py verify_audit` does, against signed
checkpoints, by one process. With fewer rows (--rows) the time for a million is reckoned in proportion: rows are read
one after the other, at the same cost each.
"""

import argparse
import datetime as dt
import resource
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg

from benchmarks import report
from benchmarks.report import Row
from benchmarks.stack import Stack

MILLION = 1_000_000
SECONDS = 3.0
UNREACHABLE = {
    "REDIS_URL": "redis://127.0.0.1:1/0",
    "CACHE_URL": "redis://127.0.0.1:1/1",
    "KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1",
}


def main() -> int:
    """Measure and report."""
    parser = argparse.ArgumentParser(prog="script/bench audit", description=__doc__)
    parser.add_argument("--rows", type=int, default=MILLION)
    parser.add_argument("--name", default="audit", help="name of the kept result")
    parser.add_argument("--json", action="store_true", help="print one line of JSON")
    options = parser.parse_args()
    directory = report.ROOT / "var" / "bench-audit"
    settings = UNREACHABLE | {
        "AUDIT_SIGNING_KEY_FILE": str(directory / "key.pem"),
        "AUDIT_CHECKPOINT_DIRECTORY": str(directory / "checkpoints"),
    }
    with Stack(directory, servers=["postgresql"], settings=settings) as stack:
        stack.use_django()
        rows = [*_audit(stack.environment["DATABASE_OWNER_URL"], options.rows, directory), _gate()]
    return report.finish(bench=options.name, rows=rows, as_json=options.json)


def _audit(owner_url: str, count: int, directory: Path) -> list[Row]:
    from audit import sealing
    from audit.signing import create_key

    create_key(directory / "key.pem")
    one, many = _append()
    sealing.seal()
    report.progress(f"writing {count:,} rows")
    with psycopg.connect(owner_url) as owner:
        owner.execute(_EVENTS, [count])
        owner.execute(_PERSONAL)
        owner.commit()
        owner.autocommit = True
        owner.execute("VACUUM ANALYZE audit_auditevent")
    report.progress("sealing")
    started = time.perf_counter()
    sealed = sealing.seal()
    sealed_per_s = sealed / (time.perf_counter() - started)
    report.progress("signing")
    checkpoints, checkpoint_s = _checkpoints()
    report.progress(f"verifying {sealed:,} rows against {checkpoints} checkpoints")
    found, wall_s, own_s = _verify()
    per_million = MILLION / found.rows
    return [
        report.at_most("verify_1m_s", wall_s * per_million, "s", 60),
        Row("verify_1m_processor_s", round(own_s * per_million, 1), "s"),
        Row("verified_rows", found.rows, "rows"),
        report.at_most("problems", found.problem_count, "problems", 0),
        Row("append_per_s", round(one), "events/s"),
        Row("append_in_one_transaction_per_s", round(many), "events/s"),
        Row("seal_per_s", round(sealed_per_s), "rows/s"),
        Row("checkpoint_1m_s", round(checkpoint_s * per_million, 1), "s"),
    ]


def _append() -> tuple[float, float]:
    """Events per second through `record()`: each in a transaction of its own, and a hundred in one."""
    from django.db import transaction

    from audit.services import record

    def one() -> int:
        record(
            action="bench.row.made",
            subject_type="row",
            subject_id=1,
            customer=1,
            detail={"number": 1, "amount": 12.5, "because": "it is so"},
        )
        return 1

    def hundred() -> int:
        with transaction.atomic():
            return sum(one() for _ in range(100))

    return _per_second(one), _per_second(hundred)


def _checkpoints() -> tuple[int, float]:
    from audit.checkpointing import make_checkpoint

    made, started = 0, time.perf_counter()
    while make_checkpoint() is not None:
        made += 1
    return made, time.perf_counter() - started


def _verify() -> tuple[Any, float, float]:
    """The report, seconds that passed, and this process's own."""
    from django.db import connection

    from audit.signing import public_keys
    from audit.verifying import verify_database

    keys = public_keys()
    before, started = resource.getrusage(resource.RUSAGE_SELF), time.perf_counter()
    with connection.cursor() as cursor:
        found = verify_database(cursor, keys=keys)
    wall_s, after = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_SELF)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    report.progress(f"  {found.rows:,} rows, {found.covered:,} covered; first problem: {found.first}")
    return found, wall_s, used


def _gate() -> Row:
    """Decisions of the pure gate: one message that may go, one at night, one without consent, one too many."""
    from interventions import send_gate
    from interventions.contact.gate_facts import Contact
    from interventions.tests.gate_facts import NOON, lawful, rules

    india = rules()
    contacts = tuple(Contact(NOON - dt.timedelta(days=day), "sms", True, False) for day in range(1, 8))
    asked = [
        (lawful(), NOON),
        (lawful(), NOON + dt.timedelta(hours=12)),
        (lawful(is_consented=False), NOON),
        (lawful(contacts=contacts), NOON),
    ]

    def decide() -> int:
        for facts, now in asked:
            send_gate.decide(facts=facts, rules=india, now=now)
        return len(asked)

    return Row("gate_decisions_per_s", round(_per_second(decide)), "/s")


def _per_second(work: Callable[[], int]) -> float:
    done, started = 0, time.perf_counter()
    while time.perf_counter() - started < SECONDS:
        done += work()
    return done / (time.perf_counter() - started)


_EVENTS = """
INSERT INTO audit_auditevent (action, actor_label, subject_type, subject_id, subject_label, customer_key, reason,
    request_id, detail, commitment)
SELECT 'interventions.case.assigned', 'Ravi Kulkarni (rm1)', 'case', number::text, 'case ' || number,
    (number %% 10000)::text, '', md5(number::text),
    jsonb_build_object('from', 'new', 'to', 'assigned', 'priority', 'HIGH', 'revision', number, 'amount', 12.50,
        'because', 'it is ₹ ' || number),
    CASE WHEN number %% 10 = 0 THEN encode(sha256('equilibrate.audit.personal.1,'::bytea
        || sha256(number::text::bytea) || '{"after":"known to few","before":null}'::bytea), 'hex') ELSE '' END
FROM generate_series(1, %s) number
"""
_PERSONAL = """
INSERT INTO audit_auditpersonal (event_id, salt, content)
SELECT id, sha256(subject_id::bytea), '{"after":"known to few","before":null}'
FROM audit_auditevent WHERE commitment <> ''
"""

if __name__ == "__main__":
    raise SystemExit(main())
