import datetime as dt

import pytest
from django.http import QueryDict
from hypothesis import given
from hypothesis import strategies as st

from interventions.console.filters import QueueAddress, QueueFilters
from interventions.console.paging import Position
from risk.levels import Hardship, Level


def read(query: str) -> QueueAddress:
    return QueueAddress.read(QueryDict(query))


def test_address_reads_every_parameter() -> None:
    address = read(
        "q=+asha++rao&level=HIGH&hardship=INCOME_SHOCK&city=Pune&rm=7&after=3_5.5_2026-03-01_12&open=9"
    )

    assert address.filters == QueueFilters(
        text="asha rao", level=Level.HIGH, hardship=Hardship.INCOME_SHOCK, city="Pune", manager_id=7
    )
    assert address.after == Position(3, 5.5, dt.date(2026, 3, 1), 12)
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

    assert address.with_filters(level=Level.LOW).query() == "?level=LOW&city=Pune"


def test_open_row_keeps_the_page() -> None:
    address = read("before=3_5.5_2026-03-01_12")

    assert address.with_open(9).query() == "?before=3_5.5_2026-03-01_12&open=9"


@given(
    level=st.sampled_from(Level),
    score=st.integers(0, 20).map(lambda halves: halves / 2),
    due_on=st.dates(),
    customer_id=st.integers(1, 2**63 - 1),
)
def test_position_survives_the_url(level: Level, score: float, due_on: dt.date, customer_id: int) -> None:
    position = Position(level, score, due_on, customer_id)

    assert Position.decode(position.encode()) == position
