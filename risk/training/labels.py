"""What became of customers after a moment: whether an instalment was missed.

At a moment T on the bank day `as_of`, for one customer:

- *Known loans* are those in the bank's currency that had begun by `as_of`, had not been closed before it, and had a
  schedule recorded by T; the greatest version recorded by T is the schedule known. A loan with an instalment due
  before `as_of` (within a year) of which not a single payment had happened and been recorded by T has an unknown
  history: it does not count at all.
- *Due* are the instalments of known loans with `as_of` ≤ due_on ≤ `as_of` + 30 days that were not settled at T: what
  had been paid towards the loan and recorded by T added up to less than the known schedule asks for up to and
  including them. An instalment is due by the end of its due day.
- A due instalment is *missed* where the payments towards its loan that occurred by the end of the third day after
  due_on add up to less than that.
- The label is 1 where at least one due instalment is missed, 0 where none is. Where nothing is due there is none.

What was due is judged with what was known at T; what was paid, with everything known now, however late it was recorded.
Terms changed after T do not take an instalment back: what was granted in trouble must not teach that there was none.
That a loan is closed is known when the day of its closing is over. Where it was closed before the grace of a due
instalment ended, and payments do not cover that instalment, nobody can say whether it was settled with the loan,
written off or moved to another: unless another instalment was missed, what became of the customer is *undecided*.

Of whom the model speaks at T is decided by `risk.model.settlement` alone, as it is for the live stream: of those to
whom something is due here, unless something was overdue.

A label may only be used where `as_of` + 33 days lies within the data; see `risk.training.moments`.
"""

from dataclasses import dataclass, replace

import numpy as np
from django.conf import settings

from risk.arrays import read_columns
from risk.features import NO_DAY, Bools, Ints
from risk.model.as_of import Wanted
from risk.model.settlement import GRACE_DAYS, HISTORY_DAYS, HORIZON_DAYS

LABEL_DAYS = HORIZON_DAYS + GRACE_DAYS


@dataclass(frozen=True, kw_only=True)
class Outcomes:
    """What became of customers, one element per element of `Wanted`.

    Args:
        is_due: whether something was due.
        is_missed: whether something due was missed.
        due_day: the earliest missed due day, else the earliest due day; NO_DAY where nothing was due.
        is_unknown: whether something would have been due, were it not for the loan's unknown history.
        is_undecided: whether nothing due was missed, but something was not paid when its loan was closed.
    """

    is_due: Bools
    is_missed: Bools
    due_day: Ints
    is_unknown: Bools
    is_undecided: Bools

    @classmethod
    def nothing_due(cls, count: int) -> "Outcomes":
        """Of so many elements, nothing."""
        return cls(
            is_due=np.zeros(count, dtype=np.bool_),
            is_missed=np.zeros(count, dtype=np.bool_),
            due_day=np.full(count, NO_DAY, dtype=np.int64),
            is_unknown=np.zeros(count, dtype=np.bool_),
            is_undecided=np.zeros(count, dtype=np.bool_),
        )

    @classmethod
    def given(cls, labels: Ints) -> "Outcomes":
        """Outcomes that the bank states; what was due it does not say."""
        return replace(cls.nothing_due(labels.size), is_missed=labels > 0)


def read_outcomes(wanted: Wanted) -> Outcomes:
    """Read what became of a chunk of customers after their moments, in one query."""
    read = read_columns(
        _COLUMNS,
        _OUTCOMES,
        {
            "ids": wanted.customer_id.tolist(),
            "days": wanted.as_of.tolist(),
            "moments": wanted.known_us.tolist(),
            "horizon": HORIZON_DAYS,
            "grace": GRACE_DAYS,
            "history": HISTORY_DAYS,
            "zone": settings.BANK_TIME_ZONE,
            "currency": settings.BANK_CURRENCY,
        },
    )
    outcomes = Outcomes.nothing_due(len(wanted))
    place = read["place"]
    outcomes.is_due[place] = read["is_due"] > 0
    outcomes.is_missed[place] = read["is_missed"] > 0
    outcomes.due_day[place] = np.where(read["is_due"] > 0, read["due_day"], NO_DAY)
    outcomes.is_unknown[place] = read["is_unknown"] > 0
    outcomes.is_undecided[place] = (read["is_undecided"] > 0) & ~outcomes.is_missed[place]
    return outcomes


_COLUMNS = {
    "place": ("i8", "place"),
    "is_due": ("i4", "is_due::int"),
    "is_missed": ("i4", "is_missed::int"),
    "is_unknown": ("i4", "is_unknown::int"),
    "is_undecided": ("i4", "is_undecided::int"),
    "due_day": ("i4", "coalesce(due_on - date '2000-01-01', 0)"),
}
# Lines of the schedule are found from its end, where the greatest version known begins.
_OUTCOMES = """(
SELECT place, bool_or(is_known) AS is_due, bool_or(is_known AND is_missed) AS is_missed,
    bool_or(NOT is_known) AS is_unknown, bool_or(is_known AND is_undecided) AS is_undecided,
    coalesce(min(due_on) FILTER (WHERE is_known AND is_missed), min(due_on) FILTER (WHERE is_known)) AS due_on
FROM (
    SELECT ordinality - 1 AS place, id, date '2000-01-01' + as_of_day AS as_of_on,
        timestamptz '2000-01-01 00:00:00+00' + at_us * interval '1 microsecond' AS known_at
    FROM unnest(%(ids)s::bigint[], %(days)s::int[], %(moments)s::bigint[])
        WITH ORDINALITY AS moment(id, as_of_day, at_us, ordinality)
) wanted
CROSS JOIN LATERAL (
    SELECT id, closed_on FROM customers_loan
    WHERE customer_id = wanted.id AND currency = %(currency)s AND started_on <= as_of_on
        AND (closed_on IS NULL OR closed_on > as_of_on
            OR (closed_on + 1)::timestamp AT TIME ZONE %(zone)s > known_at)
    OFFSET 0
) loan
CROSS JOIN LATERAL (
    SELECT version FROM customers_instalment
    WHERE customer_id = wanted.id AND loan_id = loan.id AND recorded_at <= known_at
    ORDER BY version DESC, number DESC LIMIT 1
) known
CROSS JOIN LATERAL (
    SELECT due_on, cumulative_amount FROM customers_instalment
    WHERE customer_id = wanted.id AND loan_id = loan.id AND version = known.version
        AND due_on >= as_of_on AND due_on <= as_of_on + %(horizon)s
    OFFSET 0
) line
CROSS JOIN LATERAL (
    SELECT coalesce(sum(amount) FILTER (WHERE
            occurred_at < (due_on + %(grace)s + 1)::timestamp AT TIME ZONE %(zone)s), 0) AS amount,
        coalesce(sum(amount) FILTER (WHERE occurred_at <= known_at AND recorded_at <= known_at), 0) AS known_amount,
        coalesce(bool_or(occurred_at <= known_at AND recorded_at <= known_at), false) AS is_paying
    FROM customers_instalmentpayment WHERE customer_id = wanted.id AND loan_id = loan.id
) paid
CROSS JOIN LATERAL (
    SELECT paid.amount < cumulative_amount AND NOT is_cut AS is_missed,
        paid.amount < cumulative_amount AND is_cut AS is_undecided,
        paid.is_paying OR NOT EXISTS (
            SELECT FROM customers_instalment
            WHERE customer_id = wanted.id AND loan_id = loan.id AND version = known.version
                AND due_on < as_of_on AND due_on >= as_of_on - %(history)s
        ) AS is_known
    FROM (SELECT coalesce(closed_on <= due_on + %(grace)s, false) AS is_cut) closing
    WHERE paid.known_amount < cumulative_amount
) judged
GROUP BY place
) outcome"""
