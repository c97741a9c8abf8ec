"""Fairness: whether the model alerts some groups of customers more often than others, and whether rightly.

Age, gender, city tier and employment are no inputs of the model. This is the one place that reads them beside it, for
an audit; nothing is decided by it.
"""

import datetime as dt
from collections.abc import Sequence

import numpy as np

from customers.models import Customer
from risk.features import Ints
from risk.levels import Level
from risk.monitoring.checks import Check, Report
from risk.monitoring.drift import moments_in_json
from risk.monitoring.rates import SMALLEST, Alerted, Labels, group_rates, overall_rates
from risk.monitoring.sampling import SPARSE, Sample, look
from risk.monitoring.subject import Subject
from risk.monitoring.words import RATES
from risk.reading import day_number

KIND = "fairness"
NOT_HELD = "not held"
AGES_FROM = (0, 18, 25, 35, 45, 55, 65)


def measure(subject: Subject, sample: Sample) -> Report:
    """The report of fairness, described in docs/monitoring.md.

    Each customer is looked at four weeks apart, so that rows are about different instalments. Moments whose outcomes
    the model learnt from are left out: it knows those.
    """
    unseen_from_on = subject.unseen_from_on
    seen = look(sample=sample, back=SPARSE, scorer=subject.scorer)
    seen = seen.where(seen.as_of >= day_number(unseen_from_on))
    rows = Alerted(alerted=seen.band >= Level.MEDIUM, missed=seen.missed)
    groups = attributes(seen.customers, day=sample.day)
    customers = int(np.unique(seen.customers).size)
    return {
        "moments": moments_in_json(sample.day, SPARSE),
        "unseen_from_on": unseen_from_on.isoformat(),
        "in_words": RATES % {"customers": customers},
        "customers": customers,
        "suppressed_below": SMALLEST,
        "overall": overall_rates(rows),
        "attributes": {name: group_rates(rows, labels) for name, labels in groups.items()},
        "verdict": "measured" if len(seen) >= SMALLEST else "too_few",
        "alarms": [],
    }


def attributes(customers: Ints, *, day: dt.date) -> dict[str, Labels]:
    """The groups to which customers belong, by attribute, in the order given.

    Args:
        customers: database ids; the same may come several times.
        day: on which ages are counted.
    """
    ids, places = np.unique(customers, return_inverse=True)
    found = Customer.objects.in_bulk(ids.tolist())
    people = [found[each] for each in ids.tolist()]
    return {
        "age": _labels([age_band(age_on(person, day)) for person in people])[places],
        "gender": _labels([person.gender for person in people])[places],
        "city_tier": _labels([f"tier {person.city_tier}" if person.city_tier else "" for person in people])[
            places
        ],
        "employment": _labels([person.employment for person in people])[places],
    }


def age_on(person: Customer, day: dt.date) -> int | None:
    """Whole years on a day, from the birthday, else from the age that was stated; None where neither is held."""
    if person.birth_on:
        had_birthday = (day.month, day.day) >= (person.birth_on.month, person.birth_on.day)
        return day.year - person.birth_on.year - (not had_birthday)
    if person.age_years is not None and person.age_as_of_on:
        return person.age_years + int((day - person.age_as_of_on).days // 365.25)
    return None


def age_band(years: int | None) -> str:
    """The band of an age, such as 25–34."""
    if years is None:
        return ""
    first = max((start for start in AGES_FROM if start <= years), default=0)
    later = [start for start in AGES_FROM if start > first]
    return f"{first}–{later[0] - 1}" if later else f"{first} and over"


def _labels(groups: Sequence[str]) -> Labels:
    return np.array([group or NOT_HELD for group in groups], dtype=np.str_)


CHECK = Check(kind=KIND, measure=measure)
