"""What a refresh writes where something material changed: receipts, snapshots, and one audit event over all of them."""

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
from django.db import connection
from numpy.typing import NDArray

from audit import merkle
from audit.services import record
from risk.evaluation import NO_BAND, Evaluation, Receipt
from risk.features import Ints
from risk.log_positions import LogNames, LogPositions
from risk.model import specs
from risk.models.assessment import HELD
from risk.receipts import (
    ACTION,
    Assessed,
    canonical_text,
    features_sha256,
    leaf_of,
    moment_text,
    unsigned_text,
)
from risk.writing_sql import COPY_ASSESSMENTS, COPY_SNAPSHOTS

if TYPE_CHECKING:
    from risk.writing import Moment

HELD_TEXT = canonical_text(HELD)
_log_names = LogNames()


@dataclass(frozen=True, kw_only=True)
class Chunk:
    """What was concluded about a chunk of customers, arrays with one element for each.

    Args:
        ids: The customers, sorted.
        revision: The number of this evaluation of each.
        changed: The indices of those whom a receipt is due.
        previous_level: The level before, 0 where there was none.
        evaluation: What was concluded now.
        reasons: Why the model says so, by index, as JSON.
        log_positions: Up to where in the event log their events are known.
        moment: When and by what.
    """

    ids: list[int]
    revision: Ints
    changed: list[int]
    previous_level: Ints
    evaluation: Evaluation
    reasons: Mapping[int, str]
    log_positions: LogPositions
    moment: "Moment"


@dataclass
class _Written:
    """Rows to copy, and the leaves of the tree over them, in the order of the customers."""

    assessments: list[tuple[Any, ...]]
    snapshots: list[tuple[Any, ...]]
    leaves: list[bytes]


def write_receipts(chunk: Chunk) -> None:
    """Write the receipts of a chunk, inside the caller's transaction."""
    written = _rows(chunk)
    event = _record(chunk, written.leaves)
    with connection.cursor() as cursor:
        with cursor.copy(COPY_ASSESSMENTS) as copy:
            for row in written.assessments:
                copy.write_row((*row, event))
        with cursor.copy(COPY_SNAPSHOTS) as copy:
            for row in written.snapshots:
                copy.write_row(row)


def _record(chunk: Chunk, leaves: list[bytes]) -> int:
    """Put the tree's root into the audit chain; returns the event's id, which the assessments bear."""
    first, last, moment = chunk.ids[chunk.changed[0]], chunk.ids[chunk.changed[-1]], chunk.moment
    indices = np.asarray(chunk.changed)
    known = LogPositions(chunk.log_positions.log_id[indices], chunk.log_positions.position[indices])
    event = record(
        action=ACTION,
        subject_type="assessments",
        subject_id=f"{first}-{last}",
        detail={
            "count": len(leaves),
            "merkle_root": merkle.root(leaves).hex(),
            "first_customer_id": first,
            "last_customer_id": last,
            "as_of_on": str(moment.as_of),
            "assessed_at": moment_text(moment.wall_at),
            "rulebook_sha256": moment.rulebook_hash,
            "model_sha256": moment.model_hash,
            "code_version": moment.code_version,
            "log_positions": _log_names.told(known),
        },
    )
    return int(event.pk)


def _rows(chunk: Chunk) -> _Written:
    moment = chunk.moment
    as_of, at = str(moment.as_of), moment_text(moment.wall_at)
    written = _Written([], [], [])
    for (
        customer,
        number,
        level,
        before,
        score,
        of_score,
        segment,
        hardship,
        log,
        position,
        receipt,
        said,
    ) in _judgements(chunk):
        features, digest = features_sha256(receipt.features | said.features)
        inputs, points, evidence = _texts(receipt)
        # In the order of `Assessed`, once as it is copied and once as it is hashed.
        head = (as_of, at, said.band, moment.code_version, customer, digest, hardship)
        known = (level, log or None, position if log else None, said.model_id)
        tail = (number, moment.rulebook_id, score, of_score, segment)
        chance = (before or None, said.probability)
        written.assessments.append(
            (*head, evidence, inputs, *known, said.inputs, points, *chance, said.reasons, *tail)
        )
        hashed = Assessed(
            *head, _raw(evidence), _raw(inputs), *known, _raw_or_none(said.inputs), _raw(points), *chance,
            _raw_or_none(said.reasons), *tail,
        )  # fmt: skip
        written.leaves.append(leaf_of(hashed))
        written.snapshots.append((customer, moment.bank_at, number, moment.as_of, features))
    return written


def _judgements(chunk: Chunk) -> Iterator[tuple[Any, ...]]:
    """What was concluded about each customer whom a receipt is due, in the order that `_rows` takes it apart."""
    indices = np.asarray(chunk.changed)
    evaluation, positions = chunk.evaluation, chunk.log_positions
    return zip(
        np.asarray(chunk.ids)[indices].tolist(),
        chunk.revision[indices].tolist(),
        evaluation.level[indices].tolist(),
        chunk.previous_level[indices].tolist(),
        evaluation.score.score[indices].tolist(),
        evaluation.score.level[indices].tolist(),
        evaluation.segments[indices].tolist(),
        evaluation.hardships[indices].tolist(),
        positions.log_id[indices].tolist(),
        positions.position[indices].tolist(),
        evaluation.receipts(indices),
        _said(evaluation, chunk.reasons, indices),
        strict=True,
    )


def _texts(receipt: Receipt) -> tuple[str, str, str]:
    return unsigned_text(receipt.inputs), unsigned_text(receipt.points), unsigned_text(receipt.evidence)


_raw = msgspec.Raw


def _raw_or_none(text: str | None) -> msgspec.Raw | None:
    return None if text is None else msgspec.Raw(text)


@dataclass(frozen=True, slots=True)
class _Said:
    """What the model's part of one receipt is: columns of the assessment, and keys of the snapshot."""

    model_id: int | None
    probability: float | None
    band: int | None
    inputs: str | None
    reasons: str | None
    features: dict[str, object]


_NOTHING_SAID = _Said(None, None, None, None, None, {})


def _said(evaluation: Evaluation, reasons: Mapping[int, str], indices: NDArray[np.int64]) -> Iterator[_Said]:
    """The model's part of each receipt: all that is needed to say it again, reasons among it. NaN becomes null.

    Of what only holds on from an earlier evaluation, there is nothing to say again: the inputs are of another day.
    """
    model = evaluation.model
    if model is None:
        yield from itertools.repeat(_NOTHING_SAID, len(indices))
        return
    facts = model.inputs.facts
    columns = zip(
        indices.tolist(),
        model.scores.probability[indices].tolist(),
        model.scores.band[indices].tolist(),
        model.is_held[indices].tolist(),
        # Adding nothing takes the sign from a zero.
        (model.inputs.values[indices] + 0.0).tolist(),
        (np.stack([column[indices] for column in facts.values()], axis=1) + 0.0).tolist(),
        strict=True,
    )
    for index, probability, band, is_held, values, of_facts in columns:
        if is_held:
            yield _Said(model.model_id, probability, band, None, reasons[index], {})
        elif band == NO_BAND:
            yield _NOTHING_SAID
        else:
            inputs = unsigned_text(dict(zip(specs.NAMES, values, strict=True)))
            features: dict[str, object] = {
                "model": msgspec.Raw(inputs),
                "facts": dict(zip(facts, of_facts, strict=True)),
            }
            yield _Said(model.model_id, probability, band, inputs, reasons[index], features)
