"""The rulebook: one version, one content, for ever."""

import dataclasses
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from risk.models import Rulebook
from risk.rulebook import EQUILIBRATE_1, RulebookContent, Windows
from risk.services import RulebookAltered, rulebook_store

PUBLISHED = {
    "equilibrate-1": "945f1b5b1b2b33bb4938cd1ecc85121e06f4abfccdba9c9c9079fc0561f089ca",
}


def numbers_of(content: object) -> list[tuple[str, str]]:
    """Every (part, field) that a rulebook consists of."""
    parts = [field.name for field in dataclasses.fields(RulebookContent) if field.name != "version"]
    return [(part, field.name) for part in parts for field in dataclasses.fields(getattr(content, part))]


def changed(value: Any) -> Any:
    return (*value[:-1], changed(value[-1])) if isinstance(value, tuple) else value + 1


def test_rulebook_is_the_published_one() -> None:
    assert EQUILIBRATE_1.content_hash() == PUBLISHED[EQUILIBRATE_1.version], (
        "a number of a published rulebook changed: give it a new version and add its hash here"
    )


@pytest.mark.parametrize(("part", "name"), numbers_of(EQUILIBRATE_1))
def test_every_number_counts_in_the_hash(part: str, name: str) -> None:
    old = getattr(EQUILIBRATE_1, part)
    new = dataclasses.replace(old, **{name: changed(getattr(old, name))})

    altered = dataclasses.replace(EQUILIBRATE_1, **{part: new})

    assert altered.content_hash() != EQUILIBRATE_1.content_hash()


@pytest.mark.django_db
def test_rulebook_is_stored_once() -> None:
    first, second = rulebook_store(EQUILIBRATE_1), rulebook_store(RulebookContent())

    assert first.pk == second.pk
    assert first.content == EQUILIBRATE_1.as_json()
    assert str(first) == "equilibrate-1"


@pytest.mark.django_db
def test_altered_numbers_under_a_stored_version_are_refused() -> None:
    rulebook_store(EQUILIBRATE_1)

    with pytest.raises(RulebookAltered, match="equilibrate-1 is stored with other numbers"):
        rulebook_store(dataclasses.replace(EQUILIBRATE_1, windows=Windows(cash_days=8)))


@pytest.mark.django_db
def test_new_version_stands_beside_the_old_one() -> None:
    rulebook_store(EQUILIBRATE_1)

    rulebook_store(dataclasses.replace(EQUILIBRATE_1, version="equilibrate-2", windows=Windows(cash_days=8)))

    assert list(Rulebook.objects.order_by("id").values_list("version", flat=True)) == [
        "equilibrate-1",
        "equilibrate-2",
    ]


@pytest.mark.django_db
def test_stored_rulebook_cannot_be_edited() -> None:
    stored = rulebook_store(EQUILIBRATE_1)

    with pytest.raises(DatabaseError), transaction.atomic():
        Rulebook.objects.filter(pk=stored.pk).update(content={})
    with pytest.raises(DatabaseError), transaction.atomic():
        stored.delete()

    assert Rulebook.objects.get().content == EQUILIBRATE_1.as_json()
