"""Small training sets on disk with a known truth, in the format of `build_training_set`."""

import datetime as dt
import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow
import pyarrow.parquet as pq

from risk.model.specs import NAMES, SCHEMA_HASH, SPECS
from risk.training.splits import BUCKETS

FIRST_MOMENT = dt.date(2026, 1, 7)
RISING = next(at for at, spec in enumerate(SPECS) if spec.monotone == 1)
FREE = next(at for at, spec in enumerate(SPECS) if spec.monotone == 0)


def bucket_of(customer: int) -> int:
    return hashlib.sha256(str(customer).encode()).digest()[0] % BUCKETS


def write_training_set(
    directory: Path, *, customers: int = 3_000, moments: int = 16, seed: int = 1, **changes: Any
) -> Path:
    """Customers whose risk rests on two features, seen at weekly moments; the score knows one of them.

    Args:
        directory: where to.
        changes: columns to put in place of the made-up ones, as functions of them.
    """
    random = np.random.default_rng(seed)
    days = [FIRST_MOMENT + dt.timedelta(days=7 * week) for week in range(moments)]
    columns = made_up(random, customers=customers, days=days)
    for name, change in changes.items():
        columns[name] = change(columns)
    place = np.array([bucket_of(customer) for customer in range(customers)])[columns["customer_id"]]
    for bucket in range(BUCKETS):
        write_bucket(directory / f"bucket={bucket:02d}", columns, place == bucket)
    write_note(directory, columns, days)
    return directory


def made_up(random: np.random.Generator, *, customers: int, days: list[dt.date]) -> dict[str, Any]:
    """Columns of all customers at all moments."""
    customer, at = (grid.ravel() for grid in np.meshgrid(np.arange(customers), np.arange(len(days))))
    values = random.normal(size=(customer.size, len(NAMES))).astype(np.float32)
    # A customer stays much the same from week to week.
    lasting = random.normal(size=(2, customers))
    values[:, RISING] = lasting[0][customer] + 0.3 * values[:, RISING]
    values[:, FREE] = lasting[1][customer] + 0.3 * values[:, FREE]
    values[random.random(values.shape) < 0.05] = np.nan
    known = np.nan_to_num(values)
    log_odds = -4.2 + 1.2 * known[:, RISING] + 1.5 * np.abs(known[:, FREE])
    missed = random.random(customer.size) < 1 / (1 + np.exp(-log_odds))
    as_of = np.array(days, dtype="datetime64[D]")[at]
    score = np.clip(np.round(2 * (known[:, RISING] + 1.5)) / 2, 0, 10).astype(np.float32)
    return {
        "customer_id": customer,
        "as_of": as_of,
        "label": missed.astype(np.int8),
        # Due once a month, on a day of the customer's own.
        "due_on": as_of + 1 + ((customer * 7 - as_of.astype(np.int64)) % 30),
        "score": score,
        "score_level": (1 + (score >= 3) + (score >= 5)).astype(np.int8),
        "segment": (customer % 5).astype(np.int8),
        "scorecard_days_since_salary": np.where(customer % 7 == 0, np.nan, 10 + 5 * known[:, RISING]).astype(
            np.float32
        ),
        "values": values,
    }


def write_bucket(directory: Path, columns: dict[str, Any], chosen: Any) -> None:
    table = {name: column[chosen] for name, column in columns.items() if name != "values"}
    table |= {name: columns["values"][chosen, at] for at, name in enumerate(NAMES)}
    directory.mkdir(parents=True)
    pq.write_table(pyarrow.table(table), directory / "part-0.parquet")


def write_note(directory: Path, columns: dict[str, Any], days: list[dt.date]) -> None:
    note = {
        "schema_hash": SCHEMA_HASH,
        "features": list(NAMES),
        "currency": "INR",
        "time_zone": "Asia/Kolkata",
        "horizon_days": 30,
        "grace_days": 3,
        "label_days": 33,
        "moments": [day.isoformat() for day in days],
        "data_from_on": (days[0] - dt.timedelta(days=90)).isoformat(),
        "data_until_on": (days[-1] + dt.timedelta(days=33)).isoformat(),
        "rows": int(columns["label"].size),
        "misses": int(columns["label"].sum()),
        "customers": int(np.unique(columns["customer_id"]).size),
        "code_version": "test",
    }
    (directory / "_dataset.json").write_text(json.dumps(note))
