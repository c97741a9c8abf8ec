"""Kill every process and server again and again while events flow; at the end nothing may be lost, doubled or wrong."""

import argparse
import datetime as dt
import random
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

import psycopg

from benchmarks import load, report, verify
from benchmarks.report import Row
from benchmarks.stack import Stack, wait_until

CHUNK = 500
SETTLE_TIMEOUT_SECONDS = 300
CONSUMERS = ("consumer-0", "consumer-1")
WORKERS = ("worker-0", "worker-1")


@dataclass
class Flow:
    """Events on their way into the log: every tenth comes twice, every tenth comes days late.

    `sent` holds the identity and the amount of every event the log has acknowledged.
    """

    transactions: int
    customers: int
    per_second: float
    draw: random.Random
    sent: dict[tuple[str, dt.datetime, str], int] = field(default_factory=dict)
    error: BaseException | None = None

    def run(self) -> None:
        """Append everything; what was not acknowledged is appended again, which is safe by its identity."""
        from django.conf import settings

        from ingest.event_log import EventLogUnavailable, Producer

        began, appended = time.monotonic(), 0
        producer: Producer | None = None
        try:
            while appended < self.transactions:
                chunk = self._chunk(min(CHUNK, self.transactions - appended))
                while True:
                    try:
                        producer = producer or Producer(topic=settings.KAFKA_TOPIC)
                        for customer_id, event, _ in chunk:
                            producer.append(customer_id=customer_id, event=event)
                        producer.flush()
                        break
                    except EventLogUnavailable:
                        time.sleep(0.5)
                appended += len(chunk)
                self.sent.update((identity, amount) for _, _, (identity, amount) in chunk)
                time.sleep(max(0.0, appended / self.per_second - (time.monotonic() - began)))
        except BaseException as error:
            self.error = error
            raise
        finally:
            if producer:
                producer.close()

    def _chunk(self, size: int) -> list[tuple[str, bytes, tuple[tuple[str, dt.datetime, str], int]]]:
        found = []
        while len(found) < size:
            found.append(self._event())
            if self.draw.random() < 0.1:
                found.append(self.draw.choice(found))
        return found

    def _event(self) -> tuple[str, bytes, tuple[tuple[str, dt.datetime, str], int]]:
        draw = self.draw
        customer_id = str(1 + draw.randrange(self.customers))
        at = dt.datetime.now(dt.UTC) - dt.timedelta(seconds=draw.random() * 60)
        if draw.random() < 0.1:
            at -= dt.timedelta(days=draw.randrange(1, 80))
        name = str(uuid.UUID(int=draw.getrandbits(128)))
        category = draw.choice(("GROCERY", "DINING", "RENT", "ATM_WITHDRAWAL", "SALARY", "EMI", "SHOPPING"))
        paise = draw.randrange(100, 500_000)
        event = (
            f'{{"transaction_id":"{name}","customer_id":{customer_id},"timestamp":"{at.isoformat()}",'
            f'"amount":{paise / 100:.2f},"transaction_type":"{"CREDIT" if category == "SALARY" else "DEBIT"}",'
            f'"channel":"UPI","merchant_category":"{category}","is_salary":{int(category == "SALARY")}}}'
        )
        return customer_id, event.encode(), ((customer_id, at, name), paise)


@dataclass
class Killer:
    """Kills one thing at a time, at random moments, and lets it come back."""

    stack: Stack
    draw: random.Random
    done: Counter[str] = field(default_factory=Counter)

    def run(self, kills: int, *, seconds: float) -> None:
        """Kill `kills` times, spread over about `seconds`."""
        victims: list[tuple[str, Callable[[], None]]] = [
            *((name, lambda name=name: self._process(name)) for name in (*CONSUMERS, *WORKERS)),
            ("broker", lambda: self._server("broker")),
            ("cache", lambda: self._server("cache")),
            ("kafka", lambda: self._server("kafka")),
            ("postgresql connections", self._connections),
        ]
        began = time.monotonic()
        for number in range(kills):
            self.keep_running()
            # Each kind comes up once before any comes up again, in random order.
            if number % len(victims) == 0:
                self.draw.shuffle(victims)
            name, kill = victims[number % len(victims)]
            kill()
            self.done[name] += 1
            report.progress(f"  {sum(self.done.values()):3} killed {name}")
            time.sleep(max(0.0, (number + self.draw.random()) * seconds / kills - (time.monotonic() - began)))

    def keep_running(self) -> None:
        """What a supervisor does: start again what has exited."""
        for name in (*CONSUMERS, *WORKERS):
            process = self.stack.processes.get(name)
            if process is None or process.poll() is not None:
                self._start(name)
        if self.stack.processes["beat"].poll() is not None:
            self.stack.start_beat()

    def _process(self, name: str) -> None:
        self.stack.kill(name)
        self._start(name)

    def _start(self, name: str) -> None:
        if name in CONSUMERS:
            self.stack.start_consumer(name)
        else:
            self.stack.start_worker(name)

    def _server(self, name: str) -> None:
        server = getattr(self.stack.services, name)
        server.kill()
        time.sleep(self.draw.random())
        server.start()

    def _connections(self) -> None:
        with psycopg.connect(self.stack.environment["DATABASE_OWNER_URL"], autocommit=True) as connection:
            connection.execute(_TERMINATE)


def main() -> int:
    """Run the soak and print `kills`, `lost`, `doubled`, `mismatched_customers`."""
    options = _options()
    seed = options.seed if options.seed is not None else random.SystemRandom().randrange(10**6)
    report.progress(f"seed {seed}")
    with Stack(report.ROOT / "var" / f"soak-{options.name}") as stack:
        stack.use_django()
        rows = _soak(stack, options, seed)
    return report.finish(bench=options.name, rows=rows, as_json=options.json)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="script/soak kills", description=__doc__)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--transactions", type=int, default=500_000)
    parser.add_argument("--customers", type=int, default=5_000)
    parser.add_argument(
        "--seconds", type=float, default=400, help="about how long events flow and things are killed"
    )
    parser.add_argument("--seed", type=int)
    parser.add_argument("--name", default="kills", help="name of the kept result")
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


def _soak(stack: Stack, options: argparse.Namespace, seed: int) -> list[Row]:
    from django.conf import settings

    from ingest.event_log import Inspector

    with Inspector() as inspector:
        inspector.ensure_topic(settings.KAFKA_TOPIC)
    load.create_customers(owner_url=stack.environment["DATABASE_OWNER_URL"], count=options.customers // 2)
    load.create_loans(owner_url=stack.environment["DATABASE_OWNER_URL"], started_on=_loans_start())
    killer = Killer(stack, random.Random(seed))
    stack.start_beat()
    killer.keep_running()
    flow = Flow(
        transactions=options.transactions,
        customers=options.customers,
        per_second=options.transactions / options.seconds,
        draw=random.Random(seed + 1),
    )
    thread = threading.Thread(target=flow.run, name="flow")
    thread.start()
    killer.run(options.kills, seconds=options.seconds)
    while thread.is_alive():
        killer.keep_running()
        thread.join(timeout=1)
    if flow.error:
        raise flow.error
    report.progress(f"{options.transactions:,} events appended, {len(flow.sent):,} different; settling")
    _settle(killer)
    return _verdict(flow, killer)


def _settle(killer: Killer) -> None:
    """Until the log is stored and everybody is refreshed."""
    from django.conf import settings

    from ingest.event_log import Inspector
    from ingest.models import OffsetLedger
    from risk.models import DayRange, DirtyCustomer

    with Inspector() as inspector:
        ends = inspector.ends(inspector.partitions(settings.KAFKA_TOPIC))

    def is_settled() -> bool:
        killer.keep_running()
        stored = dict(OffsetLedger.objects.values_list("partition", "position"))
        return (
            all(stored.get(partition.number, 0) >= end for partition, end in ends.items())
            and not DirtyCustomer.objects.exists()
            and not DayRange.objects.exists()
        )

    wait_until(
        is_settled, timeout_seconds=SETTLE_TIMEOUT_SECONDS, what="everything to settle", every_seconds=0.5
    )


def _loans_start() -> dt.date:
    return (dt.datetime.now(dt.UTC) - dt.timedelta(days=100)).date()


def _verdict(flow: Flow, killer: Killer) -> list[Row]:
    from customers.models import Transaction
    from ingest.models import DeadLetter

    stored: dict[tuple[str, dt.datetime, str], int] = {}
    doubled = 0
    for bank_id, occurred_at, name, amount in Transaction.objects.values_list(
        "customer__bank_id", "occurred_at", "transaction_id", "amount"
    ).iterator():
        identity = (bank_id, occurred_at, name)
        doubled += identity in stored or identity not in flow.sent
        stored[identity] = int(amount * 100)
    lost = sum(1 for identity, paise in flow.sent.items() if stored.get(identity) != paise)
    parts = {
        "tiles": verify.mismatched_tiles(),
        "risk": verify.mismatched_risk(),
        "payments": verify.mismatched_payments(),
        "receipts": verify.mismatched_receipts(),
    }
    report.progress(
        f"kills: {dict(killer.done)}; mismatched: { {name: len(ids) for name, ids in parts.items()} }"
    )
    return [
        Row("kills", sum(killer.done.values()), "kills"),
        report.at_most("lost", lost, "txn", 0),
        report.at_most("doubled", doubled, "txn", 0),
        report.at_most("mismatched_customers", len(set().union(*parts.values())), "customers", 0),
        report.at_most("dead_letters", DeadLetter.objects.count(), "messages", 0),
    ]


_TERMINATE = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND usename IN ('equilibrate_app', current_user)
"""

if __name__ == "__main__":
    raise SystemExit(main())
