"""Intervals: values printed in the papers, and how often they cover the truth."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from interventions.effect.intervals import Counted, Estimate, Stratum, stratified_difference, wilson


def difference(first: Counted, second: Counted) -> Estimate:
    """The first share less the second: of one stratum alone."""
    return stratified_difference([Stratum(first, second)])


# Newcombe 1998, table II, method 10.
@pytest.mark.parametrize(
    ("first", "second", "low", "high"),
    [
        ((56, 70), (48, 80), 0.0524, 0.3339),
        ((9, 10), (3, 10), 0.1705, 0.8090),
        ((6, 7), (2, 7), 0.0582, 0.8062),
        ((5, 56), (0, 29), -0.0381, 0.1926),
        ((0, 10), (0, 20), -0.1611, 0.2775),
        ((0, 10), (0, 10), -0.2775, 0.2775),
        ((10, 10), (0, 20), 0.6791, 1.0),
        ((10, 10), (0, 10), 0.6075, 1.0),
    ],
)
def test_difference_is_as_printed(
    first: tuple[int, int], second: tuple[int, int], low: float, high: float
) -> None:
    found = difference(Counted(*first), Counted(*second))

    assert found.value == pytest.approx(first[0] / first[1] - second[0] / second[1])
    assert found.low == pytest.approx(low, abs=5e-5)
    assert found.high == pytest.approx(high, abs=5e-5)


# Newcombe 1998 (the single proportion, Statistics in Medicine 17, 857–872), table I, method 3.
@pytest.mark.parametrize(
    ("hits", "of", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_share_is_as_printed(hits: int, of: int, low: float, high: float) -> None:
    found = wilson(Counted(hits, of))

    assert found.low == pytest.approx(low, abs=5e-5)
    assert found.high == pytest.approx(high, abs=5e-5)


@st.composite
def counted(draw: st.DrawFn) -> Counted:
    of = draw(st.integers(1, 5_000))
    return Counted(draw(st.integers(0, of)), of)


@given(counted())
def test_share_lies_within_its_limits(each: Counted) -> None:
    found = wilson(each)

    assert 0 <= found.low <= found.value <= found.high <= 1


@given(counted(), counted())
def test_difference_lies_within_its_limits_and_turns_with_its_arms(first: Counted, second: Counted) -> None:
    found, turned = difference(first, second), difference(second, first)

    assert -1 - 1e-9 <= found.low <= found.value <= found.high <= 1 + 1e-9
    assert turned.low == pytest.approx(-found.high)
    assert turned.high == pytest.approx(-found.low)


@given(st.lists(st.tuples(counted(), counted()), min_size=1, max_size=6))
def test_strata_average_by_their_sizes(pairs: list[tuple[Counted, Counted]]) -> None:
    strata = [Stratum(*pair) for pair in pairs]

    found = stratified_difference(strata)

    whole = sum(each.size for each in strata)
    mean = sum((each.treated.share - each.held_out.share) * each.size / whole for each in strata)
    assert found.value == pytest.approx(mean)
    assert found.low - 1e-9 <= found.value <= found.high + 1e-9


def test_pooling_designs_of_different_shares_would_mislead_and_strata_do_not() -> None:
    """In a bad month a tenth was held out, in a good one half; help did nothing in either."""
    bad = Stratum(treated=Counted(3_600, 9_000), held_out=Counted(400, 1_000))
    good = Stratum(treated=Counted(500, 5_000), held_out=Counted(500, 5_000))

    pooled = difference(Counted(4_100, 14_000), Counted(900, 6_000))
    found = stratified_difference([bad, good])

    assert pooled.low > 0.1
    assert found.low < 0 < found.high
    assert found.value == pytest.approx(0)


@pytest.mark.parametrize(
    ("sizes", "shares"),
    [
        ([(900, 100)], [(0.10, 0.16)]),
        ([(60, 60)], [(0.05, 0.05)]),
        ([(450, 50), (300, 300)], [(0.30, 0.35), (0.08, 0.12)]),
    ],
)
def test_interval_covers_the_truth_about_as_often_as_it_says(
    sizes: list[tuple[int, int]], shares: list[tuple[float, float]]
) -> None:
    draws = np.random.default_rng(5)
    whole = sum(map(sum, sizes))
    truth = sum((one - other) * sum(size) / whole for size, (one, other) in zip(sizes, shares, strict=True))
    times, covered = 2_000, 0
    for _ in range(times):
        found = stratified_difference(
            [
                Stratum(
                    Counted(int(draws.binomial(size[0], share[0])), size[0]),
                    Counted(int(draws.binomial(size[1], share[1])), size[1]),
                )
                for size, share in zip(sizes, shares, strict=True)
            ]
        )
        covered += found.low <= truth <= found.high

    assert 0.93 <= covered / times <= 0.985
