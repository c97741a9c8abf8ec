"""Cards and trend: each number against the rows it is of."""

import datetime as dt

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from customers.models import Customer
from customers.tests.factories import CustomerFactory
from interventions.console.home.address import STRETCHES, Window
from interventions.console.home.overview import Overview, last_counted_at, overview
from interventions.tests import staff
from interventions.tests.factories import AssessmentFactory, CurrentRiskFactory
from risk.levels import Level
from risk.models import PortfolioCounting, RiskTrendPoint
from risk.portfolio import trend
from risk.portfolio.selectors import own_counts
from risk.portfolio.services import counts_record

pytestmark = pytest.mark.django_db
MINUTE = dt.timedelta(minutes=1)
DAY = dt.timedelta(days=1)


def minute() -> dt.datetime:
    return timezone.now().replace(second=0, microsecond=0)


def counted(at: dt.datetime, *, high: int, medium: int = 0, low: int = 0) -> None:
    levels = zip((Level.HIGH, Level.MEDIUM, Level.LOW), (high, medium, low), strict=True)
    RiskTrendPoint.objects.bulk_create(
        [RiskTrendPoint(at=at, level=level, customers=customers) for level, customers in levels]
    )


def shown(user: User, window: trend.Window = trend.DAY) -> Overview:
    return overview(
        user=user, window=window, own=trend.own_trend(user=user, window=window, now=timezone.now())
    )


def changes(found: Overview) -> dict[str, tuple[int | None, int | None]]:
    return {card.key: (card.customers, card.change) for card in found.cards}


@pytest.mark.parametrize("window", [trend.HALF_HOUR, trend.DAY, trend.QUARTER])
def test_bank_wide_cards_compare_with_the_same_time_yesterday(window: trend.Window) -> None:
    at = minute()
    counted(at, high=12, medium=20, low=968)
    counted(at - DAY + 30 * MINUTE, high=99, medium=99, low=99)
    counted(at - DAY, high=10, medium=25, low=965)

    found = shown(staff.supervisor(), window)

    assert changes(found) == {"customers": (1000, 0), "high": (12, 2), "medium": (20, -5), "low": (968, 3)}
    assert (found.counted_at, found.is_stale) == (at, False)


def test_without_a_count_of_yesterday_nothing_is_compared() -> None:
    counted(minute(), high=12)
    counted(minute() - DAY - 20 * MINUTE, high=3)

    assert changes(shown(staff.supervisor()))["high"] == (12, None)


@pytest.mark.parametrize("window", [trend.HALF_HOUR, trend.DAY])
def test_bank_that_was_empty_yesterday_was_not_counted(window: trend.Window) -> None:
    at = minute()
    counted(at - DAY, high=0)
    counted(at - 15 * MINUTE, high=0)
    counted(at, high=12, low=88)

    found = shown(staff.supervisor(), window)

    assert changes(found) == {
        "customers": (100, None),
        "high": (12, None),
        "medium": (0, None),
        "low": (88, None),
    }
    assert [point.customers is not None for point in found.trend] == [False] * (len(found.trend) - 1) + [True]


def test_level_that_falls_to_nought_is_drawn() -> None:
    at = minute()
    counted(at - 30 * MINUTE, high=3)
    counted(at - 15 * MINUTE, high=0)
    counted(at, high=2)

    points = shown(staff.supervisor()).trend

    assert [point.customers and point.customers[Level.HIGH] for point in points[-4:]] == [None, 3, 0, 2]


def test_managers_customers_who_are_all_new_were_not_counted_yesterday() -> None:
    manager = staff.manager()
    at = timezone.now() - dt.timedelta(hours=3)
    customer = CustomerFactory.create(assigned_rm=manager)
    CurrentRiskFactory.create(customer=customer, level=Level.HIGH, evaluated_at=at)
    AssessmentFactory.create(customer=customer, revision=1, level=Level.HIGH, assessed_at=at)

    found = shown(manager)

    assert changes(found)["high"] == (1, None)
    assert (found.trend[0].customers, found.trend[-1].customers) != (None, None)
    assert found.trend[0].customers is None


def test_counts_of_a_while_ago_are_shown_and_called_stale() -> None:
    at = minute() - dt.timedelta(hours=5)
    counted(at, high=12, low=88)
    counted(at - DAY, high=11, low=88)

    found = shown(staff.supervisor())

    assert (found.is_stale, found.counted_at) == (True, at)
    assert changes(found)["high"] == (12, 1)


@pytest.mark.parametrize(("minutes", "is_stale"), [(2, False), (4, True)])
def test_charts_counts_of_a_while_ago_are_called_stale_too(minutes: int, is_stale: bool) -> None:
    CurrentRiskFactory(level=Level.HIGH)
    assert counts_record()
    at = timezone.now() - minutes * MINUTE
    PortfolioCounting.objects.update(counted_at=at)
    # That levels are still noted each minute does not make the cards any younger.
    counted(minute(), high=12)

    found = shown(staff.supervisor())

    assert (found.is_stale, found.counted_at, last_counted_at()) == (is_stale, at, at)
    assert changes(found)["high"] == (1, None)


def test_nobody_has_counted_yet() -> None:
    found = shown(staff.supervisor())

    assert (found.now, found.rate, found.is_stale) == (None, None, False)
    assert {card.customers for card in found.cards} == {None}


def test_empty_bank_has_noughts_and_no_rate() -> None:
    counted(minute(), high=0)

    found = shown(staff.supervisor())

    assert {card.customers for card in found.cards} == {0}
    assert found.rate is None


def test_rate_is_of_the_cards() -> None:
    counted(minute(), high=3, low=97)

    rate = shown(staff.supervisor()).rate

    assert rate is not None
    assert (str(rate.percent), rate.severity) == ("3.0", "elevated")


def turned(name: str, manager: User, *, before: Level, now: Level, ago: dt.timedelta) -> None:
    """A customer who was at one level, and has been at another for a while."""
    at = timezone.now() - ago
    customer = CustomerFactory.create(full_name=name, assigned_rm=manager)
    CurrentRiskFactory.create(customer=customer, level=now, revision=2, evaluated_at=at)
    AssessmentFactory.create(
        customer=customer, revision=1, level=before, assessed_at=at - dt.timedelta(days=40)
    )
    AssessmentFactory.create(customer=customer, revision=2, level=now, previous_level=before, assessed_at=at)


@pytest.mark.parametrize("is_covering", [False, True])
def test_managers_cards_compare_by_receipts_of_their_own_customers(is_covering: bool) -> None:
    manager = staff.manager()
    turned("worse", manager, before=Level.LOW, now=Level.HIGH, ago=dt.timedelta(hours=3))
    turned("better long ago", manager, before=Level.HIGH, now=Level.LOW, ago=dt.timedelta(days=3))
    staff.assessed("new", assigned_rm=manager, level=Level.MEDIUM)
    turned("another's", staff.manager("rm2"), before=Level.LOW, now=Level.HIGH, ago=dt.timedelta(hours=3))
    if is_covering:
        Customer.objects.filter(assigned_rm=manager).update(assigned_rm=None, covering_rm=manager)

    found = shown(manager)

    assert changes(found) == {"customers": (3, 1), "high": (1, 1), "medium": (1, 1), "low": (1, -1)}
    assert found.counted_at is None


def test_manager_without_customers_sees_noughts() -> None:
    found = shown(staff.manager())

    assert {card.customers for card in found.cards} == {0}


@pytest.mark.parametrize("window", Window)
def test_trend_ends_with_the_cards_and_has_at_most_200_points(window: Window) -> None:
    manager = staff.manager()
    staff.assessed("new", assigned_rm=manager, level=Level.HIGH)
    counted(minute(), high=12, low=88)

    for user in (manager, staff.supervisor()):
        found = shown(user, STRETCHES[window])
        assert found.trend[-1].customers == found.now
        assert len(found.trend) <= 200


def test_every_card_leads_to_the_queue_of_its_level() -> None:
    found = shown(staff.supervisor())

    assert [card.url for card in found.cards] == [
        "/queue/?all=1", "/queue/?level=HIGH", "/queue/?level=MEDIUM", "/queue/?level=LOW",
    ]  # fmt: skip


def test_managers_trend_counts_as_their_queue_does() -> None:
    manager = staff.manager()
    for level in (Level.HIGH, Level.HIGH, Level.LOW):
        CurrentRiskFactory.create(customer=CustomerFactory.create(assigned_rm=manager), level=level)
    CurrentRiskFactory.create(level=Level.HIGH)

    own = trend.own_trend(user=manager, window=trend.DAY, now=timezone.now())

    counted_now = own_counts(manager)
    assert own is not None and counted_now is not None
    assert (own.now.by_level, own.now.by_hardship) == (counted_now.by_level, counted_now.by_hardship)
    assert own.now.by_level == {Level.LOW: 1, Level.MEDIUM: 0, Level.HIGH: 2}
    assert trend.own_trend(user=staff.supervisor(), window=trend.DAY, now=timezone.now()) is None
