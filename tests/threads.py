"""A second connection at work at the same time, stopped where a test wants to look."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection, transaction

PATIENCE_SECONDS = 30.0


class Elsewhere:
    """Work in another thread, and so on another connection."""

    def __init__(self, work: Callable[["Elsewhere"], Any]) -> None:
        self.result: Any = None
        self.error: BaseException | None = None
        self._paused, self._go_on = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, args=[work], daemon=True)
        self._thread.start()

    def pause(self) -> None:
        """Called by the work: say that it is here, and wait until the test lets it go on."""
        self._paused.set()
        assert self._go_on.wait(PATIENCE_SECONDS), "nobody let the work go on"

    def until_paused(self) -> None:
        """Wait until the work has come to its pause."""
        assert self._paused.wait(PATIENCE_SECONDS), "the work never came to its pause"
        self._raise()

    def finish(self) -> Any:
        """Let the work go on to its end; returns its result."""
        self._go_on.set()
        self._thread.join(PATIENCE_SECONDS)
        assert not self._thread.is_alive(), "the work never ended"
        self._raise()
        return self.result

    def _run(self, work: Callable[["Elsewhere"], Any]) -> None:
        try:
            self.result = work(self)
        except BaseException as error:
            self.error = error
        finally:
            connection.close()
            self._paused.set()

    def _raise(self) -> None:
        if self.error:
            raise self.error


@contextmanager
def uncommitted(work: Callable[[], Any]) -> Iterator[Elsewhere]:
    """Work that another transaction has done but not committed while the body runs; it commits at the end."""

    def in_transaction(elsewhere: Elsewhere) -> Any:
        with transaction.atomic():
            result = elsewhere.result = work()
            elsewhere.pause()
        return result

    elsewhere = Elsewhere(in_transaction)
    try:
        elsewhere.until_paused()
        yield elsewhere
    finally:
        elsewhere.finish()


def until_somebody_waits_for_a_lock() -> None:
    """Return once a connection to this database waits for another's lock."""
    waited = threading.Event()
    for _ in range(int(PATIENCE_SECONDS / 0.01)):
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database()"
                " AND wait_event_type = 'Lock')"
            )
            if cursor.fetchone()[0]:
                return
        waited.wait(0.01)
    raise AssertionError("nobody came to wait for a lock")
