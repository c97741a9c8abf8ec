"""Who the simulated customers are: personas, loans, master data, episodes of trouble."""

import re
from datetime import date
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.simulator.bank_days import BankDay, first_of_month
from ingest.simulator.codes import Employment, Persona
from ingest.simulator.identity import persons_of
from ingest.simulator.income import employers_paying
from ingest.simulator.loans import annuity, due_dates, outstanding
from ingest.simulator.parameters import PARAMETERS
from ingest.simulator.personas import persona_of, personas_of
from ingest.simulator.population import Population, draw_population
from ingest.simulator.randomness import Randomness, Topic, pick
from ingest.simulator.shocks import effects_on

DECISION = Path(__file__).parents[2] / "docs" / "decisions" / "0002-simulator.md"
BEGINS_ON = date(2026, 1, 1)


@pytest.fixture(scope="module")
def population() -> Population:
    return draw_population(seed=3, first=0, count=3_000, begins_on=BEGINS_ON)


def test_parameters_are_those_the_decision_settled():
    assert PARAMETERS.fingerprint() in DECISION.read_text()


def test_persona_shares_are_as_agreed():
    shares = np.bincount(personas_of(first=0, count=40_000), minlength=4) / 40_000
    assert shares == pytest.approx(PARAMETERS.persona_shares, abs=0.006)


def test_persona_of_an_id_never_changes():
    known = {"1": "STABLE", "5": "SILENT_DRAIN", "22": "OVERSPENDER", "42": "INCOME_SHOCK"}
    assert {bank_id: persona_of(bank_id).name for bank_id in known} == known


@given(
    first=st.integers(0, 10**9), count=st.integers(1, 50), width=st.integers(1, 9), skip=st.integers(0, 49)
)
def test_randomness_is_addressed_by_customer(first, count, width, skip):
    whole = Randomness(seed=1, first=first, count=count + skip).uniforms(Topic.CASH, moment=9, width=width)
    part = Randomness(seed=1, first=first + skip, count=count).uniforms(Topic.CASH, moment=9, width=width)
    assert np.array_equal(whole[:, skip:], part)


def test_randomness_differs_by_topic_and_moment():
    streams = Randomness(seed=1, first=0, count=100)
    cash = streams.uniforms(Topic.CASH, moment=9, width=1)
    assert not np.array_equal(cash, streams.uniforms(Topic.BILL, moment=9, width=1))
    assert not np.array_equal(cash, streams.uniforms(Topic.CASH, moment=10, width=1))


@given(u=st.floats(0, 1, exclude_max=True))
def test_pick_chooses_only_what_has_weight(u):
    assert pick(np.array([u]), (0.0, 1.0, 0.0, 2.0))[0] in {1, 3}


@given(
    principal=st.integers(10_000, 10_000_000),
    rate=st.floats(0.001, 0.03),
    tenure=st.integers(1, 360),
)
def test_annuity_repays_the_loan_exactly(principal, rate, tenure):
    lent, months = np.array([float(principal)]), np.array([tenure])
    instalment = annuity(lent, monthly_rate=np.array([rate]), tenure=months)
    discounted = float(instalment[0]) * sum((1 + rate) ** -k for k in range(1, tenure + 1))
    assert discounted == pytest.approx(principal, rel=1e-9)


@given(tenure=st.integers(1, 240), rate=st.floats(0.001, 0.03))
def test_outstanding_falls_from_the_principal_to_nothing(tenure, rate):
    lent, months, rates = np.array([1e6]), np.array([tenure]), np.array([rate])
    owed = [
        float(outstanding(lent, monthly_rate=rates, tenure=months, paid=np.array([k]))[0])
        for k in range(tenure + 1)
    ]
    assert owed[0] == pytest.approx(1e6)
    assert owed[-1] == pytest.approx(0, abs=1e-3)
    assert all(earlier > later for earlier, later in pairwise(owed))


def test_due_dates_fall_on_the_day_or_the_months_last():
    assert due_dates(first_month=2026 * 12, tenure=3, due_day=30) == [
        date(2026, 1, 30),
        date(2026, 2, 28),
        date(2026, 3, 30),
    ]


@given(day=st.integers(1, 31), on=st.dates(date(2024, 1, 1), date(2030, 1, 1)))
def test_days_until_leads_to_that_day_of_the_month(day, on):
    ahead = int(BankDay(on).days_until(np.array([day]))[0])
    wanted = min(day, BankDay(on).length)
    # Of the next month where it has passed in this one; a day that one lacks counts on into the month after.
    begins = first_of_month(BankDay(on).month + (wanted <= on.day))
    assert 1 <= ahead <= 31
    assert on.toordinal() + ahead == begins.toordinal() + wanted - 1


def test_population_has_loans_for_about_85_percent(population):
    assert population.loans.held[0].mean() == pytest.approx(PARAMETERS.lending.has_loan_prob, abs=0.02)
    assert not (population.loans.held[1] & ~population.loans.held[0]).any()


def test_population_loans_all_run_when_the_simulation_begins(population):
    month, loans = BankDay(BEGINS_ON).month, population.loans
    running = (loans.first_month <= month + 1) & (loans.first_month + loans.tenure > month + 12)
    assert running[loans.held].all()


def test_population_income_covers_instalments_and_home(population):
    fixed = population.loans.emi.sum(axis=0) + population.home.fixed
    assert (fixed < population.work.income).all()


def test_population_is_the_same_alone_and_among_others(population):
    alone = draw_population(seed=3, first=1_200, count=7, begins_on=BEGINS_ON)
    assert np.array_equal(alone.work.income, population.work.income[1_200:1_207])
    assert np.array_equal(alone.episodes.begins, population.episodes.begins[:, 1_200:1_207])
    people = persons_of(population, as_of=BEGINS_ON)[1_200:1_207]
    assert persons_of(alone, as_of=BEGINS_ON) == people


def test_episodes_befall_only_the_troubled_personas(population):
    troubled = np.isin(population.persona, (Persona.INCOME_SHOCK, Persona.SILENT_DRAIN))
    begins, ends = population.episodes.begins, population.episodes.ends
    assert (begins[:, ~troubled] > date.max.toordinal()).all()
    assert (begins[:, troubled] < ends[:, troubled]).all()
    assert (np.diff(begins[:, troubled], axis=0) > 0).all()


def test_episodes_begin_before_and_after_the_first_day(population):
    first = population.episodes.begins[:, population.persona == Persona.INCOME_SHOCK]
    assert (first < BEGINS_ON.toordinal()).any()
    assert ((first > BEGINS_ON.toordinal()) & (first < BEGINS_ON.toordinal() + 365)).any()


def test_effects_leave_the_untroubled_alone(population):
    effects = effects_on(population.episodes, BEGINS_ON.toordinal())
    calm = ~effects.in_trouble
    for factor in (effects.income, effects.discretionary, effects.essential, effects.cash):
        assert (factor[calm] == 1.0).all()
    assert (effects.income[effects.in_trouble] <= 1.0).all()


def test_employers_pay_once_for_each_month_or_so():
    days = [BankDay(date.fromordinal(BEGINS_ON.toordinal() + k)) for k in range(365)]
    times = np.sum([employers_paying(3, day) for day in days], axis=0)
    assert times.min() >= 11
    assert times.max() <= 13


def test_persons_cannot_be_reached(population):
    for person in persons_of(population, as_of=BEGINS_ON)[:500]:
        assert re.fullmatch(r"\+91110\d{7}", person.phone)
        assert person.email.endswith("@example.com")


def test_persons_fit_their_work(population):
    for person in persons_of(population, as_of=BEGINS_ON):
        age_years = (BEGINS_ON - person.birth_on).days / 365.25
        assert 21 < age_years < 83
        assert (age_years >= 59) == (person.employment == Employment.RETIRED)
        assert (person.salary is None) == (person.employment == Employment.UNEMPLOYED)
        assert (person.salary_day is not None) == (
            person.employment in {Employment.SALARIED, Employment.RETIRED}
        )


def test_persons_speak_both_languages_and_some_are_vulnerable(population):
    people = persons_of(population, as_of=BEGINS_ON)
    assert {person.language for person in people} == {"en", "hi"}
    assert sum(person.is_vulnerable for person in people) / len(people) == pytest.approx(0.02, abs=0.01)
