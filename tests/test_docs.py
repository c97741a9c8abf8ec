"""What the documents say of the code, where a program can tell."""

import re
from pathlib import Path

import pytest

from risk.features import Features, salary_days, tile_days
from risk.levels import Hardship, Segment, Signal
from risk.model.explain import THEMES
from risk.model.levers import DUE_DAY, GAMBLING, INSTALMENT, SHORTFALL, SPENDING
from risk.rulebook import EQUILIBRATE_1

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"


def first_cells(document: str) -> list[str]:
    """What stands in the first column of the document's tables."""
    return re.findall(r"^\| `?(\w[\w ]*?)`? \|", (DOCS / document).read_text(), re.MULTILINE)


def test_every_setting_is_documented_once() -> None:
    source = (ROOT / "equilibrate_site" / "settings.py").read_text()
    read = set(re.findall(r"\benv(?:\.\w+)?\(\s*\"(\w+)\"", source))

    documented = [cell for cell in first_cells("configuration.md") if cell.isupper()]

    assert sorted(documented) == sorted(read)


def test_every_feature_is_documented() -> None:
    assert set(Features.__dataclass_fields__) <= set(first_cells("features.md"))


@pytest.mark.parametrize(
    "words", [Segment.labels, [each for each in Hardship.labels if each != "NONE"], Signal.labels]
)
def test_every_word_of_the_scorecard_is_documented(words: list[str]) -> None:
    assert set(map(str, words)) <= set(first_cells("scorecard.md"))


def test_every_theme_and_lever_of_the_reasons_is_documented() -> None:
    rows = re.findall(r"^\| `(\w+)` \| (.+?) \|", (DOCS / "reasons.md").read_text(), re.MULTILINE)
    documented = {(code, tuple(re.findall(r"`(\w+)`", cell))) for code, cell in rows}

    assert set(THEMES.items()) <= documented
    assert {DUE_DAY, SHORTFALL, INSTALMENT, SPENDING, GAMBLING} <= {
        code for code, names in documented if not names
    }


def test_documented_windows_are_the_rulebooks() -> None:
    text = (DOCS / "features.md").read_text()

    assert f"Full tiles of the last {tile_days(EQUILIBRATE_1)} days" in text
    assert f"back to {salary_days(EQUILIBRATE_1)} days" in text
    assert f"version `{EQUILIBRATE_1.version}`" in text
