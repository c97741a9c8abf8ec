"""Nothing that became known after a moment changes what the model sees of it."""

import copy
import datetime as dt
import random
from collections.abc import Callable
from decimal import Decimal

import numpy as np
import pytest

from customers.models import Customer, Loan
from customers.tests.factories import InstalmentFactory, LoanFactory
from risk.reading import day_number
from risk.rulebook import EQUILIBRATE_1
from risk.tests.factories import NOON, TODAY
from risk.tests.histories import (
    History,
    entry,
    inputs_at,
    known_at,
    moment,
    random_entry,
    random_history,
    salary,
    store,
    undone,
    view_at,
)

pytestmark = pytest.mark.django_db
AT = moment(40)
DICE = random.Random(11)  # noqa: S311
Alteration = Callable[[History], History]


def seen(at: dt.datetime) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """Every feature of everybody at a moment, the scorecard's among them, and whether the model speaks of them."""
    view = view_at(list(Customer.objects.order_by("pk").values_list("pk", flat=True)), at)
    inputs = view.inputs(EQUILIBRATE_1)
    features = view.evaluation(EQUILIBRATE_1).features
    scorecard = [getattr(features, name) for name in features.names()]
    return np.column_stack([inputs.values, inputs.is_covered, *scorecard])


def later(history: History) -> History:
    """What was not known at the moment."""
    known = known_at(history, AT)
    return History(
        [row for row in history.transactions if row not in known.transactions],
        [row for row in history.payments if row not in known.payments],
    )


def nothing(_: History) -> History:
    return History([], [])


def shuffled(history: History) -> History:
    """The same rows, whose amounts, kinds and statuses have changed hands."""
    rows = [copy.copy(row) for row in later(history).transactions]
    for name in ("amount", "status", "transaction_type", "kind", "is_salary", "balance_after_amount"):
        values = [getattr(row, name) for row in rows]
        DICE.shuffle(values)
        for row, value in zip(rows, values, strict=True):
            setattr(row, name, value)
    return History(rows, [])


def enlarged(history: History) -> History:
    """A hundred times as much of everything."""
    altered = copy.deepcopy(later(history))
    for row in altered.transactions:
        row.amount *= 100
    for payment in altered.payments:
        payment.amount *= 100
    return altered


def corrected(history: History) -> History:
    """Rows of long ago that are recorded only after the moment."""
    rows = [
        random_entry(DICE, row.customer, 10_000 + number, days_ago=DICE.uniform(41, 300))
        for number, row in enumerate(later(history).transactions)
    ]
    for row in rows:
        row.recorded_at = AT + dt.timedelta(microseconds=1)
    return History(rows, [])


def restructured(history: History) -> History:
    """Other terms for everybody, recorded after the moment."""
    for loan in Loan.objects.all():
        loan.schedule_version = 9
        loan.save()
        for number in range(12):
            InstalmentFactory.create(
                loan=loan,
                number=number + 1,
                due_on=TODAY - dt.timedelta(days=10 * number),
                amount=Decimal("1.00"),
                recorded_at=AT + dt.timedelta(microseconds=1),
            )
    return later(history)


def closed(history: History) -> History:
    """Every loan was closed on the day of the moment or after it."""
    for number, loan in enumerate(Loan.objects.all()):
        loan.closed_on = AT.date() + dt.timedelta(days=number)
        loan.save()
    return later(history)


@pytest.mark.parametrize("alteration", [later, nothing, shuffled, enlarged, corrected, restructured, closed])
def test_features_at_a_moment_are_the_same_whatever_comes_after_it(alteration: Alteration) -> None:
    history = random_history(random.Random(5), customers=4)  # noqa: S311
    known = known_at(history, AT)
    with undone():
        store(known)
        expected = seen(AT)

    future = alteration(history)
    store(History(known.transactions + future.transactions, known.payments + future.payments))

    np.testing.assert_array_equal(seen(AT), expected)
    assert np.isfinite(expected).sum() > 150
    if alteration is not nothing:
        assert len(future.transactions) > 50
        with pytest.raises(AssertionError):
            np.testing.assert_array_equal(seen(NOON), expected)


def test_a_correction_changes_nothing_until_it_is_recorded() -> None:
    loan = LoanFactory.create()
    rows = [salary(loan.customer, moment(age)) for age in range(45, 200, 30)]
    rows += [entry(loan.customer, moment(age)) for age in range(0, 200, 3)]
    correction = entry(loan.customer, moment(44), amount=Decimal("90000.00"), recorded_at=moment(36))
    store(History(rows, []))
    before, after = moment(37), moment(30)
    without = {at: inputs_at([loan.customer_id], at).values for at in (before, after)}

    store(History([correction], []))

    np.testing.assert_array_equal(inputs_at([loan.customer_id], before).values, without[before])
    with pytest.raises(AssertionError):
        np.testing.assert_array_equal(inputs_at([loan.customer_id], after).values, without[after])
    days = view_at([loan.customer_id], after).days
    assert (
        days.debit_amount[days.day == day_number((NOON - dt.timedelta(days=44)).date())].item() == 9_000_000
    )
