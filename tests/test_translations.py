"""Every text of the screens has its words in every language, filled in alike; and Django reads what people edit."""

import pytest

from catalogue import texts


@pytest.mark.parametrize("language", texts.LANGUAGES)
def test_every_text_has_its_words(language: str) -> None:
    missing = texts.untranslated(texts.read(language))

    assert not missing, f"{len(missing)} texts without words (run script/messages): {missing[:10]}"


@pytest.mark.parametrize("language", texts.LANGUAGES)
def test_what_is_compiled_is_what_people_edit(language: str) -> None:
    compiled = texts.path_of(language).with_suffix(".mo").read_bytes()

    assert compiled == texts.compiled(texts.read(language)), "run script/messages"


def test_texts_are_found_in_modules_and_templates() -> None:
    found = texts.collect()

    assert found[texts.Text("Risk queue")]
    assert any(place.endswith(".py") for places in found.values() for place in places)
    assert any(text.plural for text in found)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("%(n)d of %(total)s", {"%(n)d", "%(total)s"}),
        ("{n} s ago", {"{n}"}),
        ("100 %% sure, %s", {"%s"}),
        ("nothing", set()),
    ],
)
def test_placeholders(text: str, names: set[str]) -> None:
    assert texts.placeholders(text) == names
