"""Whom the monitoring looks at, at which noons, and what it knows of the outcomes."""

import datetime as dt
from types import SimpleNamespace

import numpy as np
import pytest

from customers.models import Customer, Loan
from customers.tests.factories import LoanFactory
from risk.model.as_of import views
from risk.monitoring import sampling
from risk.monitoring.sampling import MATURED, RECENT, SPARSE, Sample, look
from risk.reading import day_number
from risk.rulebook import EQUILIBRATE_1
from risk.tests.borrowers import LAST_AS_OF, borrowers_store
from risk.tests.factories import TODAY
from risk.tests.histories import wanted_at
from risk.tests.voices import Voice
from risk.training.moments import noon

# Looking takes transactions of its own.
pytestmark = [
    pytest.mark.slow,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("at_noon"),
]


def sample(**changes: object) -> Sample:
    return Sample(**({"day": TODAY, "count": 100, "seed": 1} | changes))  # type: ignore[arg-type]


def test_every_customer_is_seen_at_four_noons_a_week_apart_and_all_together_on_every_day():
    borrowers_store(14)

    seen = look(sample=sample(), back=MATURED, scorer=Voice())

    assert len(seen) == 14 * 4
    assert set(day_number(TODAY) - seen.as_of) == set(range(34, 62))
    for customer in np.unique(seen.customers):
        assert set(np.diff(np.sort(seen.as_of[seen.customers == customer]))) == {7}


def test_values_are_those_known_at_the_noon():
    [borrower] = borrowers_store(1)
    as_of = TODAY - dt.timedelta(days=8)

    seen = look(sample=sample(), back=[8], scorer=Voice())

    [view] = views(wanted=wanted_at([borrower.loan.customer_id], noon(as_of)), rules=EQUILIBRATE_1)
    assert seen.as_of.tolist() == [day_number(as_of)]
    assert np.array_equal(seen.values, view.inputs(EQUILIBRATE_1).values, equal_nan=True)


def test_misses_are_known_once_their_grace_is_over():
    borrowers_store(7, missed={(3, 3)})

    seen = look(sample=sample(), back=[*RECENT, *MATURED], scorer=Voice())

    missed = seen.where(seen.missed)
    [customer] = set(missed.customers)
    assert Loan.objects.get(customer_id=customer).customer.bank_id == "B3"
    assert (missed.as_of <= day_number(LAST_AS_OF)).all()
    # It fell due 31 days ago: of the moments that are 34 and more days back, those up to 30 days before it.
    due = day_number(LAST_AS_OF) + 3
    matured = seen.where((seen.customers == customer) & (seen.as_of <= day_number(LAST_AS_OF)))
    assert matured.missed.tolist() == ((due - matured.as_of >= 1) & (due - matured.as_of <= 30)).tolist()


def test_what_nobody_can_say_is_left_out():
    first, second = borrowers_store(2, missed={(1, 1)})
    LoanFactory.create(customer=second.loan.customer)
    both = look(sample=sample(), back=[34], scorer=Voice()).customers.tolist()
    Loan.objects.filter(pk=second.loan.pk).update(closed_on=LAST_AS_OF + dt.timedelta(days=3))

    seen = look(sample=sample(), back=[34], scorer=Voice())

    assert sorted(both) == [first.loan.customer_id, second.loan.customer_id]
    assert seen.customers.tolist() == [first.loan.customer_id]


def test_who_is_overdue_is_left_out():
    borrowers_store(7, missed={(6, 6)})

    seen = look(sample=sample(), back=[1], scorer=Voice())

    found = set(Customer.objects.filter(pk__in=seen.customers.tolist()).values_list("bank_id", flat=True))
    assert "B5" in found
    assert "B6" not in found


def test_customers_without_an_open_loan_are_not_drawn():
    first, second = borrowers_store(2)
    Loan.objects.filter(pk=first.loan.pk).update(closed_on=TODAY)

    assert sample().ids() == [second.loan.customer_id]


def test_same_seed_draws_the_same_and_a_smaller_sample_is_its_beginning():
    borrowers_store(9)

    assert sample().ids() == sample().ids() != sample(seed=2).ids()
    assert sample(count=4).ids() == sample().ids()[:4]


def test_deadline_ends_the_look_between_chunks(monkeypatch):
    borrowers_store(16)
    monkeypatch.setattr(sampling, "CHUNK", 1)
    looks = iter([0.0] * 3 + [99.0] * 99)
    monkeypatch.setattr(sampling, "time", SimpleNamespace(monotonic=lambda: next(looks)))

    seen = look(sample=sample(until=50.0), back=[34], scorer=Voice())

    assert len(seen) == 3


def test_bands_and_probabilities_are_the_scorers():
    borrowers_store(2)

    seen = look(sample=sample(), back=[34], scorer=Voice(probability=0.4))

    assert (seen.probability.tolist(), seen.band.tolist()) == ([0.4] * 2, [2] * 2)


def test_nobody_to_look_at_is_no_error():
    assert len(look(sample=sample(), back=RECENT, scorer=Voice())) == 0


def test_moments_of_each_report_are_late_enough_to_know_their_outcome():
    assert min(MATURED) == min(SPARSE) == 34
    assert max(RECENT) + 6 == 28
