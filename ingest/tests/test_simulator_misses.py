"""The settled figures of docs/decisions/0002-simulator.md still hold, on a smaller portfolio."""

import json
from datetime import date
from typing import Any

import numpy as np
import pytest

from ingest.simulator.measure import main, measure, summarise
from ingest.simulator.parameters import PARAMETERS


@pytest.fixture(scope="module")
def figures() -> dict[str, Any]:
    return summarise(measure(seed=4, customers=2_500, days=92, history_on=date(2026, 1, 1)))


def test_misses_are_two_to_four_percent_of_those_with_nothing_overdue(figures):
    assert 0.02 <= figures["miss_rate"] <= 0.04


def test_misses_come_in_every_month(figures):
    assert all(0.01 <= rate <= 0.05 for rate in figures["miss_rate_by_month"].values())


def test_misses_are_about_one_fifth_forgetting(figures):
    assert 0.12 <= figures["share_of_misses_by_cause"]["FORGOTTEN"] <= 0.28


def test_misses_are_likelier_in_trouble_than_in_calm(figures):
    rates = figures["miss_rate_by_persona"]
    assert rates["STABLE"] < rates["OVERSPENDER"] < min(rates["INCOME_SHOCK"], rates["SILENT_DRAIN"])


def test_misses_sometimes_come_without_any_sign(figures):
    assert 0.2 <= figures["share_of_misses_without_sign"] <= 0.5


def test_misses_are_often_cured(figures):
    assert 0.4 <= figures["cured_within_days"][30] <= 0.8


def test_summary_of_nothing_is_zero(figures):
    del figures
    empty = np.zeros(0, dtype=measure(seed=1, customers=1, days=1, history_on=date(2026, 1, 1)).dtype)
    assert summarise(empty)["miss_rate"] == 0.0


def test_measuring_prints_one_object_for_each_seed(monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["measure", "--customers", "30", "--days", "2", "--seeds", "5"])
    main()
    printed = json.loads(capsys.readouterr().out)
    assert (printed["seed"], printed["parameters"]) == (5, PARAMETERS.fingerprint())
