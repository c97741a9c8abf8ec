"""Which texts the sources want translated, and what a catalogue holds of them."""

import ast
import datetime as dt
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_python
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).parents[2]
APPS = ("audit", "customers", "equilibrate_site", "ingest", "interventions", "risk")
LANGUAGES = ("hi",)
# A date of its own would change the file each time that nothing has.
SINCE = dt.datetime(2026, 11, 23, tzinfo=dt.UTC)
# Functions of gettext: at which argument the text, its plural and its context stand.
KEYWORDS: dict[str, tuple[int, ...] | None] = {
    "_": None,
    "_lazy": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": (-1, 2),
    "pgettext_lazy": (-1, 2),
    "npgettext": (-1, 2, 3),
    "npgettext_lazy": (-1, 2, 3),
}
STRING = re.compile(r"u?(?:'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\")", re.DOTALL)
CALL = re.compile(rf"\b(?P<function>n?p?gettext|_)\(\s*(?P<strings>(?:{STRING.pattern}\s*,?\s*)+)", re.DOTALL)
NAMED = re.compile(r"%\((\w+)\)[#0\- +]*\d*(?:\.\d+)?[a-zA-Z]|\{(\w*)\}|%[sd]")


@dataclass(frozen=True)
class Text:
    """One text of the sources.

    Attributes:
        singular: as it stands there.
        plural: empty where there is none.
        context: empty where there is none.
        places: files in which it stands, by their paths from the top.
    """

    singular: str
    plural: str = ""
    context: str = ""


def collect() -> dict[Text, list[str]]:
    """Every text of modules and templates that is to be translated, with the files where it stands."""
    found: dict[Text, set[str]] = {}
    for path in _sources():
        for text in _texts_of(path):
            found.setdefault(text, set()).add(str(path.relative_to(ROOT)))
    return {text: sorted(places) for text, places in found.items()}


def path_of(language: str) -> Path:
    """The catalogue of a language, as people edit it; the compiled one lies beside it."""
    return ROOT / "locale" / language / "LC_MESSAGES" / "django.po"


def read(language: str) -> Catalog:
    """The catalogue of a language."""
    with path_of(language).open("rb") as file:
        return read_po(file, locale=language)


def update(language: str) -> Catalog:
    """Bring a catalogue in line with the sources, and compile it: new texts wait for words, forgotten ones go."""
    known = read(language)
    fresh = Catalog(locale=language, project="Equilibrate", header_comment=known.header_comment, fuzzy=False)
    for text, places in sorted(collect().items(), key=lambda item: (item[1], item[0].singular)):
        before = known.get(text.singular, text.context or None)
        fresh.add(
            (text.singular, text.plural) if text.plural else text.singular,
            _kept(before, text),
            locations=[(place, 0) for place in places],
            context=text.context or None,
            flags=["python-format"] if re.search(r"%\(\w+\)|%[sd]", text.singular) else [],
        )
    fresh.creation_date = fresh.revision_date = SINCE
    with path_of(language).open("wb") as file:
        write_po(file, fresh, width=110, include_lineno=False)
    path_of(language).with_suffix(".mo").write_bytes(compiled(read(language)))
    return fresh


def compiled(catalogue: Catalog) -> bytes:
    """A catalogue as Django reads it."""
    content = io.BytesIO()
    write_mo(content, catalogue)
    return content.getvalue()


def placeholders(text: str) -> set[str]:
    """The names that a text has filled in."""
    return {match.group(0) for match in NAMED.finditer(text)}


def untranslated(catalogue: Catalog) -> list[str]:
    """Texts of the sources that a catalogue has no words for, or words that fill in something else."""
    return [
        f"{text.singular!r} ({places[0]})" for text, places in collect().items() if _lacks(catalogue, text)
    ]


def _lacks(catalogue: Catalog, text: Text) -> bool:
    message = catalogue.get(text.singular, text.context or None)
    words = _words(message)
    if not words or not all(words) or (message is not None and message.fuzzy):
        return True
    # A plural may say "one customer" without its number, never something that is not filled in.
    wanted = placeholders(text.singular) | placeholders(text.plural)
    return any(placeholders(each) - wanted for each in words) or placeholders(words[-1]) != placeholders(
        text.plural or text.singular
    )


def _words(message: Message | None) -> list[str]:
    if message is None:
        return []
    return list(message.string) if isinstance(message.string, (tuple, list)) else [message.string]


def _kept(before: Message | None, text: Text) -> str | tuple[str, ...]:
    words = _words(before)
    if text.plural:
        return tuple(words) if len(words) == 2 else ("", "")
    return words[0] if len(words) == 1 else ""


def _sources() -> Iterator[Path]:
    for app in APPS:
        yield from (path for path in sorted((ROOT / app).rglob("*.py")) if "tests" not in path.parts)
    yield from sorted((ROOT / "templates").rglob("*.html"))
    yield from sorted((ROOT / "templates").rglob("*.txt"))


def _texts_of(path: Path) -> Iterator[Text]:
    calls = _calls_of_template(path) if path.suffix != ".py" else _calls_of_module(path)
    for function, messages in calls:
        if text := _text(function, messages):
            yield text


def _calls_of_module(path: Path) -> Iterator[tuple[str, object]]:
    found = extract_python(io.BytesIO(path.read_bytes()), list(KEYWORDS), [], {"encoding": "utf-8"})
    for _line, function, messages, _comments in found:
        yield function, messages


def _calls_of_template(path: Path) -> Iterator[tuple[str, object]]:
    """Django writes a template as calls of gettext among letters that mean nothing."""
    from django.utils.translation.template import templatize

    for call in CALL.finditer(templatize(path.read_text(), origin=str(path))):
        yield call["function"], tuple(ast.literal_eval(each) for each in STRING.findall(call["strings"]))


def _text(function: str, messages: object) -> Text | None:
    given = list(messages) if isinstance(messages, (tuple, list)) else [messages]
    places = KEYWORDS[function] or (1,)
    wanted = [given[abs(place) - 1] if abs(place) <= len(given) else None for place in places]
    if not wanted or not all(isinstance(each, str) and each for each in wanted):
        return None
    if places[0] < 0:
        context, *rest = wanted
        return Text(rest[0], rest[1] if len(rest) > 1 else "", context)
    return Text(wanted[0], wanted[1] if len(wanted) > 1 else "")
