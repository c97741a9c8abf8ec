"""Receipts: the one canonical form of an assessment, whose hash the audit chain holds (docs/receipts.md). Pure.

A refresh writes it with a fast encoder, anybody else with `audit.canonical`; both write the same (tests).
"""

import datetime as dt
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

import msgspec

from audit import canonical, merkle

_ENCODER = msgspec.json.Encoder(order="sorted")
_NEGATIVE_ZERO = b"-0.0"
ACTION = "risk.assessments.made"


class Assessed(msgspec.Struct, frozen=True):
    """One assessment as it is stored, named as its columns and in the order of their names: they are the leaf."""

    as_of_on: str
    assessed_at: str
    band: int | None
    code_version: str
    customer_id: int
    features_sha256: str
    hardship: int
    hardships: msgspec.Raw
    inputs: msgspec.Raw
    level: int
    log_id: int | None
    log_position: int | None
    model_id: int | None
    model_inputs: msgspec.Raw | None
    points: msgspec.Raw
    previous_level: int | None
    probability: float | None
    reasons: msgspec.Raw | None
    revision: int
    rulebook_id: int
    score: float
    score_level: int
    segment: int


RECEIPT_COLUMNS = Assessed.__struct_fields__


def encoded(value: object) -> bytes:
    """Canonical JSON, fast. Only of values whose whole numbers are small (docs/receipts.md)."""
    form = _ENCODER.encode(value)
    # Rare: a zero with a sign loses it on its way through the database.
    return canonical.encode(msgspec.json.decode(form)) if _NEGATIVE_ZERO in form else form


def canonical_text(value: object) -> str:
    """The same as text, for a column of JSON."""
    return encoded(value).decode()


def unsigned_text(value: object) -> str:
    """The same of what holds no zero with a sign, which is not looked for: that would cost more than all the rest."""
    return _ENCODER.encode(value).decode()


def leaf_of(assessed: Assessed) -> bytes:
    """The hash that stands for an assessment in its chunk's tree; of unsigned zeros only."""
    return merkle.leaf_hash(_ENCODER.encode(assessed))


def features_sha256(features: Mapping[str, Any]) -> tuple[str, str]:
    """The text of a snapshot's features, and its hash; of unsigned zeros only."""
    form = _ENCODER.encode(features)
    return form.decode(), sha256(form).hexdigest()


def moment_text(moment: dt.datetime) -> str:
    """A moment as receipts write it: UTC, always with microseconds."""
    return moment.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
