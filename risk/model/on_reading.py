"""Why the model says what it says of one customer, worked out when somebody reads it.

The probability is computed at every evaluation, the reasons are stored for those above LOW. The reader's are computed
from what is known of the customer as of the evaluated bank day; that is what the evaluation saw, unless news have come
in the seconds since, or another version. Then the answer is that the customer is being evaluated again: two figures
side by side would be worse than none.
"""

import datetime as dt
import enum
import threading
from collections import OrderedDict
from dataclasses import dataclass, field, replace
from functools import cache

import numpy as np
import structlog
from django.db import DatabaseError

from customers import bank_clock
from risk.levels import Level
from risk.model.counterfactual import Counterfactual, inputs_of, smallest_change
from risk.model.explain import Explanation, explain
from risk.model.levers import Situation
from risk.model.reading import read_inputs
from risk.model.standing import Loaded, Standing
from risk.models import CurrentRisk
from risk.models.assessment import HELD
from risk.reading import day_number, read_previous
from risk.rulebook import EQUILIBRATE_1, RulebookContent

# As many as people have open cases for within a working day, so that whoever comes back need not wait again.
MOST_REMEMBERED = 2_000
# Half a point of a hundred: figures that are shown without decimals differ by one at most.
SAME_PROBABILITY = 0.005
log = structlog.get_logger(__name__)


@dataclass(frozen=True, kw_only=True)
class Reading:
    """What the active model says of a customer, why, and what would make it say something better.

    Args:
        model: the version's name and number.
        probability: 0 to 1, of missing the next instalment.
        band: the level that the probability alone would give.
        explanation: the reasons.
        way_out: the smallest change that leaves the band; None where there is none, for LOW, and where nobody asked.
        is_searched: whether the way out was asked for.
    """

    model: str
    probability: float
    band: Level
    explanation: Explanation
    way_out: Counterfactual | None = None
    is_searched: bool = False


class Silence(enum.Enum):
    """Why there is no reading."""

    NO_MODEL = "no model scores"
    NOT_MEANT = "the model does not speak of this customer"
    OUTDATED = "the customer is being evaluated again"
    FAILED = "the model failed"


@dataclass
class Reader:
    """Reads customers for people. One per process; several threads may ask it."""

    standing: Standing = field(default_factory=Standing)
    rules: RulebookContent = EQUILIBRATE_1
    _remembered: OrderedDict[tuple[int, dt.datetime, str], Reading | Silence] = field(
        default_factory=OrderedDict
    )
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def ready(self) -> None:
        """Load the model that scores now, if any, so that the first reader need not wait for it."""
        with self._lock:
            self.standing.look(today=bank_clock.today())

    def active(self) -> Loaded | None:
        """The model that scores now, if any, ready to be asked."""
        with self._lock:
            return self.standing.look(today=bank_clock.today()).active

    def read(self, risk: CurrentRisk, *, with_way_out: bool = False) -> Reading | Silence:
        """What the active model says of a customer.

        Args:
            risk: The customer's latest evaluation: for as long as it stays so, the answer does.
            with_way_out: Whether to look for what would change it, too, which takes longer than all the rest.

        Returns:
            The reading, or why there is none. Where the model fails, the refresh, which will meet the same failure,
            tells operators, and a page must not fail for it.
        """
        loaded = self.active()
        if loaded is None:
            return Silence.NO_MODEL
        if risk.model_id not in (None, loaded.registered.pk):
            return Silence.OUTDATED
        key = (risk.pk, risk.evaluated_at, loaded.registered.manifest_sha256)
        with self._lock:
            known = self._remembered.get(key)
            if known is not None and _is_enough(known, with_way_out=with_way_out):
                self._remembered.move_to_end(key)
                return known
        try:
            reading = self._read(loaded, risk, with_way_out=with_way_out)
        except DatabaseError:
            raise
        except Exception:
            log.exception("model failed on reading", model=loaded.registered.label)
            return Silence.FAILED
        with self._lock:
            self._remembered[key] = reading
            if len(self._remembered) > MOST_REMEMBERED:
                self._remembered.popitem(last=False)
        return reading

    def _read(self, loaded: Loaded, risk: CurrentRisk, *, with_way_out: bool) -> Reading | Silence:
        situation = situation_of(customer_id=risk.pk, as_of=risk.as_of_on, rules=self.rules)
        inputs = inputs_of([situation])
        if not inputs.is_covered[0]:
            is_silent = risk.probability is None or (inputs.is_held[0] and risk.model_reasons == HELD)
            return Silence.NOT_MEANT if is_silent else Silence.OUTDATED
        scores = loaded.scorer.score(inputs.values)
        probability, band = float(scores.probability[0]), int(scores.band[0])
        if risk.probability is None or risk.band != band:
            return Silence.OUTDATED
        if abs(risk.probability - probability) > SAME_PROBABILITY:
            return Silence.OUTDATED
        contributions = loaded.scorer.contributions(inputs.values)
        explanations = explain(
            scores=scores, contributions=contributions, inputs=inputs, indices=np.array([0])
        )
        reading = Reading(
            model=loaded.registered.label,
            probability=probability,
            band=Level(band),
            explanation=next(explanations),
        )
        if not with_way_out:
            return reading
        way_out = smallest_change(scorer=loaded.scorer, situation=situation, inputs=inputs)
        return replace(reading, way_out=way_out, is_searched=True)


def _is_enough(known: Reading | Silence, *, with_way_out: bool) -> bool:
    return not with_way_out or isinstance(known, Silence) or known.is_searched


def situation_of(*, customer_id: int, as_of: dt.date, rules: RulebookContent = EQUILIBRATE_1) -> Situation:
    """What is known of a customer as of a bank day. Four queries."""
    days, schedules, payments = read_inputs(ids=[customer_id], as_of=as_of, rules=rules)
    return Situation(
        days=days,
        schedules=schedules,
        payments=payments,
        as_of=day_number(as_of),
        rules=rules,
        last_salary_day=read_previous(ids=[customer_id], as_of=as_of).last_salary_day,
    )


@cache
def process_reader() -> Reader:
    """This process's one."""
    return Reader()
