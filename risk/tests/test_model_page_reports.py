"""The model page's findings, from what the monitoring's own functions report."""

import datetime as dt
from typing import Any

import numpy as np
import pytest

from risk.levels import Level
from risk.model.scorer import Bands
from risk.model_page import reports
from risk.model_page.findings import Finding, State
from risk.model_page.reports import Shown
from risk.model_page.tables import Table
from risk.models import MonitoringReport
from risk.monitoring.checks import in_json
from risk.monitoring.comparison import compare
from risk.monitoring.drift import in_words
from risk.monitoring.estimate import estimated
from risk.monitoring.parity import Example, Parity, Tally
from risk.monitoring.performance import Rows, realised
from risk.monitoring.rates import Alerted, group_rates, overall_rates
from risk.tests import monitored

DAY = dt.date(2026, 2, 17)
PARITY, DRIFT, ESTIMATED, PERFORMANCE, FAIRNESS = range(5)


def shown(**newest: dict[str, Any]) -> list[Shown]:
    stored = {
        kind: MonitoringReport(kind=kind, as_of_on=DAY, report=in_json(report))
        for kind, report in newest.items()
    }
    return reports.shown(stored, currency="INR")


def finding(place: int, **newest: dict[str, Any]) -> Finding:
    found = shown(**newest)[place].finding
    assert found is not None
    return found


def texts(of: Table) -> list[list[str]]:
    return [[row.header, *(cell.text.replace("\u00a0", " ") for cell in row.cells)] for row in of.rows]


def test_every_question_says_how_to_have_it_answered() -> None:
    found = shown()

    assert [each.finding for each in found] == [None] * 5
    assert all(each.command.startswith("manage.py ") for each in found)


def parity(**tallies: Tally) -> dict[str, Any]:
    return Parity(as_of_on=DAY, seed=1, customers=1_000, tallies=tallies).as_json()


def test_parity_that_holds_is_well() -> None:
    found = finding(PARITY, parity=parity(income_change=Tally(values=40_000)))

    assert (found.state, found.tables) == (State.WELL, ())
    assert found.words.replace("\u00a0", " ") == (
        "0 of 40,000 values of 1,000 customers differ: 0.000 %, with a limit of 0.1 %"
    )
    assert (found.shape, str(found.label)) == ("●", "well")


def test_parity_that_does_not_hold_names_the_features() -> None:
    example = Example(customer_id=1, live=1.0, raw=2.0)
    broken = Tally(values=1_000, mismatches=90, examples=[example])

    found = finding(
        PARITY, parity=parity(income_change=broken, days_to_due=Tally(values=1_000, mismatches=120))
    )

    assert found.state == State.WRONG
    assert texts(found.tables[0]) == [["days_to_due", "120", "1,000"], ["income_change", "90", "1,000"]]


def drift(*, shift: float, customers: int = 2_000) -> dict[str, Any]:
    rows = monitored.rows(customers=customers, weeks=4, seed=9)
    values = rows.values.copy()
    values[:, monitored.PLAIN] += shift
    found = compare(monitored.reference(draws=60), rows.sample(values=values))
    bands = Bands(medium_from_prob=0.1, high_from_prob=0.3)
    expected = estimated(rows.probability, bands, customers=rows.customers)
    return {"in_words": in_words(found), **found.as_json(), "estimated": expected}


@pytest.mark.slow
def test_drift_puts_what_lies_furthest_first() -> None:
    found = finding(DRIFT, drift=drift(shift=2.0))

    assert found.state == State.WRONG
    assert "columns drifted: feature_4" in found.words
    assert texts(found.tables[0])[0][0] == "▲ feature_4"
    # What was never present has no distance and comes last.
    assert len(found.tables[0].rows) == 12


def test_column_without_a_distance_comes_last() -> None:
    def column(name: str, psi: float | None) -> dict[str, Any]:
        rest = dict.fromkeys(("ks", "ks_threshold", "missing_share", "reference_missing_share"), 0.01)
        return {"name": name, "verdict": "steady", "psi": psi, "psi_threshold": 0.1, **rest}

    columns = [column("never", None), column("near", 0.01), column("far", 0.09)]
    content = {"verdict": "steady", "in_words": "none", "rows": 1, "customers": 1, "columns": columns}

    found = texts(finding(DRIFT, drift=content).tables[0])

    assert [line[:2] for line in found] == [["far", "0.090"], ["near", "0.010"], ["never", "–"]]


@pytest.mark.slow
def test_drift_of_few_is_too_little_to_say() -> None:
    content = drift(shift=0.0, customers=20)

    assert finding(DRIFT, drift=content).state == State.UNKNOWN
    assert finding(ESTIMATED, drift=content).state == State.UNKNOWN


@pytest.mark.slow
def test_performance_to_be_expected_stands_in_the_drift_report() -> None:
    found = finding(ESTIMATED, drift=drift(shift=0.0))

    assert found.state == State.NOTE
    assert "misses are to be expected of 8,000 rows" in found.words
    assert [line[:2] for line in texts(found.tables[0])] == [["MEDIUM", "10.0 %"], ["HIGH", "30.0 %"]]


def test_nothing_is_expected_of_nobody() -> None:
    content = {
        "verdict": "too_few",
        "in_words": "",
        "columns": [],
        "rows": 0,
        "customers": 0,
        "estimated": None,
    }

    assert finding(ESTIMATED, drift=content).words == "Nobody is scored by it now"


def rows(*, count: int = 400, rate: float = 0.2) -> Rows:
    random = np.random.default_rng(4)
    probability = random.random(count) * 2 * rate
    return Rows(
        customers=np.arange(count),
        probability=probability,
        band=np.where(probability > 0.3, Level.HIGH, Level.LOW).astype(np.int64),
        missed=random.random(count) < probability,
    )


def test_realised_performance_stands_beside_the_trainings() -> None:
    trained = {"roc_auc": {"value": 0.7, "low": 0.65, "high": 0.75}}
    content = {"in_words": "ROC AUC 0.700, as at training", **realised(rows(), trained=trained, seed=1)}

    found = finding(PERFORMANCE, performance=content)

    assert found.state == State.WELL
    by_band, ranked = found.tables
    assert [line[0] for line in texts(by_band)] == ["LOW", "MEDIUM", "HIGH"]
    assert texts(by_band)[1][1:] == ["0", "0", "–", "–"]
    assert [line[0] for line in texts(ranked)] == ["PR AUC", "ROC AUC", "Brier"]
    assert texts(ranked)[1][2] == "0.700 (0.650–0.750)"
    assert texts(ranked)[0][2] == "–"


def test_realised_performance_of_few_has_no_figures() -> None:
    content = {"in_words": "too few", **realised(rows(count=30, rate=0.05), trained={}, seed=1)}

    found = finding(PERFORMANCE, performance=content)

    assert (found.state, len(found.tables)) == (State.UNKNOWN, 1)


def test_fairness_marks_what_chance_does_not_explain() -> None:
    groups = np.repeat(["25–34", "35–44", "65 and over"], [300, 300, 10])
    alerted = np.concatenate([np.arange(300) < 120, np.arange(300) < 30, np.zeros(10, dtype=bool)])
    said = Alerted(alerted=alerted, missed=np.arange(610) % 10 == 0)
    content = {
        "verdict": "measured",
        "customers": 610,
        "overall": overall_rates(said),
        "attributes": {"age": group_rates(said, groups), "shoe_size": []},
    }

    found = finding(FAIRNESS, fairness=content)

    assert found.state == State.AUDIT
    by_age, by_shoe = found.tables
    assert (by_age.caption, by_shoe.caption) == ("By age", "shoe_size")
    lines = texts(by_age)
    assert [line[0] for line in lines] == ["Everybody", "25–34", "35–44", "65 and over"]
    assert lines[0][2].startswith("24.6 %")
    assert lines[1][2].startswith("◆ 40.0 % (")
    assert lines[3][1:] == ["–", "–", "–", "–"]


def test_check_that_failed_is_to_be_looked_at() -> None:
    content = {"verdict": "failed", "alarms": [], "in_words": "ValueError: no reference"}

    found = finding(DRIFT, drift=content)

    assert (found.state, found.words) == (State.WRONG, "The check failed: ValueError: no reference")


def test_report_of_another_form_is_not_made_up() -> None:
    found = shown(parity={"mismatch_rate": 0.0})[PARITY]

    assert found.finding is None
    assert found.report is not None
