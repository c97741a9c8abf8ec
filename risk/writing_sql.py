"""The statements by which a refresh writes: parameters and columns as `risk/writing.py` gives them."""

from risk.levels import Signal
from risk.receipts import RECEIPT_COLUMNS

_POINTS = ", ".join(f"{signal.value}_points" for signal in Signal)
STAGE = f"""
CREATE TEMP TABLE IF NOT EXISTS evaluated (
    customer_id bigint, revision bigint, level smallint, score float8, segment smallint, hardship smallint,
    {", ".join(f"{signal.value}_points float8" for signal in Signal)},
    due_day int, due_amount bigint, changed_us bigint, log_id int, log_position bigint,
    score_level smallint, probability float8, band smallint,
    model_failed smallint
) ON COMMIT DELETE ROWS;
DELETE FROM evaluated
"""  # noqa: S608 - our own words
_UPSERT_OF = f"""
INSERT INTO risk_currentrisk AS risk (
    customer_id, revision, level, score, segment, hardship, score_level, model_id, probability, band,
    model_reasons, model_failed, {_POINTS},
    next_due_on, next_due_amount, as_of_on, rulebook_id, evaluated_at, changed_at,
    log_id, log_position
)
SELECT customer_id, revision, level, score, segment, hardship, {{said}}, {_POINTS},
    CASE WHEN due_day > %(no_due)s THEN %(zero)s::date + due_day END,
    CASE WHEN due_day > %(no_due)s THEN due_amount END,
    %(as_of)s, %(rulebook)s, %(at)s, to_timestamp(changed_us / 1000000.0),
    nullif(log_id, 0), CASE WHEN log_id > 0 THEN log_position END
FROM evaluated {{told}} ORDER BY customer_id
ON CONFLICT (customer_id) DO UPDATE SET
    revision = excluded.revision, level = excluded.level, score = excluded.score, segment = excluded.segment,
    hardship = excluded.hardship, score_level = excluded.score_level,
    model_id = excluded.model_id, probability = excluded.probability, band = excluded.band,
    model_reasons = excluded.model_reasons, model_failed = excluded.model_failed,
    {", ".join(f"{signal.value}_points = excluded.{signal.value}_points" for signal in Signal)},
    next_due_on = excluded.next_due_on, next_due_amount = excluded.next_due_amount, as_of_on = excluded.as_of_on,
    rulebook_id = excluded.rulebook_id, evaluated_at = excluded.evaluated_at, changed_at = excluded.changed_at,
    log_id = excluded.log_id, log_position = excluded.log_position
"""  # noqa: S608 - our own words
UPSERT = _UPSERT_OF.format(
    said="level, NULL::bigint, NULL::float8, NULL::smallint, NULL::jsonb, false", told=""
)
UPSERT_WITH_MODEL = _UPSERT_OF.format(
    said="score_level, CASE WHEN band > 0 THEN %(model)s::bigint END, nullif(probability, 'NaN'), nullif(band, 0),"
    " told.reasons, model_failed > 0",
    told="LEFT JOIN ROWS FROM (unnest(%(told_ids)s::bigint[]), jsonb_array_elements(%(told)s::jsonb))"
    " AS told(customer_id, reasons) USING (customer_id)",
)
# The columns in the order of `risk.receipts.Assessed`, whose names they bear.
COPY_ASSESSMENTS = f"""
COPY risk_assessment ({", ".join(RECEIPT_COLUMNS)}, audit_event_id) FROM STDIN
"""
COPY_SNAPSHOTS = "COPY risk_featuresnapshot (customer_id, taken_at, revision, as_of_on, features) FROM STDIN"
HAND_OVER = """
INSERT INTO risk_pendingdecision AS pending (customer_id, revision)
SELECT * FROM unnest(%(ids)s::bigint[], %(revisions)s::bigint[]) AS decided(customer_id, revision)
ORDER BY customer_id
ON CONFLICT (customer_id) DO UPDATE SET revision = excluded.revision, created_at = now()
"""
