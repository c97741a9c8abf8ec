"""The audit of fairness: rates by group, by hand, and the groups themselves."""

import datetime as dt
import json

import numpy as np
import pytest

from customers.models import Customer
from customers.tests.factories import CustomerFactory
from risk.monitoring import fairness
from risk.monitoring.performance import wilson
from risk.monitoring.rates import RATES, SMALLEST, Alerted, group_rates, overall_rates

DAY = dt.date(2026, 2, 17)


def rows(*blocks: tuple[str, int, bool, bool]) -> tuple[Alerted, np.ndarray]:
    """Rows in blocks of (group, how many, alerted, missed)."""
    counts = [count for _, count, _, _ in blocks]
    alerted = np.repeat([block[2] for block in blocks], counts)
    missed = np.repeat([block[3] for block in blocks], counts)
    return Alerted(alerted=alerted, missed=missed), np.repeat([block[0] for block in blocks], counts)


def test_rates_by_hand():
    table = group_rates(
        *rows(
            ("A", 40, True, True), ("A", 10, False, True), ("A", 30, True, False), ("A", 120, False, False),
            ("B", 20, True, True), ("B", 30, False, True), ("B", 10, True, False), ("B", 140, False, False),
        )
    )  # fmt: skip

    a, b = table
    assert (a["group"], a["rows"], b["group"], b["rows"]) == ("A", 200, "B", 200)
    assert (a["alert_rate"]["hits"], a["alert_rate"]["of"], a["alert_rate"]["rate"]) == (70, 200, 0.35)
    assert (a["false_positive_rate"]["hits"], a["false_positive_rate"]["of"]) == (30, 150)
    assert (a["true_positive_rate"]["hits"], a["true_positive_rate"]["of"]) == (40, 50)
    assert b["false_positive_rate"]["rate"] == pytest.approx(10 / 150)
    assert b["true_positive_rate"]["rate"] == pytest.approx(0.4)
    # Everybody: 100 of 400 alerted, 40 of 300 without a miss, 60 of 100 with one.
    assert a["alert_rate"]["ratio"] == pytest.approx(0.35 / 0.25)
    assert b["false_positive_rate"]["ratio"] == pytest.approx((10 / 150) / (40 / 300))
    assert b["true_positive_rate"]["ratio"] == pytest.approx(0.4 / 0.6)
    assert (a["alert_rate"]["low"], a["alert_rate"]["high"]) == wilson(70, 200)
    assert a["alert_rate"]["differs"] is True
    assert json.dumps(table, allow_nan=False)


def test_group_like_everybody_does_not_differ():
    a, _ = group_rates(
        *rows(
            ("A", 10, True, False), ("A", 90, False, False), ("B", 11, True, False), ("B", 89, False, False)
        )
    )

    assert a["alert_rate"]["differs"] is False


def test_small_groups_and_rates_of_few_are_not_shown():
    a, b = group_rates(
        *rows(("A", SMALLEST, True, False), ("A", SMALLEST - 1, True, True), ("B", SMALLEST - 1, True, False))
    )

    assert a["false_positive_rate"]["of"] == SMALLEST
    assert a["true_positive_rate"] is None
    assert b == {"group": "B", "rows": None} | dict.fromkeys(RATES)


def test_ratio_to_nothing_is_none():
    [a] = group_rates(*rows(("A", 50, False, False)))

    assert (a["alert_rate"]["rate"], a["alert_rate"]["ratio"], a["alert_rate"]["differs"]) == (0, None, False)


def test_everybodys_rates_have_no_ratio():
    found, _ = rows(("A", 40, True, False), ("B", 60, False, False))
    overall = overall_rates(found)

    assert (overall["rows"], overall["alert_rate"]["rate"], overall["true_positive_rate"]) == (100, 0.4, None)
    assert "ratio" not in overall["alert_rate"]


@pytest.mark.parametrize(
    ("years", "band"),
    [
        (None, ""),
        (17, "0–17"),
        (18, "18–24"),
        (24, "18–24"),
        (25, "25–34"),
        (64, "55–64"),
        (65, "65 and over"),
        (99, "65 and over"),
    ],
)
def test_age_band_has_its_ends(years, band):
    assert fairness.age_band(years) == band


@pytest.mark.parametrize(
    ("held", "years"),
    [
        ({"birth_on": dt.date(1990, 2, 17)}, 36),
        ({"birth_on": dt.date(1990, 2, 18)}, 35),
        ({"age_years": 40, "age_as_of_on": dt.date(2026, 1, 1)}, 40),
        ({"age_years": 40, "age_as_of_on": dt.date(2024, 1, 1)}, 42),
        ({"age_years": 40}, None),
        ({}, None),
    ],
)
def test_age_comes_from_the_birthday_else_from_what_was_stated(held, years):
    assert fairness.age_on(Customer(**held), DAY) == years


@pytest.mark.django_db
def test_attributes_follow_the_order_asked_for():
    asha = CustomerFactory.create(
        birth_on=dt.date(1990, 1, 1), gender="female", city_tier=2, employment="SALARIED"
    )
    ravi = CustomerFactory.create(gender="", city_tier=None, employment="")

    found = fairness.attributes(np.array([ravi.pk, asha.pk, ravi.pk]), day=DAY)

    none = fairness.NOT_HELD
    assert found["age"].tolist() == [none, "35–44", none]
    assert found["gender"].tolist() == [none, "female", none]
    assert found["city_tier"].tolist() == [none, "tier 2", none]
    assert found["employment"].tolist() == [none, "SALARIED", none]
