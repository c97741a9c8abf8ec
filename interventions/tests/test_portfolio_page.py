"""The portfolio page: each mark, its table, its file and the queue behind it say the same number."""

import csv
import datetime as dt
import io
import re
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import User
from django.http import QueryDict
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from audit.models import AuditEvent
from customers import bank_clock, roles
from customers.models import Customer
from customers.tests.factories import CustomerFactory, LoanFactory
from interventions.console.charts import Chart, Unit
from interventions.console.filters import QueueAddress, QueueFilters
from interventions.console.portfolio import page
from interventions.console.portfolio.address import By, Over, PortfolioAddress
from interventions.console.portfolio.links import queue_url
from interventions.console.portfolio.matrix import Direction, Matrix, direction, heat_of
from interventions.console.queue import finding
from interventions.tests import portfolios, staff
from interventions.tests.factories import CurrentRiskFactory
from risk.levels import Hardship, Level
from risk.models import PortfolioCounting, RiskTrendPoint
from risk.portfolio import selectors, services
from risk.portfolio.cohorts import Was
from risk.tests.factories import NOON

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def at_noon() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOON, tick=False) as clock:
        yield clock


@pytest.fixture
def bank() -> list[User]:
    made = portfolios.bank(90)
    # No address says where it begins.
    staff.assessed(city=" Agra")
    services.counts_record()
    return made


@pytest.fixture(params=["manager", "supervisor", "compliance", "analyst"])
def reader(request: pytest.FixtureRequest, bank: list[User]) -> User:
    if request.param == "manager":
        return bank[0]
    role = {
        "supervisor": roles.SUPERVISORS,
        "compliance": roles.COMPLIANCE_OFFICERS,
        "analyst": roles.ANALYSTS,
    }
    return staff.user(request.param, role[request.param])


def charts_of(user: User, **address: Any) -> list[Chart]:
    counted = selectors.portfolio(user)
    assert counted
    return page.charts_of(counted, user=user, address=PortfolioAddress(**address), until=timezone.now())


def marks(user: User) -> Iterator[tuple[int, QueueFilters]]:
    """Each number of customers that leads somewhere, and where to."""
    for by in By:
        for chart in charts_of(user, by=by):
            for series in chart.series:
                if (series.unit or chart.unit) != Unit.NUMBER:
                    continue
                for value, link in zip(series.values, series.links, strict=False):
                    if link:
                        query = QueryDict(link.removeprefix("/queue/?"))
                        assert value is not None
                        yield int(value), QueueAddress.read(query).filters


def test_each_mark_leads_to_as_many(reader: User) -> None:
    found = list(marks(reader))

    assert len(found) > 100
    for customers, filters in found:
        cut = filters.cut
        assert cut
        counted = selectors.count_of(user=reader, cut=cut)
        assert counted
        assert counted.customers == customers, filters
        people = finding.matching_customers(user=reader, filters=filters)
        assert people.in_queue(filters).count() == customers, filters


def test_queue_says_the_number_of_the_mark(client: Client, bank: list[User]) -> None:
    reader = staff.supervisor()
    client.force_login(reader)
    [chart] = [each for each in charts_of(reader) if each.key == "moves"]

    for series in chart.series:
        for value, link in zip(series.values, series.links, strict=True):
            said = client.get(link).content.decode()
            summary = re.search(r'class="[^"]*summary[^"]*">(.*?)</p>', said, re.DOTALL)
            assert summary
            number = re.search(r"[\d,]+", re.sub(r"<[^>]*>", " ", summary[1]))
            # Of nobody the queue says so in words.
            assert (int(number[0]) if number else 0) == value, link


def test_each_chart_counts_everybody_once(reader: User) -> None:
    everybody = Customer.objects.visible_to(reader).filter(risk__isnull=False).count()
    for chart in charts_of(reader):
        if chart.key.startswith(("loss", "trend")):
            continue
        assert sum(value or 0 for series in chart.series for value in series.values) == everybody, chart.key


def test_expected_loss_is_the_same_by_whatever_it_is_split(reader: User) -> None:
    sums = []
    for by in By:
        loss, customers, spoken_of = charts_of(reader, by=by)[-1].series
        sums.append([round(sum(value or 0 for value in each.values), 0) for each in (customers, spoken_of)])
        sums[-1].append(round(sum(value or 0 for value in loss.values) / 10))
    assert sums[0] == sums[1] == sums[2]


def test_what_no_address_says_has_no_link(bank: list[User]) -> None:
    chart = charts_of(staff.supervisor())[-1]
    by_name = dict(zip(chart.categories, chart.series[0].links, strict=True))

    assert by_name["All others"] == ""
    assert by_name.get("Not known", "") == ""
    assert queue_url(QueueFilters(city=" Agra")) == ""
    assert queue_url(QueueFilters(city="Agra")) == "/queue/?city=Agra"


@pytest.mark.parametrize("role", ["supervisor", "manager"])
def test_file_of_levels_over_time_ends_where_the_page_does(
    client: Client, bank: list[User], at_noon: time_machine.Traveller, role: str
) -> None:
    now = timezone.now()
    for minute in range(0, 1440, 7):
        at = now - dt.timedelta(minutes=minute)
        RiskTrendPoint.objects.create(at=at, level=Level.HIGH, customers=minute)
    reader = staff.supervisor() if role == "supervisor" else bank[0]
    client.force_login(reader)
    [chart] = [each for each in charts_of(reader) if each.key == "trend-24h"]
    at_noon.shift(dt.timedelta(minutes=5))

    content = client.get("/portfolio/" + chart.csv_url).content.decode("utf-8-sig")

    shown = [[cell.text.replace("–", "").replace(",", "") for cell in row.cells] for row in chart.rows]
    assert [row[1:] for row in csv.reader(io.StringIO(content))][1:] == shown
    if role == "supervisor":
        [later] = [each for each in charts_of(reader) if each.key == "trend-24h"]
        assert [list(row.cells) for row in later.rows] != [list(row.cells) for row in chart.rows]


@pytest.mark.parametrize(
    "until", ["", "soon", "2026-01-01T00:00", "1999-01-01T00:00:00+00:00", "9999-01-01T00:00:00+00:00"]
)
def test_file_whose_moment_is_none_ends_now(client: Client, bank: list[User], until: str) -> None:
    client.force_login(staff.supervisor())
    RiskTrendPoint.objects.create(at=timezone.now(), level=Level.HIGH, customers=7)

    response = client.get("/portfolio/", {"csv": "trend-24h", "until": until})

    assert response.content.decode().splitlines()[-1].endswith(",7,0")


@pytest.mark.parametrize("by", By)
def test_file_holds_the_numbers_of_the_table(client: Client, reader: User, by: By) -> None:
    client.force_login(reader)
    for chart in charts_of(reader, by=by):
        if chart.is_empty:
            continue
        response = client.get("/portfolio/" + chart.csv_url)

        header, *rows = list(csv.reader(io.StringIO(response.content.decode("utf-8-sig"))))
        assert header == [chart.category_name, *chart.headers]
        for row, shown in zip(rows, chart.rows, strict=True):
            assert row[0].removeprefix("'") == shown.header
            texts = [cell.text.replace(",", "").replace("₹", "").replace("–", "") for cell in shown.cells]
            assert row[1:] == texts
        assert response["Content-Type"] == "text/csv; charset=utf-8"
    exports = AuditEvent.objects.filter(action="portfolio.exported", actor_id=reader.pk)
    assert exports.count() == sum(not chart.is_empty for chart in charts_of(reader, by=by))


def test_city_like_a_formula_is_text_in_the_file(client: Client) -> None:
    customer = CustomerFactory.create(city="=HYPERLINK(0)")
    LoanFactory.create(customer=customer)
    CurrentRiskFactory.create(customer=customer, model_id=1, probability=0.5, band=Level.LOW)
    services.counts_record()
    client.force_login(staff.supervisor())

    lines = client.get("/portfolio/?csv=loss-by-city").content.decode().splitlines()

    assert lines[1] == "'=HYPERLINK(0),40500,1,1"


@pytest.mark.parametrize(
    "query",
    [
        "?by=nothing&over=1",
        "?by=%00&over=99999999999999999999",
        "?by[]=city",
        "?by=city&by=rm",
        "?over=" + "9" * 5_000,
    ],
)
def test_address_that_cannot_be_understood_is_the_usual_one(
    client: Client, bank: list[User], query: str
) -> None:
    client.force_login(staff.supervisor())

    assert client.get(f"/portfolio/{query}").status_code == 200


@pytest.mark.parametrize("key", ["", "unknown", "%00", "trend-24h", "loss-by-rm"])
def test_file_of_what_is_not_shown_is_not_there(client: Client, bank: list[User], key: str) -> None:
    client.force_login(staff.supervisor())

    assert client.get(f"/portfolio/?csv={key}").status_code == 404
    assert not AuditEvent.objects.filter(action="portfolio.exported").exists()


def test_manager_reads_of_own_customers_alone(client: Client, bank: list[User]) -> None:
    client.force_login(bank[0])

    said = client.get("/portfolio/").content.decode()

    own = Customer.objects.visible_to(bank[0]).count()
    assert f'<b class="figure">{own}</b> customers of yours' in said


def test_nobody_without_a_role_reads_it(client: Client, bank: list[User]) -> None:
    client.force_login(staff.user("stranger"))

    assert client.get("/portfolio/").status_code == 403


def test_before_the_first_count_it_says_so(client: Client) -> None:
    client.force_login(staff.supervisor())

    said = client.get("/portfolio/").content.decode()

    assert 'data-portfolio="counting"' in said
    assert "The portfolio is being counted" in said
    assert client.get("/portfolio/?csv=dues").status_code == 404


@pytest.mark.parametrize(
    ("is_manager", "words"), [(True, "No customers are yours yet"), (False, "Nobody has been")]
)
def test_empty_portfolio_says_what_would_fill_it(client: Client, is_manager: bool, words: str) -> None:
    services.counts_record()
    client.force_login(staff.manager() if is_manager else staff.supervisor())

    said = client.get("/portfolio/").content.decode()

    assert 'data-portfolio="ready"' in said
    assert words in said
    assert "data-chart" not in said


def test_without_a_model_no_loss_is_stated(client: Client) -> None:
    portfolios.bank(10, has_model=False)
    services.counts_record()
    client.force_login(staff.supervisor())

    said = client.get("/portfolio/").content.decode()

    assert "No model says a probability of any of these customers" in said


def test_number_of_queries_does_not_depend_on_customers(
    client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    found = []
    for size in (5, 60):
        portfolios.bank(size, seed=size)
        PortfolioCounting.objects.all().delete()
        services.counts_record()
        client.force_login(
            User.objects.filter(username="boss").first() or staff.user("boss", roles.SUPERVISORS)
        )
        client.get("/portfolio/?by=rm")
        with django_assert_max_num_queries(20) as counted:
            client.get("/portfolio/?by=rm")
        found.append(len(counted))

    assert found[0] == found[1]


def test_partial_answers_the_region_alone(client: Client, bank: list[User]) -> None:
    client.force_login(staff.supervisor())

    said = client.get(
        "/portfolio/", headers={"HX-Request": "true", "HX-Request-Type": "partial"}
    ).content.decode()

    assert 'id="portfolio"' in said
    assert "<html" not in said


@pytest.mark.parametrize(
    ("was", "level", "way"),
    [
        (Was.HIGH, Level.LOW, Direction.BETTER),
        (Was.HIGH, Level.HIGH, Direction.SAME),
        (Was.LOW, Level.MEDIUM, Direction.WORSE),
        (Was.NEW, Level.HIGH, Direction.NEW),
    ],
)
def test_direction(was: Was, level: Level, way: Direction) -> None:
    assert direction(was, level) is way


@pytest.mark.parametrize(
    ("value", "total", "heat"), [(0, 0, 0), (0, 9, 0), (1, 100, 1), (50, 100, 3), (100, 100, 5)]
)
def test_heat(value: int, total: int, heat: int) -> None:
    assert heat_of(value, total) == heat


def test_matrix_says_where_everybody_was(bank: list[User]) -> None:
    matrix = Matrix(charts_of(staff.supervisor())[1])
    today = bank_clock.today()

    lines = {line.name: [int(way.text) for way in line.ways] for line in matrix.lines}

    assert matrix.levels == ["▲ HIGH", "◆ MEDIUM", "● LOW"]
    for was in Was:
        people = [
            each for each in Customer.objects.filter(risk__isnull=False) if portfolios.was(each, today) is was
        ]
        expected = [sum(each.risk.level == level for each in people) for level in reversed(Level)]
        assert lines[str(was.label)] == expected


def test_bars_are_sorted_and_dues_in_the_order_of_time(bank: list[User]) -> None:
    levels, _moves, _trend, split, segments, dues, _losses = charts_of(staff.supervisor())

    for chart in (levels, split, segments):
        totals = [sum(values) for values in zip(*(series.values for series in chart.series), strict=True)]
        assert totals == sorted(totals, reverse=True)
    assert dues.categories[:2] == ["Overdue", "In 0–3 days"]


def test_counts_of_a_while_ago_are_called_so_and_the_trend_has_its_own_time(client: Client) -> None:
    CurrentRiskFactory()
    services.counts_record()
    reader, noted_at = staff.supervisor(), NOON + dt.timedelta(minutes=9)
    RiskTrendPoint.objects.create(at=noted_at, level=Level.LOW, customers=1)
    client.force_login(reader)
    stale = "Nobody has counted for a while"

    with time_machine.travel(NOON + dt.timedelta(minutes=2), tick=False):
        assert stale not in client.get("/portfolio/").content.decode()
    with time_machine.travel(NOON + dt.timedelta(minutes=10), tick=False):
        assert stale in client.get("/portfolio/").content.decode()
        times = {chart.key: chart.as_of for chart in charts_of(reader)}

    assert times.pop("trend-24h") == noted_at
    assert set(times.values()) == {NOON}


def test_address_keeps_what_is_not_usual() -> None:
    address = PortfolioAddress.read(QueryDict("by=rm&over=90d"))

    assert address == PortfolioAddress(by=By.MANAGER, over=Over.QUARTER)
    assert address.query(csv="x") == "?by=rm&over=90d&csv=x"
    assert PortfolioAddress().query() == "?"
    assert dict(address.by_each())[By.CITY] == "?over=90d"


def test_hardship_is_filtered_by_its_own_name() -> None:
    assert queue_url(QueueFilters(hardship=Hardship.NONE, levels=frozenset({Level.HIGH}))) == (
        "/queue/?level=HIGH&hardship=NONE"
    )
