"""Of how many customers with a loan the model speaks, why not of the others, and when that is an alarm."""

from collections import Counter

import numpy as np
import pytest

from risk.model.inputs import Payments, Schedules
from risk.model.settlement import population_of, settle
from risk.monitoring.coverage import Coverage, coverage_counts, covered_share_of

AS_OF = 1_000
# Of five customers in turn: paid and due again; late; never paid; paid, and nothing due for long; without a schedule.
SCHEDULES = Schedules(
    customer=np.array([0, 0, 1, 1, 2, 3]),
    loan=np.array([10, 10, 11, 11, 12, 13]),
    due_day=AS_OF + np.array([-20, 10, -50, -20, -20, -20]),
    amount=np.full(6, 100.0),
    cumulative_amount=np.array([100.0, 200.0, 100.0, 200.0, 100.0, 100.0]),
)
PAYMENTS = Payments(
    customer=np.array([0, 1, 3]),
    loan=np.array([10, 11, 13]),
    day=AS_OF - np.array([20, 50, 20]),
    amount=np.full(3, 100.0),
)


def coverage(*, covered: int, silent: int, customers: int) -> Coverage:
    return Coverage(customers=customers, rows=Counter(covered=covered, unknown_history=silent))


def test_every_customer_counts_once_with_the_first_reason() -> None:
    settled = settle(schedules=SCHEDULES, payments=PAYMENTS, as_of=AS_OF)
    is_covered = population_of(settlement=settled, customers=5).is_covered

    found = coverage_counts(
        schedules=SCHEDULES, payments=PAYMENTS, customers=5, as_of=AS_OF, is_covered=is_covered
    )

    assert found == {"covered": 1, "overdue": 1, "unknown_history": 1, "nothing_due": 2}


def test_share_and_reasons_as_json_and_in_words() -> None:
    found = coverage(covered=30, silent=70, customers=25)

    assert found.as_json(usual=0.8) == {
        "customers": 25,
        "rows": 100,
        "share": 0.3,
        "usual_share": 0.8,
        "silent": {"overdue": 0.0, "unknown_history": 0.7, "nothing_due": 0.0},
    }
    assert found.in_words(usual=0.8) == (
        "it speaks of 30.0% of the customers with a loan (80.0% at training); of 70.0% it does not,"
        " since no payment is known"
    )
    assert coverage(covered=9, silent=0, customers=3).in_words(usual=None) == (
        "it speaks of 100.0% of the customers with a loan"
    )


@pytest.mark.parametrize(
    ("covered", "customers", "usual", "is_alarm"),
    [
        (300, 250, 0.8, True),
        (700, 250, 0.8, False),
        (420, 250, 0.8, False),
        # Three customers tell little.
        (300, 3, 0.8, False),
        (300, 250, None, False),
        (0, 250, 0.8, True),
    ],
)
def test_alarm_when_certainly_below_half_of_the_usual(
    covered: int, customers: int, usual: float | None, is_alarm: bool
) -> None:
    found = coverage(covered=covered, silent=1_000 - covered, customers=customers)

    assert found.has_fallen(usual) is is_alarm


def test_nobody_with_a_loan_has_no_share() -> None:
    nobody = Coverage()

    assert (nobody.share, nobody.has_fallen(0.8)) == (None, False)
    assert nobody.in_words(usual=0.8) == "no customer has a loan"
    assert nobody.as_json(usual=0.8)["silent"] == dict.fromkeys(("overdue", "unknown_history", "nothing_due"))


def test_share_at_training_is_that_of_the_training_set() -> None:
    content = {"labels_from": "payments", "rows": 60, "skipped": {"overdue": 30, "nothing due": 10}}

    assert covered_share_of(content) == 0.6
    assert covered_share_of(content | {"labels_from": "file"}) is None
    assert covered_share_of(content | {"rows": 0}) is None
    assert covered_share_of({"rows": 60}) is None
    assert covered_share_of({}) is None
