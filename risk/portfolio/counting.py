"""Counting customers by every dimension in one pass over them.

Expected loss of a customer: probability × Σ over open loans (outstanding × loss given default), where the model says a
probability; others count as customers only. It is what `interventions.casework.case_rules.expected_harm` says of them
(Basel Framework CRE31: PD × LGD × EAD): the exposure-weighted loss given default times the outstanding sum is the same
sum of products.
"""

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import connection

from risk.levels import Level
from risk.portfolio.cohorts import LAST_DAYS, DueCohort, Was, week_before
from risk.portfolio.cuts import Dimension


class Tally(NamedTuple):
    """What was counted of one value of one dimension at one level; the amount in hundredths."""

    dimension: Dimension
    value: str
    level: Level
    place: int
    customers: int
    spoken_of: int
    expected_loss: int

    @property
    def amount(self) -> Decimal:
        """The expected loss in units of the currency."""
        return Decimal(self.expected_loss).scaleb(-2)


def count_everybody(today: dt.date) -> list[Tally]:
    """Everybody who has been evaluated; a scan over all of them."""
    return _counted(_EVERYBODY, {}, today)


def count_of_manager(manager_id: int, today: dt.date) -> list[Tally]:
    """The customers whom one relationship manager looks after, own and covered ones."""
    return _counted(_OF_MANAGER, {"manager": manager_id}, today)


def _counted(statement: str, parameters: dict[str, Any], today: dt.date) -> list[Tally]:
    with connection.cursor() as cursor:
        cursor.execute(statement, {**parameters, "today": today, "week_before": week_before(today)})
        return _tallies(cursor.fetchall())


def _tallies(rows: Iterable[tuple[Any, ...]]) -> list[Tally]:
    return [Tally(Dimension(row[0]), row[1], Level(row[2]), *row[3:]) for row in rows]


# As a partial index has it (migration 0020): the receipts at which the level became another.
LEVEL_CHANGED = "(previous_level IS NULL OR previous_level < level OR previous_level > level)"
_COHORT = " ".join(
    f"WHEN risk.next_due_on <= %(today)s::date + {last} THEN '{cohort.value}'"
    for cohort, last in LAST_DAYS.items()
)
_WAS = " ".join(f"WHEN {each.level:d} THEN '{each.value}'" for each in Was if each.level is not None)
_COLUMNS = {
    Dimension.HARDSHIP: "hardship",
    Dimension.SEGMENT: "segment",
    Dimension.CITY: "city",
    Dimension.EMPLOYMENT: "employment",
    Dimension.MANAGER: "manager",
    Dimension.DUE: "due",
    Dimension.WAS: "was",
}
_SETS = ", ".join(f"(level, {column})" for column in _COLUMNS.values())
_DIMENSION = " ".join(f"WHEN grouping({column}) = 0 THEN '{each.value}'" for each, column in _COLUMNS.items())
_VALUE = " ".join(
    f"WHEN grouping({column}) = 0 THEN coalesce({column}::text, '')" for column in _COLUMNS.values()
)
# {loans}, {changed} and {people} differ: for the whole bank everything is read once, for a manager row by row.
_COUNT = """
WITH people AS (
    SELECT risk.level, risk.hardship, risk.segment, customer.city, customer.employment,
        customer.assigned_rm_id AS manager,
        CASE WHEN risk.next_due_on IS NULL THEN '{none}' {cohort} ELSE '{later}' END AS due,
        CASE coalesce(changed.was, risk.level) {was} ELSE '{new}' END AS was,
        risk.probability * loans.at_stake AS expected_loss,
        CASE WHEN risk.probability IS NULL THEN 0 ELSE 1 END AS is_spoken_of
    FROM risk_currentrisk risk JOIN customers_customer customer ON customer.id = risk.customer_id
    {joined}
), counted AS (
    SELECT CASE {dimension} END AS dimension, CASE {value} END AS value, level, count(*) AS customers,
        sum(is_spoken_of) AS spoken_of, round(coalesce(sum(expected_loss), 0))::bigint AS expected_loss
    FROM people GROUP BY GROUPING SETS ({sets})
), valued AS (
    SELECT dimension, value, rank() OVER (
        PARTITION BY dimension ORDER BY sum(expected_loss) DESC, sum(customers) DESC, value COLLATE "C"
    ) AS place
    FROM counted GROUP BY dimension, value
)
SELECT dimension, value, level, place, customers, spoken_of, expected_loss
FROM counted JOIN valued USING (dimension, value)
"""
_WORDS = {
    "none": DueCohort.NONE.value,
    "later": DueCohort.LATER.value,
    "new": Was.NEW.value,
    "cohort": _COHORT,
    "was": _WAS,
    "dimension": _DIMENSION,
    "value": _VALUE,
    "sets": _SETS,
}
_AT_STAKE = "sum(outstanding_amount * loss_given_default_prob) AS at_stake"
_OPEN = "(closed_on IS NULL OR closed_on > %(today)s)"
_EVERYBODY = _COUNT.format(
    **_WORDS,
    joined=f"""
    LEFT JOIN (
        SELECT customer_id, {_AT_STAKE} FROM customers_loan WHERE {_OPEN} GROUP BY customer_id
    ) loans ON loans.customer_id = risk.customer_id
    LEFT JOIN (
        SELECT DISTINCT ON (customer_id) customer_id, coalesce(previous_level, 0) AS was FROM risk_assessment
        WHERE as_of_on > %(week_before)s AND {LEVEL_CHANGED} ORDER BY customer_id, revision
    ) changed ON changed.customer_id = risk.customer_id""",  # noqa: S608 - our own words
)
_OF_MANAGER = _COUNT.format(
    **_WORDS,
    joined=f"""
    LEFT JOIN LATERAL (
        SELECT {_AT_STAKE} FROM customers_loan WHERE customer_id = risk.customer_id AND {_OPEN}
    ) loans ON true
    LEFT JOIN LATERAL (
        SELECT coalesce(previous_level, 0) AS was FROM risk_assessment
        WHERE customer_id = risk.customer_id AND as_of_on > %(week_before)s AND {LEVEL_CHANGED}
        ORDER BY revision LIMIT 1
    ) changed ON true
    WHERE customer.assigned_rm_id = %(manager)s OR customer.covering_rm_id = %(manager)s""",  # noqa: S608 - our own words
)
