"""Comparing the arms: figures only where there is enough to say them, and none that mislead."""

from typing import Any

import numpy as np
import pytest
from pytest_django.fixtures import Settings

from interventions.effect import measuring
from interventions.effect.intervals import Counted, Stratum, stratified_difference
from interventions.effect.measuring import uplift
from interventions.effect.measuring_reading import Followed
from risk.levels import Hardship, Level


def followed(arm: str, *, missed: int, of: int, propensity: float = 0.1, **fields: Any) -> list[Followed]:
    """So many cases of an arm, of which some missed."""
    given = {"hardship": Hardship.OVERSPENDING, "level": Level.MEDIUM, **fields}
    return [
        Followed(arm=arm, propensity=propensity, is_missed=number < missed, **given) for number in range(of)
    ]


def compared(*parts: list[Followed], fewest: int = 10) -> measuring.Uplift:
    return uplift([each for part in parts for each in part], fewest=fewest)


def test_difference_is_of_treated_less_held_out() -> None:
    found = compared(followed("treated", missed=48, of=480), followed("held_out", missed=20, of=100))

    assert found.difference == stratified_difference([Stratum(Counted(48, 480), Counted(20, 100))])
    assert found.difference is not None
    assert found.difference.value == pytest.approx(-0.1)
    assert found.difference.high < 0
    assert not found.is_too_few


@pytest.mark.parametrize(("treated", "held_out"), [(9, 500), (500, 9), (0, 0), (500, 0)])
def test_too_few_are_no_figure(treated: int, held_out: int) -> None:
    found = compared(followed("treated", missed=0, of=treated), followed("held_out", missed=0, of=held_out))

    assert found.is_too_few
    assert (found.arms["treated"].cases, found.arms["held_out"].cases) == (treated, held_out)


def test_not_even_with_a_minimum_of_none_is_a_figure_about_nobody() -> None:
    assert compared(followed("treated", missed=0, of=5), fewest=0).is_too_few


@pytest.mark.django_db
def test_the_settings_say_how_many_are_enough(settings: Settings) -> None:
    settings.MEASURING_FEWEST_PER_ARM = 3
    cases_of = followed("treated", missed=1, of=3) + followed("held_out", missed=1, of=3)

    assert not uplift(cases_of).is_too_few
    settings.MEASURING_FEWEST_PER_ARM = 4
    assert uplift(cases_of).is_too_few


def test_designs_of_different_shares_are_weighted() -> None:
    """In bad times a tenth was held out, in good ones half; help did nothing: the mixture must not say that it did."""
    found = compared(
        followed("treated", missed=360, of=900, propensity=0.1),
        followed("held_out", missed=40, of=100, propensity=0.1),
        followed("treated", missed=50, of=500, propensity=0.5),
        followed("held_out", missed=50, of=500, propensity=0.5),
    )

    assert found.difference is not None
    assert found.difference.value == pytest.approx(0)


def test_outcomes_that_nothing_can_be_compared_with_make_no_figure() -> None:
    found = compared(
        followed("treated", missed=1, of=100, propensity=0.1),
        followed("held_out", missed=1, of=100, propensity=0.5),
        followed("treated", missed=1, of=100, propensity=0.5),
    )

    assert found.is_too_few


def test_what_is_not_known_yet_is_counted_apart() -> None:
    unknown: dict[str, Any] = {
        "arm": "treated",
        "propensity": 0.1,
        "hardship": 0,
        "level": 2,
        "is_missed": None,
    }
    found = measuring.figures(
        [
            Followed(**unknown, is_pending=True),
            Followed(**unknown, is_ended=True, is_self_cured=True),
            Followed(**unknown | {"is_missed": True}, has_relief=True, is_ended=True),
            Followed(**unknown | {"is_missed": False}, has_relief=True),
        ]
    )

    assert (found.cases, found.missed, found.pending, found.undue, found.under_relief) == (2, 1, 1, 1, 1)
    assert (found.ended, found.self_cured) == (2, 1)


def test_a_simulated_effect_is_found_without_bias_and_covered() -> None:
    """Two designs in unlike times, a real effect of −3 points in both."""
    draws = np.random.default_rng(11)
    strata = [(4_000, 0.1, 0.20), (1_500, 0.4, 0.10)]
    found, covered, times = [], 0, 200
    for _ in range(times):
        parts = []
        for size, share, base in strata:
            out = int(draws.binomial(size, share))
            parts.append(
                followed("held_out", missed=int(draws.binomial(out, base)), of=out, propensity=share)
            )
            kept = size - out
            parts.append(
                followed("treated", missed=int(draws.binomial(kept, base - 0.03)), of=kept, propensity=share)
            )
        estimate = compared(*parts).difference
        assert estimate is not None
        found.append(estimate.value)
        covered += estimate.low <= -0.03 <= estimate.high

    assert abs(float(np.mean(found)) + 0.03) < 4 * float(np.std(found)) / times**0.5
    assert covered / times >= 0.91
