"""What became of customers: due, missed, unknown, by the rule that the module states."""

import datetime as dt

import pytest

from customers import bank_clock
from customers.models import Loan
from customers.tests.factories import InstalmentFactory, InstalmentPaymentFactory, LoanFactory
from risk.features import NO_DAY
from risk.reading import day_number
from risk.tests.factories import TODAY
from risk.tests.histories import wanted_at
from risk.training.labels import LABEL_DAYS, Outcomes, read_outcomes
from risk.training.moments import noon

pytestmark = pytest.mark.django_db
AS_OF = TODAY - dt.timedelta(days=60)


def day(ahead: int) -> dt.date:
    """So many days after the moment's bank day."""
    return AS_OF + dt.timedelta(days=ahead)


def last_moment(ahead: int) -> dt.datetime:
    """The end of a bank day."""
    return bank_clock.start_of(day(ahead + 1)) - dt.timedelta(microseconds=1)


def instalment(loan: Loan, *, ahead: int, number: int, version: int = 1, known: int = -200) -> None:
    InstalmentFactory.create(
        loan=loan, number=number, version=version, due_on=day(ahead), recorded_at=noon(day(known))
    )


def pay(loan: Loan, at: dt.datetime, *, instalments: int = 1, recorded_at: dt.datetime | None = None) -> None:
    InstalmentPaymentFactory.create(
        loan=loan,
        amount=instalments * loan.instalment_amount,
        occurred_at=at,
        recorded_at=recorded_at or at,
    )


def outcomes_of(loan: Loan) -> Outcomes:
    return read_outcomes(wanted_at([loan.customer_id], noon(AS_OF)))


def outcome_of(loan: Loan) -> tuple[bool, bool, int | None]:
    """Whether something was due, whether it was missed, and which day counts, in days after the moment."""
    outcomes = outcomes_of(loan)
    due_day = outcomes.due_day.item()
    ahead = None if due_day == NO_DAY else due_day - day_number(AS_OF)
    return outcomes.is_due.item(), outcomes.is_missed.item(), ahead


@pytest.fixture
def loan() -> Loan:
    """A loan whose first instalment was paid when it fell due, before the moment."""
    loan: Loan = LoanFactory.create(started_on=day(-200))
    instalment(loan, ahead=-20, number=1)
    pay(loan, noon(day(-20)))
    return loan


@pytest.mark.parametrize(("ahead", "is_due"), [(-1, False), (0, True), (30, True), (31, False)])
def test_what_falls_due_within_thirty_days_counts(loan: Loan, ahead: int, is_due: bool) -> None:
    instalment(loan, ahead=ahead, number=2)

    assert outcome_of(loan) == (is_due, is_due, ahead if is_due else None)


@pytest.mark.parametrize(
    ("paid_at", "is_missed"),
    [(last_moment(13), False), (last_moment(13) + dt.timedelta(microseconds=1), True)],
)
def test_three_days_of_grace_end_with_the_third_day(
    loan: Loan, paid_at: dt.datetime, is_missed: bool
) -> None:
    instalment(loan, ahead=10, number=2)
    pay(loan, paid_at)

    assert outcome_of(loan) == (True, is_missed, 10)


@pytest.mark.parametrize(
    ("paid_at", "recorded_at", "due"),
    [
        (noon(AS_OF), noon(AS_OF), (False, False, None)),
        # Neither had happened, nor was it known.
        (noon(AS_OF) + dt.timedelta(hours=1), noon(AS_OF), (True, False, 0)),
        (noon(AS_OF), noon(AS_OF) + dt.timedelta(microseconds=1), (True, False, 0)),
    ],
)
def test_what_was_settled_at_the_moment_is_not_due(
    loan: Loan, paid_at: dt.datetime, recorded_at: dt.datetime, due: tuple[bool, bool, int | None]
) -> None:
    instalment(loan, ahead=0, number=2)
    instalment(loan, ahead=31, number=3)
    pay(loan, paid_at, recorded_at=recorded_at)

    assert outcome_of(loan) == due


def test_what_is_taken_back_after_it_was_settled_is_no_miss_of_what_was_due(loan: Loan) -> None:
    instalment(loan, ahead=0, number=2)
    instalment(loan, ahead=30, number=3)
    pay(loan, noon(AS_OF))
    pay(loan, noon(day(1)), instalments=-1)
    pay(loan, noon(day(29)), instalments=2)

    assert outcome_of(loan) == (True, False, 30)


def test_a_payment_counts_however_late_it_was_recorded(loan: Loan) -> None:
    instalment(loan, ahead=10, number=2)
    pay(loan, noon(day(10)), recorded_at=noon(day(55)))

    assert outcome_of(loan) == (True, False, 10)


def test_part_of_an_instalment_is_missed_and_a_payment_taken_back_too(loan: Loan) -> None:
    instalment(loan, ahead=10, number=2)
    pay(loan, noon(day(10)))
    InstalmentPaymentFactory.create(loan=loan, amount="-0.01", occurred_at=noon(day(12)))

    assert outcome_of(loan) == (True, True, 10)


def test_the_earliest_missed_due_day_is_told_else_the_earliest(loan: Loan) -> None:
    instalment(loan, ahead=5, number=2)
    instalment(loan, ahead=25, number=3)
    pay(loan, noon(day(5)))

    assert outcome_of(loan) == (True, True, 25)

    pay(loan, noon(day(25)))

    assert outcome_of(loan) == (True, False, 5)


def test_one_loan_missed_is_a_miss_of_the_customer(loan: Loan) -> None:
    instalment(loan, ahead=5, number=2)
    pay(loan, noon(day(5)))
    other = LoanFactory.create(customer=loan.customer, started_on=day(-1))
    instalment(other, ahead=20, number=1, known=-1)

    assert outcome_of(loan) == (True, True, 20)


def test_the_schedule_known_at_the_moment_says_what_was_due(loan: Loan) -> None:
    instalment(loan, ahead=10, number=2)
    instalment(loan, ahead=40, number=2, version=2, known=1)

    assert outcome_of(loan) == (True, True, 10)


def test_a_loan_unknown_at_the_moment_does_not_count(loan: Loan) -> None:
    other = LoanFactory.create(customer=loan.customer, started_on=day(-1))
    instalment(other, ahead=20, number=1, known=1)

    assert outcome_of(loan) == (False, False, None)


def test_a_loan_in_another_currency_does_not_count(loan: Loan) -> None:
    other = LoanFactory.create(customer=loan.customer, started_on=day(-1), currency="USD")
    instalment(other, ahead=20, number=1)

    assert outcome_of(loan) == (False, False, None)


@pytest.mark.parametrize(("begun", "is_due"), [(0, True), (1, False)])
def test_a_loan_counts_from_the_day_on_which_it_begins(begun: int, is_due: bool) -> None:
    loan = LoanFactory.create(started_on=day(begun))
    instalment(loan, ahead=20, number=1)

    assert outcome_of(loan)[0] == is_due


def close(loan: Loan, ahead: int) -> None:
    loan.closed_on = day(ahead)
    loan.save()


@pytest.mark.parametrize(
    ("closed", "expected", "is_undecided"),
    [
        (-1, (False, False, None), False),
        (0, (True, False, 10), True),
        (13, (True, False, 10), True),
        (14, (True, True, 10), False),
    ],
)
def test_what_was_not_paid_when_its_loan_was_closed_is_undecided(
    loan: Loan, closed: int, expected: tuple[bool, bool, int | None], is_undecided: bool
) -> None:
    instalment(loan, ahead=10, number=2)
    close(loan, closed)

    assert outcome_of(loan) == expected
    assert outcomes_of(loan).is_undecided.item() is is_undecided


def test_what_was_paid_before_its_loan_was_closed_is_decided(loan: Loan) -> None:
    instalment(loan, ahead=10, number=2)
    pay(loan, noon(day(10)))
    close(loan, 12)

    assert outcome_of(loan) == (True, False, 10)
    assert not outcomes_of(loan).is_undecided.item()


def test_a_miss_is_one_whatever_became_of_another_loan(loan: Loan) -> None:
    instalment(loan, ahead=10, number=2)
    close(loan, 12)
    other = LoanFactory.create(customer=loan.customer, started_on=day(-1))
    instalment(other, ahead=20, number=1, known=-1)

    assert outcome_of(loan) == (True, True, 20)
    assert not outcomes_of(loan).is_undecided.item()


@pytest.mark.parametrize(("due", "is_unknown"), [(-366, False), (-365, True), (-1, True), (0, False)])
def test_a_loan_of_which_nothing_was_ever_paid_is_unknown(due: int, is_unknown: bool) -> None:
    loan = LoanFactory.create(started_on=day(-400))
    instalment(loan, ahead=due, number=1, known=-380)
    instalment(loan, ahead=10, number=2, known=-380)

    outcomes = outcomes_of(loan)

    assert (outcomes.is_unknown.item(), outcomes.is_due.item()) == (is_unknown, not is_unknown)


@pytest.mark.parametrize(("recorded", "is_unknown"), [(0, False), (1, True)])
def test_a_payment_recorded_after_the_moment_makes_no_history_known(recorded: int, is_unknown: bool) -> None:
    loan = LoanFactory.create(started_on=day(-200))
    instalment(loan, ahead=-20, number=1)
    instalment(loan, ahead=10, number=2)
    pay(loan, noon(day(-20)), recorded_at=noon(day(recorded)))

    assert outcomes_of(loan).is_unknown.item() == is_unknown


def test_every_moment_has_its_own_outcome(loan: Loan) -> None:
    instalment(loan, ahead=10, number=2)
    moments = [noon(day(ahead)) for ahead in (10, -21, 9, -20)]

    outcomes = read_outcomes(wanted_at([loan.customer_id], *moments))

    assert outcomes.is_due.tolist() == [True, True, True, True]
    assert outcomes.is_missed.tolist() == [True, False, True, True]
    assert LABEL_DAYS == 33
