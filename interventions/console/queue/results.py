"""What came of steps for many, kept in the reader's session: reload, back and another tab show the same again."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import User
from django.contrib.sessions.backends.base import SessionBase
from django.utils import timezone

from customers.models import Customer
from interventions.console import selectors
from interventions.console.queue.many import Outcome, Verb
from interventions.models import Case

KEPT = "queue_results"
MOST_KEPT = 3


@dataclass(frozen=True, kw_only=True)
class Result:
    """What came of one step for many.

    Args:
        key: of the form that asked for it.
        done: for how many it was done.
        refused: why not, by customer.
        back: where the reader was in the queue.
        at: when, by the wall clock.
    """

    key: str
    verb: Verb
    done: int
    refused: Mapping[int, str]
    back: str
    at: dt.datetime

    @classmethod
    def of(cls, outcomes: list[Outcome], *, key: str, verb: Verb, back: str) -> "Result":
        """The result of a step that was taken just now."""
        refused = {each.customer_id: each.error for each in outcomes if each.error}
        done = len(outcomes) - len(refused)
        return cls(key=key, verb=verb, done=done, refused=refused, back=back, at=timezone.now())


@dataclass(frozen=True)
class Left:
    """A customer for whom it was not done, why not, and their open case."""

    customer: Customer
    why: str
    case: Case | None


def keep(session: SessionBase, result: Result) -> None:
    """Keep a result, and the last ones before it."""
    content = {
        "key": result.key,
        "verb": result.verb.value,
        "done": result.done,
        "refused": [[customer_id, why] for customer_id, why in result.refused.items()],
        "back": result.back,
        "at": result.at.isoformat(),
    }
    session[KEPT] = [content, *session.get(KEPT, [])][:MOST_KEPT]


def kept(session: SessionBase, key: str) -> Result | None:
    """A result that is still kept; the last one where none is asked for."""
    found: list[dict[str, Any]] = session.get(KEPT, [])
    content = next((each for each in found if key in ("", each["key"])), None)
    if content is None:
        return None
    return Result(
        key=content["key"],
        verb=Verb(content["verb"]),
        done=content["done"],
        refused=dict(content["refused"]),
        back=content["back"],
        at=dt.datetime.fromisoformat(content["at"]),
    )


def left_over(result: Result, user: User) -> list[Left]:
    """Whom it was not done for, as far as the reader still sees them. Two queries."""
    visible = Customer.objects.visible_to(user).filter(pk__in=result.refused).order_by("full_name", "pk")
    customers = list(visible)
    cases = selectors.open_cases(customer.pk for customer in customers)
    return [Left(each, result.refused[each.pk], cases.get(each.pk)) for each in customers]
