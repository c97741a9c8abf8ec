"""Why the model says what it says of one customer, worked out when somebody reads it.

The probability is computed at every evaluation, the reasons are stored only where something material changed. So the
reader's are computed from what is known of the customer as of the evaluated bank day; that is what the evaluation saw,
unless news have come in the seconds since.
"""

import datetime as dt
import threading
from collections import OrderedDict
from dataclasses import dataclass, field
from functools import cache

import numpy as np
import structlog
from django.db import DatabaseError

from customers import bank_clock
from risk.levels import Level
from risk.model import features
from risk.model.counterfactual import Counterfactual, smallest_change
from risk.model.explain import Explanation, explain
from risk.model.reading import read_inputs
from risk.model.standing import Loaded, Standing
from risk.models import CurrentRisk
from risk.reading import day_number
from risk.rulebook import EQUILIBRATE_1, RulebookContent

MOST_REMEMBERED = 200
log = structlog.get_logger(__name__)


@dataclass(frozen=True, kw_only=True)
class Reading:
    """What the active model says of a customer, why, and what would make it say something better.

    Args:
        model: the version's name and number.
        probability: 0 to 1, of missing the next instalment.
        band: the level that the probability alone would give.
        explanation: the reasons.
        way_out: the smallest change that leaves the band; None where there is none, and for LOW.
    """

    model: str
    probability: float
    band: Level
    explanation: Explanation
    way_out: Counterfactual | None


@dataclass
class Reader:
    """Reads customers for people. One per process; several threads may ask it."""

    standing: Standing = field(default_factory=Standing)
    rules: RulebookContent = EQUILIBRATE_1
    _remembered: OrderedDict[tuple[int, dt.datetime, str], Reading | None] = field(
        default_factory=OrderedDict
    )
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def ready(self) -> None:
        """Load the model that scores now, if any, so that the first reader need not wait for it."""
        with self._lock:
            self.standing.look(today=bank_clock.today())

    def read(self, risk: CurrentRisk) -> Reading | None:
        """What the active model says of a customer.

        Args:
            risk: The customer's latest evaluation: for as long as it stays so, the answer does.

        Returns:
            The reading; None where no model scores, it does not speak of this customer, or it fails: the refresh, which
            will meet the same failure, tells operators, and a page must not fail for it.
        """
        with self._lock:
            loaded = self.standing.look(today=bank_clock.today()).active
        if loaded is None:
            return None
        key = (risk.pk, risk.evaluated_at, loaded.registered.manifest_sha256)
        with self._lock:
            if key in self._remembered:
                return self._remembered[key]
        try:
            reading = self._read(loaded, risk.pk, risk.as_of_on)
        except DatabaseError:
            raise
        except Exception:
            log.exception("model failed on reading", model=loaded.registered.label)
            return None
        with self._lock:
            self._remembered[key] = reading
            if len(self._remembered) > MOST_REMEMBERED:
                self._remembered.popitem(last=False)
        return reading

    def _read(self, loaded: Loaded, customer_id: int, as_of: dt.date) -> Reading | None:
        days, schedules, payments = read_inputs(ids=[customer_id], as_of=as_of, rules=self.rules)
        inputs = features.compute(
            days=days,
            schedules=schedules,
            payments=payments,
            customers=1,
            as_of=day_number(as_of),
            rules=self.rules,
        )
        if not inputs.is_covered[0]:
            return None
        scores = loaded.scorer.score(inputs.values)
        contributions = loaded.scorer.contributions(inputs.values)
        explanations = explain(
            scores=scores, contributions=contributions, inputs=inputs, indices=np.array([0])
        )
        return Reading(
            model=loaded.registered.label,
            probability=float(scores.probability[0]),
            band=Level(int(scores.band[0])),
            explanation=next(explanations),
            way_out=smallest_change(scorer=loaded.scorer, inputs=inputs),
        )


@cache
def process_reader() -> Reader:
    """This process's one."""
    return Reader()
