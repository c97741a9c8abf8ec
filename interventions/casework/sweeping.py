"""Doing the same with many rows that are due: each by itself, so that one that fails does not hold up the others."""

from collections.abc import Callable, Iterable

import structlog
from django.db import InterfaceError, OperationalError

from customers import bank_clock
from risk.alerts import raise_operational

MOST_NAMED = 20
log = structlog.get_logger(__name__)


def each(ids: Iterable[int], work: Callable[[int], bool], *, what: str, message: str) -> int:
    """Work on rows one after the other; those that fail are logged, told to operators once a bank day, and come again.

    Args:
        ids: Which rows.
        work: What is done with one, in a transaction of its own; whether it changed anything.
        what: Their name in the log and the alert, in the plural.
        message: The alert's, in a sentence.

    Returns:
        How many it changed.

    Raises:
        OperationalError, InterfaceError: the database is away, which is nothing about a single row.
    """
    done, failed = 0, []
    for each_id in ids:
        try:
            done += work(each_id)
        except (OperationalError, InterfaceError):
            raise
        except Exception:
            log.exception("passed over", what=what, id=each_id)
            failed.append(each_id)
    if failed:
        raise_operational(
            dedupe_key=f"{what}.passed_over.{bank_clock.today()}",
            message=message,
            detail={what: failed[:MOST_NAMED]},
        )
    return done
