"""The queue as a file: whom the filters leave, in the queue's order, up to a limit; audited, and sent as it is read."""

import csv
import datetime as dt
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from asgiref.sync import sync_to_async
from django.conf import settings
from django.contrib.auth.models import User
from django.core.handlers.asgi import ASGIRequest
from django.db import transaction
from django.http import HttpRequest, StreamingHttpResponse
from django.utils import timezone, translation
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audit.services import record
from customers import formats
from customers.models import Customer
from interventions import masking
from interventions.console import case_words, selectors, words
from interventions.console.chart_files import safe_text
from interventions.console.queue_rows import QueueRow
from risk.levels import Hardship, Level, Segment

MOST_ROWS = 10_000
CHUNK = 500
# The mark by which spreadsheets know the encoding.
MARK = "\ufeff"
COLUMNS: tuple[str | Promise, ...] = (
    gettext_lazy("Customer id"),
    gettext_lazy("Name"),
    gettext_lazy("Level"),
    gettext_lazy("Score of 10"),
    gettext_lazy("Probability of a miss"),
    gettext_lazy("Hardship"),
    gettext_lazy("Behaviour"),
    gettext_lazy("City"),
    gettext_lazy("Employment"),
    gettext_lazy("Phone, masked"),
    gettext_lazy("E-mail, masked"),
    gettext_lazy("Relationship manager"),
    gettext_lazy("Why"),
    gettext_lazy("Due on"),
    gettext_lazy("Due in days"),
    gettext_lazy("Amount due"),
    gettext_lazy("Recommended action"),
    gettext_lazy("Case"),
    gettext_lazy("State of the case"),
    gettext_lazy("SLA"),
    gettext_lazy("Last updated (UTC)"),
)


@dataclass(frozen=True)
class Asked:
    """What is taken out.

    Args:
        customer_ids: in their order; all of them visible to who asks.
        detail: how they were chosen, for the audit.
    """

    customer_ids: list[int]
    detail: dict[str, Any]


def as_csv(*, request: HttpRequest, by: User, asked: Asked) -> StreamingHttpResponse:
    """The file; that it was taken out is recorded before its first byte is sent."""
    with transaction.atomic():
        record(
            action="interventions.queue.exported",
            subject_type="queue",
            subject_id="*",
            actor=by,
            detail={
                "what": "queue",
                "format": "csv",
                "rows": len(asked.customer_ids),
                "most": MOST_ROWS,
                **asked.detail,
            },
        )
    lines = _lines(asked.customer_ids, by, translation.get_language())
    name = f"risk-queue-{timezone.now():%Y%m%d-%H%M}.csv"
    return StreamingHttpResponse(
        _later(lines) if isinstance(request, ASGIRequest) else lines,
        content_type="text/csv; charset=utf-8",
        headers={
            "Content-Disposition": f'attachment; filename="{name}"',
            "Cache-Control": "private, no-store",
        },
    )


async def _later(lines: Iterator[str]) -> AsyncIterator[str]:
    """The same lines, each chunk read in a thread: a server that serves others meanwhile does not wait."""
    while line := await sync_to_async(lambda: next(lines, ""))():
        yield line


def _lines(customer_ids: list[int], by: User, language: str) -> Iterator[str]:
    """A chunk of lines at a time, in the reader's language: theirs is the request's, which is over by then."""
    writer = csv.writer(_Echo())
    with translation.override(language):
        head = _line(writer, [str(name) for name in COLUMNS])
    yield MARK + head
    for start in range(0, len(customer_ids), CHUNK):
        chunk = customer_ids[start : start + CHUNK]
        # Who may be seen is asked again: a file of some seconds does not outlive a right.
        visible = Customer.objects.visible_to(by).filter(pk__in=chunk, risk__isnull=False)
        found = {each.pk: each for each in visible.select_related("risk", "assigned_rm")}
        with translation.override(language):
            rows = selectors.queue_rows([found[pk] for pk in chunk if pk in found])
            lines = "".join(_line(writer, _cells(row)) for row in rows)
        yield lines


class _Echo:
    """What is written comes back."""

    def write(self, text: str) -> str:
        return text


def _line(writer: Any, cells: Sequence[str | int]) -> str:
    line: str = writer.writerow([cell if isinstance(cell, int) else safe_text(cell) for cell in cells])
    return line


def _action(row: QueueRow) -> str:
    if row.is_with_collections:
        return _("With collections")
    return row.action.action if row.action else _("No policy yet")


def _cells(row: QueueRow) -> list[str | int]:
    customer, risk = row.customer, row.risk
    return [
        customer.bank_id,
        customer.full_name,
        Level(risk.level).label,
        formats.score(risk.score),
        "" if row.probability is None else f"{row.probability:.4f}",
        str(words.HARDSHIPS[Hardship(risk.hardship)]),
        str(words.SEGMENTS[Segment(risk.segment)]),
        customer.city,
        formats.sentence_case(customer.employment),
        masking.phone(customer.phone) if customer.phone else "",
        masking.email(customer.email) if customer.email else "",
        row.manager,
        row.sentence,
        risk.next_due_on.isoformat() if risk.next_due_on else "",
        "" if row.due_days is None else row.due_days,
        "" if risk.next_due_amount is None else f"{risk.next_due_amount} {settings.BANK_CURRENCY}",
        _action(row),
        str(row.case.pk) if row.case else "",
        str(case_words.STATES[row.case.state]) if row.case else "",
        row.sla.text if row.sla else "",
        f"{risk.evaluated_at.astimezone(dt.UTC):%Y-%m-%d %H:%M:%S}",
    ]
