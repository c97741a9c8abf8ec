"""A chart's numbers as a file that a spreadsheet opens; that they were taken out is recorded."""

import csv
import io

from django.contrib.auth.models import User
from django.db import transaction
from django.http import HttpResponse

from audit import services as audit
from interventions.console.charts import Chart, Unit

# What a spreadsheet would take for a formula; some also take the full-width signs of Asian keyboards.
FORMULA_BEGINS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def as_csv(chart: Chart) -> bytes:
    """The table as a file that a spreadsheet opens: plain numbers, and no text that it would take for a formula."""
    made = io.StringIO()
    writer = csv.writer(made)
    writer.writerow([safe_text(each) for each in (chart.category_name or chart.title, *chart.headers)])
    for number, category in enumerate(chart.categories):
        values = [(each.values[number], each.unit or chart.unit) for each in chart.series]
        writer.writerow([safe_text(str(category)), *(_plain(value, unit) for value, unit in values)])
    # The mark by which spreadsheets know the encoding.
    return b"\xef\xbb\xbf" + made.getvalue().encode()


def safe_text(text: str) -> str:
    """A text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.lstrip(" ").startswith(FORMULA_BEGINS) else text


def download(
    *, chart: Chart, by: User, subject_type: str, subject_id: object, customer: object = None
) -> HttpResponse:
    """The chart's numbers as a file; that they were taken out is one audit event.

    Args:
        chart: Which.
        by: Who takes it.
        subject_type: What the numbers are of, such as `portfolio` or `customer`.
        subject_id: Which one; `*` for all that the reader sees.
        customer: Primary key of the customer, where the subject is none.
    """
    content = as_csv(chart)
    with transaction.atomic():
        audit.exported(
            by=by,
            subject_type=subject_type,
            subject_id=subject_id,
            what=f"chart {chart.key}",
            file_format="csv",
            rows=len(chart.categories),
            customer=customer,
        )
    disposition = f'attachment; filename="{chart.key}.csv"'
    return HttpResponse(
        content, content_type="text/csv; charset=utf-8", headers={"Content-Disposition": disposition}
    )


def _plain(value: float | None, unit: Unit) -> str:
    """A number that a program reads: as it is written, without grouping."""
    if value is None:
        return ""
    return f"{value:.0f}" if unit == Unit.MONEY or value == round(value) else str(value)
