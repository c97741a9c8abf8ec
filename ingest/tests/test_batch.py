"""What the messages of one poll come to."""

from hypothesis import given
from hypothesis import strategies as st

from ingest.batch import Batch, Judge, read
from ingest.event_log import Partition
from ingest.tests.events import CURRENCY, PARTITION, WINDOW, ZONE, polled, raw

GOOD = raw()
BAD = b'{"amount": "?"}'
OLD = raw(timestamp="1999-01-01T00:00:00")
OTHER = Partition("transactions", 5)


def judge(*, limit: int = 3, accept_through: int = 0) -> Judge:
    """A judge that halts after `limit` invalid messages in a row."""
    return Judge(
        window=WINDOW,
        zone=ZONE,
        currency=CURRENCY,
        invalid_run_limit=limit,
        accept_through={PARTITION: accept_through},
    )


def of(pattern: str) -> list[bytes | None]:
    """`g` for good messages, `b` for bad ones."""
    return [GOOD if letter == "g" else BAD for letter in pattern]


def read_one(pattern: str, *, by: Judge, first: int = 0, run: int = 0) -> Batch:
    return read([polled(of(pattern), first=first)], judge=by, runs={PARTITION: run})


def letter_offsets(batch: Batch) -> list[int]:
    return [letter.message.offset for letter in batch.letters]


def row_offsets(batch: Batch) -> list[int]:
    return [message.offset for _, message in batch.sources]


def test_invalid_messages_become_dead_letters_among_good_ones() -> None:
    batch = read_one("gbgbbg", by=judge(), first=40)

    assert row_offsets(batch) == [40, 42, 45]
    assert letter_offsets(batch) == [41, 43, 44]
    assert batch.slices[0].next_position == 46
    assert not batch.halted


def test_letters_say_why_and_where() -> None:
    batch = read([polled([None, OLD, BAD])], judge=judge(), runs={})

    assert [letter.reason for letter in batch.letters] == ["invalid", "out_of_window", "invalid"]
    assert batch.letters[0].error == "the message has no value"
    assert batch.letters[2].partition == PARTITION


def test_sources_match_rows() -> None:
    batch = read([polled([raw(transaction_id="a"), BAD, raw(transaction_id="b")])], judge=judge(), runs={})

    assert [row.transaction_id for row in batch.rows] == ["a", "b"]
    assert len(batch.sources) == len(batch.rows)


def test_a_run_at_the_limit_is_kept() -> None:
    batch = read_one("gbbbg", by=judge(limit=3))

    assert not batch.halted
    assert letter_offsets(batch) == [1, 2, 3]


def test_a_longer_run_halts_before_it_and_keeps_what_came_first() -> None:
    batch = read_one("gbggbbbbg", by=judge(limit=3), first=10)

    assert batch.halted == {PARTITION: 14}
    assert row_offsets(batch) == [10, 12, 13]
    assert letter_offsets(batch) == [11]
    assert [(len(part.messages), part.first_position, part.next_position) for part in batch.slices] == [
        (4, 10, 14)
    ]


def test_a_run_from_the_first_message_on_keeps_nothing() -> None:
    batch = read_one("bbbbg", by=judge(limit=3), first=7)

    assert batch.halted == {PARTITION: 7}
    assert (batch.slices, batch.rows, batch.letters) == ([], [], [])


def test_a_run_is_counted_across_batches() -> None:
    first = read_one("gbb", by=judge(limit=3))
    second = read_one("bb", by=judge(limit=3), first=3, run=first.runs[PARTITION])

    assert first.runs == {PARTITION: 2}
    assert second.halted == {PARTITION: 3}


def test_a_good_message_ends_a_run_across_batches() -> None:
    batch = read_one("bgbb", by=judge(limit=3), run=2)

    assert not batch.halted
    assert batch.runs == {PARTITION: 2}


def test_other_partitions_go_on_beside_a_halted_one() -> None:
    slices = [polled(of("bbbb")), polled(of("gb"), partition=OTHER)]

    batch = read(slices, judge=judge(limit=3), runs={})

    assert set(batch.halted) == {PARTITION}
    assert [part.partition for part in batch.slices] == [OTHER]
    assert [letter.partition for letter in batch.letters] == [OTHER]


def test_messages_a_person_has_accepted_do_not_halt() -> None:
    batch = read_one("bbbbbg", by=judge(limit=3, accept_through=5))

    assert not batch.halted
    assert letter_offsets(batch) == [0, 1, 2, 3, 4]


def test_a_run_beyond_the_accepted_messages_halts_and_keeps_those() -> None:
    batch = read_one("gbbbbbbbb", by=judge(limit=3, accept_through=5))

    assert batch.halted == {PARTITION: 5}
    assert row_offsets(batch) == [0]
    assert letter_offsets(batch) == [1, 2, 3, 4]
    assert [part.next_position for part in batch.slices] == [5]


def test_gaps_in_offsets_do_not_matter() -> None:
    part = polled(of("gg"))
    part.next_position = 9

    batch = read([part], judge=judge(), runs={})

    assert batch.slices[0].next_position == 9


@given(
    st.text("gb", max_size=40), st.integers(0, 5), st.integers(0, 45), st.integers(0, 6), st.integers(1, 40)
)
def test_whatever_is_kept_is_the_beginning_of_the_slice(
    pattern: str, limit: int, accept_through: int, run: int, first: int
) -> None:
    by = judge(limit=limit, accept_through=accept_through)
    batch = read_one(pattern, by=by, first=first, run=min(run, limit))

    kept = sorted(row_offsets(batch) + letter_offsets(batch))
    end = batch.halted.get(PARTITION, first + len(pattern))
    assert kept == list(range(first, end))
    assert row_offsets(batch) == [
        first + i for i, letter in enumerate(pattern) if letter == "g" and first + i < end
    ]


@given(st.text("gb", max_size=40), st.lists(st.integers(1, 6), min_size=1), st.integers(1, 4))
def test_how_messages_are_batched_does_not_decide_whether_they_halt(
    pattern: str, sizes: list[int], limit: int
) -> None:
    whole = read_one(pattern, by=judge(limit=limit))
    run, begin, halted = 0, 0, False
    while begin < len(pattern) and not halted:
        size = sizes[begin % len(sizes)]
        part = read_one(pattern[begin : begin + size], by=judge(limit=limit), first=begin, run=run)
        halted, run, begin = bool(part.halted), part.runs.get(PARTITION, 0), begin + size

    assert halted == bool(whole.halted)
