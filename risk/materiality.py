"""What is worth a receipt. Pure."""

import numpy as np
from numpy.typing import NDArray

from risk.evaluation import NO_BAND, Evaluation
from risk.features import Bools, Ints
from risk.levels import Level, Signal
from risk.reading import Previous


def is_material(*, previous: Previous, evaluation: Evaluation) -> Bools:
    """First evaluation, or a change of level, primary hardship, any signal's points, or the model's band.

    No band and the band LOW are the same here: neither decides anything. So a model's first day, and its last, is
    material for those it raised only. For them another version is material as well: the receipt and its reasons are
    those of the version that sets the level.
    """
    changed: Bools = (
        (previous.revision == 0)
        | (previous.level != evaluation.level)
        | (previous.hardship != evaluation.hardships)
    )
    for signal in Signal:
        changed |= previous.half_points[signal] != _halves(evaluation, signal)
    if evaluation.model or previous.band.any():
        before, now = _deciding(previous.band), _deciding(evaluation.band)
        is_other = previous.model_id != _model_id(evaluation)
        changed |= (before != now) | (is_other & (np.maximum(before, now) > int(Level.LOW)))
    return changed


def _model_id(evaluation: Evaluation) -> Ints:
    """The version that speaks of each customer, 0 where none does."""
    spoken = evaluation.band != NO_BAND
    return np.where(spoken, evaluation.model.model_id if evaluation.model else 0, 0)


def _halves(evaluation: Evaluation, signal: Signal) -> NDArray[np.int64]:
    return np.rint(2 * evaluation.score.points[signal]).astype(np.int64)


def _deciding(band: Ints) -> Ints:
    return np.maximum(band, int(Level.LOW))
