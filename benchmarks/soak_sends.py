"""Kill workers again and again while they send; at the end nothing may be sent twice, lost, or against the rules.

Real Celery workers send through the Twilio-compatible transport to a provider of its own process, which keeps
every request and fails as providers do. The verdict reads the provider's records and the database, not our own logs.
"""

import argparse
import datetime as dt
import json
import os
import random
import socket
import threading
import time
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from benchmarks import report
from benchmarks.help_made_up import People
from benchmarks.report import Row
from benchmarks.stack import Stack, wait_until

WORKERS = ("worker-0", "worker-1", "worker-2")
TIMEOUT_SECONDS, REAP_SECONDS, TICK_SECONDS = 2, 5, 2
SETTLE_SECONDS = 60
# After this long a withdrawal must count (docs/sending.md).
WITHDRAWAL_SECONDS = 5.0
SETTINGS = {
    "KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1",
    "TRANSPORT_SMS": "twilio",
    "TWILIO_ACCOUNT_SID": "AC0",
    "TWILIO_AUTH_TOKEN": "only-for-this-run",
    "TWILIO_SMS_FROM": "+15005550006",
    "PUBLIC_BASE_URL": "http://127.0.0.1:1",
    "POLICY_DECISIONS_BY_COMMAND": "true",
    "SEND_TIMEOUT_SECONDS": str(TIMEOUT_SECONDS),
    "SEND_REAP_SECONDS": str(REAP_SECONDS),
    "SEND_AT_ONCE_MAX": "8",
}


@dataclass
class Run:
    """What happened so far."""

    stack: Stack
    people: People
    draw: random.Random
    kills: int = 0
    mid_send: set[Any] = field(default_factory=set)
    withdrawn_at: dict[int, float] = field(default_factory=dict)
    is_over: threading.Event = field(default_factory=threading.Event)

    def keep_running(self) -> None:
        """What a supervisor does: start again what has exited."""
        for name in WORKERS:
            process = self.stack.processes.get(name)
            if process is None or process.poll() is not None:
                self.stack.start_worker(name)

    def tick(self) -> None:
        """What beat does, for the outbox alone: the whole system's other work would need Kafka."""
        from equilibrate_site.celery import app

        while not self.is_over.wait(TICK_SECONDS):
            app.send_task("interventions.tasks.send", expires=TICK_SECONDS)
            app.send_task("interventions.tasks.reap", expires=TICK_SECONDS)

    def kill(self) -> None:
        """SIGKILL a worker, mostly one that is sending, and note what it was sending."""
        from interventions.models import Delivery

        busy = self._busy() if self.draw.random() < 0.8 else []
        name = self.draw.choice(busy or WORKERS)
        self.stack.kill(name)
        self.kills += 1
        sending = Delivery.objects.filter(state="sending").values_list("pk", "claimed_by")
        self.mid_send |= {pk for pk, who in sending if not Path(f"/proc/{_pid(who)}").exists()}
        self.stack.start_worker(name)
        report.progress(f"  {self.kills:3} killed {name}; {len(self.mid_send)} messages were being sent")

    def _busy(self) -> list[str]:
        """The workers that are sending at this moment; waits a little for one."""
        from interventions.models import Delivery

        until = time.monotonic() + 5
        while time.monotonic() < until:
            names = {self.stack.processes[name].pid: name for name in WORKERS}
            pids = map(_pid, Delivery.objects.filter(state="sending").values_list("claimed_by", flat=True))
            if found := [names[group] for pid in pids if (group := _group(pid)) in names]:
                return found
            time.sleep(self.draw.random() * 0.05)
        return []

    def withdraw(self, count: int) -> None:
        """Customers whose messages wait withdraw their consent."""
        from customers.models import Customer
        from interventions.contact import consents
        from interventions.models import Delivery

        waiting = list(Delivery.objects.filter(state="pending").values_list("customer_id", flat=True)[:500])
        for customer_id in self.draw.sample(waiting, min(count, len(waiting))):
            if customer_id in self.withdrawn_at:
                continue
            consents.withdraw(
                customer=Customer.objects.get(pk=customer_id),
                channel="sms",
                purpose="support",
                source="partner",
            )
            self.withdrawn_at[customer_id] = time.time()


def main() -> int:
    """Run the soak and print `kills`, `double_sends`, `lost_sends`, `gate_violations`."""
    options = _options()
    seed = options.seed if options.seed is not None else random.SystemRandom().randrange(10**6)
    report.progress(f"seed {seed}; reap age {REAP_SECONDS} s, transport timeout {TIMEOUT_SECONDS} s")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    settings = {**SETTINGS, "TWILIO_API_URL": f"http://127.0.0.1:{port}"}
    directory = report.ROOT / "var" / f"soak-{options.name}"
    with Stack(directory, settings=settings, servers=("postgresql", "broker", "cache")) as stack:
        stack.use_django()
        arguments = [str(port), str(directory / "sent.jsonl"), str(directory / "calm"), str(seed)]
        stack.start("provider", ["-m", "benchmarks.sms_provider", *arguments])
        run = Run(stack, People(random.Random(seed)), random.Random(seed + 1))
        ticks = threading.Thread(target=run.tick, name="ticks", daemon=True)
        ticks.start()
        try:
            rows = _soak(run, options, directory)
        finally:
            run.is_over.set()
            ticks.join()
    return report.finish(bench=options.name, rows=rows, as_json=options.json)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="script/soak sends", description=__doc__)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seconds", type=float, default=420, help="about how long workers are killed")
    parser.add_argument("--per-second", type=float, default=4.0, help="messages that are queued")
    parser.add_argument("--seed", type=int)
    parser.add_argument("--name", default="sends", help="name of the kept result")
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


def _soak(run: Run, options: argparse.Namespace, directory: Path) -> list[Row]:
    run.people.govern()
    run.keep_running()
    run.people.queue(20)
    _wait_for_the_first(directory)
    began, queued = time.monotonic(), 20.0
    while run.kills < options.kills:
        due = (time.monotonic() - began) * options.per_second + 20 - queued
        if due >= 5:
            run.people.queue(int(due))
            queued += int(due)
            run.withdraw(1)
        run.keep_running()
        next_at = run.kills * options.seconds / options.kills
        if time.monotonic() - began >= next_at:
            time.sleep(run.draw.random() * 0.5)
            run.kill()
        time.sleep(run.draw.random() * 0.2)
    (directory / "calm").touch()
    last_kill_at = time.monotonic()
    report.progress(f"{run.people.count:,} messages queued; settling for at most {SETTLE_SECONDS} s")
    _settle(run)
    settled_seconds = time.monotonic() - last_kill_at
    return _verdict(run, directory, settled_seconds)


def _pid(worker: str) -> int:
    """The process that claimed a delivery, by its name."""
    return int(worker.split(":")[1])


def _group(pid: int) -> int:
    """The process group, which is that of the worker; 0 where the process has ended."""
    try:
        return os.getpgid(pid)
    except ProcessLookupError:
        return 0


def _wait_for_the_first(directory: Path) -> None:
    sent = directory / "sent.jsonl"
    wait_until(
        lambda: sent.exists() and sent.stat().st_size > 0, timeout_seconds=120, what="the first message"
    )


def _settle(run: Run) -> None:
    def is_settled() -> bool:
        run.keep_running()
        return not _unsettled()

    try:
        wait_until(is_settled, timeout_seconds=SETTLE_SECONDS, what="everything to settle", every_seconds=1)
    except TimeoutError:
        report.progress("not everything has settled; what has not is counted as lost")


def _unsettled() -> list[Any]:
    """Neither known, nor unknown with an alert, nor waiting for a lawful hour."""
    from django.utils import timezone

    from interventions.models import Delivery
    from risk.models import Alert

    alerts = set(
        Alert.objects.filter(dedupe_key__startswith="delivery.").values_list("dedupe_key", flat=True)
    )
    found, now = [], timezone.now()
    for pk, state, next_lawful_at in Delivery.objects.values_list("pk", "state", "next_lawful_at"):
        waits = state == "pending" and next_lawful_at is not None and next_lawful_at > now
        is_told = state == "unknown" and f"delivery.unknown.{pk}" in alerts
        if not (waits or is_told or state in ("sent", "delivered", "failed", "denied", "cancelled")):
            found.append(pk)
    return found


def _verdict(run: Run, directory: Path, settled_seconds: float) -> list[Row]:
    from interventions.models import Delivery

    told = [json.loads(line) for line in (directory / "sent.jsonl").read_text().splitlines()]
    taken = [each for each in told if each["taken"]]
    times = Counter(each["body"] for each in taken)
    states = dict(Delivery.objects.values_list("body", "state"))
    ours, theirs = {"sent", "delivered"}, set(times)
    # We say it went out and the provider never had it; or we say it did not, and it did.
    wrong = [body for body, state in states.items() if state in ours and body not in theirs]
    wrong += [body for body in theirs if states.get(body) not in {*ours, "unknown", "sending"}]
    report.progress(f"states: {dict(Counter(states.values()))}; settled after {settled_seconds:.0f} s")
    return [
        Row("kills", run.kills, "kills"),
        Row("mid_send", len(run.mid_send), "messages"),
        Row("sends", len(taken), "messages"),
        Row("withdrawals", len(run.withdrawn_at), "customers"),
        report.at_most("double_sends", sum(count - 1 for count in times.values()), "messages", 0),
        report.at_most("lost_sends", len(_unsettled()), "messages", 0),
        report.at_most("misreported", len(wrong), "messages", 0),
        report.at_most("gate_violations", _violations(run, taken), "messages", 0),
        Row("unknown", sum(state == "unknown" for state in states.values()), "messages"),
    ]


def _violations(run: Run, taken: list[dict[str, Any]]) -> int:
    """By the provider's own clock and records: hours, pauses between messages, withdrawn consent, nobody's consent."""
    count = 0
    by_customer: dict[int, list[float]] = defaultdict(list)
    for each in taken:
        person = run.people.by_phone[each["to"]]
        at = dt.datetime.fromtimestamp(each["at"], ZoneInfo(person.zone))
        first, last = (9, 17) if at.weekday() == 6 else (8, 19)
        is_late = each["at"] > run.withdrawn_at.get(person.pk, float("inf")) + WITHDRAWAL_SECONDS
        count += (not first <= at.hour < last) + is_late + (not person.agreed) + person.on_hold
        by_customer[person.pk].append(each["at"])
    # The pack leaves customers in peace for 20 hours after a message, so that nobody may get two in one run.
    return count + sum(len(each) - 1 for each in by_customer.values())


if __name__ == "__main__":
    raise SystemExit(main())
