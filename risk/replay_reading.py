"""Reading stored decisions for their replay: a sample of keys, then whole decisions with their snapshots."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from typing import Any

import msgspec
from django.db import connection

from risk.models.assessment import HELD

_JSON = ("inputs", "points", "hardships", "model_inputs", "reasons", "snapshot")
# Below so many times the sample, every row is looked at; above it, a share of them.
FEW_TIMES = 20
SPARE = 3.0

Key = tuple[int, int]


@dataclass(frozen=True)
class Decision:
    """One assessment, with the features of its snapshot where that is still there."""

    customer_id: int
    revision: int
    level: int
    score_level: int
    score: float
    segment: int
    hardship: int
    inputs: dict[str, Any]
    points: dict[str, Any]
    hardships: dict[str, Any]
    rulebook_id: int
    code_version: str
    model_id: int | None
    probability: float | None
    band: int | None
    model_inputs: dict[str, Any] | None
    reasons: dict[str, Any] | None
    snapshot: dict[str, Any] | None

    @property
    def is_held(self) -> bool:
        """Whether the model's part is of an earlier evaluation."""
        return self.reasons == HELD and self.model_inputs is None


def sample(*, count: int, seed: int) -> list[Key]:
    """Customer and revision of so many assessments, drawn evenly; the same seed draws the same of the same rows."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT greatest(reltuples, 0) FROM pg_class WHERE oid = 'risk_assessment'::regclass")
        (rows,) = cursor.fetchone()
        is_many = rows > FEW_TIMES * count
        share = min(100.0, SPARE * 100 * count / rows) if is_many else 100.0
        cursor.execute(_SAMPLE, {"share": share, "seed": seed, "count": count})
        return [(customer_id, revision) for customer_id, revision in cursor.fetchall()]


def read_decisions(keys: Sequence[Key]) -> Iterator[Decision]:
    """The decisions of these keys, in any order."""
    with connection.cursor() as cursor:
        cursor.execute(_DECISIONS, [[key[0] for key in keys], [key[1] for key in keys]])
        names = [each.name for each in fields(Decision)]
        for row in cursor.fetchall():
            read = dict(zip(names, row, strict=True))
            yield Decision(**read | {name: _decoded(read[name]) for name in _JSON})


def _decoded(text: str | None) -> Any:
    return None if text is None else msgspec.json.decode(text)


_SAMPLE = """
SELECT customer_id, revision FROM risk_assessment TABLESAMPLE BERNOULLI (%(share)s) REPEATABLE (%(seed)s)
ORDER BY hashint8extended(customer_id, %(seed)s + revision), customer_id, revision LIMIT %(count)s
"""
# The columns in the order of `Decision`. Before the model came, the level was the scorecard's.
_DECISIONS = """
SELECT assessment.customer_id, assessment.revision, level, coalesce(score_level, level) AS score_level, score, segment,
    hardship, inputs, points, hardships, rulebook_id, code_version, model_id, probability, band, model_inputs, reasons,
    snapshot.features AS snapshot
FROM unnest(%s::bigint[], %s::bigint[]) AS wanted(customer_id, revision)
JOIN risk_assessment assessment USING (customer_id, revision)
LEFT JOIN LATERAL (
    SELECT features FROM risk_featuresnapshot
    WHERE customer_id = wanted.customer_id AND revision = wanted.revision LIMIT 1
) snapshot ON true
"""
