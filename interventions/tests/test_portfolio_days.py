"""What was counted on one bank day is not shown as another day's."""

import datetime as dt
from collections.abc import Iterator

import pytest
import time_machine
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import Settings

from interventions.console.portfolio import page
from interventions.console.portfolio.address import PortfolioAddress
from interventions.tests import portfolios, staff
from risk.levels import Hardship, Level
from risk.models import PortfolioCounting, RiskTrendPoint
from risk.portfolio import selectors, services
from risk.portfolio.cohorts import DueCohort, Was
from risk.portfolio.cuts import Cut
from risk.tests.factories import NOON

pytestmark = pytest.mark.django_db
NEXT_DAY = NOON + dt.timedelta(days=1)
OF_A_DAY = {"moves", "dues"}


@pytest.fixture(autouse=True)
def at_noon() -> Iterator[None]:
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def bank() -> list[User]:
    made = portfolios.bank(40)
    assert services.counts_record()
    return made


def linked(user: User) -> set[str]:
    """The charts of which a mark leads somewhere."""
    counted = selectors.portfolio(user)
    assert counted
    charts = page.charts_of(counted, user=user, address=PortfolioAddress(), until=timezone.now())
    return {chart.key for chart in charts if any(any(series.links) for series in chart.series)}


def test_counts_by_days_are_not_told_on_another_day(bank: list[User]) -> None:
    reader = staff.supervisor()
    by_day = [Cut(due=DueCohort.OVERDUE), Cut(was=Was.LOW, levels=frozenset({Level.HIGH}))]
    assert None not in [selectors.count_of(user=reader, cut=cut) for cut in by_day]

    with time_machine.travel(NEXT_DAY, tick=False):
        assert [selectors.count_of(user=reader, cut=cut) for cut in by_day] == [None, None]
        assert selectors.count_of(user=reader, cut=Cut(hardship=Hardship.NONE)) is not None
        assert selectors.count_of(user=bank[0], cut=by_day[0]) is not None


def test_marks_of_another_day_lead_nowhere_until_it_is_counted_again(bank: list[User]) -> None:
    reader = staff.supervisor()
    assert linked(reader) > OF_A_DAY

    with time_machine.travel(NEXT_DAY, tick=False):
        assert linked(reader) & OF_A_DAY == set()
        assert linked(bank[0]) > OF_A_DAY, "a manager's customers are counted now"
        assert services.counts_record()
        assert linked(reader) > OF_A_DAY


def test_page_says_of_which_day_it_is(client: Client, bank: list[User]) -> None:
    reader = staff.supervisor()
    client.force_login(reader)
    words = "Who moved, and how soon instalments are due, is shown as of then"
    assert words not in client.get("/portfolio/").content.decode()

    with time_machine.travel(NEXT_DAY, tick=False):
        PortfolioCounting.objects.update(counted_at=NEXT_DAY)
        client.force_login(reader)  # yesterday's session is over
        said = client.get("/portfolio/").content.decode()

    assert words in said
    assert f"everybody was last counted on {NOON:%-d %b}" in said
    assert f"Customers by bank days from {NOON:%-d %b} to" in said
    assert '<a href="">' not in said


def test_new_bank_day_is_counted_however_long_the_last_count_took(bank: list[User]) -> None:
    PortfolioCounting.objects.update(counted_at=NEXT_DAY, took_ms=60_000)

    with time_machine.travel(NEXT_DAY, tick=False):
        assert services.counts_record()
        PortfolioCounting.objects.update(took_ms=60_000)
        assert not services.counts_record()


@pytest.mark.parametrize(
    ("speed", "words"), [(0.0, "Times are of Asia/Kolkata."), (60.0, "Times are real time in Asia/Kolkata;")]
)
def test_levels_over_time_say_by_which_clock(
    client: Client, settings: Settings, speed: float, words: str
) -> None:
    RiskTrendPoint.objects.create(at=NOON, level=Level.HIGH, customers=3)
    portfolios.bank(3)
    assert services.counts_record()
    settings.BANK_CLOCK_SPEED = speed
    client.force_login(staff.supervisor())

    assert words in client.get("/").content.decode()
    assert words in client.get("/portfolio/").content.decode()
