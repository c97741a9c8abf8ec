"""Reasons: at most four different things, strongest first, and nothing lost between them and the margin."""

import itertools
import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as of_numpy

from risk.features import Floats
from risk.levels import Level
from risk.model import specs
from risk.model.explain import MOST_REASONS, SMALLEST, THEMES, Explanation, explain
from risk.model.inputs import Matrix, ModelInputs
from risk.model.scorer import Scorer, Scores
from risk.tests import small_models

BASE = -2.0


def inputs_of(values: Matrix, **facts: float) -> ModelInputs:
    """Inputs of some customers, with the same facts each; other facts are unknown."""
    count = len(values)
    known = {fact.name: np.full(count, facts.get(fact.name, np.nan)) for fact in specs.FACTS}
    return ModelInputs(values, known, np.ones(count, dtype=bool), np.zeros(count, dtype=bool))


def explained(
    contributions: dict[str, float], *, band: Level = Level.HIGH, facts: dict[str, float] | None = None
) -> Explanation:
    """The explanation of one customer to whom features contribute as given."""
    row = np.zeros((1, len(specs.NAMES) + 1))
    for name, contribution in contributions.items():
        row[0, specs.NAMES.index(name)] = contribution
    row[0, -1] = BASE
    scores = Scores(row.sum(axis=1), np.array([0.5]), np.array([int(band)]))
    inputs = inputs_of(np.zeros((1, len(specs.NAMES)), dtype=np.float32), **(facts or {}))
    return next(explain(scores=scores, contributions=row, inputs=inputs, indices=np.array([0])))


def said(explanation: Explanation) -> list[tuple[str, float]]:
    return [(reason.feature, reason.contribution) for reason in explanation.reasons]


def test_every_feature_belongs_to_one_theme() -> None:
    assert sorted(itertools.chain.from_iterable(THEMES.values())) == sorted(specs.NAMES)


def test_every_feature_has_facts_that_exist() -> None:
    known = {fact.name for fact in specs.FACTS}

    assert specs.COMPANIONS.keys() == set(specs.NAMES)
    for companion in specs.COMPANIONS.values():
        assert {companion.fact, companion.baseline} <= known | {None}


def test_features_of_one_theme_are_one_reason_spoken_by_the_strongest() -> None:
    found = explained({"salary_late_days": 0.4, "days_since_salary": 0.7, "salary_count_90d": -0.2})

    assert said(found) == [("days_since_salary", 0.9)]
    assert found.reasons[0].code == "salary"


def test_spoken_feature_points_the_way_of_its_theme() -> None:
    found = explained({"salary_late_days": -0.5, "days_since_salary": 0.4, "salary_count_90d": 0.3})

    assert said(found) == [("days_since_salary", 0.2)]


def test_four_strongest_are_told_strongest_first() -> None:
    contributions = {
        "cash_count_7d": 0.2,
        "returned_30d": 0.5,
        "days_inactive": 0.1,
        "gambling_share_30d": 0.3,
        "income_change": 0.4,
    }

    found = explained(contributions)

    assert [name for name, _ in said(found)] == [
        "returned_30d",
        "income_change",
        "gambling_share_30d",
        "cash_count_7d",
    ]
    assert found.rest == pytest.approx(0.1)


@pytest.mark.parametrize("band", [Level.HIGH, Level.MEDIUM])
def test_worrying_band_is_explained_by_what_raises_the_risk(band: Level) -> None:
    found = explained({"cash_count_7d": 0.2, "days_inactive": -1.5}, band=band)

    assert said(found) == [("cash_count_7d", 0.2)]
    assert found.reasons[0].direction == "raises"
    assert found.rest == -1.5


def test_low_is_explained_by_the_strongest_either_way() -> None:
    found = explained({"cash_count_7d": 0.2, "days_inactive": -1.5}, band=Level.LOW)

    assert [(each.feature, each.direction) for each in found.reasons] == [
        ("days_inactive", "lowers"),
        ("cash_count_7d", "raises"),
    ]


def test_worrying_band_that_nothing_raises_is_explained_all_the_same() -> None:
    found = explained({"days_inactive": -1.5}, band=Level.HIGH)

    assert said(found) == [("days_inactive", -1.5)]


@pytest.mark.parametrize("band", list(Level))
def test_trifle_is_no_reason(band: Level) -> None:
    assert said(explained({"cash_count_7d": SMALLEST}, band=band)) == [("cash_count_7d", SMALLEST)]
    assert said(explained({"cash_count_7d": 0.99 * SMALLEST}, band=band)) == []


def test_reason_carries_value_fact_and_own_baseline() -> None:
    facts = {"income_30d": 18_000.004, "income_usual": 52_000.0}

    reason = explained({"income_change": 0.4}, facts=facts).reasons[0]

    assert (reason.value, reason.fact, reason.baseline) == (0.0, 18_000.0, 52_000.0)


def test_what_is_unknown_is_none() -> None:
    values = np.full((1, len(specs.NAMES)), np.nan, dtype=np.float32)
    contributions = np.zeros((1, len(specs.NAMES) + 1))
    contributions[0, specs.NAMES.index("income_change")] = 0.5
    scores = Scores(np.array([0.5]), np.array([0.6]), np.array([int(Level.HIGH)]))

    found = explain(
        scores=scores, contributions=contributions, inputs=inputs_of(values), indices=np.array([0])
    )

    reason = next(found).reasons[0]
    assert (reason.value, reason.fact, reason.baseline) == (None, None, None)


@given(
    contributions=of_numpy.arrays(
        np.float64, (3, len(specs.NAMES) + 1), elements=st.floats(-3, 3, allow_subnormal=False)
    ),
    residue=st.floats(-1e-5, 1e-5),
    bands=st.lists(st.sampled_from(list(Level)), min_size=3, max_size=3),
)
def test_stored_numbers_sum_to_the_margin(contributions: Floats, residue: float, bands: list[Level]) -> None:
    margin = contributions.sum(axis=1) + residue
    scores = Scores(margin, np.full(3, 0.5), np.array([int(band) for band in bands]))
    inputs = inputs_of(small_models.rows(count=3))

    found = list(explain(scores=scores, contributions=contributions, inputs=inputs, indices=np.arange(3)))

    for explanation, its_margin in zip(found, margin, strict=True):
        stored: dict[str, Any] = json.loads(json.dumps(explanation.as_json()))
        parts = stored["base"] + sum(each["contribution"] for each in stored["reasons"]) + stored["rest"]
        assert parts == pytest.approx(stored["margin"], abs=1e-9)
        assert stored["margin"] == pytest.approx(its_margin, abs=1e-6)
        assert len(stored["reasons"]) <= MOST_REASONS
        assert len({each["code"] for each in stored["reasons"]}) == len(stored["reasons"])
        strengths = [abs(each["contribution"]) for each in stored["reasons"]]
        assert strengths == sorted(strengths, reverse=True)


def test_stored_explanation_reads_back() -> None:
    found = explained({"salary_late_days": 0.4, "cash_count_7d": 0.25})

    assert Explanation.from_json(json.loads(json.dumps(found.as_json()))) == found


def test_some_of_a_chunk_are_explained_as_each_alone() -> None:
    ubj, manifest = small_models.model()
    scorer = Scorer.load(ubj, manifest)
    inputs = inputs_of(small_models.rows(count=60, seed=9), income_30d=100.0)
    scores, some = scorer.score(inputs.values), np.array([3, 17, 41])

    together = list(
        explain(
            scores=scores,
            contributions=scorer.contributions(inputs.values[some]),
            inputs=inputs,
            indices=some,
        )
    )

    for index, explanation in zip(some, together, strict=True):
        alone = inputs.values[index : index + 1]
        again = explain(
            scores=scorer.score(alone),
            contributions=scorer.contributions(alone),
            inputs=inputs_of(alone, income_30d=100.0),
            indices=np.array([0]),
        )
        assert next(again) == explanation
        assert explanation.reasons


def test_nobody_is_explained_as_nobody() -> None:
    nobody = np.zeros(0)
    scores = Scores(nobody, nobody, nobody.astype(np.int64))
    inputs = inputs_of(small_models.rows(count=0))
    contributions = np.zeros((0, len(specs.NAMES) + 1))

    found = explain(
        scores=scores, contributions=contributions, inputs=inputs, indices=np.zeros(0, dtype=np.int64)
    )

    assert list(found) == []
