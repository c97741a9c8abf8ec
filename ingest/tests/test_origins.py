"""Runs of consecutive offsets: every row's offset can be told from them."""

from bisect import bisect_right
from types import SimpleNamespace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from ingest.event_log import Partition
from ingest.origins import NO_ORIGINS, origins_of

gaps = st.lists(st.integers(1, 3), max_size=20)


def sources(offsets_by_partition: dict[int, list[int]]) -> list[tuple[Partition, Any]]:
    found: list[tuple[Partition, Any]] = []
    for number, steps in offsets_by_partition.items():
        partition, offset = Partition("transactions", number), 0
        for step in steps:
            offset += step
            found.append((partition, SimpleNamespace(offset=offset)))
    return found


@given(steps=st.dictionaries(st.integers(0, 3), gaps, max_size=4))
def test_offset_and_log_of_every_row_are_told(steps: dict[int, list[int]]) -> None:
    rows = sources(steps)

    origins = origins_of(
        rows, log_ids={Partition("transactions", number): number + 10 for number in range(3)}
    )

    for index, (partition, message) in enumerate(rows):
        run = bisect_right(origins.begins, index) - 1
        assert index + origins.shifts[run] == message.offset
        assert origins.log_ids[run] == (partition.number + 10 if partition.number < 3 else None)


def test_batch_without_gaps_is_one_run() -> None:
    origins = origins_of(sources({0: [1] * 1000}), log_ids={})

    assert (origins.begins, origins.shifts, origins.log_ids) == ([0], [1], [None])


def test_nothing_is_told_of_rows_from_elsewhere() -> None:
    assert NO_ORIGINS.as_params() == {"begins": None, "shifts": None, "log_ids": None}
