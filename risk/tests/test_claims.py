"""Claims: sorted, shared between workers, fair under load; ranges of a bank day."""

import datetime as dt

import pytest

from customers import bank_clock
from customers.tests.factories import CustomerFactory, LoanFactory
from risk.claims import Claim, Cursor, take_marked, take_range
from risk.models import DayEvaluation, DayRange, DirtyCustomer
from risk.services import mark_dirty
from tests.threads import uncommitted

REPAID_AT = dt.datetime(2026, 2, 3, 4, 5, tzinfo=dt.UTC)
APPENDED_AT = dt.datetime(2026, 2, 17, 6, 30, tzinfo=dt.UTC)


def mark(*customer_ids: int) -> None:
    """Marks without customers behind them: claims do not ask."""
    for customer_id in customer_ids:
        DirtyCustomer.objects.create(customer_id=customer_id)


def ids_of(claim: Claim | None) -> list[int] | None:
    return claim.ids if claim else None


def repayments_from() -> dict[int, dt.datetime | None]:
    return dict(DirtyCustomer.objects.values_list("customer_id", "repayment_from"))


def open_day(*ranges: tuple[int, int]) -> None:
    evaluation = DayEvaluation.objects.create(day_on=dt.date(2026, 2, 17))
    for first, last in ranges:
        DayRange.objects.create(evaluation=evaluation, first_customer_id=first, last_customer_id=last)


@pytest.mark.django_db
def test_claim_is_sorted_and_takes_the_marks_away() -> None:
    mark(9, 3, 7)

    assert ids_of(take_marked(Cursor())) == [3, 7, 9]
    assert take_marked(Cursor()) is None


@pytest.mark.django_db
def test_claim_says_what_waited_and_who_repaid() -> None:
    mark(1)
    DirtyCustomer.objects.create(customer_id=2, appended_at=APPENDED_AT, repayment_from=REPAID_AT)

    claim = take_marked(Cursor())

    assert claim == Claim(ids=[1, 2], appended_at=[APPENDED_AT], repayments_from={2: REPAID_AT})


@pytest.mark.django_db
def test_cursor_goes_round_so_that_nobody_is_always_last() -> None:
    cursor = Cursor()
    mark(1, 2, 3, 4, 5)

    assert ids_of(take_marked(cursor, most=2)) == [1, 2]
    mark(1, 2)
    assert ids_of(take_marked(cursor, most=2)) == [3, 4]
    mark(3)
    assert ids_of(take_marked(cursor, most=2)) == [5]
    assert ids_of(take_marked(cursor, most=2)) == [1, 2]
    assert ids_of(take_marked(cursor, most=2)) == [3]
    assert take_marked(cursor, most=2) is None


@pytest.mark.django_db
def test_cursor_wraps_when_nobody_is_left_after_it() -> None:
    cursor = Cursor(after=10)
    mark(4)

    assert ids_of(take_marked(cursor, most=1)) == [4]
    assert cursor.after == 4
    assert take_marked(cursor, most=1) is None
    assert cursor.after == 0


@pytest.mark.django_db(transaction=True)
def test_two_workers_never_claim_the_same_customer() -> None:
    mark(1, 2, 3, 4)

    with uncommitted(lambda: take_marked(Cursor(), most=2)) as other:
        ours = ids_of(take_marked(Cursor()))

    assert (other.result.ids, ours) == ([1, 2], [3, 4])
    assert not DirtyCustomer.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_two_workers_never_claim_the_same_range() -> None:
    first, second = CustomerFactory.create(), CustomerFactory.create()
    open_day((first.pk, first.pk), (second.pk, second.pk))

    with uncommitted(take_range) as other:
        ours = ids_of(take_range())

    assert (other.result.ids, ours) == ([first.pk], [second.pk])
    assert not DayRange.objects.exists()


@pytest.mark.django_db
def test_range_claims_its_customers_and_their_marks() -> None:
    customers = [CustomerFactory.create().pk for _ in range(3)]
    DirtyCustomer.objects.create(customer_id=customers[1], repayment_from=REPAID_AT)
    open_day((customers[0], customers[2]))

    claim = take_range()

    assert claim == Claim(
        ids=customers, appended_at=[], day_on=dt.date(2026, 2, 17), repayments_from={customers[1]: REPAID_AT}
    )
    assert not DirtyCustomer.objects.exists()


@pytest.mark.django_db
def test_ranges_without_customers_are_passed_over() -> None:
    customer = CustomerFactory.create().pk
    open_day((customer + 10, customer + 20), (customer, customer), (customer + 30, customer + 40))

    assert ids_of(take_range()) == [customer]
    assert take_range() is None
    assert not DayRange.objects.exists()


@pytest.mark.django_db
def test_range_keeps_when_its_marks_events_arrived() -> None:
    customer = CustomerFactory.create().pk
    DirtyCustomer.objects.create(customer_id=customer, appended_at=APPENDED_AT)
    open_day((customer, customer))

    claim = take_range()

    assert claim is not None
    assert claim.appended_at == [APPENDED_AT]


@pytest.mark.django_db
def test_marking_twice_is_one_mark_and_unsorted_ids_are_welcome() -> None:
    customers = [CustomerFactory.create().pk for _ in range(3)]

    assert mark_dirty([*reversed(customers), customers[0]]) == 3
    assert mark_dirty(customers[:1]) == 1

    assert DirtyCustomer.objects.count() == 3
    assert str(DirtyCustomer.objects.earliest("pk")) == f"customer {customers[0]}"


@pytest.mark.django_db
def test_marking_asks_for_repayments_from_the_start_of_the_first_loan() -> None:
    loan = LoanFactory.create()
    LoanFactory.create(customer=loan.customer, started_on=loan.started_on + dt.timedelta(days=1))
    without = CustomerFactory.create()

    mark_dirty([loan.customer_id, without.pk])

    assert repayments_from() == {loan.customer_id: bank_clock.start_of(loan.started_on), without.pk: None}


@pytest.mark.django_db
def test_marking_again_keeps_the_earliest_repayment() -> None:
    early, late, without = LoanFactory.create(), LoanFactory.create(), CustomerFactory.create()
    long_ago = bank_clock.start_of(early.started_on) - dt.timedelta(days=1)
    DirtyCustomer.objects.create(customer_id=early.customer_id, repayment_from=long_ago)
    DirtyCustomer.objects.create(customer_id=late.customer_id, repayment_from=REPAID_AT)
    DirtyCustomer.objects.create(customer_id=without.pk, repayment_from=REPAID_AT)

    mark_dirty([early.customer_id, late.customer_id, without.pk])

    start = bank_clock.start_of(late.started_on)
    assert repayments_from() == {early.customer_id: long_ago, late.customer_id: start, without.pk: REPAID_AT}
