"""Words that the system keeps beside what it did: kept in one language, whoever acts, and shown in the reader's.

A sentence is kept as `gettext_noop(…)`, which marks it for the catalogues and leaves it as it stands. Where something
is filled in, the sentence is made known, and found again by the words around what was filled in.
"""

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any

from django.utils.translation import gettext, gettext_noop

# How what is filled in looks, and how it is filled into the words of another language.
Shape = tuple[str, Callable[[str], Any]]
_PLACE = re.compile(r"%\((\w+)\)(s|d|\.\d+f)")
# "early-warning-3: …", "early-warning-3, 2026-11-23: …", "2026-11-23: …": what a finding is about, by its number.
_ABOUT = re.compile(r"(.*?-\d+): (.+)")
_known: set[str] = set()
# Why something that was decided upon stands no more.
REPLACED = gettext_noop("replaced by %(name)s")


def know(*sentences: str) -> None:
    """Have sentences found again in which something is filled in: `%(name)s`; `%(name)d` or `%(name).2f` of numbers."""
    _known.update(sentences)
    _patterns.cache_clear()


def shown(words: str) -> str:
    """What is kept, in the reader's language; what somebody typed stays as they typed it."""
    if not words:
        return ""
    said = gettext(words)
    return said if said != words else _about(words) or _filled(words)


def listed(words: str) -> str:
    """The same of several that were put one behind the other."""
    if "; " in words:
        return "; ".join(map(listed, words.split("; ")))
    said = shown(words)
    return said if said != words else ", ".join(map(shown, words.split(", ")))


def _about(words: str) -> str:
    """A finding with what it is about; empty where it is none that is known."""
    if not (found := _ABOUT.fullmatch(words)):
        return ""
    said = listed(found[2])
    return f"{listed(found[1])}: {said}" if said != found[2] else ""


def _filled(words: str) -> str:
    """A sentence in which something was filled in, which is shown in the reader's language as far as it is known."""
    for sentence, pattern, shapes in _patterns():
        if found := pattern.fullmatch(words):
            values = {name: shapes[name][1](value) for name, value in found.groupdict().items()}
            return gettext(sentence) % values
    return words


@lru_cache(maxsize=1)
def _patterns() -> tuple[tuple[str, re.Pattern[str], dict[str, Shape]], ...]:
    """Those with the most words first: they are the more particular."""
    by_words = sorted(_known, key=lambda each: (-len(_PLACE.sub("", each)), each))
    return tuple(_pattern(sentence) for sentence in by_words)


def _pattern(sentence: str) -> tuple[str, re.Pattern[str], dict[str, Shape]]:
    shapes = {name: _shape(kind) for name, kind in _PLACE.findall(sentence)}
    return sentence, re.compile("".join(_pieces(sentence, shapes))), shapes


def _pieces(sentence: str, shapes: dict[str, Shape]) -> Iterator[str]:
    end = 0
    for place in _PLACE.finditer(sentence):
        yield _literally(sentence[end : place.start()])
        yield f"(?P<{place[1]}>{shapes[place[1]][0]})"
        end = place.end()
    yield _literally(sentence[end:])


def _literally(words: str) -> str:
    return re.escape(words.replace("%%", "%"))


def _shape(kind: str) -> Shape:
    if kind == "d":
        return r"\d+", int
    return (".+?", listed) if kind == "s" else (r"[\d.]+|nan", float)


know(REPLACED)
