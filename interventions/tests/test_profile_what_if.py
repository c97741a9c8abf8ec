"""Sliders are judged as every evaluation is: moved by nothing they say what it said, and they write nothing."""

import re
import time
from typing import Any

import pytest
import structlog
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from customers.models import Customer
from interventions.console.profile import money_path, sliders
from interventions.tests import staff
from risk.levels import Level, Signal
from risk.model.changing import CASH, LATE, Changeable, Unit
from risk.model.counterfactual import inputs_of
from risk.model.on_reading import Reader, process_reader
from risk.model.standing import Standing
from risk.models import CurrentRisk
from risk.refresh import Refresher
from risk.services import mark_dirty
from risk.tests.factories import TileFactory, days_ago
from risk.tests.registered import active
from risk.tests.voices import Voice, borrower, spender

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_noon")]


@pytest.fixture(autouse=True)
def reader_of_its_own() -> Any:
    process_reader.cache_clear()
    yield
    process_reader.cache_clear()


def evaluated(*, with_loan: bool = True, **fields: Any) -> Customer:
    """A customer whom the engine has evaluated, with the model that stands."""
    manager = staff.manager()
    customer = (borrower if with_loan else spender)(assigned_rm=manager, full_name="Asha Rao", **fields)
    for age in (2, 6, 30, 95):
        TileFactory.create(
            customer=customer, day_on=days_ago(age), txn_count=5, debit_amount=3_000, essential_amount=2_000,
            discretionary_amount=1_000, last_balance_amount=9_000, lowest_balance_amount=8_000,
        )  # fmt: skip
    mark_dirty([customer.pk])
    Refresher().run(until=time.monotonic() + 60)
    return Customer.objects.select_related("risk").get(pk=customer.pk)


def asked(customer: Customer, **by: float) -> sliders.WhatIf:
    return sliders.what_if(customer, money_path.read_situation(customer), by)


def client_of(customer: Customer) -> Client:
    client = Client()
    assert customer.assigned_rm is not None
    client.force_login(customer.assigned_rm)
    return client


@pytest.mark.parametrize("with_loan", [True, False])
@pytest.mark.parametrize("with_model", [True, False])
def test_by_nothing_it_says_exactly_what_the_evaluation_said(with_loan: bool, with_model: bool) -> None:
    if with_model:
        active()
    customer = evaluated(with_loan=with_loan)
    risk = CurrentRisk.objects.get()

    found = asked(customer)

    assert found.after is found.before
    assert not found.is_moved
    assert not found.is_outdated
    assert (found.before.score, found.before.level) == (risk.score, risk.level)
    assert (found.before.segment, found.before.hardship) == (risk.segment, risk.hardship)
    assert found.before.probability == risk.probability
    assert (found.before.band, found.before.score_level) == (risk.band, risk.score_level)
    assert found.before.points == {signal.value: getattr(risk, f"{signal.value}_points") for signal in Signal}
    assert (risk.probability is not None) is (with_model and with_loan)


def test_path_on_the_page_is_what_the_model_looks_at() -> None:
    customer = evaluated()
    situation = money_path.read_situation(customer)
    facts = inputs_of([situation]).facts

    found = money_path.money_path(customer, situation)

    assert found.path.lowest_left == pytest.approx(float(facts["projected_balance"][0]))
    assert found.path.shortfall == pytest.approx(float(facts["projected_shortfall"][0]))
    assert found.path.dues[0].days_ahead == facts["due_in_days"][0] == 10
    assert found.chart.mark is not None
    assert found.chart.series[0].values[found.chart.mark.index] == found.path.days[10].left
    assert found.chart.threshold is not None
    assert found.chart.threshold.value == facts["due_30d"][0]


def test_moved_sliders_move_score_level_reasons_and_path() -> None:
    active()
    customer = evaluated()

    found = asked(customer, late=45, cash=15)

    assert found.is_moved
    assert found.after.score == sum(each.after for each in found.points)
    assert found.before.score == sum(each.before for each in found.points)
    assert found.after.score > found.before.score
    assert found.after.probability != found.before.probability
    assert found.themes
    margin = sum(found.after.themes.values()) - sum(found.before.themes.values())
    assert sum(each.by for each in found.themes) == pytest.approx(margin, abs=0.01 * len(found.after.themes))
    assert abs(found.themes[0].by) >= abs(found.themes[-1].by)


@pytest.mark.parametrize(
    ("late", "by", "words"),
    [(-12, 0, "due in 12 days"), (-12, 5, "due in 17 days"), (0, 3, "due in 3 days"), (8, 3, "11 days late")],
)
def test_salary_that_comes_later_is_said_to_come_later(late: float, by: float, words: str) -> None:
    what = Changeable(name=LATE, now=late, unit=Unit.DAYS, least=0.0, most=45)

    assert sliders.in_words(what, by) == words


def test_least_of_nothing_has_no_sign() -> None:
    what = Changeable(name=CASH, now=0.0, unit=Unit.TIMES, least=-0.0, most=15)

    assert sliders.Slider(what=what, by=-0.0, label="", help="", text="").least == "0"


def test_path_follows_the_sliders() -> None:
    customer = evaluated()

    later, half = asked(customer, due=5), asked(customer, instalment=-50)

    assert [due.days_ahead for due in later.path_after.path.dues] == [15]
    assert half.path_after.path.dues[0].amount == 5_500
    assert half.path_before.path.dues[0].amount == 11_000


def test_nothing_is_written() -> None:
    customer = evaluated()
    client = client_of(customer)
    address = f"/customers/{customer.pk}/what-if/?late=20&salary=-50&spending=5"
    page = client.get(f"/customers/{customer.pk}/").content.decode()
    page_id = re.search(r'"Page-Id": "(\w+)"', page)
    assert page_id is not None
    headers = {"HX-Request": "true", "Page-Id": page_id[1]}

    with CaptureQueriesContext(connection) as queries:
        html = client.get(address, headers=headers).content.decode()

    assert 'id="outcome"' in html
    assert 'id="text-late"' in html
    assert 'hx-swap-oob="outerHTML"' in html
    assert "<html" not in html
    assert not [query for query in queries if re.match("INSERT|UPDATE|DELETE", query["sql"])]


def test_address_with_moved_sliders_is_the_page_with_them_moved() -> None:
    customer = evaluated()
    client = client_of(customer)

    response = client.get(f"/customers/{customer.pk}/what-if/?late=7", follow=True)

    html = response.content.decode()
    assert response.redirect_chain[0][0] == f"/customers/{customer.pk}/?late=7&tab=what-if"
    assert re.search(r'name="late"[^>]*value="7"', html)
    assert "Then" in html


def test_sliders_say_where_they_stand_in_words() -> None:
    customer = evaluated()
    found = {each.what.name: each for each in asked(customer, salary=-20, due=3, cash=2, late=10).sliders}

    assert found["salary"].text == "₹40,000 (−20 %)"
    assert found["due"].text == "in 13 days"
    assert found["cash"].text == "2 withdrawals"
    assert found["late"].text == "due in 20 days"
    assert found["instalment"].text == "₹11,000"


@pytest.mark.parametrize(("typed", "by"), [(4, 5.0), (1e9, 50.0), (-1e9, -50.0), (2, 0.0)])
def test_slider_stands_on_a_step_within_its_ends(typed: float, by: float) -> None:
    found = {each.what.name: each for each in asked(evaluated(), instalment=typed).sliders}

    assert found["instalment"].by == by


def test_news_since_the_evaluation_are_told() -> None:
    customer = evaluated()
    CurrentRisk.objects.update(score=9.5, level=Level.HIGH)
    customer = Customer.objects.select_related("risk").get(pk=customer.pk)

    assert asked(customer).is_outdated


def test_model_that_fails_leaves_the_rules_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    active()
    customer = evaluated()
    failing = Reader(standing=Standing(load=Voice(0.4, score_error=RuntimeError("no such leaf"))))
    monkeypatch.setattr(sliders, "process_reader", lambda: failing)

    with structlog.testing.capture_logs() as logs:
        found = asked(customer, cash=15)

    assert [line["event"] for line in logs] == ["model failed on what if"]
    assert (found.has_failed, found.is_outdated, found.after.probability) == (True, False, None)
    assert found.after.points["withdrawal_spike"] > 0
    assert "the scorecard does alone" in page_with(customer)


def page_with(customer: Customer) -> str:
    return client_of(customer).get(f"/customers/{customer.pk}/?tab=what-if").content.decode()


def test_model_that_is_not_meant_for_a_customer_says_nothing() -> None:
    active()
    customer = evaluated(with_loan=False)

    found = asked(customer, late=40)

    assert (found.before.probability, found.after.probability, list(found.themes)) == (None, None, [])
    assert isinstance(process_reader(), Reader)
