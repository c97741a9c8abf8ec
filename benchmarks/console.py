"""How quickly the console answers: 50 people click through its pages, with a million customers and 10,000 open cases.

Every process is real: PostgreSQL, Valkey, uvicorn, worker and beat. A reader opens a page, thinks for 5 to 15 seconds,
and opens the next one. As in a browser, what a page loads by itself is fetched after it, and what it polls is polled
for as long as it is open. Time is taken at the server (`benchmarks/console_site.py`), from the arrival of a request to
the last byte of its answer. A page's rows hold the page itself; what it loads later and polls is in `parts_p95_ms`.
"""

import argparse
import json
import os
import random
import re
import statistics
import sys
import threading
import time
import urllib.error
import urllib.request
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from html import unescape

from benchmarks import console_bank, report
from benchmarks.console_bank import Reader
from benchmarks.report import Row
from benchmarks.stack import Stack, wait_until
from embedded.ports import free_port

DIRECTORY = report.ROOT / "var" / "bench-console"
BUILT = DIRECTORY / "built"
# (share of the clicks, page): a manager lives in queue and cases, and looks at the portfolio now and then.
CLICKS = ((12, "home"), (8, "portfolio"), (30, "queue"), (22, "profile"), (28, "case"))
GOAL_MS = {"home": 100.0, "portfolio": 300.0, "queue": 100.0, "profile": 100.0, "case": 100.0}
KINDS = (
    (re.compile(r"^/$"), "home"),
    (re.compile(r"^/portfolio/$"), "portfolio"),
    (re.compile(r"^/queue/$"), "queue"),
    (re.compile(r"^/customers/\d+/$"), "profile"),
    (re.compile(r"^/cases/\d+/$"), "case"),
)
QUEUES = (
    "", "?level=HIGH", "?level=MEDIUM", "?hardship=INCOME_SHOCK", "?city=Mumbai", "?level=HIGH&city=Pune", "?q=asha",
    "?segment=STABLE&level=MEDIUM", "?employment=GIG&level=HIGH", "?q=4711",
)  # fmt: skip
# A bank of so many customers has one open case at least: 10,000 of a million.
CUSTOMERS_A_CASE = 100
# What an HTMX element says of when it fetches by itself.
ELEMENT = re.compile(r"<[^>]*\shx-get=\"([^\"]+)\"[^>]*>")
TRIGGER = re.compile(r"\shx-trigger=\"([^\"]+)\"")
EVERY = re.compile(r"every (\d+)s")
ANSWER_SECONDS = 60
# Browsers run on machines of their own: here they take what processor time the bank's processes leave.
READERS_NICENESS = 10
SETTINGS = {"BANK_CLOCK_SPEED": "1", "SECURE_TLS": "false", "POLICY_DECISIONS_BY_COMMAND": "true"}


def main() -> int:
    """Build the bank, have it read, and print the rows."""
    options = _options()
    with Stack(DIRECTORY, settings=SETTINGS, is_kept=options.keep) as stack:
        stack.use_django()
        if options.keep and BUILT.exists():
            console_bank.start(stack)
        else:
            console_bank.build(stack, customers=options.customers)
            BUILT.touch()
        cases = console_bank.open_cases()
        readers = console_bank.readers(count=options.users)
        base = _start_site(stack, options.processes)
        _wait_until_calm(base, readers[0])
        for file in DIRECTORY.glob("times-*.jsonl"):
            file.write_text("")
        report.progress(f"{len(readers)} readers, {cases:,} open cases, {options.seconds} s")
        crowd = Crowd(base=base, readers=readers, seconds=options.seconds)
        os.nice(READERS_NICENESS)
        crowd.read()
        rows = _rows(crowd, customers=console_bank.customers(), cases=cases)
    return report.finish(bench=options.name, rows=rows, as_json=options.json)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="script/bench console", description=__doc__)
    parser.add_argument("--customers", type=int, default=1_000_000)
    parser.add_argument("--users", type=int, default=50)
    parser.add_argument("--seconds", type=int, default=300)
    parser.add_argument("--processes", type=int, default=2, help="processes that serve the site")
    parser.add_argument(
        "--keep",
        action="store_true",
        help="leave the bank behind, and use the one that an earlier run left today",
    )
    parser.add_argument("--name", default="console", help="name of the kept result")
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


def _start_site(stack: Stack, processes: int) -> str:
    port = free_port()
    stack.environment |= {"SERVE_STATIC_FROM_SOURCE": "true", "DATABASE_POOL_MAX": "10"}
    options = ["--host", "127.0.0.1", "--port", str(port), "--no-access-log", "--log-level", "warning"]
    stack.start(
        "site",
        ["-m", "uvicorn", "benchmarks.console_site:application", *options, "--workers", str(processes)],
    )
    base = f"http://127.0.0.1:{port}"

    def answers() -> bool:
        try:
            with urllib.request.urlopen(f"{base}/accounts/login/", timeout=5):  # noqa: S310 - our own
                return True
        except (urllib.error.URLError, OSError):
            return False

    wait_until(answers, timeout_seconds=60, what="the site", every_seconds=0.2)
    return base


def _wait_until_calm(base: str, reader: Reader) -> None:
    """What workers prepare once, such as the portfolio's counts, is there before anybody is timed."""
    wait_until(
        lambda: 'data-portfolio="ready"' in _get(base, "/portfolio/", reader)[1],
        timeout_seconds=300,
        what="the portfolio's counts",
        every_seconds=2.0,
    )
    for path in ("/", "/portfolio/", "/queue/"):
        for _ in range(5):
            _get(base, path, reader)


@dataclass
class Crowd:
    """People in front of the console, each in a thread.

    Attributes:
        answers: how many answers had which status.
        failed: what went wrong, the first of it.
    """

    base: str
    readers: list[Reader]
    seconds: float
    answers: Counter[int] = field(default_factory=Counter)
    failed: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def read(self) -> None:
        """Until the time is over."""
        threads = [
            threading.Thread(target=self._sit, args=(reader, random.Random(number)))
            for number, reader in enumerate(self.readers)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def _sit(self, reader: Reader, draw: random.Random) -> None:
        until = time.monotonic() + self.seconds
        time.sleep(draw.uniform(0, 10))  # they do not all arrive at once
        while time.monotonic() < until:
            path = _choice(reader, draw)
            text = self._fetch(path, reader)
            parts = _parts(text)
            for part in (each for each, every in parts if every is None):
                self._fetch(part, reader, path)
            self._stay(path, [(part, every) for part, every in parts if every], reader, draw.uniform(5, 15))

    def _stay(self, path: str, polls: list[tuple[str, int]], reader: Reader, seconds: float) -> None:
        """Think, while the page polls."""
        left_at = time.monotonic() + seconds
        due = [[time.monotonic() + every, every, part] for part, every in polls]
        while due and min(due, key=lambda each: each[0])[0] < left_at:
            next_one = min(due, key=lambda each: each[0])
            time.sleep(max(0.0, next_one[0] - time.monotonic()))
            self._fetch(next_one[2], reader, path)
            next_one[0] += next_one[1]
        time.sleep(max(0.0, left_at - time.monotonic()))

    def _fetch(self, path: str, reader: Reader, page: str = "") -> str:
        status, text = _get(self.base, path, reader, page)
        with self.lock:
            self.answers[status] += 1
            if status >= 400 and len(self.failed) < 5:
                self.failed.append(f"{status} {path}")
        return text


def _choice(reader: Reader, draw: random.Random) -> str:
    (page,) = draw.choices([name for _, name in CLICKS], [share for share, _ in CLICKS])
    if page == "profile" and reader.customers:
        return f"/customers/{draw.choice(reader.customers)}/"
    if page == "case" and reader.cases:
        return f"/cases/{draw.choice(reader.cases)}/"
    if page == "portfolio":
        return "/portfolio/"
    if page == "queue":
        return f"/queue/{draw.choice(QUEUES)}"
    return "/"


def _parts(text: str) -> list[tuple[str, int | None]]:
    """What a page fetches by itself: (address, every so many seconds; None for once, as it loads)."""
    found: list[tuple[str, int | None]] = []
    for element in ELEMENT.finditer(text):
        trigger = TRIGGER.search(element.group(0))
        if trigger is None:
            continue
        address = unescape(element.group(1))
        if "load" in trigger.group(1) or "revealed" in trigger.group(1):
            found.append((address, None))
        if every := EVERY.search(trigger.group(1)):
            found.append((address, int(every.group(1))))
    return found


def _get(base: str, path: str, reader: Reader, page: str = "") -> tuple[int, str]:
    headers = {"Cookie": f"sessionid={reader.session}", "Accept-Language": "en"}
    if page:
        headers |= {"HX-Request": "true", "HX-Request-Type": "partial", "HX-Current-URL": base + page}
    address = path if path.startswith("http") else base + path
    try:
        request = urllib.request.Request(address, headers=headers)  # noqa: S310 - our own
        with urllib.request.urlopen(request, timeout=ANSWER_SECONDS) as answer:  # noqa: S310
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, ""


def _rows(crowd: Crowd, *, customers: int, cases: int) -> list[Row]:
    times: dict[str, list[float]] = defaultdict(list)
    for file in DIRECTORY.glob("times-*.jsonl"):
        for line in file.read_text().splitlines():
            answer = json.loads(line)
            times[_kind(answer["path"])].append(answer["ms"])
    rows = [report.at_most(f"{name}_p95_ms", _p95(times[name]), "ms", goal) for name, goal in GOAL_MS.items()]
    rows += [Row(f"{name}_median_ms", round(statistics.median(times[name]), 1), "ms") for name in GOAL_MS]
    wrong = sum(count for status, count in crowd.answers.items() if status >= 400)
    if wrong:
        print(f"went wrong: {crowd.failed}", file=sys.stderr)
    return [
        *rows,
        Row("parts_p95_ms", round(_p95(times["part"]), 1), "ms"),
        Row("answers", sum(map(len, times.values())), "answers"),
        report.at_most("answers_wrong", wrong, "answers", 0),
        Row("users", len(crowd.readers), "people"),
        Row("customers", customers, "customers"),
        report.at_least("open_cases", cases, "cases", customers / CUSTOMERS_A_CASE),
    ]


def _kind(path: str) -> str:
    return next((name for pattern, name in KINDS if pattern.match(path)), "part")


def _p95(values: list[float]) -> float:
    if len(values) < 20:
        raise SystemExit(f"Only {len(values)} answers of a kind: let it run longer (--seconds).")
    return statistics.quantiles(values, n=20)[-1]


if __name__ == "__main__":
    raise SystemExit(main())
