"""Sealing: each event gets its place in the chain, in batches, by one sealer at a time.

The database does it (migration 0003): the application's role may ask for it, and cannot write a seal itself. What waits
is in a queue that a trigger fills with each event, so an event that is committed late is sealed late and never skipped,
and the number of sealed rows does not matter.
"""

import time

from django.db import connection

BATCH = 2_000


def seal_batch(*, most: int = BATCH) -> int | None:
    """Seal the next events, in a transaction of their own.

    Returns:
        How many; None when another sealer is at work.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT public.equilibrate_audit_seal(%s)", [most])
        sealed: int | None = cursor.fetchone()[0]
    return sealed


def seal(*, until: float = float("inf"), most: int = BATCH) -> int:
    """Seal what waits, batch by batch.

    Args:
        until: begin no batch after this moment of `time.monotonic()`.
        most: events in a batch.

    Returns:
        How many were sealed.
    """
    total = 0
    while time.monotonic() < until:
        sealed = seal_batch(most=most)
        total += sealed or 0
        if sealed is None or sealed < most:
            break
    return total


def requeue() -> int:
    """Queue every event that has neither a seal nor a place in the queue; there should be none.

    Returns:
        How many were found.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT public.equilibrate_audit_requeue()")
        queued: int = cursor.fetchone()[0]
    return queued
