"""Lots: stable, fair, and those of each design its own."""

import hashlib
from statistics import NormalDist

from hypothesis import given
from hypothesis import strategies as st

from interventions.effect.lots import is_drawn, lot

CUSTOMERS = 20_000
# One in a million is further out.
FAR = NormalDist().inv_cdf(1 - 5e-7)


@given(salt=st.text(max_size=64), customer_id=st.integers(1, 2**63 - 1))
def test_lot_is_the_same_whenever_it_is_drawn(salt: str, customer_id: int) -> None:
    drawn = lot(salt=salt, customer_id=customer_id)

    assert drawn == lot(salt=salt, customer_id=customer_id)
    assert 0 <= drawn < 1


def test_lot_is_the_first_digits_of_the_digest() -> None:
    digest = hashlib.sha256(b"salt:7").hexdigest()

    assert lot(salt="salt", customer_id=7) == int(digest[:13], 16) / 2**52


def test_share_of_the_drawn_is_the_share_asked_for() -> None:
    for share in (0.01, 0.1, 0.5):
        drawn = sum(is_drawn(salt="s", customer_id=each, share=share) for each in range(CUSTOMERS))

        spread = (CUSTOMERS * share * (1 - share)) ** 0.5
        assert abs(drawn - CUSTOMERS * share) < FAR * spread


def test_lots_of_two_designs_have_nothing_in_common() -> None:
    both = sum(
        is_drawn(salt="one", customer_id=each, share=0.5)
        and is_drawn(salt="two", customer_id=each, share=0.5)
        for each in range(CUSTOMERS)
    )

    assert abs(both - CUSTOMERS / 4) < FAR * (CUSTOMERS * 0.25 * 0.75) ** 0.5


def test_a_greater_share_keeps_whom_a_smaller_one_drew() -> None:
    for each in range(1_000):
        if is_drawn(salt="s", customer_id=each, share=0.1):
            assert is_drawn(salt="s", customer_id=each, share=0.2)


def test_nobody_is_drawn_with_no_share() -> None:
    assert not any(is_drawn(salt="s", customer_id=each, share=0.0) for each in range(1_000))
