"""What a refresh reads: the tiles that count, the last salary ever, who somebody is."""

import datetime as dt

import pytest

from customers.models import Customer
from customers.tests.factories import CustomerFactory
from risk.features import NO_DAY, salary_days, tile_days
from risk.reading import Identity, day_number, read_identities, read_previous, read_tiles
from risk.rulebook import EQUILIBRATE_1
from risk.tests.factories import TODAY, TileFactory, days_ago

pytestmark = pytest.mark.django_db

FULL, SALARIES = tile_days(EQUILIBRATE_1), salary_days(EQUILIBRATE_1)


@pytest.fixture
def customer() -> Customer:
    return CustomerFactory.create()


def ages_read(*customers: Customer) -> list[int]:
    tiles = read_tiles(ids=[customer.pk for customer in customers], as_of=TODAY, rules=EQUILIBRATE_1)
    return sorted((day_number(TODAY) - tiles.day).tolist())


def last_salary_of(customer: Customer, *, as_of: dt.date = TODAY) -> int:
    return int(read_previous(ids=[customer.pk], as_of=as_of).last_salary_day.item())


def test_tiles_are_read_as_far_back_as_they_count(customer: Customer) -> None:
    for age in (-1, 0, FULL - 1, FULL):
        TileFactory.create(customer=customer, day_on=days_ago(age), txn_count=1)
    for age in (FULL + 1, SALARIES - 2, SALARIES):
        TileFactory.create(customer=customer, day_on=days_ago(age), salary_count=1)
    TileFactory.create(
        customer=customer, day_on=days_ago(SALARIES - 1), largest_unflagged_credit_amount=5_000
    )

    assert ages_read(customer) == [0, FULL - 1, FULL + 1, SALARIES - 2, SALARIES - 1]


def test_tiles_are_exact_and_belong_to_their_customer(customer: Customer) -> None:
    other = CustomerFactory.create()
    TileFactory.create(customer=other, txn_count=3, debit_amount="0.10", cash_count=2)
    TileFactory.create(customer=customer, txn_count=1, credit_amount="99999999999.99")

    tiles = read_tiles(ids=[customer.pk, other.pk], as_of=TODAY, rules=EQUILIBRATE_1)

    rows = zip(tiles.customer, tiles.txn_count, tiles.debit_amount, tiles.credit_amount, strict=True)
    assert sorted(tuple(value.item() for value in row) for row in rows) == [
        (0, 1.0, 0.0, 9_999_999_999_999.0),
        (1, 3.0, 10.0, 0.0),
    ]


def test_nobodys_tiles_are_empty(customer: Customer) -> None:
    assert ages_read(customer) == []


def test_last_salary_is_the_latest_ever_known(customer: Customer) -> None:
    assert last_salary_of(customer) == NO_DAY

    for age in (700, 400, -1):
        TileFactory.create(customer=customer, day_on=days_ago(age), salary_count=1)
    TileFactory.create(customer=customer, day_on=days_ago(3), txn_count=1)

    assert last_salary_of(customer) == day_number(days_ago(400))
    assert last_salary_of(customer, as_of=days_ago(500)) == day_number(days_ago(700))


def test_customer_never_evaluated_has_revision_zero(customer: Customer) -> None:
    previous = read_previous(ids=[customer.pk], as_of=TODAY)

    assert (previous.revision.tolist(), previous.level.tolist(), previous.hardship.tolist()) == (
        [0],
        [0],
        [-1],
    )
    assert {points.item() for points in previous.half_points.values()} == {-2}


def test_identities_are_in_the_order_of_ids(customer: Customer) -> None:
    other = CustomerFactory.create(source="cards", bank_id="7")

    assert read_identities([customer.pk, other.pk]) == [
        Identity("core", customer.bank_id, None),
        Identity("cards", "7", None),
    ]
