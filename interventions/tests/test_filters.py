import dataclasses
import datetime as dt

import pytest
from django.http import QueryDict
from hypothesis import given
from hypothesis import strategies as st

from customers.models import Customer
from interventions.console.filters import Column, QueueAddress, QueueFilters
from interventions.console.paging import Position, Sort, position_of
from risk.levels import Hardship, Level
from risk.models import CurrentRisk
from risk.portfolio.cohorts import DueCohort, Was


def read(query: str) -> QueueAddress:
    return QueueAddress.read(QueryDict(query))


def test_address_reads_every_parameter() -> None:
    address = read(
        "q=+asha++rao&level=HIGH&level=LOW&due=4-7&was=NEW&hide=sla&hide=city&hardship=INCOME_SHOCK&city=Pune&rm=7&after=3_5.5_2026-03-01_12&open=9"
    )

    assert address.filters == QueueFilters(
        text="asha rao",
        levels=frozenset({Level.HIGH, Level.LOW}),
        hardship=Hardship.INCOME_SHOCK,
        city="Pune",
        manager_id=7,
        due=DueCohort.DAYS_4_7,
        was=Was.NEW,
    )
    assert address.after == Position(Sort.WORST, 0, (3, 5.5, dt.date(2026, 3, 1), 12))
    assert address.hidden == {Column.CITY, Column.SLA}
    assert address.open_id == 9


@pytest.mark.parametrize(
    "query",
    [
        "level=WORST",
        "level=high",
        "hardship=0",
        "rm=-1",
        "rm=²",
        "open=99999999999999999999",
        f"open={2**63}",
        pytest.param("rm=" + "1" * 5_000, id="rm=1…"),
        pytest.param("open=" + "0" * 5_000 + "1", id="open=0…1"),
        pytest.param("after=" + "1" * 5_000 + "_1_2026-01-01_4", id="after=1…"),
        "after=1_2_3",
        "level=HIGH&level=MEDIUM&level=LOW",
        "level[]=HIGH",
        "due=tomorrow",
        "was=high",
        "hide=customer",
        "sort=best",
        "view=0",
        "after=9_1_2026-01-01_4",
        "after=1_1_2026-01-01_0",
        "after=1_1_2026-01-01_99999999999999999999",
        "after=1_1_2026-13-01_4",
        "after=%00",
        "after=1_nan_2026-01-01_4",
        "after=1_1_2026-01-01_-4",
        "city=%00",
    ],
)
def test_address_leaves_out_what_it_cannot_read(query: str) -> None:
    assert read(query) == QueueAddress()


def test_query_leaves_out_empty_parameters() -> None:
    assert read("q=&level=&city=Pune&employment=").query() == "?city=Pune"


def test_new_filters_begin_at_the_first_page() -> None:
    address = read("city=Pune&after=3_5.5_2026-03-01_12&open=9")

    assert address.with_filters(levels=frozenset({Level.LOW})).query() == "?level=LOW&city=Pune"


def test_open_row_keeps_the_page() -> None:
    address = read("before=3_5.5_2026-03-01_12")

    assert address.with_open(9).query() == "?before=3_5.5_2026-03-01_12&open=9"


def test_level_is_added_and_taken_away_and_all_of_them_are_any() -> None:
    address = read("level=HIGH")

    assert address.with_level(Level.LOW).query() == "?level=HIGH&level=LOW"
    assert address.with_level(Level.HIGH).query() == "?"
    assert read("level=HIGH&level=LOW").with_level(Level.MEDIUM).query() == "?"


def test_everybody_has_a_word_where_the_bare_address_means_something_else() -> None:
    address = dataclasses.replace(read("level=HIGH&view=3&sort=due"), has_default=True)

    assert address.cleared().query() == "?sort=due"
    assert dataclasses.replace(address.cleared(), sort=Sort.WORST).query() == "?all=1"


def test_order_and_columns_go_from_page_to_page() -> None:
    address = read("sort=changed&hide=city&before=1772323200000000_7")

    assert address.query() == "?sort=changed&hide=city&before=1772323200000000_7"
    assert address.with_filters(city="Pune").query() == "?city=Pune&sort=changed&hide=city"
    assert address.with_sort(Sort.WORST).query() == "?hide=city"


@pytest.mark.parametrize("sort", Sort)
@pytest.mark.parametrize(
    "text",
    ["", "_", "0", "x_1", "1_1_1_1_1_1", "nan_4", "0_nan_4", "9" * 30, "0_-1", "1_x_y_4", "-5", "0_inf_3"],
)
def test_position_of_no_order_is_none(sort: Sort, text: str) -> None:
    assert Position.decode(text, sort) is None


RISKS = st.builds(
    CurrentRisk,
    level=st.sampled_from(Level),
    score=st.integers(0, 20).map(lambda halves: halves / 2),
    next_due_on=st.none() | st.dates(),
    probability=st.none() | st.floats(0, 1),
    band=st.none() | st.sampled_from(Level),
    changed_at=st.datetimes(timezones=st.just(dt.UTC)),
)


@given(
    risk=RISKS,
    sort=st.sampled_from(Sort),
    customer_id=st.integers(1, 2**63 - 1),
    name=st.text(max_size=5),
)
def test_position_survives_the_url(risk: CurrentRisk, sort: Sort, customer_id: int, name: str) -> None:
    customer = Customer(pk=customer_id, full_name=name)
    risk.customer = customer
    position = position_of(customer, sort)

    found = Position.decode(position.encode(), sort)

    assert found is not None
    assert (found.with_name(name) if found.wants_name else found) == position
    assert name not in position.encode() or len(name) < 2
