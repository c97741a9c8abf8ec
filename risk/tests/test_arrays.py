"""Columns into PostgreSQL and out of it again, exactly."""

import numpy as np
import pytest
from django.db import connection

from risk.arrays import Column, copy_columns, read_columns

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
