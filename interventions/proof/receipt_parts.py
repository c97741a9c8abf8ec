"""What the audit vouches for here, compared with it part by part, so that no look takes long (AUDIT_ALSO_VERIFIED)."""

import itertools
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from django.db import connection
from django.db.models import Model, QuerySet

from audit.models import AuditEvent
from audit.reading import FIRST, LAST, event_after
from audit.receipt_files import DECIDED
from interventions.models import ConsentEvent, ContactHold, Delivery, GateDecision
from interventions.proof.ledger_checks import ACTIONS, not_as_recorded, unrecorded_consents, unrecorded_holds
from interventions.proof.receipt_checks import altered_decisions_of, altered_messages_of, lost_decisions_of

# Audit events, and rows of each kind, in one part.
EVENTS = 50_000
ROWS = 1_000
MOST = 100
Position = dict[str, Any]


def next_part(position: Mapping[str, Any]) -> tuple[Position, list[str]]:
    """Compare the next events with the rows that they are about, and the next rows with their events.

    Args:
        position: As the last part returned it; empty: from the beginning. What has come to its end begins again.

    Returns:
        The next position, and what is not as it was recorded, in words.
    """
    after: Position = dict(position)
    problems: list[str] = []
    after["events"], found = _events(after.get("events"))
    problems += itertools.islice(found, MOST)
    for name, (rows, look) in _KINDS.items():
        after[name], found = _rows(rows(), look, after.get(name))
        problems += itertools.islice(found, MOST)
    return after, problems


def _events(after: int | None) -> tuple[int | None, Iterator[str]]:
    """The next events, by their number and not by their numbers: whoever writes one chooses its number."""
    begin = FIRST if after is None else after
    with connection.cursor() as cursor:
        until = event_after(cursor, after=begin, most=EVENTS)
    window = AuditEvent.objects.filter(pk__gt=begin, pk__lte=until).order_by("pk")
    found = itertools.chain(
        lost_decisions_of(window.filter(action__in=DECIDED)),
        not_as_recorded(window.filter(action__in=ACTIONS)),
    )
    return None if until == LAST else until, found


def _rows(
    rows: QuerySet[Any], look: Callable[[list[Any]], Iterator[str]], after: Any
) -> tuple[Any, Iterator[str]]:
    if after is not None:
        rows = rows.filter(pk__gt=after)
    found: list[Model] = list(rows.order_by("pk")[:ROWS])
    last = found[-1].pk if len(found) == ROWS else None
    return last if last is None or isinstance(last, int) else str(last), look(found)


_KINDS: dict[str, tuple[Callable[[], QuerySet[Any]], Callable[[list[Any]], Iterator[str]]]] = {
    "gate_decisions": (GateDecision.objects.all, altered_decisions_of),
    "messages": (lambda: Delivery.objects.exclude(contacted_at=None), altered_messages_of),
    "consents": (ConsentEvent.objects.all, unrecorded_consents),
    "holds": (ContactHold.objects.all, unrecorded_holds),
}
