"""Two writers at once: the same rows in any order are stored once, and nobody waits for ever."""

import random
import threading
from collections.abc import Callable, Sequence

import pytest
from django.db import connection

from customers.models import Customer, Transaction
from ingest.schemas import Row
from ingest.tests.events import live_row
from ingest.tests.storing import keep, tiles

BATCH = 1_500
pytestmark = pytest.mark.django_db(transaction=True)


class Together:
    """Work done by threads at the same time, each with a connection of its own."""

    def __init__(self) -> None:
        self._threads: list[threading.Thread] = []
        self._errors: list[BaseException] = []

    def begin(self, work: Callable[[], object]) -> None:
        self._threads.append(threading.Thread(target=self._do, args=[work]))
        self._threads[-1].start()

    def end(self) -> None:
        for thread in self._threads:
            thread.join(60)
            assert not thread.is_alive()
        if self._errors:
            raise self._errors[0]

    def _do(self, work: Callable[[], object]) -> None:
        try:
            work()
        except BaseException as error:
            self._errors.append(error)
        finally:
            connection.close()


def in_random_batches(rows: Sequence[Row], seed: int, beginning: threading.Barrier) -> Callable[[], None]:
    """Store all rows in an order and in batches of one's own."""

    def work() -> None:
        chance = random.Random(seed)  # noqa: S311
        shuffled = chance.sample(rows, len(rows))
        for begin in range(0, len(rows), BATCH):
            beginning.wait(60)
            keep(shuffled[begin : begin + BATCH])

    return work


def test_same_rows_from_many_writers_are_stored_once() -> None:
    rows = [live_row(number) for number in range(2 * BATCH)]
    together, beginning = Together(), threading.Barrier(3)

    for seed in range(3):
        together.begin(in_random_batches(rows, seed, beginning))
    together.end()

    assert Transaction.objects.count() == 2 * BATCH
    assert Customer.objects.count() == 7
    assert sum(tile["txn_count"] for tile in tiles().values()) == 2 * BATCH
