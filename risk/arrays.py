"""Arrays out of and into PostgreSQL without touching single values in Python.

Turning rows into arrays was most of a refresh's time. A query that aggregates each column with `array_agg` answers
with one row of binary arrays, which NumPy reads in place; a structured array with PostgreSQL's row prefix in it is a
binary COPY as it stands.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import psycopg
from django.db import connection
from numpy.typing import NDArray

Column = NDArray[Any]
# Bytes before the elements of a one-dimensional array: dimensions, null flag, element type, length, lower bound.
ARRAY_HEADER = 20
COPY_HEADER = b"PGCOPY\n\xff\r\n\x00" + bytes(8)
COPY_TRAILER = b"\xff\xff"
WIDTHS = {"i8": 8, "f8": 8, "i4": 4, "i2": 2}


def read_columns(query: str, params: Mapping[str, Any], kinds: Sequence[str]) -> list[Column]:
    """Run a query that answers with one row of array_agg columns without NULLs.

    Args:
        query: SELECT array_agg(…), array_agg(…) …; every aggregate over the same rows.
        params: Its parameters.
        kinds: The element type of each column: "i8" bigint, "i4" integer or date (days since 2000-01-01),
            "i2" smallint, "f8" double precision.

    Returns:
        One array per column, widened to int64 or float64; empty where there was no row.
    """
    connection.ensure_connection()
    with psycopg.Cursor(connection.connection) as cursor:
        cursor.execute(query, params, binary=True)
        result = cursor.pgresult
        assert result is not None  # noqa: S101 - execute raised otherwise
        return [_column(result.get_value(0, index), kind) for index, kind in enumerate(kinds)]


def copy_columns(table: str, columns: Mapping[str, tuple[str, Column]]) -> None:
    """COPY columns of equal length, without NULLs, into a table.

    Args:
        table: A trusted table name.
        columns: (kind, values) by column name; kinds as in `read_columns`.
    """
    kinds = {name: kind for name, (kind, _) in columns.items()}
    layout: list[tuple[str, str]] = [("_fields", ">i2")]
    for name, kind in kinds.items():
        layout += [(f"_width_{name}", ">i4"), (name, f">{kind}")]
    count = len(next(iter(columns.values()))[1])
    rows = np.empty(count, dtype=layout)
    rows["_fields"] = len(columns)
    for name, (kind, values) in columns.items():
        rows[f"_width_{name}"] = WIDTHS[kind]
        rows[name] = values
    names = ", ".join(columns)
    with psycopg.Cursor(connection.connection) as cursor:  # noqa: SIM117
        with cursor.copy(f"COPY {table} ({names}) FROM STDIN (FORMAT BINARY)") as copy:
            copy.write(COPY_HEADER + rows.tobytes() + COPY_TRAILER)


def _column(raw: bytes | None, kind: str) -> Column:
    wide = np.float64 if kind == "f8" else np.int64
    if raw is None:
        return np.empty(0, dtype=wide)
    element = np.dtype([("width", ">i4"), ("value", f">{kind}")])
    return np.frombuffer(raw, dtype=element, offset=ARRAY_HEADER)["value"].astype(wide)
