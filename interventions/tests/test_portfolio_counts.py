"""The stored counts against a loop in Python, and what of them is told to whom."""

import datetime as dt
import threading
from collections.abc import Iterator
from decimal import Decimal

import pytest
import time_machine
from django.contrib.auth.models import User
from django.db import connection, transaction
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from customers import bank_clock, roles
from customers.models import Customer
from customers.tests.factories import CustomerFactory
from interventions.casework import case_rules
from interventions.casework.deciding_facts import read_facts
from interventions.tests import portfolios, staff
from interventions.tests.factories import AssessmentFactory, CurrentRiskFactory
from risk.levels import Hardship, Level, Segment
from risk.models import (
    CurrentRisk,
    DayEvaluation,
    DayRange,
    PortfolioCount,
    PortfolioCounting,
    RiskTrendPoint,
)
from risk.portfolio import counting, selectors, services, trend
from risk.portfolio.cohorts import DueCohort, Was, due_between
from risk.portfolio.cuts import Cut, Dimension
from risk.tests.factories import NOON, TODAY

DAY = dt.timedelta(days=1)


@pytest.fixture(autouse=True)
def at_noon() -> Iterator[None]:
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def bank(db: None) -> list[User]:
    return portfolios.bank(120)


def stored() -> dict[portfolios.Key, tuple[int, int, float]]:
    return {
        (Dimension(each.dimension), each.value, Level(each.level)): (
            each.customers,
            each.spoken_of,
            float(each.expected_loss_amount),
        )
        for each in PortfolioCount.objects.all()
    }


def assert_equal_counts(
    found: dict[portfolios.Key, tuple[int, int, float]],
    expected: dict[portfolios.Key, tuple[int, int, float]],
) -> None:
    assert found.keys() == expected.keys()
    for key, (customers, spoken_of, loss) in expected.items():
        assert found[key][:2] == (customers, spoken_of), key
        # A hundredth is rounded once for each number.
        assert found[key][2] == pytest.approx(loss, abs=0.006), key


@given(days=st.none() | st.integers(-5_000, 5_000))
def test_each_due_date_lies_in_the_bounds_of_its_cohort_alone(days: int | None) -> None:
    due_on = None if days is None else TODAY + days * DAY
    found = portfolios.cohort_of(due_on=due_on, today=TODAY)

    assert (found is DueCohort.NONE) == (due_on is None)
    for cohort in DueCohort:
        if cohort is DueCohort.NONE or due_on is None:
            continue
        first, last = due_between(cohort, TODAY)
        assert (cohort is found) == ((first is None or first <= due_on) and (last is None or due_on <= last))


@pytest.mark.parametrize(
    ("days", "cohort"),
    [
        (-1, DueCohort.OVERDUE),
        (0, DueCohort.DAYS_0_3),
        (3, DueCohort.DAYS_0_3),
        (4, DueCohort.DAYS_4_7),
        (8, DueCohort.DAYS_8_14),
        (30, DueCohort.DAYS_15_30),
        (31, DueCohort.LATER),
    ],
)
def test_cohort_by_days(days: int, cohort: DueCohort) -> None:
    assert portfolios.cohort_of(due_on=TODAY + days * DAY, today=TODAY) is cohort


def test_counts_equal_those_of_a_loop(bank: list[User]) -> None:
    assert services.counts_record()

    assert_equal_counts(stored(), portfolios.counted(Customer.objects.all()))


def test_managers_counts_equal_those_of_a_loop(bank: list[User]) -> None:
    for manager in bank:
        found = {
            (each.dimension, each.value, each.level): (each.customers, each.spoken_of, float(each.amount))
            for each in counting.count_of_manager(manager.pk, bank_clock.today())
        }
        assert_equal_counts(found, portfolios.counted(Customer.objects.visible_to(manager)))


def test_expected_loss_is_what_casework_expects(bank: list[User]) -> None:
    """Of everybody whom the model speaks of and who owes something, since a case falls back to the instalment."""
    services.counts_record()
    facts = read_facts(list(Customer.objects.values_list("pk", flat=True)))
    expected = sum(
        case_rules.expected_harm(
            level=Level(each.level),
            probability=each.probability,
            exposure_amount=float(each.outstanding_hundredths) / 100,
            loss_given_default_prob=each.loss_given_default_prob,
        )
        for each in facts
        if each.probability is not None
        and each.outstanding_hundredths
        and each.loss_given_default_prob is not None
    )

    of_hardships = PortfolioCount.objects.filter(dimension=Dimension.HARDSHIP)

    assert expected > 0
    assert float(sum(each.expected_loss_amount for each in of_hardships)) == pytest.approx(expected, abs=1)


def test_place_begins_with_the_greatest_loss(bank: list[User]) -> None:
    services.counts_record()

    for dimension in Dimension:
        by_place: dict[int, Decimal] = {}
        for each in PortfolioCount.objects.filter(dimension=dimension):
            by_place[each.place] = by_place.get(each.place, Decimal(0)) + each.expected_loss_amount
        assert sorted(by_place) == list(range(1, len(by_place) + 1))
        losses = [by_place[place] for place in sorted(by_place)]
        assert losses == sorted(losses, reverse=True)


def test_nobody_is_counted_nowhere(bank: list[User]) -> None:
    """Each dimension holds everybody who was evaluated, once."""
    services.counts_record()

    everybody = CurrentRisk.objects.count()
    for dimension in Dimension:
        of_it = PortfolioCount.objects.filter(dimension=dimension)
        assert sum(each.customers for each in of_it) == everybody


def test_customer_without_evaluation_is_not_counted(db: None) -> None:
    CustomerFactory.create()

    assert services.counts_record()
    assert not PortfolioCount.objects.exists()


def test_what_was_counted_before_is_replaced(bank: list[User]) -> None:
    services.counts_record()
    with time_machine.travel(NOON + DAY, tick=False):
        CurrentRisk.objects.update(hardship=Hardship.OVER_LEVERAGE, segment=Segment.STABLE)
        services.counts_record()

        assert_equal_counts(stored(), portfolios.counted(Customer.objects.all()))
        assert PortfolioCounting.objects.get().counted_at == NOON + DAY


def test_nothing_is_counted_while_everybody_is_evaluated(bank: list[User]) -> None:
    day = DayEvaluation.objects.create(day_on=TODAY, customers=1, started_at=timezone.now())
    DayRange.objects.create(evaluation=day, first_customer_id=1, last_customer_id=2)

    assert not services.counts_record()
    assert not PortfolioCounting.objects.exists()


def test_long_count_is_not_made_again_at_once(bank: list[User]) -> None:
    services.counts_record()
    PortfolioCounting.objects.update(took_ms=12_000)

    with time_machine.travel(NOON + dt.timedelta(seconds=59), tick=False):
        assert not services.counts_record()
    with time_machine.travel(NOON + dt.timedelta(seconds=60), tick=False):
        assert services.counts_record()


def test_clock_that_was_set_back_does_not_stop_counting(bank: list[User]) -> None:
    services.counts_record()
    PortfolioCounting.objects.update(took_ms=12_000)

    with time_machine.travel(NOON - DAY, tick=False):
        assert services.counts_record()


@pytest.mark.django_db(transaction=True)
def test_second_worker_leaves_counting_to_the_first() -> None:
    CurrentRiskFactory.create()
    others: list[bool] = []

    def count_meanwhile() -> None:
        others.append(services.counts_record())
        connection.close()

    with transaction.atomic():
        assert services.counts_record()
        worker = threading.Thread(target=count_meanwhile)
        worker.start()
        worker.join(timeout=30)

    assert others == [False]
    assert PortfolioCounting.objects.count() == 1


def cuts() -> Iterator[Cut]:
    yield Cut()
    yield Cut(levels=frozenset({Level.HIGH}))
    for hardship in Hardship:
        yield Cut(hardship=hardship, levels=frozenset({Level.HIGH, Level.MEDIUM}))
    for segment in Segment:
        yield Cut(segment=segment)
    for cohort in DueCohort:
        yield Cut(due=cohort)
        yield Cut(due=cohort, levels=frozenset({Level.MEDIUM}))
    for was in Was:
        for level in Level:
            yield Cut(was=was, levels=frozenset({level}))
    yield Cut(city="City 01")
    yield Cut(city="Nowhere")
    yield Cut(employment="GIG", levels=frozenset({Level.LOW}))


def customers_of(cut: Cut, customers: list[Customer], manager_id: int | None = None) -> int:
    """How many, by a loop."""
    today, number = bank_clock.today(), 0
    for customer in customers:
        risk = CurrentRisk.objects.get(customer=customer)
        number += all(
            [
                not cut.levels or risk.level in cut.levels,
                cut.hardship in (None, risk.hardship),
                cut.segment in (None, risk.segment),
                cut.city in ("", customer.city),
                cut.employment in ("", customer.employment),
                manager_id in (None, customer.assigned_rm_id),
                cut.due in (None, portfolios.cohort_of(due_on=risk.next_due_on, today=today)),
                cut.was in (None, portfolios.was(customer, today)),
            ]
        )
    return number


def test_count_of_a_cut_equals_that_of_a_loop_for_both_kinds_of_readers(bank: list[User]) -> None:
    services.counts_record()
    for reader, counted_at in ((staff.supervisor(), NOON), (bank[0], None)):
        customers = list(Customer.objects.visible_to(reader))
        for cut in cuts():
            found = selectors.count_of(user=reader, cut=cut)
            assert found == selectors.Counted(customers_of(cut, customers), counted_at), cut


def test_count_of_a_managers_customers(bank: list[User]) -> None:
    services.counts_record()

    found = selectors.count_of(user=staff.supervisor(), cut=Cut(manager_id=bank[1].pk))

    assert found
    assert found.customers == Customer.objects.filter(assigned_rm=bank[1]).count()


def test_conditions_find_whom_the_counts_count(bank: list[User]) -> None:
    services.counts_record()
    today, reader = bank_clock.today(), staff.supervisor()
    everybody = Customer.objects.filter(risk__isnull=False)
    for cohort in DueCohort:
        counted = selectors.count_of(user=reader, cut=Cut(due=cohort))
        assert counted
        assert everybody.filter(selectors.due_condition(cohort, today)).count() == counted.customers
    for was in Was:
        for levels in (
            frozenset[Level](),
            *(frozenset({level}) for level in Level),
            frozenset({Level.LOW, Level.HIGH}),
        ):
            counted = selectors.count_of(user=reader, cut=Cut(was=was, levels=levels))
            found = everybody.filter(
                selectors.was_condition(was, today, levels), risk__level__in=levels or Level
            )
            assert counted
            assert found.count() == counted.customers, (was, levels)


def test_two_choices_at_once_are_not_stored_but_counted_of_ones_own(bank: list[User]) -> None:
    services.counts_record()
    cut = Cut(employment="GIG", due=DueCohort.OVERDUE, manager_id=bank[0].pk)
    own = list(Customer.objects.visible_to(bank[0]))

    assert selectors.count_of(user=staff.supervisor(), cut=cut) is None
    assert selectors.count_of(user=bank[0], cut=cut) == selectors.Counted(
        customers_of(cut, own, bank[0].pk), None
    )


def test_levels_are_counted_as_a_loop_does(bank: list[User]) -> None:
    assert selectors.levels_of(staff.manager("rm9")) == (dict.fromkeys(Level, 0), None)
    assert selectors.levels_of(staff.supervisor()) is None
    services.counts_record()
    for reader, counted_at in ((staff.user("analyst", roles.ANALYSTS), NOON), (bank[0], None)):
        found = selectors.levels_of(reader)
        assert found
        own = list(Customer.objects.visible_to(reader))
        expected = {level: customers_of(Cut(levels=frozenset({level})), own) for level in Level}
        assert found == (expected, counted_at)


def test_nobody_is_counted_for_somebody_without_a_role(bank: list[User]) -> None:
    services.counts_record()

    assert selectors.count_of(user=staff.user("stranger"), cut=Cut()) == selectors.Counted(0, None)


def test_before_the_first_count_nothing_is_known(db: None) -> None:
    reader = staff.supervisor()

    assert selectors.portfolio(reader) is None
    assert selectors.count_of(user=reader, cut=Cut()) is None


def test_empty_bank_is_counted_as_empty(db: None) -> None:
    services.counts_record()
    reader = staff.supervisor()

    found = selectors.portfolio(reader)

    assert found is not None
    assert (found.customers, found.counted_at) == (0, NOON)
    assert selectors.count_of(user=reader, cut=Cut(city="Pune")) == selectors.Counted(0, NOON)


def test_portfolio_holds_everybody_and_the_long_tail_together(bank: list[User]) -> None:
    services.counts_record()
    for reader in (staff.supervisor(), bank[0]):
        found = selectors.portfolio(reader)
        assert found is not None
        number = Customer.objects.visible_to(reader).count()
        assert found.customers == number
        for dimension in Dimension:
            groups = found.groups[dimension]
            assert sum(group.customers for levels in groups.values() for group in levels.values()) == number
        cities = found.groups[Dimension.CITY]
        assert len(cities) == selectors.MOST_SHOWN + 1
        assert list(cities)[-1] is None


def test_each_read_is_one_query(bank: list[User], django_assert_num_queries: "pytest.FixtureRequest") -> None:
    services.counts_record()
    for reader in (staff.supervisor(), bank[0]):
        reader.groups.all()
        selectors.portfolio(reader)  # roles are read once per request
        with django_assert_num_queries(1):  # type: ignore[operator]
            selectors.portfolio(reader)
        with django_assert_num_queries(1):  # type: ignore[operator]
            selectors.count_of(user=reader, cut=Cut(due=DueCohort.OVERDUE))
        with django_assert_num_queries(1):  # type: ignore[operator]
            trend.trend(user=reader, window=trend.DAY, now=timezone.now())


def test_trend_takes_the_last_count_of_each_step(db: None) -> None:
    for minute in range(40):
        at = NOON - dt.timedelta(minutes=minute)
        for level in (Level.LOW, Level.HIGH):
            RiskTrendPoint.objects.create(at=at, level=level, customers=100 * level + minute)

    points = trend.trend(user=staff.supervisor(), window=trend.DAY, now=NOON)

    assert len(points) == 97
    assert [point.customers for point in points[:3]] == [None, None, None]
    newest = points[-1].customers
    assert newest == {Level.LOW: 100, Level.MEDIUM: 0, Level.HIGH: 300}
    assert points[-2].at == NOON - dt.timedelta(minutes=15)
    assert points[-2].customers == {Level.LOW: 115, Level.MEDIUM: 0, Level.HIGH: 315}


def test_trend_of_a_manager_is_what_the_receipts_say(db: None) -> None:
    manager, stranger = staff.manager(), staff.manager("rm2")
    mine = CustomerFactory.create(covering_rm=manager)
    changes = [(3, Level.LOW, None), (2, Level.HIGH, Level.LOW), (1, Level.MEDIUM, Level.HIGH)]
    for revision, (hours_ago, level, before) in enumerate(changes, start=1):
        AssessmentFactory.create(
            customer=mine,
            revision=revision,
            level=level,
            previous_level=before,
            assessed_at=NOON - dt.timedelta(hours=hours_ago),
        )
    CurrentRiskFactory.create(customer=mine, level=Level.MEDIUM)
    CurrentRiskFactory.create(customer__assigned_rm=stranger, level=Level.HIGH)

    points = {point.at: point.customers for point in trend.trend(user=manager, window=trend.DAY, now=NOON)}

    def at(**ago: float) -> list[Level]:
        found = points[NOON - dt.timedelta(**ago)]
        assert found is not None
        return [level for level, number in found.items() for _each in range(number)]

    assert points[NOON - dt.timedelta(hours=4)] is None, "nobody was assessed by then"
    assert at(hours=2, minutes=30) == [Level.LOW]
    assert at(hours=1, minutes=30) == [Level.HIGH]
    assert at(minutes=30) == at(minutes=0) == [Level.MEDIUM]
