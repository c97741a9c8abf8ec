"""Two versions side by side: what was taken out and what was put in, word by word. Pure."""

import datetime as dt
import difflib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from interventions.policy.content import Subject, as_approved, texts_of

# The same in all versions, or what tells them apart.
IDENTITY = {"version", "hardship", "level", "name"}
_WORDS = re.compile(r"\s+|[^\s]+")


@dataclass(frozen=True)
class Run:
    """Words that stay, or are only in one of the two."""

    text: str
    is_changed: bool


@dataclass(frozen=True)
class Part:
    """One part of the content in both versions."""

    name: str
    before: tuple[Run, ...]
    after: tuple[Run, ...]
    is_same: bool


def parts(before: Subject, after: Subject) -> list[Part]:
    """Every part of the content, those that differ first."""
    old, new = dict(_parts(as_approved(before))), dict(_parts(as_approved(after)))
    names = [*new, *(name for name in old if name not in new)]
    found = [_part(name, old.get(name, ""), new.get(name, "")) for name in names]
    return sorted(found, key=lambda part: part.is_same)


def _parts(content: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, value in content.items():
        if name == "messages":
            for (channel, language), text in texts_of(value).items():
                if text.subject:
                    yield f"{channel} · {language} · subject", text.subject
                yield f"{channel} · {language}", text.body
        elif name.endswith("_us"):
            yield name.removesuffix("_us").replace("_", " "), _moment(value)
        elif name not in IDENTITY:
            yield name.replace("_", " "), written(value)


def _moment(microseconds: int | None) -> str:
    if microseconds is None:
        return ""
    return f"{dt.datetime.fromtimestamp(microseconds / 1_000_000, dt.UTC):%Y-%m-%d %H:%M} UTC"


def written(value: Any) -> str:
    """A value as people read it."""
    if value is None:
        return ""
    return (
        value if isinstance(value, str) else json.dumps(value, indent=2, ensure_ascii=False, sort_keys=True)
    )


def _part(name: str, before: str, after: str) -> Part:
    old, new = _WORDS.findall(before), _WORDS.findall(after)
    removed, added = [], []
    for kind, first, last, begin, end in difflib.SequenceMatcher(
        None, old, new, autojunk=False
    ).get_opcodes():
        is_changed = kind != "equal"
        removed.append(Run("".join(old[first:last]), is_changed))
        added.append(Run("".join(new[begin:end]), is_changed))
    return Part(
        name=name,
        before=tuple(run for run in removed if run.text),
        after=tuple(run for run in added if run.text),
        is_same=before == after,
    )
