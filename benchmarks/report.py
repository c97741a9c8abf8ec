"""Results: printed for people, or as one JSON line, and kept with the machine's description."""

import json
import os
import platform
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "benchmarks" / "results"


@dataclass(frozen=True)
class Row:
    """One figure. `holds` is None where the figure has no goal."""

    name: str
    value: float
    unit: str
    goal: str = ""
    holds: bool | None = None


def at_least(name: str, value: float, unit: str, goal: float) -> Row:
    """A figure that should reach its goal."""
    return Row(name, round(value, 1), unit, f">= {goal:g}", value >= goal)


def at_most(name: str, value: float, unit: str, goal: float) -> Row:
    """A figure that should stay within its goal."""
    return Row(name, round(value, 1), unit, f"<= {goal:g}", value <= goal)


def machine() -> dict[str, Any]:
    """What the figures were measured on."""
    model = next(
        (
            line.split(":")[1].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if "model name" in line
        ),
        platform.processor(),
    )
    memory_kb = int(Path("/proc/meminfo").read_text().split()[1])
    return {
        "cpu": model,
        "cores": os.cpu_count(),
        "memory_gb": round(memory_kb / 1024**2, 1),
        "kernel": platform.release(),
        "python": platform.python_version(),
    }


def commit() -> str:
    """The commit measured, with a mark when the work tree differs from it."""
    found = subprocess.run(
        ["git", "describe", "--always", "--dirty", "--abbrev=12"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    return found.stdout.strip() or "unknown"


def finish(*, bench: str, rows: Sequence[Row], as_json: bool) -> int:
    """Print and keep the rows; returns the exit code: 0 when every goal holds."""
    result = {"bench": bench, "machine": machine(), "commit": commit(), "rows": [asdict(row) for row in rows]}
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / f"{bench}.json").write_text(json.dumps(result, indent=1) + "\n")
    if as_json:
        print(json.dumps(result))
    else:
        for row in rows:
            verdict = {None: "", True: "holds", False: "MISSED"}[row.holds]
            print(f"{row.name:32} {row.value:>14,.1f} {row.unit:10} {row.goal:14} {verdict}")
    return 0 if all(row.holds is not False for row in rows) else 1


def progress(message: str) -> None:
    """One line for whoever waits; never on standard output, which is for the result."""
    print(message, file=sys.stderr, flush=True)
