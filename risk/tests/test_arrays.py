"""Columns into PostgreSQL and out of it again, exactly."""

import numpy as np
import pytest
from django.db import connection

from risk.arrays import Column, copy_columns, read_columns, read_sparse_columns

KINDS = {"big": "i8", "whole": "i4", "small": "i2", "real": "f8"}

pytestmark = pytest.mark.django_db


def round_trip(columns: dict[str, Column]) -> dict[str, Column]:
    """Through a table; the column `big` is there and gives the order."""
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMP TABLE kept (big bigint, whole int, small smallint, real float8) ON COMMIT DROP"
        )
    copy_columns("kept", {name: (KINDS[name], values) for name, values in columns.items()})
    wanted = {name: (KINDS[name], name) for name in columns}
    return read_columns(wanted, "(SELECT * FROM kept ORDER BY big) AS kept", {})


def test_columns_come_back_as_they_went() -> None:
    columns = {
        "big": np.array([-(2**63), -1, 0, 2**63 - 1]),
        "whole": np.array([2**31 - 1, -(2**31), 0, 7]),
        "small": np.array([-(2**15), 2**15 - 1, 0, 1]),
        "real": np.array([0.1, -0.0, 1e300, float("inf")]),
    }

    read = round_trip(columns)

    assert {name: values.tolist() for name, values in read.items()} == {
        name: values.tolist() for name, values in columns.items()
    }
    assert [values.dtype for values in read.values()] == [np.int64, np.int64, np.int64, np.float64]


def test_many_rows_come_back() -> None:
    big = np.arange(70_000)

    read = round_trip({"big": big, "real": big / 3})

    assert (read["big"] == big).all()
    assert (read["real"] == big / 3).all()


def test_no_rows_come_back_as_empty_columns() -> None:
    read = round_trip({"big": np.empty(0, dtype=np.int64), "real": np.empty(0)})

    assert {values.shape for values in read.values()} == {(0,)}
    assert [values.dtype.name for values in read.values()] == ["int64", "float64"]


def test_dates_are_days_since_2000() -> None:
    read = read_columns(
        {"day": ("i4", "day - date '2000-01-01'")},
        "unnest(%(days)s::date[]) AS day",
        {"days": ["2000-01-01", "1999-12-31", "2026-02-17"]},
    )

    assert read["day"].tolist() == [0, -1, 9_544]


def test_rare_columns_are_filled_up_with_nothing() -> None:
    rows = "(VALUES (1, 0, 0::bigint), (2, 5, 0), (3, 0, -1099511627776::bigint), (4, 0, 0)) AS kept (id, lots, few)"

    read = read_sparse_columns(
        {"id": ("i4", "id"), "twice": ("f8", "2.0::float8 * id")},
        {"lots": ("i4", "lots"), "few": ("i8", "few")},
        f"(SELECT * FROM {rows} ORDER BY id) AS ordered",  # noqa: S608 - our own words
        {},
    )

    assert {name: values.tolist() for name, values in read.items()} == {
        "id": [1, 2, 3, 4],
        "twice": [2.0, 4.0, 6.0, 8.0],
        "lots": [0, 5, 0, 0],
        "few": [0, 0, -(2**40), 0],
    }


@pytest.mark.parametrize("rows", ["(VALUES (1)) AS kept (id) WHERE false", "(VALUES (1)) AS kept (id)"])
def test_rare_columns_may_be_empty(rows: str) -> None:
    read = read_sparse_columns({"id": ("i4", "id")}, {"none": ("i4", "0 * id")}, rows, {})

    assert read["none"].tolist() == [0] * len(read["id"])
