"""Hints to browsers when a case changed: "what you look at changed", to whoever may see the customer."""

from collections.abc import Iterable
from functools import lru_cache

from django.db import transaction

from risk import hints


@lru_cache(maxsize=1)
def _publisher() -> hints.Publisher:
    """One per process, as it asks for."""
    return hints.make_publisher()


def announce(staff: Iterable[int | None]) -> None:
    """After the commit: tell those who see everybody, and these.

    Args:
        staff: Ids of the users who look after the customers, or did so until now; None is passed over.
    """
    groups = [hints.EVERYBODY, *map(hints.group_of_manager, sorted({each for each in staff if each}))]
    transaction.on_commit(lambda: _publisher().publish(groups))
