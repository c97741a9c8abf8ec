"""The scorecard against cases that others worked out: by hand, and by an independent implementation."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from risk import scorecard
from risk.evaluation import SCORECARD_INPUTS
from risk.features import Features
from risk.levels import Level, Segment
from risk.rulebook import EQUILIBRATE_1
from risk.scorecard import Score

BY_HAND = Path(__file__).parent / "golden" / "scorecard_sample.jsonl"
INDEPENDENT = Path(__file__).resolve().parents[2] / "shared" / "golden" / "scorecard.jsonl"


def cases_of(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def scores_of(cases: list[dict[str, Any]]) -> Score:
    """Our scores; what a case does not state is irrelevant to the score."""
    unused = dict.fromkeys(Features.__dataclass_fields__, np.zeros(len(cases)))
    stated = {name: np.array([case[name] for case in cases]) for name in SCORECARD_INPUTS}
    segments = np.array([Segment[case["persona"]] for case in cases])
    return scorecard.score(features=Features(**unused | stated), segments=segments, rules=EQUILIBRATE_1)


def disagreements(cases: list[dict[str, Any]]) -> list[dict[str, Any]]:
    ours = scores_of(cases)
    found = zip(cases, ours.score.tolist(), ours.level.tolist(), strict=True)
    return [
        case | {"score": score, "level": Level(level).label}
        for case, score, level in found
        # Python rounds half to even, as the other implementation does.
        if (round(score), Level(level).label) != (case["expected_score"], case["expected_level"])
    ]


def test_scorecard_agrees_with_cases_worked_out_by_hand() -> None:
    cases = cases_of(BY_HAND)

    assert disagreements(cases) == []
    assert {case["expected_level"] for case in cases} == {"LOW", "MEDIUM", "HIGH"}


@pytest.mark.skipif(not INDEPENDENT.exists(), reason="the independent implementation's cases are not here")
def test_scorecard_agrees_with_an_independent_implementation() -> None:
    cases = cases_of(INDEPENDENT)

    assert len(cases) == 2_000
    assert disagreements(cases) == []
