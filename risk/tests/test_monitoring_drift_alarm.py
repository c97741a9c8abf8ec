"""The alarm keeps silent on quiet days, and finds every kind of change."""

import dataclasses
import json

import numpy as np
import pytest

from risk.monitoring import drift
from risk.monitoring.comparison import Sample, Verdict, compare
from risk.monitoring.null import Distances, Rows, family_thresholds, movement, noise
from risk.monitoring.reference import CEILING, FLOOR, FLOOR_UNSEEN, PROBABILITY, Reference, reference_of
from risk.tests import monitored
from risk.tests.monitored import CONSTANT, MOSTLY_ZERO, NAMES, NEVER_PRESENT, OFTEN_MISSING, PLAIN


@pytest.fixture(scope="module")
def reference() -> Reference:
    return monitored.reference()


def test_quiet_days_ring_at_most_once_in_thirty(reference):
    days = 120
    alarms = sum(
        compare(
            reference, monitored.rows(customers=600, weeks=4, seed=100 + day).sample()
        ).verdict is not Verdict.STEADY
        for day in range(days)
    )  # fmt: skip

    assert alarms <= days / 30


def test_restless_weeks_ring_at_most_once_in_thirty():
    """Where every week moves all customers by a third of a standard deviation, thresholds must allow for it."""
    days, alarms = 0, 0
    for world in range(4):
        reference = monitored.reference(draws=180, customers=1_000, seed=1_000 * world, weekly_sd=0.33)
        for day in range(30):
            today = monitored.rows(customers=600, weeks=4, seed=1_000 * world + day + 1, weekly_sd=0.33)
            alarms += compare(reference, today.sample()).verdict is not Verdict.STEADY
            days += 1

    assert alarms <= days / 30


def test_family_of_all_columns_keeps_to_its_rate():
    data = monitored.rows(customers=2_000, weeks=12, seed=5)
    drawn_from = Rows.of(data.values, customers=data.customers, as_of_days=data.as_of_days)
    first, later = (noise(drawn_from, customers=500, draws=900, seed=seed) for seed in (1, 2))

    thresholds = family_thresholds(first, one_in=60)

    assert _share_beyond(first, thresholds) <= 1 / 60
    assert 1 / 300 <= _share_beyond(later, thresholds) <= 1 / 30


def test_movement_is_what_moves_all_customers_together():
    moved, still = (
        movement(
            Rows.of(data.values, customers=data.customers, as_of_days=data.as_of_days), chance=0.01, seed=3
        )
        for data in (
            monitored.rows(customers=300, weeks=26, seed=6, weekly_sd=0.33),
            monitored.rows(customers=300, weeks=26, seed=6, weekly_sd=0.0),
        )
    )

    assert moved.psi[PLAIN] > 0.1 > 0.02 > still.psi[PLAIN:].mean()
    assert moved.ks[PLAIN] > 0.1
    assert moved.psi[CONSTANT] == still.ks[CONSTANT] == moved.ks[NEVER_PRESENT] == 0


def _share_beyond(drawn: Distances, thresholds: Distances) -> float:
    beyond = (drawn.psi > thresholds.psi).any(axis=1) | (drawn.ks > thresholds.ks).any(axis=1)
    return float(beyond.mean())


@pytest.mark.parametrize(
    ("column", "change"),
    [
        pytest.param(PLAIN, lambda x: x + 0.6, id="shift"),
        pytest.param(PLAIN, lambda x: 1.8 * x, id="scale"),
        pytest.param(PLAIN, lambda x: 100 * x, id="unit error"),
        pytest.param(PLAIN, lambda x: np.where(np.arange(x.size) % 4 == 0, 100 * x, x), id="unit error a week"),
        pytest.param(PLAIN, lambda x: np.where(np.arange(x.size) % 8 == 0, np.nan, x), id="missing"),
        pytest.param(OFTEN_MISSING, lambda x: np.nan_to_num(x), id="missing filled with zero"),
        pytest.param(OFTEN_MISSING, lambda x: x * np.nan, id="gone"),
        pytest.param(NEVER_PRESENT, lambda x: np.nan_to_num(x), id="came"),
        pytest.param(MOSTLY_ZERO, lambda x: 0 * x, id="all zero"),
        pytest.param(MOSTLY_ZERO, lambda x: x - 1e-3, id="a hair below zero"),
        pytest.param(CONSTANT, lambda x: x - 0.01, id="below the constant"),
        pytest.param(CONSTANT, lambda x: x + 0.01, id="above the constant"),
    ],
)  # fmt: skip
def test_change_of_a_feature_is_found(reference, column, change):
    today = monitored.rows(customers=600, weeks=4, seed=77)
    today.values[:, column] = change(today.values[:, column])

    found = compare(reference, today.sample())

    assert found.verdict is Verdict.DRIFTED
    assert found.drifted == (NAMES[column],)


def test_change_of_the_probabilities_is_found(reference):
    today = monitored.rows(customers=600, weeks=4, seed=78)

    found = compare(reference, today.sample(probability=np.sqrt(today.probability)))

    assert found.drifted == (PROBABILITY,)


def test_too_few_customers_get_distances_but_no_verdict(reference):
    today = monitored.rows(customers=499, weeks=4, seed=79)
    today.values[:, PLAIN] *= 100

    found = compare(reference, today.sample())

    assert (found.verdict, found.drifted) == (Verdict.TOO_FEW, ())
    assert found.distances.psi[PLAIN] > 1
    assert {column["verdict"] for column in found.as_json()["columns"]} == {"too_few"}


def test_nobody_at_all_is_too_few(reference):
    today = monitored.rows(customers=1, weeks=1, seed=80)
    nobody = Sample(today.values[:0], today.probability[:0], today.customers[:0])

    found = compare(reference, nobody)

    assert found.verdict is Verdict.TOO_FEW
    assert json.loads(json.dumps(found.as_json(), allow_nan=False))["columns"][0]["psi"] is None


def test_report_says_what_was_measured(reference):
    today = monitored.rows(customers=600, weeks=4, seed=81)
    today.values[:, PLAIN] += 1

    report = json.loads(json.dumps(compare(reference, today.sample()).as_json(), allow_nan=False))

    assert (report["verdict"], report["alarms"]) == ("drifted", [NAMES[PLAIN]])
    assert (report["customers"], report["rows"]) == (600, 2_400)
    column = report["columns"][OFTEN_MISSING]
    assert column["verdict"] == "steady"
    assert column["missing_share"] == pytest.approx(0.3, abs=0.03)
    assert column["reference_missing_share"] == pytest.approx(0.3, abs=0.01)
    assert column["psi"] < column["psi_threshold"]


def test_drift_in_words_names_the_furthest_first(reference):
    today = monitored.rows(customers=600, weeks=4, seed=82)
    steady = drift.in_words(compare(reference, today.sample()))
    today.values[:, PLAIN] += 1
    today.values[:, CONSTANT] += 1
    two = drift.in_words(compare(reference, today.sample()))
    today.values[:, PLAIN : PLAIN + 7] *= 100
    many = drift.in_words(compare(reference, today.sample()))

    assert steady == "0 of 21 columns drifted"
    assert two.startswith(f"2 of 21 columns drifted: {NAMES[CONSTANT]} (PSI 18.42), {NAMES[PLAIN]} (PSI ")
    assert many.startswith("8 of 21 columns drifted: ")
    assert many.endswith(" and 3 more")


def test_too_few_customers_in_words(reference):
    today = monitored.rows(customers=12, weeks=4, seed=83)

    words = drift.in_words(compare(reference, today.sample()))

    assert words == "12 customers are too few to conclude anything from"


def test_larger_samples_are_held_to_closer_thresholds(reference):
    small, large = reference.thresholds_for(999), reference.thresholds_for(5_000)

    assert small is reference.thresholds[500]
    assert large is reference.thresholds[2_000]
    assert (large.ks <= small.ks).all()


def test_features_that_move_by_themselves_get_wider_thresholds():
    restless = monitored.reference(draws=120, weekly_sd=1.0)
    quiet = monitored.reference(draws=120, weekly_sd=0.0)

    assert restless.thresholds[2_000].psi.max() <= CEILING.psi
    assert restless.thresholds[2_000].ks.max() <= CEILING.ks
    assert restless.thresholds[2_000].psi[PLAIN] > quiet.thresholds[2_000].psi[PLAIN] == FLOOR.psi


def test_few_weeks_of_training_data_ask_for_a_larger_distance():
    found = monitored.reference(draws=60, weeks=7)

    assert found.thresholds[2_000].psi[PLAIN] == FLOOR_UNSEEN.psi
    assert found.thresholds[2_000].ks[CONSTANT] == FLOOR_UNSEEN.ks


def test_reference_takes_some_of_very_many_customers(monkeypatch):
    monkeypatch.setattr("risk.monitoring.reference.MOST_CUSTOMERS", 50)
    data = monitored.rows(customers=80, weeks=10, seed=9)

    found = reference_of(names=NAMES, draws=60, **dataclasses.asdict(data))

    assert (found["customers"], found["rows"], found["moments"]) == (50, 500, 10)
    assert {sum(column["counts"]) + column["missing"] for column in found["columns"]} == {500}


def test_same_data_make_the_same_reference():
    data = dataclasses.asdict(monitored.rows(customers=80, weeks=10, seed=9))

    assert reference_of(names=NAMES, draws=60, **data) == reference_of(names=NAMES, draws=60, **data)


def test_reference_of_nothing_is_refused():
    data = dataclasses.asdict(monitored.rows(customers=0, weeks=1, seed=1))

    with pytest.raises(ValueError, match="needs rows"):
        reference_of(names=NAMES, **data)


def test_reference_of_another_format_is_refused():
    with pytest.raises(ValueError, match="format 2"):
        Reference.from_json({"format": 2})
