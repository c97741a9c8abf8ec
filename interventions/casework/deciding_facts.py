"""What a decision looks at: marks, risk, the last case, exposure and promises, for many customers at once."""

import datetime as dt
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import connection, transaction

from customers import bank_clock
from risk.reading import plan_for_chunks

# So many marks at once are looked through for those whom nothing is to be done about.
QUIET_CHUNK = 5_000


class Mark(NamedTuple):
    """A customer about whom something material changed (`risk.models.PendingDecision`)."""

    customer_id: int
    revision: int


class Facts(NamedTuple):
    """One customer, as the decision needs them. Of the open case and the last one None where there is none."""

    customer_id: int
    manager_id: int | None
    revision: int
    level: int
    hardship: int
    probability: float | None
    due_on: dt.date | None
    due_hundredths: int | None
    outstanding_hundredths: Decimal | None
    loss_given_default_prob: float | None
    has_open_promise: bool
    last_outcome: str | None
    last_level: int | None
    last_hardship: int | None
    last_resolved_at: dt.datetime | None
    last_is_undone: bool
    is_asked_for: bool = False


class Cleared(NamedTuple):
    """How many marks were removed, and of whom the last one looked at was; None where none is left behind it."""

    removed: int
    last: int | None


def clear_quiet(*, after: int = 0) -> Cleared:
    """Remove marks of customers at LOW who have no open case, among the next so many: nothing is to be done.

    The revision is compared since a mark may have been renewed after the risk was read: then it stays.

    Args:
        after: The customer behind whom to look.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        plan_for_chunks()
        cursor.execute(_CLEAR_QUIET, [after, QUIET_CHUNK])
        looked_at, last, count = cursor.fetchone()
    return Cleared(count, last if looked_at == QUIET_CHUNK else None)


def take_marks(*, limit: int, retry_before: dt.datetime) -> list[Mark]:
    """Take up to `limit` marks away, sorted; in the caller's transaction, which decides about them.

    What another worker holds is passed over, and so are customers whose deciding failed at the same revision, unless
    that was before a moment of the wall clock. A refresh that concludes something newer meanwhile waits for this
    transaction and leaves a mark of its own.
    """
    with connection.cursor() as cursor:
        cursor.execute(_TAKE_MARKS, [retry_before, limit])
        return sorted(Mark(*row) for row in cursor.fetchall())


def read_facts(customer_ids: list[int]) -> list[Facts]:
    """What is known of customers whose risk has been evaluated, sorted by id."""
    with connection.cursor() as cursor:
        cursor.execute(_FACTS, {"ids": customer_ids, "today": bank_clock.today()})
        return [Facts(*row) for row in cursor.fetchall()]


def give_back(marks: list[Mark], *, error: str, at: dt.datetime) -> None:
    """Put marks back, to be passed over until news come or some time has passed; with why."""
    parameters: dict[str, Any] = {
        "ids": [mark.customer_id for mark in marks],
        "revisions": [mark.revision for mark in marks],
        "error": error,
        "at": at,
    }
    with connection.cursor() as cursor:
        cursor.execute(_GIVE_BACK, parameters)
        cursor.execute(_NOTE_FAILURE, parameters)


def forget_failures(customer_ids: list[int]) -> None:
    """Deciding about these customers succeeded."""
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM interventions_decisionfailure WHERE customer_id = ANY(%s::bigint[])", [customer_ids]
        )


_CLEAR_QUIET = """
WITH waiting AS MATERIALIZED (
    SELECT customer_id, revision FROM risk_pendingdecision WHERE customer_id > %s
    ORDER BY customer_id LIMIT %s FOR UPDATE SKIP LOCKED
), cleared AS (
    DELETE FROM risk_pendingdecision pending USING waiting, risk_currentrisk risk
    WHERE pending.customer_id = waiting.customer_id AND risk.customer_id = waiting.customer_id
        AND risk.level = 1 AND waiting.revision <= risk.revision AND NOT EXISTS (
            SELECT FROM interventions_case held
            WHERE held.customer_id = waiting.customer_id AND held.state <> 'resolved'
        )
    RETURNING 1
)
SELECT (SELECT count(*) FROM waiting), (SELECT max(customer_id) FROM waiting), (SELECT count(*) FROM cleared)
"""
_TAKE_MARKS = """
WITH claimed AS (
    SELECT customer_id FROM risk_pendingdecision pending WHERE NOT EXISTS (
        SELECT FROM interventions_decisionfailure failure
        WHERE failure.customer_id = pending.customer_id AND failure.revision >= pending.revision
            AND failure.failed_at > %s
    )
    ORDER BY customer_id LIMIT %s FOR UPDATE SKIP LOCKED
)
DELETE FROM risk_pendingdecision pending USING claimed WHERE pending.customer_id = claimed.customer_id
RETURNING pending.customer_id, pending.revision
"""
# A case ends as kept with no promise open. One that is open or broken since was kept then, and its payment came back.
PROMISE_FELL_BACK = """
past.outcome = 'promise_kept' AND EXISTS (
    SELECT FROM interventions_promisetopay promise
    WHERE promise.case_id = past.id AND promise.state IN ('open', 'broken')
        AND (promise.settled_at IS NULL OR promise.settled_at > past.resolved_at)
)
"""
_FACTS = f"""
SELECT risk.customer_id, customer.assigned_rm_id, risk.revision, risk.level, risk.hardship, risk.probability,
    risk.next_due_on, risk.next_due_amount, loans.outstanding, loans.loss, promise.is_open,
    ended.outcome, ended.level, ended.hardship, ended.resolved_at, coalesce(ended.is_undone, false), asked.is_open
FROM unnest(%(ids)s::bigint[]) AS wanted(id)
JOIN risk_currentrisk risk ON risk.customer_id = wanted.id
JOIN customers_customer customer ON customer.id = wanted.id
LEFT JOIN LATERAL (
    SELECT outcome, level, hardship, resolved_at, {PROMISE_FELL_BACK} AS is_undone FROM interventions_case past
    WHERE customer_id = wanted.id AND state = 'resolved' ORDER BY opened_at DESC LIMIT 1
) ended ON true
CROSS JOIN LATERAL (
    SELECT sum(outstanding_amount) AS outstanding,
        sum(outstanding_amount * loss_given_default_prob) / nullif(sum(outstanding_amount), 0) AS loss
    FROM customers_loan WHERE customer_id = wanted.id AND (closed_on IS NULL OR closed_on > %(today)s)
) loans
CROSS JOIN LATERAL (
    SELECT EXISTS (
        SELECT FROM interventions_promisetopay
        WHERE customer_id = wanted.id AND state = 'open' AND promised_on >= %(today)s
    ) AS is_open
) promise
CROSS JOIN LATERAL (
    SELECT EXISTS (
        SELECT FROM interventions_customeranswer answer
        WHERE answer.customer_id = wanted.id AND answer.kind = 'talk' AND NOT EXISTS (
            SELECT FROM interventions_customeranswer later WHERE later.takes_back_id = answer.id
        ) AND NOT EXISTS (
            SELECT FROM interventions_conversation spoken WHERE spoken.customer_id = wanted.id
                AND spoken.result = 'spoke' AND spoken.happened_at >= answer.answered_at
        )
    ) AS is_open
) asked
ORDER BY risk.customer_id
"""  # noqa: S608 - our own words
_GIVE_BACK = """
INSERT INTO risk_pendingdecision AS pending (customer_id, revision)
SELECT * FROM unnest(%(ids)s::bigint[], %(revisions)s::bigint[]) AS failed(customer_id, revision) ORDER BY customer_id
ON CONFLICT (customer_id) DO UPDATE SET revision = greatest(pending.revision, excluded.revision)
"""
_NOTE_FAILURE = """
INSERT INTO interventions_decisionfailure AS failure (customer_id, revision, failed_at, error)
SELECT customer_id, revision, %(at)s, %(error)s
FROM unnest(%(ids)s::bigint[], %(revisions)s::bigint[]) AS failed(customer_id, revision) ORDER BY customer_id
ON CONFLICT (customer_id) DO UPDATE SET
    revision = excluded.revision, failed_at = excluded.failed_at, error = excluded.error
"""
