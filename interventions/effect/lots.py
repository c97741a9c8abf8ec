"""The lot of the holdout: who is left without help for a while, by a number that nobody can choose. Pure.

A design's salt and the customer's id give the number, so that a customer keeps their lot as long as the design holds,
whatever the order of cases, and draws anew with the next design. The database draws it once more (migration 0008).
"""

import hashlib

BITS = 52
_DIGITS = BITS // 4


def lot(*, salt: str, customer_id: int) -> float:
    """A number from 0 up to 1 that is as good as random; exact in a double, so that PostgreSQL finds the same."""
    digest = hashlib.sha256(f"{salt}:{customer_id}".encode()).hexdigest()
    return int(digest[:_DIGITS], 16) / float(2**BITS)


def is_drawn(*, salt: str, customer_id: int, share: float) -> bool:
    """Whether a customer is held out.

    Args:
        salt: The design's.
        customer_id: The customer's database id.
        share: The probability of being held out, 0 to 0.5.
    """
    return lot(salt=salt, customer_id=customer_id) < share
