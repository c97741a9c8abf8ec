"""docs/features.md says of the model's features what the code says."""

import itertools
import re
from pathlib import Path

from django.conf import settings

from risk.model.specs import COMPANIONS, FACTS, NAMES, SCHEMA_HASH, SPECS, FeatureSpec, schema_hash

DOCUMENT = Path(settings.BASE_DIR) / "docs" / "features.md"
SIGNS = {1: "up", -1: "down", 0: ""}


def table_rows(heading: str) -> list[str]:
    """The rows of the table under a heading, without its head."""
    lines = DOCUMENT.read_text(encoding="utf-8").split(f"\n{heading}\n", 1)[1].splitlines()
    from_table = itertools.dropwhile(lambda line: not line.startswith("|"), lines)
    return list(itertools.takewhile(lambda line: line.startswith("|"), from_table))[2:]


def row_of(spec: FeatureSpec) -> str:
    marks = f"{SIGNS[spec.monotone]} | {'yes' if spec.is_actionable else ''}"
    return f"| `{spec.name}` | {spec.window} | {spec.unit} | {spec.formula} | {spec.missing} | {marks} |"


def test_every_feature_is_documented_as_it_is() -> None:
    documented = []
    for family in dict.fromkeys(spec.family for spec in SPECS):
        documented += table_rows(f"### {family.capitalize()}")

    assert documented == [row_of(spec) for spec in SPECS]


def test_every_fact_is_documented_as_it_is() -> None:
    expected = [f"| `{fact.name}` | {fact.unit} | {fact.meaning} |" for fact in FACTS]

    assert table_rows("### Facts") == expected


def test_names_are_words_and_unique() -> None:
    for names in (NAMES, tuple(fact.name for fact in FACTS)):
        assert len(set(names)) == len(names)
        assert all(re.fullmatch(r"[a-z0-9_]{1,40}", name) for name in names)


def test_every_feature_has_a_fact_that_shows_it() -> None:
    facts = {fact.name for fact in FACTS}

    assert COMPANIONS.keys() == set(NAMES)
    for companion in COMPANIONS.values():
        assert companion.fact in facts
        assert companion.baseline is None or companion.baseline in facts


def test_another_definition_is_another_schema() -> None:
    assert schema_hash() == SCHEMA_HASH
    assert schema_hash(SPECS[1:]) != SCHEMA_HASH
    assert schema_hash(SPECS[::-1]) != SCHEMA_HASH
