"""Work on many customers, in halves where it fails, until those for whom it does are found."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from django.db import InterfaceError, OperationalError
from numpy.typing import NDArray

# Where the failures are many, it is hardly a matter of customers: then whole parts are given up, in good time.
MOST_SEARCHED = 30

Indices = NDArray[np.int64]


@dataclass(frozen=True)
class Failed:
    """For whom the work could not be done, ascending, and why for each part of them."""

    indices: Indices
    errors: list[Exception]


def in_halves(work: Callable[[Indices], None], indices: Indices) -> Failed:
    """Do the work of as many customers at once as it can be done for.

    Args:
        work: Called with some of the indices at a time, never with the same one again once it has succeeded.
        indices: Which customers, ascending.

    Raises:
        OperationalError, InterfaceError: the database is away, which is nobody's fault.
    """
    failed: list[Indices] = []
    errors: list[Exception] = []
    waiting = [indices] if indices.size else []
    while waiting:
        some = waiting.pop()
        try:
            work(some)
        except (OperationalError, InterfaceError):
            raise
        except Exception as error:
            if some.size > 1 and len(failed) < MOST_SEARCHED:
                middle = some.size // 2
                waiting += [some[middle:], some[:middle]]
            else:
                failed.append(some)
                errors.append(error)
    return Failed(np.concatenate(failed) if failed else indices[:0], errors)
