"""Arrays out of and into PostgreSQL without touching single values in Python.

Turning rows into arrays was most of a refresh's time. PostgreSQL strings the binary form of every row together into one
value, which NumPy reads in place (half the time of an `array_agg` per column); a structured array with PostgreSQL's row
prefix in it is a binary COPY as it stands.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import psycopg
from django.db import connection
from numpy.typing import NDArray

Column = NDArray[Any]
COPY_HEADER = b"PGCOPY\n\xff\r\n\x00" + bytes(8)
COPY_TRAILER = b"\xff\xff"
WIDTHS = {"i8": 8, "f8": 8, "i4": 4, "i2": 2}
SENDERS = {"i8": "int8send", "f8": "float8send", "i4": "int4send", "i2": "int2send"}


def array_of(ids: list[int]) -> str:
    """Ids as PostgreSQL writes an array, a tenth of the work of having the driver do it; cast it where it is used."""
    return f"{{{','.join(map(str, ids))}}}"


def read_columns(
    columns: Mapping[str, tuple[str, str]], rows: str, params: Mapping[str, Any]
) -> dict[str, Column]:
    """Read columns of a query as arrays, in the order in which PostgreSQL finds the rows.

    Args:
        columns: (kind, expression) by name. Kinds are "i8" bigint, "i4" integer, "i2" smallint and "f8" double
            precision; an expression has exactly that type and is never NULL (its whole row would be missing).
        rows: What stands behind FROM.
        params: The parameters of both.

    Returns:
        One array per column, widened to int64 or float64.
    """
    connection.ensure_connection()
    with psycopg.Cursor(connection.connection) as cursor:
        cursor.execute(f"SELECT string_agg({_sent(columns)}, '') FROM {rows}", params, binary=True)
        found = cursor.fetchone()
    return _widened(columns, _records(columns, found[0] if found else None))


def read_sparse_columns(
    columns: Mapping[str, tuple[str, str]],
    rare: Mapping[str, tuple[str, str]],
    rows: str,
    params: Mapping[str, Any],
) -> dict[str, Column]:
    """The same where most rows have 0 in all of some columns: those are sent for the other rows only.

    Args:
        columns: As in `read_columns`.
        rare: Further columns, of integer kinds.
        rows: What stands behind FROM.
        params: The parameters of all.

    Returns:
        One array per column, the rare ones filled up with 0.
    """
    some = f"({' | '.join(f'({expression})::bigint' for _, expression in rare.values())}) <> 0"
    marked = {**columns, _IS_RARE: ("i2", f"({some})::int::smallint")}
    sent = f"string_agg({_sent(marked)}, ''), string_agg({_sent(rare)}, '') FILTER (WHERE {some})"
    connection.ensure_connection()
    with psycopg.Cursor(connection.connection) as cursor:
        cursor.execute(f"SELECT {sent} FROM {rows}", params, binary=True)
        found = cursor.fetchone() or (None, None)
    # Both values are strung together in the same order, so that the nth rare record belongs to the nth mark.
    read = _widened(marked, _records(marked, found[0]))
    places = np.flatnonzero(read.pop(_IS_RARE))
    for name, values in _widened(rare, _records(rare, found[1])).items():
        read[name] = np.zeros(len(read[next(iter(columns))]), dtype=np.int64)
        read[name][places] = values
    return read


_IS_RARE = "is_rare"


def _sent(columns: Mapping[str, tuple[str, str]]) -> str:
    return " || ".join(f"{SENDERS[kind]}({expression})" for kind, expression in columns.values())


def _records(columns: Mapping[str, tuple[str, str]], sent: bytes | None) -> Column:
    return np.frombuffer(sent or b"", dtype=[(name, f">{kind}") for name, (kind, _) in columns.items()])


def _widened(columns: Mapping[str, tuple[str, str]], records: Column) -> dict[str, Column]:
    return {
        name: records[name].astype(np.float64 if kind == "f8" else np.int64)
        for name, (kind, _) in columns.items()
    }


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
