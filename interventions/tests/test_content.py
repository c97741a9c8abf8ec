"""One content, one hash: what Python writes is what PostgreSQL hashes."""

import datetime as dt
import json
from typing import Any

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from interventions.models import HoldoutDesign, PolicyTemplate
from interventions.policy.content import Text, canonical, content_hash, text_of, texts_of
from interventions.tests import governed

EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
# What jsonb cannot hold: NUL and lone surrogates.
TEXTS = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=12)
NUMBERS = st.integers(-(2**70), 2**70) | st.floats(-1e12, 1e12, allow_nan=False).filter(
    lambda each: each == 0 or abs(each) > 1e-9
)
MOMENTS = st.integers(-(2**51), 2**52).map(lambda each: EPOCH + dt.timedelta(microseconds=each))
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=12,
)


def as_postgresql_writes(value: Any) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT %s::jsonb::text", [json.dumps(value)])
        (text,) = cursor.fetchone()
    return str(text)


class CanonicalText(TestCase):
    """Hypothesis rolls back each example by its own TestCase."""

    @given(VALUES)
    def test_it_is_written_as_postgresql_writes_it(self, value: Any) -> None:
        assert canonical(value) == as_postgresql_writes(value)

    @given(TEXTS, TEXTS, st.integers(0, 999), MOMENTS)
    def test_database_takes_the_hash_of_any_policy(
        self, action: str, text: str, hours: int, ends: dt.datetime
    ) -> None:
        template = governed.draft_policy(
            action=action,
            messages={"sms": {"en": text}},
            sla_hours=hours,
            valid_until=ends,
        )

        assert content_hash(template) == hash_in_database(template, "policy")

    @given(st.floats(0.001, 0.5), TEXTS)
    def test_database_takes_the_hash_of_any_design(self, share: float, purpose: str) -> None:
        design = governed.draft_holdout(share=share, purpose=purpose)

        assert content_hash(design) == hash_in_database(design, "holdout")


def hash_in_database(subject: PolicyTemplate | HoldoutDesign, name: str) -> str:
    table = subject._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT public.equilibrate_hash_{name}(row) FROM {table} row WHERE id = %s",  # noqa: S608
            [subject.pk],
        )
        (found,) = cursor.fetchone()
    return str(found)


@pytest.mark.django_db
def test_everything_that_is_approved_changes_the_hash() -> None:
    template = governed.draft_policy()
    first = content_hash(template)
    changes: dict[str, Any] = {
        "action": "other",
        "messages": {},
        "fields": {"a": {"label": "a", "max_length": 1}},
        "personal_line_max": 1,
        "relief_kinds": ["payment_holiday"],
        "priority": "ROUTINE",
        "sla_hours": 9,
        "effect": "adverse",
        "valid_from": dt.datetime(2026, 1, 1, tzinfo=dt.UTC),
        "valid_until": dt.datetime(2027, 1, 1, tzinfo=dt.UTC),
        "hardship": 5,
        "level": 1,
        "version": 77,
    }

    for name, value in changes.items():
        before = getattr(template, name)
        setattr(template, name, value)
        assert content_hash(template) != first, name
        setattr(template, name, before)


def test_texts_are_found_by_channel_and_language() -> None:
    messages = {"email": {"en": {"subject": "Hello", "body": "Text"}}, "sms": {"en": "Short", "hi": ""}}

    assert texts_of(messages) == {
        ("sms", "en"): Text("Short"),
        ("email", "en"): Text("Text", subject="Hello"),
    }
    assert text_of(messages, "voice", "en") is None
