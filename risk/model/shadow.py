"""What the version in shadow would have concluded, written beside: nothing is decided by it."""

import numpy as np
from django.db import connection

from risk.arrays import array_of, copy_columns
from risk.evaluation import NO_BAND, ModelScores
from risk.features import Ints
from risk.writing import Moment


def write(*, ids: list[int], said: ModelScores, score_level: Ints, moment: Moment) -> None:
    """Write what it says of those it speaks of, and forget the others, inside the refresh's transaction.

    Args:
        ids: The customers, sorted.
        said: What the version in shadow says of them.
        score_level: Their levels by the scorecard.
        moment: When.
    """
    everybody, is_spoken_of = np.asarray(ids), said.scores.band != NO_BAND
    spoken_of = np.flatnonzero(is_spoken_of)
    with connection.cursor() as cursor:
        cursor.execute(_FORGET, [array_of(everybody[~is_spoken_of].tolist())])
    if not spoken_of.size:
        return
    band = said.scores.band[spoken_of]
    with connection.cursor() as cursor:
        cursor.execute(_STAGE)
        copy_columns(
            "shadowed",
            {
                "customer_id": ("i8", everybody[spoken_of]),
                "probability": ("f8", said.scores.probability[spoken_of]),
                "band": ("i2", band),
                "level": ("i2", np.maximum(band, score_level[spoken_of])),
            },
        )
        cursor.execute(_UPSERT, {"model": said.model_id, "at": moment.wall_at})


_FORGET = "DELETE FROM risk_shadowrisk WHERE customer_id = ANY(%s::bigint[])"
_STAGE = """
CREATE TEMP TABLE IF NOT EXISTS shadowed (
    customer_id bigint, probability float8, band smallint, level smallint
) ON COMMIT DELETE ROWS;
DELETE FROM shadowed
"""
_UPSERT = """
INSERT INTO risk_shadowrisk (customer_id, model_id, probability, band, level, evaluated_at)
SELECT customer_id, %(model)s, probability, band, level, %(at)s FROM shadowed ORDER BY customer_id
ON CONFLICT (customer_id) DO UPDATE SET
    model_id = excluded.model_id, probability = excluded.probability, band = excluded.band,
    level = excluded.level, evaluated_at = excluded.evaluated_at
"""
