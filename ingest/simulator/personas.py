"""Which persona a customer has: a stable hash of the bank id, whatever the portfolio and the seed."""

from hashlib import blake2b

import numpy as np

from ingest.simulator.arrays import Ints
from ingest.simulator.codes import Persona
from ingest.simulator.parameters import PARAMETERS


def persona_of(bank_id: str) -> Persona:
    """Say which persona a customer has.

    Args:
        bank_id: the customer's bank id.

    Returns:
        The persona; the shares over many ids are those of ``parameters.persona_shares``.
    """
    digest = blake2b(bank_id.encode(), digest_size=8, person=b"persona").digest()
    point = int.from_bytes(digest, "big") / 2**64
    edges = np.cumsum(PARAMETERS.persona_shares)
    return Persona(min(int(np.searchsorted(edges, point, side="right")), len(edges) - 1))


def personas_of(*, first: int, count: int) -> Ints:
    """Say the personas of the customers whose bank ids are ``first + 1`` to ``first + count``."""
    return np.array(
        [persona_of(str(number)) for number in range(first + 1, first + count + 1)], dtype=np.int64
    )
