"""Two versions side by side."""

import datetime as dt
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from interventions.models import ContactPack, PolicyTemplate
from interventions.policy import comparing
from interventions.policy.comparing import Part, Run

LETTER = {"email": {"en": {"subject": "Hello", "body": "Dear {first_name}"}}}


def template(**fields: Any) -> PolicyTemplate:
    given: dict[str, Any] = {
        "hardship": 1, "level": 3, "version": 1, "action": "Call", "priority": "URGENT", "sla_hours": 4, **fields,
    }  # fmt: skip
    return PolicyTemplate(**given)


def changed(before: Any, after: Any) -> list[Part]:
    return [part for part in comparing.parts(before, after) if not part.is_same]


def test_what_differs_comes_first_word_by_word() -> None:
    first, *_others = comparing.parts(template(action="Call them now"), template(action="Call her now"))

    assert first == Part(
        "action",
        before=(Run("Call ", False), Run("them", True), Run(" now", False)),
        after=(Run("Call ", False), Run("her", True), Run(" now", False)),
        is_same=False,
    )


def test_texts_subjects_and_moments_are_parts_of_their_own() -> None:
    before = template(
        messages={"sms": {"en": "Hello"}}, valid_from=dt.datetime(2026, 1, 2, 3, 4, tzinfo=dt.UTC)
    )
    after = template(messages=LETTER, version=2)

    found = {part.name: (part.before, part.after) for part in changed(before, after)}

    assert found == {
        "email · en · subject": ((), (Run("Hello", True),)),
        "email · en": ((), (Run("Dear {first_name}", True),)),
        "sms · en": ((Run("Hello", True),), ()),
        "valid from": ((Run("2026-01-02 03:04 UTC", True),), ()),
    }


def test_rules_are_compared_as_lines_of_json() -> None:
    before, after = (ContactPack(name="x", version=each, rules={"cap": each}) for each in (1, 2))

    (part,) = changed(before, after)

    assert (part.name, [run.text for run in part.after if run.is_changed]) == ("rules", ["2"])


@given(st.text(), st.text())
def test_both_texts_are_shown_whole(before: str, after: str) -> None:
    parts = comparing.parts(template(action=before), template(action=after))

    part = next(each for each in parts if each.name == "action")

    assert ("".join(run.text for run in part.before), "".join(run.text for run in part.after)) == (
        before,
        after,
    )
    assert part.is_same == (before == after)
    assert part.is_same == (not any(run.is_changed for run in (*part.before, *part.after)))
