"""How much the whole pipeline takes and how quickly: Kafka → PostgreSQL → features → score → Redis.

Every process is real. For throughput the topic is filled beforehand; the clock runs from the moment the consumer begins
to read until the last customer's risk stands in Redis.
"""

import argparse
import datetime as dt
import json
import multiprocessing
import statistics
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor

from benchmarks import load, made_up_model, report
from benchmarks.report import Row
from benchmarks.stack import Stack, wait_until

DIRECTORY = report.ROOT / "var" / "bench-pipeline"
LATENCY_PER_SECOND = 1_000
LATENCY_SECONDS = 30
TIMEOUT_SECONDS = 900
PARTS = "throughput,latency,scale,model,model-scale"


def main() -> int:
    """Run the parts asked for and print their rows."""
    options = _options()
    rows: list[Row] = []
    # Each stack has a process of its own: Django connects to one database in its life.
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn"), max_tasks_per_child=1) as pool:
        if "throughput" in options.parts or "latency" in options.parts:
            rows += pool.submit(_with_stack, _ten_thousand, options).result()
        if "scale" in options.parts:
            rows += pool.submit(_with_stack, _million, options).result()
        if "model" in options.parts:
            rows += pool.submit(_with_stack, _ten_thousand_with_model, options).result()
        if "model-scale" in options.parts:
            rows += pool.submit(_with_stack, _million_with_model, options).result()
    return report.finish(bench=options.name, rows=rows, as_json=options.json)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="script/bench pipeline", description=__doc__)
    parser.add_argument("--customers", type=int, default=10_000)
    parser.add_argument("--transactions", type=int, default=1_000_000)
    parser.add_argument("--scale-customers", type=int, default=1_000_000)
    parser.add_argument("--scale-transactions", type=int, default=1_000_000)
    parser.add_argument("--consumers", type=int, default=1)
    parser.add_argument("--workers", type=int, default=1, help="worker processes for throughput and latency")
    parser.add_argument(
        "--scale-workers", type=int, default=2, help="worker processes for a million customers"
    )
    parser.add_argument("--parts", default=PARTS, type=lambda text: text.split(","), help=f"default {PARTS}")
    parser.add_argument("--name", default="pipeline", help="name of the kept result")
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


def _with_stack(
    measure: Callable[[Stack, argparse.Namespace], list[Row]], options: argparse.Namespace
) -> list[Row]:
    # A bank clock at the pace of the wall clock, so that a bank day can be made to pass.
    with Stack(DIRECTORY, settings={"BANK_CLOCK_SPEED": "1"}) as stack:
        stack.use_django()
        return measure(stack, options)


def _ten_thousand(stack: Stack, options: argparse.Namespace) -> list[Row]:
    _prepare(stack, customers=options.customers, workers=options.workers)
    rows: list[Row] = []
    if "throughput" in options.parts:
        rows.append(
            report.at_least(
                "throughput_per_s",
                _throughput(stack, options.customers, options.transactions, options.consumers),
                "txn/s",
                20_000,
            )
        )
    else:
        _start_consumers(stack, options.consumers)
    if "latency" in options.parts:
        rows += _latency(stack, options.customers)
    return rows + _peaks(stack)


def _million(stack: Stack, options: argparse.Namespace) -> list[Row]:
    customers = options.scale_customers
    _prepare(stack, customers=customers, workers=options.scale_workers)
    report.progress("a bank day passes")
    seconds = _day_passes(stack, customers)
    rows = [report.at_most("reevaluate_1m_s", seconds * 1_000_000 / customers, "s", 60)]
    speed = _throughput(stack, customers, options.scale_transactions, options.consumers)
    rows.append(report.at_least("throughput_1m_per_s", speed, "txn/s", 12_000))
    return rows + [Row(f"{row.name}_1m", row.value, row.unit) for row in _peaks(stack)]


def _ten_thousand_with_model(stack: Stack, options: argparse.Namespace) -> list[Row]:
    _prepare(stack, customers=options.customers, workers=options.workers, with_model=True)
    speed = _throughput(stack, options.customers, options.transactions, options.consumers)
    _assert_scored(options.customers)
    return [report.at_least("throughput_with_model_per_s", speed, "txn/s", 15_000)]


def _million_with_model(stack: Stack, options: argparse.Namespace) -> list[Row]:
    customers = options.scale_customers
    _prepare(stack, customers=customers, workers=options.scale_workers, with_model=True)
    report.progress("a bank day passes, with a model")
    seconds = _day_passes(stack, customers) * 1_000_000 / customers
    _assert_scored(customers)
    return [report.at_most("reevaluate_1m_with_model_s", seconds, "s", 90)]


def _assert_scored(customers: int) -> None:
    """Everybody has a probability: a figure with a model that speaks of nobody would be worth nothing."""
    from risk.models import CurrentRisk

    scored = CurrentRisk.objects.filter(probability__isnull=False).count()
    assert scored == customers, f"{scored} of {customers} customers have a probability"


def _prepare(stack: Stack, *, customers: int, workers: int, with_model: bool = False) -> None:
    """Customers with thirty days of tiles, all of them evaluated once, as of yesterday.

    With a model everybody has a loan and has paid so far: the model speaks of each of them.
    """
    from django.utils import timezone

    from customers import bank_clock
    from customers.models import BankClock
    from risk import services

    now = timezone.now()
    today = bank_clock.day_of(now)
    BankClock.objects.create(bank_at=now - dt.timedelta(days=1), wall_at=now, speed=1.0)
    owner_url = stack.environment["DATABASE_OWNER_URL"]
    report.progress(f"loading {customers:,} customers with {load.HISTORY_DAYS} days of tiles")
    load.create_customers(owner_url=owner_url, count=customers)
    started_on = today - dt.timedelta(days=100)
    if with_model:
        # More than the events repay: of whoever has paid ahead the model does not speak.
        load.create_loans(
            owner_url=owner_url, started_on=started_on, every=1, instalments=12, instalment=1_000_000
        )
        load.create_payments(owner_url=owner_url, until=today)
    else:
        load.create_loans(owner_url=owner_url, started_on=started_on)
    load.create_tiles(owner_url=owner_url, customers=customers, before=today)
    if with_model:
        made_up_model.activate()
    stack.start_worker(concurrency=workers)
    stack.start_beat()
    report.progress("first evaluation of everybody")
    began = time.monotonic()
    services.bank_day_tick()
    _wait_for_day(customers)
    report.progress(f"  {time.monotonic() - began:.1f} s")
    _maintain(owner_url)


def _day_passes(stack: Stack, customers: int) -> float:
    """Seconds from the bank's midnight until everybody is evaluated again."""
    from django.db.models import F

    from customers import bank_clock
    from customers.models import BankClock

    # Every process reads the clock's anchor again within seconds; wait for that before time is taken.
    BankClock.objects.update(bank_at=F("bank_at") + dt.timedelta(days=1))
    time.sleep(bank_clock.ANCHOR_TTL_SECONDS + 0.5)
    before = stack.cpu_seconds()
    began = time.monotonic()
    _open_day()
    _wait_for_day(customers)
    seconds = time.monotonic() - began
    _tell_cpu(stack, before, customers, "customer")
    return seconds


def _open_day() -> None:
    from customers import bank_clock
    from risk import services
    from risk.wakes import Waker

    bank_clock._cached.read_at = float("-inf")
    services.day_open(day=bank_clock.today())
    Waker().wake()


def _wait_for_day(customers: int) -> None:
    from risk.models import CurrentRisk, DayEvaluation, DayRange

    newest = DayEvaluation.objects.latest("day_on").day_on
    wait_until(
        lambda: not DayRange.objects.exists(),
        timeout_seconds=TIMEOUT_SECONDS,
        what="the day",
        every_seconds=0.2,
    )
    wait_until(
        lambda: CurrentRisk.objects.filter(as_of_on=newest).count() == customers,
        timeout_seconds=60,
        what="the last range",
        every_seconds=0.2,
    )
    _wait_for_cache()


def _throughput(stack: Stack, customers: int, transactions: int, consumers: int) -> float:
    """Transactions per second from the first event to the last risk in Redis."""
    from customers import bank_clock

    report.progress(f"filling the topic with {transactions:,} events")
    _fill(load.events(count=transactions, customers=customers, at=bank_clock.now(), seed=1))
    from ingest.models import OffsetLedger
    from risk.models import DirtyCustomer

    report.progress("the clock runs")
    before = stack.cpu_seconds()
    _start_consumers(stack, consumers)

    def is_stored() -> bool:
        stack.note_peaks()
        return sum(OffsetLedger.objects.values_list("messages", flat=True)) >= transactions

    wait_until(is_stored, timeout_seconds=TIMEOUT_SECONDS, what="the events", every_seconds=0.2)
    stored_at = time.time()
    wait_until(
        lambda: not DirtyCustomer.objects.exists(), timeout_seconds=TIMEOUT_SECONDS, what="the refresh"
    )
    _wait_for_cache()
    ended_at = time.time()
    began_at = min(_began_reading(stack, name) for name in stack.processes if name.startswith("consumer"))
    report.progress(
        f"  stored after {stored_at - began_at:.1f} s, refreshed after {ended_at - began_at:.1f} s"
    )
    _tell_cpu(stack, before, transactions, "transaction")
    return transactions / (ended_at - began_at)


def _tell_cpu(stack: Stack, before: dict[str, float], count: int, what: str) -> None:
    """Say where the processors' time went: it depends less on a busy machine than the clock."""
    for kind, seconds in sorted(stack.cpu_seconds().items()):
        used = (seconds - before.get(kind, 0.0)) / count
        report.progress(f"  {kind}: {used * 1e6:.1f} µs of processor time a {what}")


def _start_consumers(stack: Stack, consumers: int) -> None:
    for number in range(consumers):
        stack.start_consumer(f"consumer-{number}")
    for number in range(consumers):
        wait_until(
            lambda name=f"consumer-{number}": "reading begins" in stack.log(name),  # type: ignore[misc]
            timeout_seconds=60,
            what="the consumer",
        )


def _began_reading(stack: Stack, name: str) -> float:
    line = next(line for line in stack.log(name).splitlines() if "reading begins" in line)
    return dt.datetime.fromisoformat(json.loads(line)["timestamp"]).timestamp()


def _latency(stack: Stack, customers: int) -> list[Row]:
    """Event appended → risk in Redis, at a steady rate."""
    from django.conf import settings
    from django.utils import timezone

    from customers import bank_clock
    from ingest.event_log import Producer
    from risk.profile_cache import ProfileCache, latency_samples

    report.progress(f"{LATENCY_PER_SECOND} events a second for {LATENCY_SECONDS} s")
    since = timezone.now() + dt.timedelta(seconds=2)
    count = LATENCY_PER_SECOND * LATENCY_SECONDS
    began = time.monotonic()
    with Producer(topic=settings.KAFKA_TOPIC) as producer:
        stream = load.events(count=count, customers=customers, at=bank_clock.now(), seed=2)
        for index, (customer_id, event) in enumerate(stream):
            if (ahead := index / LATENCY_PER_SECOND - (time.monotonic() - began)) > 0.002:
                time.sleep(ahead)
            producer.append(customer_id=customer_id, event=event)
        producer.flush()
    time.sleep(2)
    samples = sorted(latency_samples(ProfileCache().client, since=since))
    stack.note_peaks()
    cuts = statistics.quantiles(samples, n=100)
    report.progress(f"  {len(samples)} samples")
    return [
        report.at_most("event_to_risk_p50_ms", cuts[49], "ms", 250),
        report.at_most("event_to_risk_p99_ms", cuts[98], "ms", 1000),
    ]


def _fill(stream: Iterable[tuple[str, bytes]]) -> None:
    from django.conf import settings

    from ingest.event_log import Inspector, Producer

    with Inspector() as inspector:
        inspector.ensure_topic(settings.KAFKA_TOPIC)
    with Producer(topic=settings.KAFKA_TOPIC) as producer:
        for number, (customer_id, event) in enumerate(stream):
            producer.append(customer_id=customer_id, event=event)
            if number % 50_000 == 0:
                producer.flush()
        producer.flush()


def _wait_for_cache() -> None:
    """Until a sample of the freshest customers stands in Redis with the revision the database has."""
    from risk.models import CurrentRisk
    from risk.profile_cache import ProfileCache

    client = ProfileCache().client

    def is_cached() -> bool:
        newest = list(
            CurrentRisk.objects.order_by("-evaluated_at").values_list("customer_id", "revision")[:500]
        )
        pipe = client.pipeline(transaction=False)
        for customer_id, _ in newest:
            pipe.hget(f"customer:{customer_id}", "revision")
        return [int(found or 0) for found in pipe.execute()] == [revision for _, revision in newest]

    wait_until(is_cached, timeout_seconds=60, what="the cache")


def _maintain(owner_url: str) -> None:
    import psycopg

    with psycopg.connect(owner_url, autocommit=True) as connection:
        for table in ("risk_currentrisk", "risk_dirtycustomer", "risk_assessment", "risk_pendingdecision"):
            connection.execute(f"VACUUM ANALYZE {table}")  # type: ignore[arg-type]


def _peaks(stack: Stack) -> list[Row]:
    stack.note_peaks()
    return [Row(f"peak_rss_mb_{kind}", round(peak), "MB") for kind, peak in sorted(stack.peaks_mb.items())]


if __name__ == "__main__":
    raise SystemExit(main())
