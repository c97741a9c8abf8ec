"""Scoring with reasons: from features to probability, band, contributions and reason codes, on one core.

The model is as large as a trained one may get (250 trees of depth 4) and looks at every feature; what it says means
nothing. Customers have some fifty active days in four months and a loan; chunks are as large as the refresh's.
"""

import argparse
import json
import time
from collections.abc import Callable
from functools import partial

import numpy as np

from benchmarks import made_up_model, report
from benchmarks.report import Row
from risk.features import Floats
from risk.model import features, specs
from risk.model.explain import explain
from risk.model.features_days import DAYS
from risk.model.inputs import DayFacts, ModelInputs, Payments, Schedules
from risk.model.scorer import Scorer
from risk.rulebook import EQUILIBRATE_1

CHUNK = 2_000
CHUNKS = 20
ROUNDS = 3
AS_OF = 9_500
ACTIVE_DAYS = 50
INSTALMENTS = 13


def main() -> int:
    """Measure and report."""
    parser = argparse.ArgumentParser(prog="script/bench scoring", description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one line of JSON")
    options = parser.parse_args()
    report.progress(f"training {made_up_model.TREES} trees on {len(specs.NAMES)} features")
    ubj = made_up_model.train()
    started = time.perf_counter()
    scorer = Scorer.load(ubj, made_up_model.manifest_of(ubj))
    load_ms = 1000 * (time.perf_counter() - started)
    compute = _customers()
    inputs = compute()
    report.progress(f"scoring {CHUNKS} chunks of {CHUNK:,} customers, {ROUNDS} times each way")
    rows = [
        report.at_least("customers_per_s", _per_second(lambda: _with_reasons(scorer, inputs)), "/s", 10_000),
        Row("from_tiles_per_s", round(_per_second(lambda: _with_reasons(scorer, compute()))), "/s"),
        Row("probability_only_per_s", round(_per_second(lambda: scorer.score(inputs.values))), "/s"),
        Row("features_only_per_s", round(_per_second(compute)), "/s"),
        Row("load_ms", round(load_ms, 1), "ms"),
    ]
    return report.finish(bench="scoring", rows=rows, as_json=options.json)


def _with_reasons(scorer: Scorer, inputs: ModelInputs) -> None:
    """What an assessment of everybody in a chunk would store."""
    scores = scorer.score(inputs.values)
    contributions = scorer.contributions(inputs.values)
    everybody = np.arange(len(inputs.values))
    for explanation in explain(scores=scores, contributions=contributions, inputs=inputs, indices=everybody):
        json.dumps(explanation.as_json())


def _per_second(work: Callable[[], object]) -> float:
    """Customers per second of one core, in the best of some rounds; while others have the core, the clock stands."""
    best = float("inf")
    for _ in range(ROUNDS):
        started = time.process_time()
        for _ in range(CHUNKS):
            work()
        best = min(best, time.process_time() - started)
    return CHUNKS * CHUNK / best


def _customers() -> Callable[[], ModelInputs]:
    """One chunk of customers, made up; calling it computes their features."""
    draw = np.random.default_rng(2)
    schedules = _schedules(draw)
    return partial(
        features.compute,
        days=_days(draw),
        schedules=schedules,
        payments=_payments(draw, schedules),
        customers=CHUNK,
        as_of=AS_OF,
        rules=EQUILIBRATE_1,
    )


def _days(draw: np.random.Generator) -> DayFacts:
    """Active days: a salary about once a month, a balance stated on nearly all."""
    ages = np.argsort(draw.random((CHUNK, DAYS)), axis=1)[:, :ACTIVE_DAYS].ravel()
    count = ages.size
    amounts = draw.gamma(2.0, 700_00, size=(3, count)).round()
    is_salary = draw.random(count) < 1 / 12
    names = DayFacts.__dataclass_fields__.keys() - {"customer", "day"}
    columns: dict[str, Floats] = {name: np.zeros(count) for name in names}
    columns["txn_count"] = draw.integers(1, 6, count).astype(float)
    columns["essential_amount"], columns["discretionary_amount"], columns["cash_amount"] = amounts
    columns["debit_amount"] = amounts.sum(axis=0)
    columns["cash_count"] = (draw.random(count) < 0.3).astype(float)
    columns["salary_count"] = is_salary.astype(float)
    columns["salary_amount"] = columns["credit_amount"] = np.where(is_salary, 60_000_00.0, 0.0)
    balance = draw.normal(20_000_00, 9_000_00, count).round()
    columns["last_balance_amount"] = np.where(draw.random(count) < 0.1, np.nan, balance)
    columns["lowest_balance_amount"] = columns["last_balance_amount"] - 500_00
    return DayFacts(customer=np.repeat(np.arange(CHUNK), ACTIVE_DAYS), day=AS_OF - ages, **columns)


def _schedules(draw: np.random.Generator) -> Schedules:
    """A loan each, twelve instalments past and one to come."""
    customer = np.repeat(np.arange(CHUNK), INSTALMENTS)
    months = np.tile(np.arange(INSTALMENTS), CHUNK)
    next_in = np.repeat(draw.integers(1, 28, CHUNK), INSTALMENTS)
    amount = np.repeat(draw.integers(5_000_00, 20_000_00, CHUNK), INSTALMENTS).astype(float)
    return Schedules(
        customer=customer,
        loan=customer + 1,
        due_day=AS_OF + next_in - 30 * (INSTALMENTS - 1 - months),
        amount=amount,
        cumulative_amount=amount * (months + 1),
    )


def _payments(draw: np.random.Generator, schedules: Schedules) -> Payments:
    """Each instalment that was due, paid within days."""
    paid = schedules.due_day <= AS_OF
    late = draw.integers(0, 4, int(paid.sum()))
    return Payments(
        customer=schedules.customer[paid],
        loan=schedules.loan[paid],
        day=np.minimum(schedules.due_day[paid] + late, AS_OF),
        amount=schedules.amount[paid],
    )


if __name__ == "__main__":
    raise SystemExit(main())
