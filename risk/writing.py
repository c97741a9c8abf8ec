"""What a refresh writes: the current risk of everybody, and receipts where something material changed."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from risk import alerts
from risk.arrays import Column, copy_columns
from risk.evaluation import Evaluation
from risk.levels import Level, Signal
from risk.log_positions import LogPositions
from risk.model.live import Judged
from risk.reading import POSTGRES_DAY_ZERO, Due, Previous, day_number
from risk.receipts import canonical_text
from risk.writing_receipts import HELD_TEXT, Chunk, write_receipts
from risk.writing_sql import HAND_OVER, STAGE, UPSERT, UPSERT_WITH_MODEL

# Before every day there is: PostgreSQL's first one is 2,451,545 days before 2000-01-01, and a due before 2000 is one.
NO_DUE = -(2**31)
# Columns to copy: kind and values, by name.
Columns = dict[str, tuple[str, Column]]


@dataclass(frozen=True, kw_only=True)
class Moment:
    """When, and by which rules and code, an evaluation was made."""

    as_of: dt.date
    bank_at: dt.datetime
    wall_at: dt.datetime
    rulebook_id: int
    rulebook_hash: str
    model_hash: str | None
    code_version: str


@dataclass(frozen=True)
class Written:
    """What was written, one element per customer."""

    revision: NDArray[np.int64]
    is_material: NDArray[np.bool_]


def write(
    *,
    ids: list[int],
    previous: Previous,
    judged: Judged,
    dues: Mapping[int, Due],
    log_positions: LogPositions,
    moment: Moment,
) -> Written:
    """Write one chunk, inside the caller's transaction.

    Args:
        ids: The customers, sorted.
        previous: Their risk before.
        judged: What was concluded now, and whom a receipt is due.
        dues: The next instalment by customer id.
        log_positions: Up to where in the event log their events are known.
        moment: When and by what.
    """
    revision = previous.revision + 1
    reasons = _reasons(judged)
    _write_current(ids, revision, judged, reasons, previous, dues, log_positions, moment)
    changed = np.flatnonzero(judged.material).tolist()
    if changed:
        write_receipts(
            Chunk(
                ids=ids,
                revision=revision,
                changed=changed,
                previous_level=previous.level,
                evaluation=judged.evaluation,
                reasons=reasons,
                log_positions=log_positions,
                moment=moment,
            )
        )
        _hand_over(ids, revision, changed)
        alerts.raise_turned_high(_turned_high(ids, revision, changed, previous, judged.evaluation))
    return Written(revision, judged.material)


def _reasons(judged: Judged) -> dict[int, str]:
    """Why the model says so as it is stored, by index: of those explained, and of those whom it is silent about."""
    model = judged.evaluation.model
    held = np.flatnonzero(model.is_held).tolist() if model else []
    return dict.fromkeys(held, HELD_TEXT) | {
        index: canonical_text(each) for index, each in judged.explanations.items()
    }


def _write_current(
    ids: list[int],
    revision: NDArray[np.int64],
    judged: Judged,
    reasons: Mapping[int, str],
    previous: Previous,
    dues: Mapping[int, Due],
    log_positions: LogPositions,
    moment: Moment,
) -> None:
    evaluation = judged.evaluation
    wall_us = round(moment.wall_at.timestamp() * 1_000_000)
    columns: Columns = {
        "customer_id": ("i8", np.asarray(ids)),
        "revision": ("i8", revision),
        **_concluded(evaluation),
        **_due(ids, dues),
        "changed_us": ("i8", np.where(judged.material, wall_us, previous.changed_us)),
        "log_id": ("i4", log_positions.log_id),
        "log_position": ("i8", log_positions.position),
    }
    with connection.cursor() as cursor:
        cursor.execute(STAGE)
        copy_columns("evaluated", columns)
        cursor.execute(
            UPSERT_WITH_MODEL if evaluation.model else UPSERT,
            {
                "as_of": moment.as_of,
                "rulebook": moment.rulebook_id,
                "model": evaluation.model.model_id if evaluation.model else None,
                "at": moment.wall_at,
                "zero": POSTGRES_DAY_ZERO,
                "no_due": NO_DUE,
                **_told(ids, judged, reasons),
            },
        )


def _concluded(evaluation: Evaluation) -> Columns:
    """What the rules say and, where one scores, the model."""
    columns: Columns = {
        "level": ("i2", evaluation.level),
        "score": ("f8", evaluation.score.score),
        "segment": ("i2", evaluation.segments),
        "hardship": ("i2", evaluation.hardships),
        **{f"{signal.value}_points": ("f8", evaluation.score.points[signal]) for signal in Signal},
    }
    if evaluation.model:
        columns |= {
            "score_level": ("i2", evaluation.score.level),
            "probability": ("f8", evaluation.model.scores.probability),
            "band": ("i2", evaluation.model.scores.band),
            "model_failed": ("i2", evaluation.model.has_failed),
        }
    return columns


def _due(ids: list[int], dues: Mapping[int, Due]) -> Columns:
    """The next instalment of those who have one."""
    days = [day_number(dues[i].due_on) if i in dues else NO_DUE for i in ids]
    amounts = [dues[i].amount if i in dues else 0 for i in ids]
    return {
        "due_day": ("i4", np.array(days, dtype=np.int64)),
        "due_amount": ("i8", np.array(amounts, dtype=np.int64)),
    }


def _told(ids: list[int], judged: Judged, reasons: Mapping[int, str]) -> dict[str, Any]:
    """The reasons of those whose band is above LOW, and the marks of whom the model is silent about, by customer.

    Of everybody else they are worked out when somebody asks: most would be written for nobody. They travel as one
    JSON array: psycopg escapes an array of texts letter by letter, which would cost more than all the rest.
    """
    model = judged.evaluation.model
    if model is None:
        return {}
    is_told = (model.scores.band > int(Level.LOW)) | model.is_held
    told = [index for index in reasons if is_told[index]]
    return {
        "told_ids": [ids[index] for index in told],
        "told": f"[{','.join(reasons[index] for index in told)}]",
    }


def _known(value: np.float64) -> float | None:
    return None if np.isnan(value) else float(value)


def _hand_over(ids: list[int], revision: NDArray[np.int64], changed: list[int]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            HAND_OVER, {"ids": [ids[i] for i in changed], "revisions": [int(revision[i]) for i in changed]}
        )


def _turned_high(
    ids: list[int],
    revision: NDArray[np.int64],
    changed: list[int],
    previous: Previous,
    evaluation: Evaluation,
) -> list[alerts.TurnedHigh]:
    said = evaluation.model.scores.probability if evaluation.model else np.full(len(ids), np.nan)
    return [
        alerts.TurnedHigh(ids[i], int(revision[i]), float(evaluation.score.score[i]), _known(said[i]))
        for i in changed
        if evaluation.level[i] == Level.HIGH and 0 < previous.level[i] < Level.HIGH
    ]
