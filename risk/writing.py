"""What a refresh writes: the current risk of everybody, and receipts where something material changed."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

import msgspec
import numpy as np
from django.db import connection
from numpy.typing import NDArray

from risk import alerts
from risk.arrays import copy_columns
from risk.evaluation import Evaluation
from risk.levels import Level, Signal
from risk.reading import POSTGRES_DAY_ZERO, Due, Previous, day_number

# Before every day there is: PostgreSQL's first one is 2,451,545 days before 2000-01-01, and a due before 2000 is one.
NO_DUE = -(2**31)


@dataclass(frozen=True, kw_only=True)
class Moment:
    """When, and by which rules and code, an evaluation was made."""

    as_of: dt.date
    bank_at: dt.datetime
    wall_at: dt.datetime
    rulebook_id: int
    code_version: str


@dataclass(frozen=True)
class Written:
    """What was written, one element per customer."""

    revision: NDArray[np.int64]
    is_material: NDArray[np.bool_]


def write(
    *, ids: list[int], previous: Previous, evaluation: Evaluation, dues: Mapping[int, Due], moment: Moment
) -> Written:
    """Write one chunk, inside the caller's transaction.

    Args:
        ids: The customers, sorted.
        previous: Their risk before.
        evaluation: What was concluded now.
        dues: The next instalment by customer id.
        moment: When and by what.
    """
    revision = previous.revision + 1
    material = _is_material(previous, evaluation)
    _write_current(ids, revision, material, previous, evaluation, dues, moment)
    changed = np.flatnonzero(material).tolist()
    if changed:
        _write_receipts(ids, revision, changed, previous, evaluation, moment)
        _hand_over(ids, revision, changed)
        alerts.raise_turned_high(_turned_high(ids, revision, changed, previous, evaluation))
    return Written(revision, material)


def _is_material(previous: Previous, evaluation: Evaluation) -> NDArray[np.bool_]:
    """First evaluation, or a change of level, primary hardship or any signal's points."""
    changed: NDArray[np.bool_] = (
        (previous.revision == 0)
        | (previous.level != evaluation.score.level)
        | (previous.hardship != evaluation.hardships)
    )
    for signal in Signal:
        changed |= previous.half_points[signal] != _halves(evaluation, signal)
    return changed


def _halves(evaluation: Evaluation, signal: Signal) -> NDArray[np.int64]:
    return np.rint(2 * evaluation.score.points[signal]).astype(np.int64)


def _write_current(
    ids: list[int],
    revision: NDArray[np.int64],
    material: NDArray[np.bool_],
    previous: Previous,
    evaluation: Evaluation,
    dues: Mapping[int, Due],
    moment: Moment,
) -> None:
    wall_us = round(moment.wall_at.timestamp() * 1_000_000)
    with connection.cursor() as cursor:
        cursor.execute(_STAGE)
        copy_columns(
            "evaluated",
            {
                "customer_id": ("i8", np.asarray(ids)),
                "revision": ("i8", revision),
                "level": ("i2", evaluation.score.level),
                "score": ("f8", evaluation.score.score),
                "segment": ("i2", evaluation.segments),
                "hardship": ("i2", evaluation.hardships),
                **{f"{signal.value}_points": ("f8", evaluation.score.points[signal]) for signal in Signal},
                "due_day": (
                    "i4",
                    np.array(
                        [day_number(dues[i].due_on) if i in dues else NO_DUE for i in ids], dtype=np.int64
                    ),
                ),
                "due_amount": (
                    "i8",
                    np.array([dues[i].amount if i in dues else 0 for i in ids], dtype=np.int64),
                ),
                "changed_us": ("i8", np.where(material, wall_us, previous.changed_us)),
            },
        )
        cursor.execute(
            _UPSERT,
            {
                "as_of": moment.as_of,
                "rulebook": moment.rulebook_id,
                "at": moment.wall_at,
                "zero": POSTGRES_DAY_ZERO,
                "no_due": NO_DUE,
            },
        )


def _write_receipts(
    ids: list[int],
    revision: NDArray[np.int64],
    changed: list[int],
    previous: Previous,
    evaluation: Evaluation,
    moment: Moment,
) -> None:
    indices = np.asarray(changed)
    receipts = list(evaluation.receipts(indices))
    revisions = revision[indices].tolist()
    conclusions = zip(
        evaluation.score.level[indices].tolist(),
        previous.level[indices].tolist(),
        evaluation.score.score[indices].tolist(),
        evaluation.segments[indices].tolist(),
        evaluation.hardships[indices].tolist(),
        strict=True,
    )
    circumstances = (moment.as_of, moment.rulebook_id, moment.code_version, moment.wall_at)
    with connection.cursor() as cursor:
        with cursor.copy(_COPY_ASSESSMENTS) as copy:
            for index, number, concluded, receipt in zip(
                changed, revisions, conclusions, receipts, strict=True
            ):
                level, before, *rest = concluded
                why = (_json(receipt.inputs), _json(receipt.points), _json(receipt.evidence))
                copy.write_row((ids[index], number, level, before or None, *rest, *why, *circumstances))
        with cursor.copy(_COPY_SNAPSHOTS) as copy:
            for index, number, receipt in zip(changed, revisions, receipts, strict=True):
                features = _json(receipt.features)
                copy.write_row((ids[index], moment.bank_at, number, moment.as_of, features))


def _hand_over(ids: list[int], revision: NDArray[np.int64], changed: list[int]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            _HAND_OVER, {"ids": [ids[i] for i in changed], "revisions": [int(revision[i]) for i in changed]}
        )


def _turned_high(
    ids: list[int],
    revision: NDArray[np.int64],
    changed: list[int],
    previous: Previous,
    evaluation: Evaluation,
) -> list[alerts.TurnedHigh]:
    return [
        alerts.TurnedHigh(ids[i], int(revision[i]), float(evaluation.score.score[i]))
        for i in changed
        if evaluation.score.level[i] == Level.HIGH and 0 < previous.level[i] < Level.HIGH
    ]


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()


_POINTS = ", ".join(f"{signal.value}_points" for signal in Signal)
_STAGE = f"""
CREATE TEMP TABLE IF NOT EXISTS evaluated (
    customer_id bigint, revision bigint, level smallint, score float8, segment smallint, hardship smallint,
    {", ".join(f"{signal.value}_points float8" for signal in Signal)},
    due_day int, due_amount bigint, changed_us bigint
) ON COMMIT DELETE ROWS;
DELETE FROM evaluated
"""
_UPSERT = f"""
INSERT INTO risk_currentrisk AS risk (
    customer_id, revision, level, score, segment, hardship, {_POINTS}, next_due_on, next_due_amount, as_of_on,
    rulebook_id, evaluated_at, changed_at
)
SELECT customer_id, revision, level, score, segment, hardship, {_POINTS},
    CASE WHEN due_day > %(no_due)s THEN %(zero)s::date + due_day END,
    CASE WHEN due_day > %(no_due)s THEN due_amount END,
    %(as_of)s, %(rulebook)s, %(at)s, to_timestamp(changed_us / 1000000.0)
FROM evaluated ORDER BY customer_id
ON CONFLICT (customer_id) DO UPDATE SET
    revision = excluded.revision, level = excluded.level, score = excluded.score, segment = excluded.segment,
    hardship = excluded.hardship,
    {", ".join(f"{signal.value}_points = excluded.{signal.value}_points" for signal in Signal)},
    next_due_on = excluded.next_due_on, next_due_amount = excluded.next_due_amount, as_of_on = excluded.as_of_on,
    rulebook_id = excluded.rulebook_id, evaluated_at = excluded.evaluated_at, changed_at = excluded.changed_at
"""
_COPY_ASSESSMENTS = """
COPY risk_assessment (customer_id, revision, level, previous_level, score, segment, hardship, inputs, points,
    hardships, as_of_on, rulebook_id, code_version, assessed_at) FROM STDIN
"""
_COPY_SNAPSHOTS = "COPY risk_featuresnapshot (customer_id, taken_at, revision, as_of_on, features) FROM STDIN"
_HAND_OVER = """
INSERT INTO risk_pendingdecision AS pending (customer_id, revision)
SELECT * FROM unnest(%(ids)s::bigint[], %(revisions)s::bigint[]) AS decided(customer_id, revision)
ORDER BY customer_id
ON CONFLICT (customer_id) DO UPDATE SET revision = excluded.revision, created_at = now()
"""
