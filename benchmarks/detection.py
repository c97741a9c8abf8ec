"""How well the early-warning model finds misses, against the scorecard and a logistic regression, in one run.

A simulated portfolio is written, its training set built, the model trained, and what its metrics file says of test
customers and later weeks is printed. It is not the portfolio on which the parameters were tuned (seed 2026), and its
last day is fixed, so that holidays and pay days lie the same whenever this is run. Nothing that trains or measures the
model reads personas, causes and onsets of the simulation; only --futures does, after everything else is done. The
metrics file is kept beside the result: the model card is written from that of the name `detection`.
"""

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks import report
from benchmarks.report import Row
from benchmarks.stack import Stack

DIRECTORY = report.ROOT / "var" / "bench-detection"
LAST_DAY = "2026-06-30"
NOWHERE = {
    "REDIS_URL": "redis://127.0.0.1:1/0",
    "CACHE_URL": "redis://127.0.0.1:1/1",
    "KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1",
}
REJECTED = 3
SUSPICIOUS_ROC_AUC = 0.97
CEILING_MOMENTS = 3
RANKERS = ("model", "logistic", "scorecard", "days_since_salary")


def main() -> int:
    """Simulate, build, train, report."""
    options = _options()
    with Stack(DIRECTORY, settings=NOWHERE, servers=["postgresql"]) as stack:
        data, file = DIRECTORY / "training-set", DIRECTORY / "metrics.json"
        seconds = _run(stack, options, data, file)
        # A trial under another name does not replace what the card is written from.
        (report.RESULTS / f"{options.name}.metrics.json").write_text(file.read_text())
        rows = _rows(json.loads(file.read_text()))
        rows += _ceiling(stack, options) if options.futures else []
    rows += [Row(f"seconds_{step}", took, "s") for step, took in seconds.items()]
    return report.finish(bench=options.name, rows=rows, as_json=options.json)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="script/bench detection", description=__doc__)
    parser.add_argument("--customers", type=int, default=20_000)
    parser.add_argument("--days", type=int, default=270)
    parser.add_argument("--seed", type=int, default=31, help="of the portfolio and of the training")
    parser.add_argument("--end", default=LAST_DAY, help="last bank day of the portfolio")
    parser.add_argument("--folds", type=int, default=5)
    futures = "also live through so many futures of some test moments: what could be known at least (40 say it; slow)"
    parser.add_argument("--futures", type=int, default=0, help=futures)
    parser.add_argument("--name", default="detection", help="name of the kept result")
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


def _run(stack: Stack, options: argparse.Namespace, data: Path, file: Path) -> dict[str, float]:
    """The three commands; returns the seconds each took."""
    seed = str(options.seed)
    size = ["--customers", str(options.customers), "--days", str(options.days)]
    size += ["--seed", seed, "--end", options.end]
    training = ["--data", str(data), "--seed", seed, "--folds", str(options.folds)]
    files = ["--metrics", str(file), "--scores", str(DIRECTORY / "scores.parquet")]
    commands = {
        "simulate": ["simulate_portfolio", *size],
        "build": ["build_training_set", "--out", str(data)],
        "train": ["train_model", *training, *files, "--simulated", "--dry-run"],
    }
    return {step: _timed(stack, command) for step, command in commands.items()}


def _timed(stack: Stack, command: list[str]) -> float:
    """Run a command, its output to standard error: the last line of ours is for the result."""
    report.progress(" ".join(command))
    began = time.monotonic()
    arguments = [sys.executable, "manage.py", *command]
    ended = subprocess.run(arguments, cwd=report.ROOT, env=stack.environment, stdout=sys.stderr, check=False)
    if ended.returncode not in (0, REJECTED):
        raise SystemExit(f"manage.py {command[0]} ended with {ended.returncode}")
    return round(time.monotonic() - began, 1)


def _rows(metrics: Mapping[str, Any]) -> list[Row]:
    overall, lead = metrics["overall"], metrics["lead_time"]
    model, band = overall["model"], lead["model_band"]
    to_beat = max(overall[other]["pr_auc"]["high"] for other in ("logistic", "scorecard"))
    rows = [
        Row("customers_tested", metrics["customers"], ""),
        Row("rows_tested", metrics["rows"], ""),
        Row("misses_tested", metrics["misses"], ""),
        _at_most("roc_auc_model", model["roc_auc"]["value"], SUSPICIOUS_ROC_AUC),
        _plain("brier_model", model["brier"]["value"]),
    ]
    for name in RANKERS:
        ends = overall[name]["pr_auc"]
        rows.append(_plain(f"pr_auc_{name}", ends["value"]))
        low = f"pr_auc_{name}_low"
        rows.append(_at_least(low, ends["low"], to_beat) if name == "model" else _plain(low, ends["low"]))
        rows.append(_plain(f"pr_auc_{name}_high", ends["high"]))
    gain = metrics["comparisons"]["model_minus_logistic"]["pr_auc"]
    return [
        *rows,
        _plain("pr_auc_gain_over_logistic_low", gain["low"]),
        _plain("capture_at_5pct", model["capture_at_5pct"]["value"]),
        _at_least("capture_at_10pct", model["capture_at_10pct"]["value"], 0.70),
        _plain("capture_at_10pct_misses", metrics["distinct_misses"]["capture_at_10pct"] or 0.0),
        _plain("capture_at_10pct_low", model["capture_at_10pct"]["low"]),
        _plain("capture_at_10pct_high", model["capture_at_10pct"]["high"]),
        _plain("precision_at_10pct", model["precision_at_10pct"]["value"]),
        _plain("alert_rate_model", band["alert_rate"]),
        _plain("misses_flagged_share", band["flagged_share"]),
        _at_least("lead_days_median", band["median_days"] or 0.0, 14, "days"),
        _plain("lead_share_7d", band["share_7d_of_flagged"] or 0.0),
        _plain("lead_share_14d", band["share_14d_of_flagged"] or 0.0),
        _plain("lead_share_14d_of_all", band["share_14d_of_all"] or 0.0),
        _plain("lead_days_median_final_level", lead["final_level"]["median_days"] or 0.0, "days"),
        _plain("alert_rate_final_level", lead["final_level"]["alert_rate"]),
        Row("rounds", metrics["manifest"]["training"]["rounds"], "trees"),
    ]


def _ceiling(stack: Stack, options: argparse.Namespace) -> list[Row]:
    """A lower estimate of what could be known; apart from everything above, and from what no model may see."""
    stack.use_django()
    from benchmarks import ceiling
    from customers import bank_clock
    from customers.models import Customer
    from ingest.models import SimulatedPortfolio
    from ingest.simulator.portfolio import recipe_of

    report.progress(f"living through {options.futures} futures of {CEILING_MOMENTS} moments")
    found = ceiling.compared(
        scores=DIRECTORY / "scores.parquet",
        numbers={key: int(bank_id) for key, bank_id in Customer.objects.values_list("id", "bank_id")},
        recipe=recipe_of(SimulatedPortfolio.objects.get()),
        zone=bank_clock.zone(),
        moments=CEILING_MOMENTS,
        futures=options.futures,
    )
    return [
        _plain(f"ceiling_{figure}_{'known' if who == 'present' else who}", found[who][figure])
        for figure in ("pr_auc", "roc_auc", "capture_at_10pct")
        for who in ("model", "present")
    ]


def _plain(name: str, value: float, unit: str = "") -> Row:
    """Areas and shares need more digits than seconds do."""
    return Row(name, round(value, 4), unit)


def _at_least(name: str, value: float, goal: float, unit: str = "") -> Row:
    return Row(name, round(value, 4), unit, f">= {goal:.4g}", value >= goal)


def _at_most(name: str, value: float, goal: float) -> Row:
    return Row(name, round(value, 4), "", f"<= {goal:.4g}", value <= goal)


if __name__ == "__main__":
    raise SystemExit(main())
