"""The case pack: everything about a case in one file, for whoever must judge it later; in a fixed number of queries.

It is of one moment: what others write while it is read is not in it, not even in part.
Addresses are masked for everybody and never revealed here: a file travels further than a screen. Each export is one
audit event.
"""

import csv
import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from django.utils.translation import gettext as _

from audit.services import exported
from interventions.models import Case
from interventions.proof import case_pack_pdf
from interventions.proof.case_pack_reading import read_pack
from interventions.proof.case_pack_timeline import Entry, timeline

__all__ = ["as_csv", "as_json", "as_pdf"]

Pack = dict[str, Any]
COLUMNS = ("at", "clock", "kind", "what", "by", "note", "reference")
# With one of these in front, a spreadsheet takes a cell for a formula.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def as_json(*, case: Case, by: User) -> bytes:
    """The whole pack as JSON, for programs.

    Args:
        case: Which case.
        by: Who takes it along.

    Raises:
        PermissionDenied: they may not see this customer.
    """
    pack = _gathered(case, by, "json")
    return json.dumps(pack, indent=2, ensure_ascii=False).encode()


def as_csv(*, case: Case, by: User) -> bytes:
    """What happened, one line each, oldest first, for a spreadsheet; arguments and refusal as in `as_json`."""
    pack = _gathered(case, by, "csv")
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    for entry in timeline(pack):
        writer.writerow([harmless(cell) for cell in _cells(entry)])
    # With the mark by which spreadsheets know UTF-8.
    return text.getvalue().encode("utf-8-sig")


def as_pdf(*, case: Case, by: User) -> bytes:
    """The pack for reading and for paper; arguments and refusal as in `as_json`."""
    return case_pack_pdf.pdf(_gathered(case, by, "pdf"))


def harmless(cell: str) -> str:
    """A cell that no spreadsheet executes: what looks like a formula gets an apostrophe in front."""
    return f"'{cell}" if cell.lstrip(" ").startswith(FORMULA_STARTS) else cell


def _cells(entry: Entry) -> list[str]:
    return [str(getattr(entry, name)) for name in COLUMNS]


@contextmanager
def snapshot() -> Iterator[None]:
    """A transaction of its own that only reads, and sees everything as it was at its first query.

    Raises:
        RuntimeError: a transaction is under way: it has its own idea of what it sees.
    """
    # A test's own transaction is let through by `durable`; within it, nothing can be set any more.
    is_outermost = not connection.in_atomic_block
    with transaction.atomic(durable=True):
        if is_outermost:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield


def _gathered(case: Case, by: User, file_format: str) -> Pack:
    with snapshot():
        visible = Case.objects.visible_to(by).filter(pk=case.pk).first()
        if visible is None:
            raise PermissionDenied(_("You may not see this customer, so you cannot export the case."))
        pack = read_pack(case_id=visible.pk, by=by)
    # Before anybody has it: what cannot be recorded is not handed over.
    exported(
        by=by,
        subject_type="case",
        subject_id=visible.pk,
        what="case pack",
        file_format=file_format,
        customer=visible.customer_id,
    )
    return pack
